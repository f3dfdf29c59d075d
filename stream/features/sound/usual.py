"""The person's own usual voice, and their microphone, as a reference, learned from what they say."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.features.sound.tone import TONE, TONE_WIDTHS

PITCH = 41
PROSODY_WIDTH = 48
_SHIFTED = [*range(41), 44, 45, *range(PROSODY_WIDTH, PROSODY_WIDTH + TONE_WIDTHS[TONE])]
SPEECH = 0.5
_FEWEST, _ENOUGH, _MOST = 100, 375, 1500
"""Hops of speech, of which there are 25 a second: 4 s, 15 s, and a minute."""

_AWAY_NS = 60_000_000_000


class VoiceReference:
    """Takes what is usual for one person and one microphone out of their vectors, as soon as it is known.

    The average of the hops that hold speech, over the last minute of it or so, so that a mood that lasts for
    minutes becomes usual too. Nothing changes for the first 4 s of speech; after 15 s the share is 1. Who has
    said nothing for a minute may be somebody else: then it starts again. A voice that is `known`
    (`stream.features.baseline`) is taken out from the first word on, and nothing is learned.
    """

    def __init__(self, known: Floats | None = None) -> None:
        self._forget()
        self._spoke_ns: int | None = None
        self._known = known is not None
        if known is not None:
            self._usual, self._hops = known.astype(np.float64), _ENOUGH

    def _forget(self) -> None:
        self._usual = ordinary_voice().astype(np.float64)
        self._hops = 0
        self._voiced = 0

    @property
    def share(self) -> float:
        """How much of what is usual is taken out now, in [0, 1]."""
        return min(max(self._hops - _FEWEST, 0) / (_ENOUGH - _FEWEST), 1.0)

    def relative(self, time_ns: int, vector: Floats, speech: float) -> Floats:
        """The ``vector [56]`` of a hop less the share of how this person differs from the ordinary voice."""
        if speech >= SPEECH and not self._known:
            if self._spoke_ns is not None and abs(time_ns - self._spoke_ns) > _AWAY_NS:
                self._forget()
            self._spoke_ns = time_ns
            self._learn(vector)
        return np.asarray(less_usual(vector[None], self._usual, self.share)[0])

    def _learn(self, vector: Floats) -> None:
        self._hops = min(self._hops + 1, _MOST)
        self._usual[_SHIFTED] += (vector[_SHIFTED] - self._usual[_SHIFTED]) / self._hops
        if vector[PITCH] > 0:
            self._voiced = min(self._voiced + 1, _MOST)
            self._usual[PITCH] += (vector[PITCH] - self._usual[PITCH]) / self._voiced


def less_usual(vectors: Floats, usual: NDArray[np.floating[Any]], share: float) -> Floats:
    """Vectors ``[T, 56]`` less a share of how a person's ``usual [56]`` differs from the ordinary voice.

    Only level, bands, tilt, centroid, tones and, if voiced, pitch are moved; the rest does not depend on the
    person.
    """
    away = share * (usual - ordinary_voice())
    relative = vectors.astype(np.float64)
    relative[:, _SHIFTED] -= away[_SHIFTED]
    voiced = vectors[:, PITCH] > 0
    relative[voiced, PITCH] -= away[PITCH]
    return relative.astype(np.float32)


def usual_of(vectors: Floats, speech: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """What is usual ``[56]`` in ``vectors [T, 56]``: the mean over speech, of pitch over voiced speech."""
    spoken = vectors[speech >= SPEECH] if (speech >= SPEECH).any() else vectors
    usual = spoken.mean(axis=0, dtype=np.float64)
    voiced = spoken[:, PITCH] > 0
    usual[PITCH] = spoken[voiced, PITCH].mean() if voiced.any() else ordinary_voice()[PITCH]
    return np.asarray(usual)


@cache
def ordinary_voice() -> NDArray[np.float32]:
    """The mean vector of speech over many people ``[56]``, whose prosody ships beside this file."""
    with np.load(Path(__file__).with_name("ordinary_voice.npz"), allow_pickle=False) as stored:
        tones = np.zeros(TONE_WIDTHS[TONE], np.float32)  # tones are relative to the ordinary voice already
        return np.concatenate([np.asarray(stored["mean"], np.float32), tones])
