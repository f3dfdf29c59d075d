"""A live session with real threads and fake devices; what it does when is left to `test_core`."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import EngineError, RecordingError, SinkError, UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.faults.spec import FaultBoard, parse_fault
from fsrf_live.stream.flow.clock import NS, Epoch, MonotonicClock, Pair
from fsrf_live.stream.flow.items import HOP_NS, Frame, Item, Samples, State, Words
from fsrf_live.stream.flow.queues import INBOX_CAPACITY, InboxItem
from fsrf_live.stream.flow.records import Event, Marker, Reading, Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink, RecordQueue
from fsrf_live.stream.flow.snapshot import Snapshot
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.source import Source, SourceSpec
from fsrf_live.stream.sources.stdin import StandardInput
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.windows.window import Window
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.recognisers import Dictation
from tests.doubles.sources import ScriptedSource, spec_of
from tests.doubles.waiting import until

Loads = Callable[[], object]
LINES = 3000


@pytest.fixture
def clock() -> MonotonicClock:
    return MonotonicClock()


def makers(clock: MonotonicClock, load: Loads = lambda: None) -> Makers:
    def analyst() -> Analyst:
        load()
        return Analyst(FakeEngine(), FakeTextEncoder(), clock)

    return Makers(analyst, FakeFaces, FakeVoices)


def devices(clock: MonotonicClock) -> Sources:
    return Sources(camera=spec_of(lambda: FakeCamera(clock)), mic=spec_of(lambda: FakeMicrophone(clock)))


def of(session: LiveSession, condition: Callable[[Snapshot], bool]) -> Snapshot:
    """The first snapshot that fits."""
    found: list[Snapshot] = []

    def look() -> bool:
        snapshot = session.snapshot()
        if condition(snapshot):
            found.append(snapshot)
        return bool(found)

    assert until(look, timeout_s=20)
    return found[0]


def state_of(snapshot: Snapshot, modality: Modality) -> str | None:
    return None if snapshot.reading is None else snapshot.reading.modalities[modality].state


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_readings_come_and_everything_is_released_at_the_end(clock: MonotonicClock) -> None:
    before, memory = threads(), MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [memory])
    session.start()
    snapshot = of(session, lambda s: s.reading is not None and s.latency != {})
    assert snapshot.loading is None
    assert snapshot.engine == "fake"
    assert {view.source: view.state for view in snapshot.sources} == {"camera": State.LIVE, "mic": State.LIVE}
    summary = session.stop()
    assert isinstance(summary, Summary)
    assert memory.records[-1] == summary
    assert session.stop() == summary
    assert session.snapshot().ended
    assert until(lambda: threads() <= before)


def test_where_everything_begins_slowly_nothing_is_missed_before_it_was_there(clock: MonotonicClock) -> None:
    memory, slowly = MemorySink(), threading.Event()

    class SlowCamera(FakeCamera):
        def open(self) -> None:
            slowly.wait(1.3)
            super().open()

    class SlowMicrophone(FakeMicrophone):
        def open(self) -> None:
            slowly.wait(0.8)
            super().open()

    def load() -> Recogniser:
        slowly.wait(1.8)
        return Dictation()

    slow = Sources(
        camera=spec_of(lambda: SlowCamera(clock)),
        mic=spec_of(lambda: SlowMicrophone(clock)),
        recogniser=load,
    )
    session = LiveSession(slow, makers(clock, lambda: slowly.wait(1.0)), clock, [memory])
    session.start()
    of(session, lambda s: all(view.state is State.LIVE for view in s.sources))
    session.stop()
    events = [record for record in memory.records if isinstance(record, Event)]
    first = {event.source: event.state for event in reversed(events)}
    assert first == {"camera": State.LIVE, "mic": State.LIVE, "text": State.LIVE}


def test_the_first_picture_does_not_wait_for_the_engine(clock: MonotonicClock) -> None:
    loaded = threading.Event()
    session = LiveSession(devices(clock), makers(clock, lambda: loaded.wait(20)), clock, [])
    session.start()
    snapshot = of(session, lambda s: all(view.state is State.LIVE for view in s.sources))
    assert snapshot.loading == "engine and text encoder"
    assert snapshot.reading is None
    loaded.set()
    assert of(session, lambda s: s.reading is not None).loading is None
    session.stop()


def test_what_ended_before_the_engine_was_loaded_is_still_read(clock: MonotonicClock) -> None:
    loaded, memory = threading.Event(), MemorySink()
    now_ns = clock.now_ns()
    lines: list[Item] = [Words(now_ns, now_ns, "good"), Words(now_ns + 1, now_ns + 1, "bad")]
    sources = Sources(text=spec_of(lambda: ScriptedSource(lines, "text", clock)))
    session = LiveSession(sources, makers(clock, lambda: loaded.wait(20)), clock, [memory])
    session.start()
    of(session, lambda s: s.sources[0].state is State.ENDED)
    loaded.set()
    assert session.wait(20)
    session.stop()
    assert [r.text for r in memory.records if isinstance(r, Reading)] == ["good", "bad"]


def test_what_is_cut_is_disabled_until_it_is_restored(clock: MonotonicClock) -> None:
    sources = Sources(camera=spec_of(lambda: FakeCamera(clock)))
    brief = WindowSettings(fixed_s=0.5, partial_every_s=0.2)
    session = LiveSession(sources, makers(clock), clock, [], windows=brief)
    session.start()
    of(session, lambda s: state_of(s, "video") not in ("missing", None))
    session.cut("video")
    session.cut("text")
    missing = of(session, lambda s: state_of(s, "video") == "missing")
    assert next(view for view in missing.sources if view.source == "camera").state is State.DISABLED
    session.restore("video")
    of(session, lambda s: state_of(s, "video") not in ("missing", None))
    session.stop()


@pytest.fixture
def piped(tmp_path: Path) -> Iterator[int]:
    """A descriptor that gives thousands of lines at once."""
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"line {number}\n" for number in range(LINES)))
    with path.open() as lines:
        yield lines.fileno()


class Stuck(MemorySink):
    """A sink that takes its first record only when it is released."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def emit(self, record: Record) -> None:
        self.released.wait(20)
        super().emit(record)


