"""Work that several cases have in common: done by the first that asks, kept until the last has asked."""

from collections.abc import Callable
from typing import Generic, TypeVar

from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceBox, FaceFeatures, Frame, Samples, VoiceFeatures

KEPT_NS = 10 * NS
"""How far apart cases may be; the rehearsal keeps them together much more closely."""

_T = TypeVar("_T")


class _Memo(Generic[_T]):
    """Answers by time; those of long ago are forgotten."""

    def __init__(self) -> None:
        self._answers: dict[int, _T] = {}

    def get(self, time_ns: int, make: Callable[[], _T]) -> _T:
        if time_ns not in self._answers:
            for old in [at for at in self._answers if at < time_ns - KEPT_NS]:
                del self._answers[old]
            self._answers[time_ns] = make()
        return self._answers[time_ns]


class SharedFaces:
    """One extractor for all cases that see the same pictures; it sees each of them once, in their order.

    So the features are exactly those that an extractor of each case's own would have given.
    """

    def __init__(self, inside: FaceExtractor) -> None:
        self._inside = inside
        self._wanted: _Memo[bool] = _Memo()
        self._features: _Memo[list[FaceFeatures]] = _Memo()

    @property
    def rest(self) -> float | None:
        """How much of the person's resting face is known by now."""
        return self._inside.rest

    @property
    def box(self) -> FaceBox | None:
        """Where the face was in the frame that was looked at last, by whichever case."""
        return self._inside.box

    def wants(self, time_ns: int) -> bool:
        """Say whether a frame of this time is worth looking at, or was; cases come with each in its order."""
        return self._wanted.get(time_ns, lambda: self._inside.wants(time_ns))

    def might_want(self, time_ns: int) -> bool:
        """Say whether a frame that no case has come with yet may be wanted when one does."""
        return self._inside.wants(time_ns)

    def extract(self, frame: Frame) -> list[FaceFeatures]:
        """Features of the faces of one frame."""
        return self._features.get(frame.time_ns, lambda: self._inside.extract(frame))

    def close(self) -> None:
        """Release the extractor; every case may ask for it."""
        self._inside.close()


class SharedVoices:
    """One extractor for all cases that hear the same sound; as `SharedFaces`."""

    def __init__(self, inside: VoiceExtractor) -> None:
        self._inside = inside
        self._hops: _Memo[list[VoiceFeatures]] = _Memo()

    @property
    def rest(self) -> float | None:
        """How much of the person's usual voice is known by now."""
        return self._inside.rest

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        """The hops that this block completes."""
        return self._hops.get(samples.time_ns, lambda: self._inside.push(samples))
