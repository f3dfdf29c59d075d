"""The threads between the sources and the core: frames to face features, samples to voice features."""

import threading
from collections import deque
from collections.abc import Callable

from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.items import Frame, Samples
from fsrf_live.stream.flow.queues import Inbox, Latest, Ring
from fsrf_live.stream.speech.recognition import UtteranceCutter, UtteranceQueue

_WAIT_S = 0.05


class FaceWorker:
    """Looks at the newest frame, as often as the extractor wants one."""

    def __init__(self, make: Callable[[], FaceExtractor], frames: Latest[Frame], inbox: Inbox) -> None:
        self.loaded = threading.Event()
        self.empties = 0
        self._make = make
        self._frames = frames
        self._inbox = inbox

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
                    self._inbox.put(extractor.extract(frame))
        finally:
            extractor.close()


class VoiceWorker:
    """Hears every block; cuts utterances for the recogniser where there is one."""

    def __init__(
        self,
        make: Callable[[], VoiceExtractor],
        blocks: Ring[Samples],
        inbox: Inbox,
        cutter: UtteranceCutter,
        utterances: UtteranceQueue | None,
    ) -> None:
        self.loaded = threading.Event()
        self.empties = 0
        self._gone: deque[int] = deque()
        self._make = make
        self._blocks = blocks
        self._inbox = inbox
        self._cutter = cutter
        self._utterances = utterances

    def run(self, over: threading.Event) -> None:
        """Work until `over`."""
        extractor = self._make()
        self.loaded.set()
        while not over.is_set():
            block = self._blocks.take(_WAIT_S)
            while self._gone and (block is None or block.end_ns > self._gone[0]):
                self._offer(self._cutter.interrupt(self._gone.popleft()))
            if block is None:
                self.empties += 1
                continue
            voices = extractor.push(block)
            for voice in voices:
                self._inbox.put(voice)
            if self._utterances is not None:
                self._offer(self._cutter.push(block, voices))

    def gone(self, time_ns: int) -> None:
        """The microphone is gone, or mute, since a moment: an open utterance ends there. From any thread."""
        self._gone.append(time_ns)

    def _offer(self, utterances: list[Samples]) -> None:
        for utterance in utterances:
            if self._utterances is not None:
                self._utterances.offer(utterance)