def test_a_sink_that_hangs_delays_no_reading_and_gets_all_of_them(clock: MonotonicClock) -> None:
    stuck, memory = Stuck(), MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [stuck, memory])
    session.start()
    of(session, lambda s: len(s.history) > 2)
    stuck.released.set()
    summary = session.stop()
    assert list(stuck.records) == list(memory.records)
    assert stuck.records[-1] == summary
    assert session.drops["records"] == 0


def test_what_a_sink_is_too_slow_for_is_counted_and_said(clock: MonotonicClock, piped: int) -> None:
    stuck, memory = Stuck(), MemorySink()
    sources = Sources(text=spec_of(lambda: StandardInput(clock, piped), "pipe"))
    session = LiveSession(sources, makers(clock), clock, [stuck, memory])
    session.start()
    assert session.wait(60)
    stuck.released.set()
    session.stop()
    assert session.drops["records"] == len(memory.records) - len(stuck.records) > 0
    assert f"{session.drops['records']} records were passed over" in session.snapshot().messages[-1]
    assert stuck.records[-1] == memory.records[-1]


def test_the_error_of_a_sink_ends_the_session_and_is_raised(clock: MonotonicClock) -> None:
    class Full(MemorySink):
        def emit(self, record: Record) -> None:
            raise OSError(28, "No space left on device")

    memory = MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [Full(), memory])
    session.start()
    assert session.wait(20)
    with pytest.raises(OSError, match="No space left"):
        session.stop()
    assert isinstance(memory.records[-1], Summary)


def test_whoever_takes_the_records_itself_needs_no_thread(clock: MonotonicClock) -> None:
    told = threading.Event()
    queue = RecordQueue(told.set)
    session = LiveSession(devices(clock), makers(clock), clock, [queue], duration_s=0.5)
    session.start()
    assert "sink" not in threads()
    assert until(lambda: queue.over, timeout_s=20)
    records = list(iter(queue.take, None))
    assert told.is_set()
    assert records[-1] == session.stop()


def test_what_a_core_that_is_too_slow_passes_over_is_said(clock: MonotonicClock) -> None:
    released, hops = threading.Event(), np.full(2 * INBOX_CAPACITY * 640, 0.01, np.float32)

    def hold() -> None:
        released.wait(20)

    stuck = RecordQueue(hold)
    sound: list[Item] = [Samples(clock.now_ns() - 2 * INBOX_CAPACITY * HOP_NS, hops)]
    session = LiveSession(
        Sources(mic=spec_of(lambda: ScriptedSource(sound, "audio", clock))), makers(clock), clock, [stuck]
    )
    session.start()
    snapshot = of(session, lambda s: any("features were passed over" in text for text in s.messages))
    assert "too slow" in snapshot.messages[-1]
    released.set()
    session.stop()


