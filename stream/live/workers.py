"""The threads between the sources and the core: frames to face features, samples to voice features."""

import threading
from collections.abc import Callable, Iterable

from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Change, Frame, Looked, Reason, Samples
from fsrf_live.stream.flow.queues import BoundedQueue, Inbox, InboxItem
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.speech.recognition import UtteranceCutter, UtteranceQueue
from fsrf_live.stream.windows.utterances import UtteranceDetector

_WAIT_S = 0.05
"""How soon a worker sees that the session is over."""


class FaceWorker:
    """Looks at the newest frame, as often as the extractor wants one.

    `rest` is how much of the person's rest is known, as the extractor says; any thread may read it.
    """

    def __init__(
        self,
        make: Callable[[], FaceExtractor],
        frames: BoundedQueue[Frame],
        inbox: Inbox,
        clock: Clock,
        looked: Callable[[Looked], None],
    ) -> None:
        """`looked` gets each picture that was read, after its features are on their way; it must return."""
        self.loaded = threading.Event()
        self.empties = 0
        self.rest: float | None = None
        self._make = make
        self._frames = frames
        self._inbox = inbox
        self._clock = clock
        self._looked = looked

    def run(self, over: threading.Event) -> None:
        """Work until `over`."""
        extractor = self._make()
        self.loaded.set()
        try:
            while not over.is_set():
                frame = self._frames.take(_WAIT_S)
                if frame is None:
                    self.empties += 1
                elif extractor.wants(frame.time_ns):
                    begun_ns = self._clock.now_ns()
                    faces = extractor.extract(frame)
                    for face in faces:
                        self._inbox.put(face)
                    self.rest = extractor.rest
                    took_ns = self._clock.now_ns() - begun_ns
                    reason = faces[0].reason if faces else Reason.NO_FACE
                    self._looked(Looked(frame, extractor.box, reason, took_ns))
        finally:
            extractor.close()


class Recognition:
    """What the thread of the voices does for a recogniser: cut utterances, and tell it of the microphone."""

    def __init__(
        self, windows: WindowSettings, utterances: UtteranceQueue, follow: Callable[[Change], None]
    ) -> None:
        """`follow` gets each change of the microphone, after the core, in the thread of the voices.

        That thread holds no lock then, so `follow` may take that of the capture of the text.
        """
        self._cutter = UtteranceCutter(windows)
        self._utterances = utterances
        self.follow = follow

    def hear(self, block: Samples) -> None:
        """Keep a block of sound."""
        self._cutter.push(block)

    def cut(self, item: InboxItem) -> None:
        """Offer the utterance that ends with this item, or the open one if its words are wanted now."""
        open_ = self._cutter.so_far(item)
        if open_ is not None:
            self._utterances.put(open_)
        for utterance in self._cutter.cut([item]):
            self._utterances.put(utterance)


class VoiceWorker:
    """Hears every block, decides where utterances end, and cuts them for the recogniser if there is one.

    The changes of the microphone come through here too, in their order among its blocks: the core must see a
    hop, a boundary and the end of a microphone as they followed each other. `rest` is as of a `FaceWorker`.
    """

    def __init__(
        self,
        make: Callable[[], VoiceExtractor],
        sound: BoundedQueue[Samples | Change],
        inbox: Inbox,
        windows: WindowSettings,
        recognition: Recognition | None,
    ) -> None:
        """`recognition` is None if nobody recognises utterances."""
        self.loaded = threading.Event()
        self.empties = 0
        self.rest: float | None = None
        self._make = make
        self._sound = sound
        self._inbox = inbox
        self._detector = UtteranceDetector(windows)
        self._recognition = recognition

    def run(self, over: threading.Event) -> None:
        """Work until `over`."""
        extractor = self._make()
        self.loaded.set()
        while not over.is_set():
            item = self._sound.take(_WAIT_S)
            if item is None:
                self.empties += 1
            elif isinstance(item, Change):
                self._hand_on(self._detector.change(item))
                if self._recognition is not None:
                    self._recognition.follow(item)
            else:
                self._hear(item, extractor)

    def _hear(self, block: Samples, extractor: VoiceExtractor) -> None:
        if self._recognition is not None:
            self._recognition.hear(block)
        for voice in extractor.push(block):
            self._hand_on(self._detector.push(voice))
        self.rest = extractor.rest

    def _hand_on(self, items: Iterable[InboxItem]) -> None:
        for item in items:
            self._inbox.put(item)
            if self._recognition is not None:
                self._recognition.cut(item)
