"""Feature extraction of a clip beside its reading: each modality in a thread of its own, in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from fsrf_live.stream.clips.play import Moment
from fsrf_live.stream.features.extractors import PacedFaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.items import FaceFeatures, Frame, Item, Samples, VoiceFeatures
from fsrf_live.stream.flow.slots import Slots

STEPS_AHEAD = 128
"""A second and a half of a clip: enough to keep both threads busy, little to keep in memory."""

Features = list[FaceFeatures] | list[VoiceFeatures]
Making = Callable[[], Features]


class Extracted(NamedTuple):
    """A step, and what waits for the features of its item (there are none if nobody wants it)."""

    step: Moment
    features: Making


class Ahead:
    """Looks ahead in the steps of a clip while earlier ones are read. One use; `close` ends the threads.

    Each extractor sees the same items in the same order as it would without threads, so what comes of it is
    the same.
    """

    def __init__(self, faces: PacedFaceExtractor | None, voices: VoiceExtractor | None) -> None:
        """An extractor is None if its source is absent."""
        self._faces = faces
        self._voices = voices
        self._slots = None if faces is None else Slots(faces.rate_hz)
        self._face_thread = ThreadPoolExecutor(1, "faces")
        self._voice_thread = ThreadPoolExecutor(1, "voices")

    def wants(self, time_ns: int) -> bool:
        """Say whether a frame of this time would be looked at if it came now."""
        return self._slots is not None and self._slots.free(time_ns)

    def extract(self, steps: Iterable[Moment]) -> Iterator[Extracted]:
        """Yield every step in order, its extraction begun as much as `STEPS_AHEAD` steps before."""
        waiting: deque[Extracted] = deque()
        for step in steps:
            waiting.append(Extracted(step, self._begin(step.item)))
            if len(waiting) > STEPS_AHEAD:
                yield waiting.popleft()
        yield from waiting

    def close(self) -> None:
        """Give up what has not begun, and wait for what has."""
        for thread in (self._face_thread, self._voice_thread):
            thread.shutdown(cancel_futures=True)

    def _begin(self, item: Item | None) -> Making:
        if isinstance(item, Frame):
            return self._look(item)
        if isinstance(item, Samples) and self._voices is not None:
            return self._voice_thread.submit(self._voices.push, item).result
        return _nothing

    def _look(self, frame: Frame) -> Making:
        faces, slots = self._faces, self._slots
        if faces is None or slots is None or not slots.free(frame.time_ns):
            return _nothing
        slots.take(frame.time_ns)
        return self._face_thread.submit(faces.extract, frame).result


def _nothing() -> Features:
    return []
