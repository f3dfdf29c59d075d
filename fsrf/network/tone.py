"""Tone of voice: the first layers of a speech recogniser's encoder, and what they say of an emotion.

The encoder is Whisper's (Radford et al. 2022, arXiv 2212.04356), of tiny.en, as far as its second layer:
later layers keep the words and lose the voice (docs/voices.md). Linear judges read the layer.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.fsrf.common.config import TONE_LAYER_WIDTH as WIDTH
from fsrf_live.fsrf.common.config import TONES
from fsrf_live.fsrf.network.encoder import SelfAttention

POWER_BINS, MEL_BANDS = 201, 80
TONE_DEPTH = 2
HEARD_FRAMES = 50
"""Of 20 ms, that the encoder hears at once: two windows of 25 ms go into each."""
JUDGED_FRAMES = 10
"""The newest frames, which the answer is about; what is before is context."""
_HEADS = 6
_FLOOR = 1e-10
_QUIETEST_PEAK, _PEAK = -4.0, 1.0
"""Decimal logarithms of mel energy: sound above the first is made as loud as the second."""
_RANGE = 8.0


class WhisperLayer(nn.Module):
    """A layer of Whisper's encoder: self-attention, then a feed-forward part, each normalised before."""

    def __init__(self) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.attention = SelfAttention(WIDTH, _HEADS)
        self.feed_norm = nn.LayerNorm(WIDTH)
        self.feed = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        """``[B, T, 384]`` to the same shape."""
        x = x + self.attention(self.attention_norm(x), None)
        out: Tensor = x + self.feed(self.feed_norm(x))
        return out


class Tone(nn.Module):
    """A second of sound as power spectra to its newest part's layer and tones."""

    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("filters", torch.zeros(POWER_BINS, MEL_BANDS))
        self.conv1 = nn.Conv1d(MEL_BANDS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.positions = nn.Parameter(torch.zeros(HEARD_FRAMES, WIDTH))
        self.layers = nn.ModuleList(WhisperLayer() for _ in range(TONE_DEPTH))
        self.judge = nn.Linear(WIDTH, len(TONES))
        self.speechlike = nn.Linear(WIDTH, 1)

    def forward(self, power: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Power ``[B, 100, 201]`` to layer ``[B, 384]``, tones ``[B, 8]`` and likeness to speech ``[B, 1]``.

        The windows of the power lie 10 ms apart. A tone is 0 for the ordinary voice and near 1 for one that
        is surely so; the likeness is below 0 for coughs, sighs and laughter. A gain changes nothing, unless
        the sound is too quiet for speech.
        """
        mel = (power @ self.filters).clamp_min(_FLOOR).log10()
        peak = mel.amax((1, 2), keepdim=True)
        mel = torch.maximum(mel, peak - _RANGE) - peak.clamp_min(_QUIETEST_PEAK) + _PEAK
        x = ((mel + 4) / 4).transpose(1, 2)
        x = functional.gelu(self.conv2(functional.gelu(self.conv1(x)))).transpose(1, 2) + self.positions
        for layer in self.layers:
            x = layer(x)
        found = x[:, -JUDGED_FRAMES:].mean(1)
        return found, self.judge(found), self.speechlike(found)
