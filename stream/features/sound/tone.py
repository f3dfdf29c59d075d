"""Tone of voice, and likeness to speech, by layers of a speech recogniser through ONNX Runtime on one thread.

The network (`fsrf.network.tone`) lies beside this file; `tools/make/tone.py` makes it.
"""

from functools import cache
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import TONE_LAYER_WIDTH, TONES
from fsrf_live.stream.features.onnx_session import cpu_session

HOP = 640
POWER, LAYER, TONE, SPEECHLIKE = "power", "layer", "tone", "speechlike"
TONE_WIDTHS = {LAYER: TONE_LAYER_WIDTH, TONE: len(TONES)}
ANSWER_HOPS = 5
"""Hops from one answer to the next: 0.2 s, which is also how much of the sound an answer is about."""
_FIRST_HOPS = (1, 3)
"""Answered too: one short word may be over before the first 0.2 s are."""
_FRAME, _STEP, _FRAMES = 400, 160, 100
_HEARD = _STEP * _FRAMES + _FRAME - _STEP


class ToneOfVoice:
    """Streaming: for each hop a vector, how the 0.2 s sounded that ended with it or shortly before.

    All that is heard counts from `reset` on, and only what was heard before the hop's own end.
    """

    def __init__(self, wanted: str = TONE) -> None:
        """`wanted` is `TONE`, or `LAYER` for what the tones are judged by (for training)."""
        self._session = cpu_session(tone_model_file())
        self._wanted = wanted
        self.width = TONE_WIDTHS[wanted]
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._heard = np.zeros(_HEARD, np.float32)
        self._hops = 0
        self._now, self._speechlike = np.zeros(self.width, np.float32), 0.0

    def push(self, samples: Floats) -> tuple[Floats, Floats]:
        """Vectors ``[n, D] float32`` and likeness to speech ``[n]`` of the hops in ``samples [640 n]``."""
        heard = np.concatenate([self._heard, samples])
        vectors = np.empty((len(samples) // HOP, self.width), np.float32)
        speechlike = np.empty(len(vectors), np.float32)
        for hop in range(len(vectors)):
            self._hops += 1
            if self._hops % ANSWER_HOPS == 0 or self._hops in _FIRST_HOPS:
                end = _HEARD + (hop + 1) * HOP
                self._now, self._speechlike = self._answer(heard[end - _HEARD : end])
            vectors[hop], speechlike[hop] = self._now, self._speechlike
        self._heard = heard[-_HEARD:]
        return vectors, speechlike

    def _answer(self, heard: Floats) -> tuple[Floats, float]:
        vector, speechlike = self._session.run([self._wanted, SPEECHLIKE], {POWER: power(heard)[None]})
        return np.asarray(vector[0], np.float32), float(speechlike[0, 0])


def power(heard: Floats) -> Floats:
    """Power spectra ``[100, 201] float32`` of the windows of 25 ms in ``heard [16240]``."""
    frames = np.lib.stride_tricks.sliding_window_view(heard, _FRAME)[::_STEP]
    return np.square(np.abs(np.fft.rfft(frames * _window()))).astype(np.float32)


def tone_model_file() -> Path:
    """Where the network lies."""
    return Path(__file__).with_name("tone.onnx")


@cache
def _window() -> Floats:
    return np.hanning(_FRAME + 1)[:-1].astype(np.float32)