def test_every_line_that_is_piped_is_read_in_order(clock: MonotonicClock, piped: int) -> None:
    loaded, memory = threading.Event(), MemorySink()
    sources = Sources(text=spec_of(lambda: StandardInput(clock, piped), "pipe"))
    session = LiveSession(sources, makers(clock, lambda: loaded.wait(20)), clock, [memory])
    session.start()
    of(session, lambda s: s.words != "")
    loaded.set()
    assert session.wait(60)
    session.stop()
    assert [r.text for r in memory.records if isinstance(r, Reading)] == [f"line {n}" for n in range(LINES)]


def test_a_flood_of_text_holds_up_no_camera_and_no_stop(clock: MonotonicClock, piped: int) -> None:
    before = threads()
    sources = Sources(
        camera=spec_of(lambda: FakeCamera(clock)), text=spec_of(lambda: StandardInput(clock, piped), "pipe")
    )
    session = LiveSession(sources, makers(clock), clock, windows=WindowSettings(fixed_s=0.5))
    session.start()
    of(session, lambda s: state_of(s, "video") == "present" and state_of(s, "text") == "present")
    assert session.stop() is not None
    assert session.drops["features"] == 0
    assert until(lambda: threads() <= before)


def test_a_rehearsed_fault_is_named_and_noticed(clock: MonotonicClock) -> None:
    memory = MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [memory])
    session.start()
    of(session, lambda s: s.reading is not None)
    named = session.next_fault()
    assert named.startswith("camera:unplug")
    snapshot = of(session, lambda s: any(view.state is State.LOST for view in s.sources))
    assert snapshot.faults == (named,)
    of(session, lambda s: all(view.state is State.LIVE for view in s.sources))
    session.stop()
    states = [r.state for r in memory.records if isinstance(r, Event) and r.source == "camera"]
    assert states[-1] is State.LIVE


def test_a_moment_is_marked_from_any_thread_and_may_be_a_little_ago(clock: MonotonicClock) -> None:
    memory = MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [memory])
    session.start()
    pressed_ns = clock.now_ns()
    of(session, lambda s: s.reading is not None)
    earlier_s = session.mark("fixation", "key", pressed_ns)
    now_s = session.mark("stimulus 3", "python")
    with pytest.raises(UsageError, match="control characters"):
        session.mark("\x1b[2J", "command")
    with pytest.raises(UsageError, match=r"a rating of 3\.5 is none"):
        session.mark("rating", "key", rating=3.5)
    of(session, lambda s: "marker: stimulus 3" in " ".join(s.messages))
    rated_s = session.mark("rating", "key", rating=-1.5)
    session.stop()
    markers = [(r.time_s, r.name, r.source, r.rating) for r in memory.records if isinstance(r, Marker)]
    assert markers == [
        (earlier_s, "fixation", "key", None),
        (now_s, "stimulus 3", "python", None),
        (rated_s, "rating", "key", -1.5),
    ]
    assert earlier_s < now_s
    with pytest.raises(UsageError, match="the session is over"):
        session.mark("too late", "key")


