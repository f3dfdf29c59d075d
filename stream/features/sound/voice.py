"""Samples to voice features, one vector for each 40 ms hop.

Layout of a vector, width 56: 0-39 log-mel bands less their mean (so a gain leaves them as they are), 40 that
mean, 41 pitch in semitones above 50 Hz (0 if unvoiced), 42 voicing strength, 43 pitch slope in semitones a
hop, 44 spectral centroid and 45 spectral tilt on the mel scale, 46 deviation of the level within the hop,
47 spectral flux (mean change of the bands from frame to frame), 48-55 tones (`stream.features.sound.tone`).
What is usual for the person is taken out, once it is known (`stream.features.sound.usual`).
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles, Floats
from fsrf_live.fsrf.common.config import FEATURES
from fsrf_live.stream.features.sound import pitch
from fsrf_live.stream.features.sound.spectrum import BANDS, FRAME, STEP, band_centres, log_mel
from fsrf_live.stream.features.sound.tone import HOP, TONE, TONE_WIDTHS, ToneOfVoice
from fsrf_live.stream.features.sound.usual import PROSODY_WIDTH, VoiceReference
from fsrf_live.stream.features.sound.vad import CHUNK, SileroVad
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples, VoiceFeatures

VOICE_WIDTH = PROSODY_WIDTH + TONE_WIDTHS[TONE]
_SAMPLE_NS = 1_000_000_000 // SAMPLE_RATE_HZ
_TOLERANCE_NS = 10_000_000
_FRAMES = HOP // STEP
_HISTORY = pitch.WINDOW + HOP // 2
_VOICED = 0.5
_CENTRES = band_centres()


def _ending_together(length: int, step: int, count: int) -> NDArray[np.intp]:
    """Places in a history ``[count, length]`` of windows that lie `step` apart, the last one at its end."""
    ends = _HISTORY - step * np.arange(count - 1, -1, -1)
    return np.asarray(ends[:, None] + np.arange(-length, 0))


_MEL_WINDOWS = _ending_together(FRAME, STEP, _FRAMES)
_PITCH_WINDOWS = _ending_together(pitch.WINDOW, HOP // 2, 2)


class VoiceActivity(Protocol):
    """What tells speech from other sound, 512 samples at a time."""

    def reset(self) -> None:
        """Forget everything heard."""

    def probability(self, chunk: NDArray[np.float32]) -> float:
        """Probability in [0, 1] that the next ``chunk [512] float32`` holds speech."""


class ToneListener(Protocol):
    """What hears the tone of the voice in each hop, and how much it is like speech."""

    def reset(self) -> None:
        """Forget everything heard."""

    def push(self, samples: Floats) -> tuple[Floats, Floats]:
        """Vectors ``[n, D]`` and likeness ``[n]`` of the hops in ``samples [640 n] float32``."""


class ProsodyVoiceExtractor:
    """Streaming: any block sizes give the same features, and a gap in time starts afresh.

    A hop needs nothing from after its own end. Not for more than one thread.
    """

    name = FEATURES["audio"]
    width = VOICE_WIDTH

    def __init__(
        self,
        make_vad: Callable[[], VoiceActivity] = SileroVad,
        *,
        make_tone: Callable[[], ToneListener] = ToneOfVoice,
        own_voice: bool = True,
        usual: Floats | None = None,
    ) -> None:
        """With `own_voice` features are relative to the person's usual voice; `usual` if it is known."""
        self._vad, self._tone = make_vad(), make_tone()
        self._reference = VoiceReference(usual) if own_voice else None
        self._next_ns: int | None = None
        self.reset()

    @property
    def rest(self) -> float | None:
        """How much of the person's usual voice is known, from 0 to 1; None without `own_voice`."""
        return None if self._reference is None else self._reference.share

    def reset(self) -> None:
        """Forget what was heard, as after a gap; what is usual for the person stays known."""
        self._vad.reset()
        self._tone.reset()
        self._pending = np.zeros(0, np.float32)
        self._unheard = np.zeros(0, np.float32)
        self._history = np.zeros(_HISTORY, np.float32)
        self._pitch = 0.0

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        """The hops that this block completes, oldest first; `samples` are 16 kHz mono in [-1, 1]."""
        if self._next_ns is None or abs(samples.time_ns - self._next_ns) > _TOLERANCE_NS:
            self.reset()
        self._next_ns = samples.end_ns
        start_ns = samples.time_ns - len(self._pending) * _SAMPLE_NS
        pending = np.concatenate([self._pending, samples.samples])
        hops = len(pending) // HOP
        self._pending = pending[hops * HOP :]
        if not hops:
            return []
        heard = np.concatenate([self._history, pending[: hops * HOP]])
        self._history = heard[-_HISTORY:]
        histories = np.lib.stride_tricks.sliding_window_view(heard.astype(np.float64), _HISTORY)[HOP::HOP]
        # The pitch of many hops at once costs a small part of what it costs hop by hop.
        pitches = pitch.track(histories[:, _PITCH_WINDOWS].reshape(-1, pitch.WINDOW))
        semitones, voicing = (of.reshape(hops, -1) for of in pitches)
        tones, speechlike = self._tone.push(pending[: hops * HOP])
        return [
            self._hop(
                start_ns + hop * HOP * _SAMPLE_NS,
                pending[hop * HOP : (hop + 1) * HOP],
                (histories[hop], semitones[hop], voicing[hop]),
                (tones[hop], float(speechlike[hop])),
            )
            for hop in range(hops)
        ]

    def _hop(
        self,
        time_ns: int,
        hop: Floats,
        heard: tuple[Doubles, Doubles, Doubles],
        sounds: tuple[Floats, float],
    ) -> VoiceFeatures:
        prosody, self._pitch = describe(*heard, self._pitch)
        tone, speechlike = sounds
        vector = np.concatenate([prosody, tone])
        speech = self._listen(hop)
        if self._reference is not None:
            vector = self._reference.relative(time_ns, vector, speech)
        return VoiceFeatures(time_ns, vector, speech, not hop.any(), speechlike)

    def _listen(self, hop: NDArray[np.float32]) -> float:
        """Highest speech probability of the 32 ms chunks that end within this hop."""
        unheard = np.concatenate([self._unheard, hop])
        chunks = len(unheard) // CHUNK
        self._unheard = unheard[chunks * CHUNK :]
        return max(self._vad.probability(unheard[at * CHUNK : (at + 1) * CHUNK]) for at in range(chunks))


