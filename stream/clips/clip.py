"""One clip: from what came in when to readings. The live core without threads, in media time."""

from collections.abc import Iterable, Iterator, Sequence

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.clips.ahead import Extracted, Features, Making
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.play import Moment
from fsrf_live.stream.faults.injection import Injector, outages
from fsrf_live.stream.faults.spec import Fault, FaultBoard
from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import (
    ROLE_OF,
    Change,
    Frame,
    Item,
    Reason,
    Samples,
    State,
    VoiceFeatures,
    Words,
)
from fsrf_live.stream.flow.queues import InboxItem
from fsrf_live.stream.flow.records import Event, Record
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.person import Person
from fsrf_live.stream.reading.summary import NOTHING_READ
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.recognition import UtteranceCutter
from fsrf_live.stream.supervision.supervisor import Supervisor
from fsrf_live.stream.windows.utterances import UtteranceDetector
from fsrf_live.stream.windows.window import Window


class Clip:
    """Reads one clip. Extractors are fresh, so that nothing of another clip is in them."""

    def __init__(
        self,
        analyst: Analyst,
        clock: Clock,
        windows: WindowSettings,
        job: Job,
        faces: FaceExtractor | None,
        voices: VoiceExtractor | None,
        recogniser: Recogniser | None,
        has_words: bool,
    ) -> None:
        """An extractor is None if its source is absent; `has_words`: there are captions or a text."""
        self._analyst = analyst
        self._clock = clock
        self._faces = faces
        self._voices = voices
        self._listener = Listener(recogniser, windows, job.faults) if recogniser else None
        present: dict[Modality, bool] = {
            "video": faces is not None,
            "audio": voices is not None,
            "text": has_words or recogniser is not None,
        }
        self._person = Person(windows, frozenset(m for m, there in present.items() if there))
        self._detector = UtteranceDetector(windows)
        self._at_ns = 0
        for m in sorted(job.without):
            self._feed_change(Change(0, ROLE_OF[m], State.DISABLED, "left out", Reason.DISABLED))

    def read(self, steps: Iterable[Extracted]) -> Iterator[Record]:
        """Yield events and readings in order, then one summary."""
        for step, features in steps:
            yield from self.step(step, features)
        yield from self.finish()

    def step(self, step: Moment, features: Making | None = None) -> Iterator[Record]:
        """Yield what comes of one moment; moments come in order.

        `features` gives those of the moment's item if they are made elsewhere; else they are made here.
        """
        at_ns = self._at_ns = step.at_ns
        begun_ns = self._clock.now_ns()
        for change in step.changes:
            self._feed_change(change)
            yield Event.of(change, 0)
            if self._listener is not None and change.source == "mic":
                self._listener.follow(change)
        if step.item is not None:
            made = self._extract(step.item) if features is None else features()
            self._feed(step.item, made)
        if self._listener is not None:
            yield from self._listen(self._listener, at_ns)
        yield from self._answer(self._person.advance(at_ns), begun_ns)

    def finish(self) -> Iterator[Record]:
        """Yield the last readings, then one summary."""
        yield from self._answer(self._person.finish(self._at_ns), self._clock.now_ns())
        yield self._person.summary(self._at_ns / NS, NOTHING_READ)

    def _answer(self, windows: list[Window], begun_ns: int) -> Iterator[Record]:
        for window in windows:
            yield self._person.read(self._analyst, window, 0, begun_ns)

    def _extract(self, item: Item) -> Features:
        if isinstance(item, Frame) and self._faces is not None and self._faces.wants(item.time_ns):
            return self._faces.extract(item)
        if isinstance(item, Samples) and self._voices is not None:
            return self._voices.push(item)
        return []

    def _feed(self, item: Item, features: Features) -> None:
        if isinstance(item, Samples) and self._listener is not None:
            self._listener.push(item)
        for op in [item] if isinstance(item, Words) else features:
            self._feed_decided(self._detector.push(op) if isinstance(op, VoiceFeatures) else [op])

    def _feed_change(self, change: Change) -> None:
        self._feed_decided(self._detector.change(change) if change.source == "mic" else [change])

    def _feed_decided(self, items: Sequence[InboxItem]) -> None:
        for item in items:
            self._person.feed(item)
        if self._listener is not None:
            self._listener.recognise(items, self._at_ns)

    def _listen(self, listener: "Listener", at_ns: int) -> Iterator[Record]:
        for change in listener.changes(at_ns):
            self._feed_change(change)
            yield Event.of(change, 0)
        for words in listener.take(at_ns):
            self._person.feed(words)


class Listener:
    """Recognises utterances at once when they end, and does the faults of the text to what it understood."""

    def __init__(self, recogniser: Recogniser, windows: WindowSettings, faults: Iterable[Fault]) -> None:
        faults = list(faults)
        self._recogniser = recogniser
        self._cutter = UtteranceCutter(windows)
        self._injector: Injector[Words] = Injector("text", FaultBoard(faults))
        self._supervisor = Supervisor("text", 0, finite=True)
        self._changes = self._supervisor.opened(0)
        self._plugs: list[tuple[int, str | None]] = []
        for start_ns, end_ns, reason in outages("text", faults):
            self._plugs.append((start_ns, reason))
            if end_ns is not None:
                self._plugs.append((end_ns, None))

    def push(self, block: Samples) -> None:
        """Take a block of sound."""
        self._cutter.push(block)

    def recognise(self, items: Iterable[InboxItem], at_ns: int) -> None:
        """Recognise the utterances that end among these items."""
        for utterance in self._cutter.cut(items):
            self._injector.put(at_ns, utterance.understood(self._recogniser))

    def follow(self, change: Change) -> None:
        """The microphone changed its state, and the text with it."""
        self._changes += self._supervisor.follow(change.time_ns, change)

    def changes(self, at_ns: int) -> list[Change]:
        """Changes of the text's state up to now."""
        while self._plugs and self._plugs[0][0] <= at_ns:
            time_ns, reason = self._plugs.pop(0)
            if reason is None:
                self._changes += self._supervisor.opened(time_ns)
            else:
                self._injector.drop_late()
                self._changes += self._supervisor.failed(time_ns, reason, rehearsed=True)
        due, self._changes = self._changes, []
        return due

    def take(self, at_ns: int) -> Iterator[Words]:
        """Words that have come by now."""
        return (words for _, words in self._injector.take_all(at_ns))