def script(clock: MonotonicClock, seconds: float) -> Callable[[Epoch], Sources]:
    """A file of a bright picture and one utterance, with a caption."""

    def pictures(start_ns: int) -> list[Item]:
        images = [np.full((8, 8, 3), 100 + i, np.uint8) for i in range(round(seconds * 10))]
        return [Frame(start_ns + i * NS // 10, image) for i, image in enumerate(images)]

    def sound(start_ns: int) -> list[Item]:
        levels = [0.5 if 1 <= i / 50 < 2 else 0.01 + i * 1e-5 for i in range(round(seconds * 50))]
        return [
            Samples(start_ns + i * NS // 50, np.full(320, level, np.float32))
            for i, level in enumerate(levels)
        ]

    def sources(epoch: Epoch) -> Sources:
        words: list[Item] = []

        def text() -> Source:
            start_ns = epoch.fix()
            words[:] = [Words(start_ns + NS, start_ns + 2 * NS, "good")]
            return ScriptedSource(words, "text", clock)

        return Sources(
            camera=spec_of(lambda: Late(lambda: pictures(epoch.fix()), "video", clock)),
            mic=spec_of(lambda: Late(lambda: sound(epoch.fix()), "audio", clock)),
            text=SourceSpec("device", "text", ScriptedSource.name, text),
            epoch=epoch,
        )

    return sources


class Late(ScriptedSource):
    """A script that begins at the epoch, which is fixed when it is opened."""

    def __init__(self, make: Callable[[], list[Item]], modality: str, clock: MonotonicClock) -> None:
        super().__init__([], modality, clock)  # type: ignore[arg-type]
        self._make = make

    def open(self) -> None:
        self._items.extend(self._make())


def test_a_file_begins_once_all_is_loaded_and_ends_the_session(clock: MonotonicClock) -> None:
    memory = MemorySink()
    session = LiveSession(script(clock, 4.0)(Epoch(clock)), makers(clock), clock, [memory])
    session.start()
    assert session.wait(20)
    summary = session.stop()
    assert summary is not None
    finals = [r for r in memory.records if isinstance(r, Reading) and r.final]
    (spoken,) = {r.window: r for r in finals if r.modalities["audio"].state != "missing"}.values()
    assert spoken.start_s == pytest.approx(0.7, abs=0.05)
    assert spoken.end_s == pytest.approx(2.0, abs=0.05)
    assert spoken.text == "good"
    assert summary.duration_s >= 4.0 - 0.1


def test_the_last_utterance_is_still_recognised_when_the_file_is_over(clock: MonotonicClock) -> None:
    memory = MemorySink()
    file = script(clock, 2.2)(Epoch(clock))

    def load() -> Recogniser:
        return Dictation()

    sources = Sources(camera=file.camera, mic=file.mic, recogniser=load, epoch=file.epoch)
    session = LiveSession(sources, makers(clock), clock, [memory])
    session.start()
    assert session.wait(20)
    session.stop()
    assert [r.text for r in memory.records if isinstance(r, Reading) and r.text][-1] == "good"


def test_what_was_recognised_in_a_pause_counts_once(clock: MonotonicClock) -> None:
    memory = MemorySink()
    file = script(clock, 4.0)(Epoch(clock))

    def load() -> Recogniser:
        return Dictation()

    sources = Sources(camera=file.camera, mic=file.mic, recogniser=load, epoch=file.epoch)
    session = LiveSession(sources, makers(clock), clock, [memory])
    session.start()
    assert session.wait(20)
    session.stop()
    finals = [r for r in memory.records if isinstance(r, Reading) and r.final]
    spoken = [r.text for r in finals if r.modalities["audio"].state != "missing"]
    assert [text for text in spoken if text] == ["good"], "it is recognised in a pause, and counts once"


def test_speech_recognition_is_lost_and_returns_with_its_microphone(clock: MonotonicClock) -> None:
    def load() -> Recogniser:
        return Dictation()

    sources = Sources(mic=spec_of(lambda: FakeMicrophone(clock)), recogniser=load)
    memory, faults = MemorySink(), FaultBoard([parse_fault("mic:unplug@0.5s+0.7s")])
    session = LiveSession(sources, makers(clock), clock, [memory], faults=faults)
    session.start()
    of(session, lambda s: any("text live: it is back" in message for message in s.messages))
    session.stop()
    text = [r for r in memory.records if isinstance(r, Event) and r.source == "text"]
    assert [event.state for event in text] == [State.LIVE, State.LOST, State.LIVE]
    assert text[1].reason is not None
    assert "unplugged" in text[1].reason


def test_it_ends_after_its_duration(clock: MonotonicClock) -> None:
    session = LiveSession(devices(clock), makers(clock), clock, [], duration_s=1.0)
    session.start()
    assert session.wait(20)
    summary = session.stop()
    assert summary is not None
    assert summary.duration_s >= 1.0


class Counting(MemorySink):
    """Looks at what the session drops."""

    def watch(self, drops: Callable[[], Mapping[str, int]]) -> None:
        self.drops = drops


def test_a_sink_may_look_at_what_is_dropped(clock: MonotonicClock) -> None:
    sink = Counting()
    session = LiveSession(devices(clock), makers(clock), clock, [sink], duration_s=0.2)
    assert sink.drops() == session.drops == dict.fromkeys(session.drops, 0)
    session.start()
    assert session.wait(20)
    session.stop()
    assert sink.drops() == session.drops


def test_a_sink_that_is_away_is_said_and_ends_nothing(clock: MonotonicClock) -> None:
    class Away(MemorySink):
        def emit(self, record: Record) -> None:
            raise SinkError("sink pigeon: nobody is in the coop")

    memory = MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [Away(), memory])
    session.start()
    of(session, lambda s: s.reading is not None and "sink pigeon: nobody is in the coop" in s.messages)
    assert isinstance(session.stop(), Summary)
    assert isinstance(memory.records[-1], Summary)


class FullDisk:
    """A journal that fails with the first record that it is given after an event."""

    def __init__(self) -> None:
        self.closed = False

    def begin(self, modalities: frozenset[Modality], windows: WindowSettings) -> None:
        pass

    def epoch(self, epoch_ns: int) -> None:
        pass

    def pair(self, pair: Pair) -> None:
        pass

    def op(self, op: InboxItem) -> None:
        pass

    def advance(self, now_ns: int) -> None:
        pass

    def read(self, window: Window, begun_ns: int) -> None:
        pass

    def record(self, record: Record) -> None:
        if isinstance(record, Reading):
            raise RecordingError("cannot record (No space left on device): make room")

    def finish(self, now_ns: int) -> None:
        raise AssertionError("it has failed: nothing more is to be recorded")

    def close(self) -> None:
        self.closed = True


def test_a_recording_that_fails_ends_the_session_but_not_without_its_summary(clock: MonotonicClock) -> None:
    journal, sink = FullDisk(), MemorySink()
    session = LiveSession(devices(clock), makers(clock), clock, [sink], journal=journal)
    session.start()
    assert session.wait(20)
    with pytest.raises(RecordingError, match="make room"):
        session.stop()
    assert isinstance(sink.records[-1], Summary)
    assert any(isinstance(record, Reading) for record in sink.records)
    assert journal.closed


def test_a_mistake_in_a_thread_ends_the_session_and_is_told_once(clock: MonotonicClock) -> None:
    def broken() -> None:
        raise EngineError("no engine runs this checkpoint")

    session = LiveSession(devices(clock), makers(clock, broken), clock, [])
    session.start()
    assert session.wait(20)
    with pytest.raises(EngineError, match="no engine"):
        session.stop()
    assert session.stop() is not None


class Gone(MemorySink):
    closed = True


def test_it_ends_when_nobody_reads_its_records_any_more(clock: MonotonicClock) -> None:
    session = LiveSession(devices(clock), makers(clock), clock, [Gone()])
    session.start()
    assert session.wait(20)
    session.stop()


def test_it_ends_when_the_last_reader_of_its_records_goes_in_silence(clock: MonotonicClock) -> None:
    sinks = [MemorySink(), MemorySink()]
    silent = Sources(mic=spec_of(lambda: FakeMicrophone(clock)))
    session = LiveSession(silent, makers(clock), clock, sinks)
    session.start()
    of(session, lambda s: s.reading is not None)
    for sink in sinks:
        assert not session.ended
        sink.closed = True
    assert session.wait(20)
    session.stop()


@pytest.mark.parametrize("recorded", [False, True])
def test_it_goes_on_while_a_sink_or_a_recording_takes_its_records(
    clock: MonotonicClock, tmp_path: Path, recorded: bool
) -> None:
    journal = Recorder(tmp_path / "monday", recognises=False) if recorded else None
    sinks = [Gone()] if recorded else [Gone(), MemorySink()]
    session = LiveSession(devices(clock), makers(clock), clock, sinks, journal=journal, duration_s=1.0)
    session.start()
    assert session.wait(20)
    summary = session.stop()
    assert summary is not None
    assert summary.duration_s >= 1.0


def test_faults_count_from_the_beginning_of_the_file(clock: MonotonicClock) -> None:
    memory = MemorySink()
    faults = FaultBoard([parse_fault("mic:unplug@1.5s")])
    session = LiveSession(
        script(clock, 3.0)(Epoch(clock)), makers(clock), clock, [memory], faults=faults, duration_s=3.0
    )
    session.start()
    assert session.wait(20)
    session.stop()
    lost = next(r for r in memory.records if isinstance(r, Event) and r.state is State.LOST)
    assert 1.5 <= lost.time_s <= 2.5


def test_a_file_that_cannot_end_ends_with_its_duration(clock: MonotonicClock) -> None:
    file = script(clock, 1.0)(Epoch(clock))
    sources = Sources(camera=file.camera, mic=file.mic, epoch=file.epoch, duration_s=1.0)
    faults = FaultBoard([parse_fault("camera:unplug@0.5s")])
    session = LiveSession(sources, makers(clock), clock, [], faults=faults)
    session.start()
    assert session.snapshot().duration_s == 1.0
    assert session.wait(20)
    session.stop()


def test_stopping_before_anything_was_loaded_is_quick_and_clean(clock: MonotonicClock) -> None:
    loaded = threading.Event()
    session = LiveSession(devices(clock), makers(clock, lambda: loaded.wait(1)), clock, [])
    session.start()
    summary = session.stop()
    assert summary is not None
    assert summary.score is None
    loaded.set()