def describe(
    history: Doubles, semitones: Doubles, voicing: Doubles, pitch_before: float
) -> tuple[NDArray[np.float32], float]:
    """The first 48 values ``[48] float32`` of the hop that ends ``history [976]``, and its pitch.

    `semitones` and `voicing` are those of its windows by `pitch.track`; `pitch_before` is the pitch of the
    hop before, in semitones, 0 if that was unvoiced.
    """
    bands = log_mel(history[_MEL_WINDOWS])
    levels = bands.mean(axis=1)
    shapes = bands - levels[:, None]
    shape = shapes.mean(axis=0)
    level = float(levels.mean())
    voiced = voicing > _VOICED
    now = float(semitones[voiced].mean()) if voiced.any() else 0.0
    mass = np.exp(shape - shape.max())
    vector = np.empty(PROSODY_WIDTH, np.float32)
    vector[:BANDS] = shape
    vector[BANDS:] = (
        level,
        now,
        voicing.mean(),
        now - pitch_before if now and pitch_before else 0.0,
        mass @ _CENTRES / mass.sum(),
        shape @ _CENTRES / (_CENTRES @ _CENTRES),
        np.sqrt(((levels - level) ** 2).mean()),
        np.abs(np.diff(shapes, axis=0)).mean(),
    )
    return vector, now
