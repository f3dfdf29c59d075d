"""Where an utterance ends is decided once: a live session, a clip and a replay read the same windows."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.clips.clip import Clip
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.clips.play import Moment
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Change, Reason, Samples, State, VoiceFeatures
from fsrf_live.stream.flow.queues import INBOX_CAPACITY, BoundedQueue, Inbox, drop_oldest
from fsrf_live.stream.flow.records import Reading, Record, encode
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.stream.live.core import Core
from fsrf_live.stream.live.workers import VoiceWorker
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.replay.replay import Replay, decided, undecided
from fsrf_live.stream.windows.buffer import SyncBuffer, feed
from tests.doubles.decided import Decider
from tests.doubles.fakes import FakeEngine, FakeTextEncoder, FakeVoices, voice
from tests.doubles.sessions import Quick

BLOCK_NS = 20_000_000
AUDIO: frozenset[Modality] = frozenset({"audio"})
WINDOWS = WindowSettings()

stretches = st.tuples(st.sampled_from(["speech", "silence", "lost", "gap"]), st.integers(1, 120))
"""What happens at a microphone, and for how many blocks; in a gap blocks are missing though it is live."""


def moments_of(story: list[tuple[str, int]]) -> list[Moment]:
    """The microphone's blocks and changes, a moment each 20 ms."""
    moments, state = [Moment(0, (Change(0, "mic", State.LIVE, None, None),))], State.LIVE
    for kind, blocks in story:
        for _ in range(blocks):
            at_ns = moments[-1].at_ns + BLOCK_NS
            wanted = State.LOST if kind == "lost" else State.LIVE
            cause = Reason.LOST if kind == "lost" else None
            changes = (Change(at_ns, "mic", wanted, None, cause),) if wanted is not state else ()
            level = 0.5 if kind == "speech" else 0.01
            block = Samples(at_ns - BLOCK_NS, np.full(320, level, np.float32))
            moments.append(Moment(at_ns, changes, block if kind in ("speech", "silence") else None))
            state = wanted
    return moments


def analyst(clock: FakeClock) -> Analyst:
    return Analyst(FakeEngine(), FakeTextEncoder(), clock)


class UntilIdle(threading.Event):
    """Ends the work of a thread once nothing waits for it any more."""

    def __init__(self, sound: BoundedQueue[Samples | Change]) -> None:
        super().__init__()
        self._sound = sound

    def is_set(self) -> bool:
        return len(self._sound) == 0


def live(moments: list[Moment], folder: Path) -> list[Record]:
    """The worker and the core of a session that is recorded; each does what waits for it at every moment."""
    clock, inbox, memory, voices = FakeClock(), Quick(), MemorySink(), FakeVoices()
    sound: BoundedQueue[Samples | Change] = BoundedQueue(drop_oldest(99))
    worker = VoiceWorker(lambda: voices, sound, inbox, WINDOWS, None)
    core = Core(inbox, AUDIO, WINDOWS, clock, [memory], Recorder(folder))
    core.analyst = analyst(clock)
    for moment in moments:
        clock.advance((moment.at_ns - clock.now_ns()) / NS)
        for change in moment.changes:
            sound.put(change)
        if isinstance(moment.item, Samples):
            sound.put(moment.item)
        worker.run(UntilIdle(sound))
        core.turn()
    core.finish()
    core.close()
    return list(memory.records)


def clip(moments: list[Moment]) -> list[Record]:
    clock = FakeClock()
    whole = Clip(
        analyst(clock), clock, WINDOWS, Job(Path("a.wav")), None, FakeVoices(), None, has_words=False
    )
    return [*(record for moment in moments for record in whole.step(moment)), *whole.finish()]


def windows_of(records: list[Record]) -> list[tuple[object, ...]]:
    return [
        (r.window, r.revision, r.final, r.start_s, r.end_s, r.modalities["audio"])
        for r in records
        if isinstance(r, Reading)
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(stretches, max_size=12))
def test_a_session_a_clip_and_a_replay_read_the_same_windows(story: list[tuple[str, int]]) -> None:
    moments = moments_of(story)
    with TemporaryDirectory() as folder:
        lived = live(moments, Path(folder) / "recording")
        recording = Recording(Path(folder) / "recording")
        replayed = list(Replay(recording, analyst(FakeClock())).run())
        steps = list(recording.steps())
    assert windows_of(clip(moments)) == windows_of(lived)
    assert [encode(record) for record in replayed] == [encode(record) for record in lived]
    again = list(decided(undecided(steps), WINDOWS))
    assert [told(step) for step in again] == [told(step) for step in steps], "an older recording does too"


def told(step: object) -> object:
    return (step.time_ns, step.heard) if isinstance(step, VoiceFeatures) else step


speech = st.lists(st.tuples(st.booleans(), st.integers(1, 400)), min_size=1, max_size=12)


def utterances(story: list[tuple[bool, int]], turn_every: int) -> tuple[list[tuple[int, int]], int]:
    """Spans of the windows of a core that turns once in so many hops, and how much it had no time for."""
    inbox, decider, buffer = Inbox(), Decider(WINDOWS), SyncBuffer(WINDOWS, AUDIO)
    loud = [speaks for speaks, hops in story for _ in range(hops)]
    inbox.put(*decider.push(Change(0, "mic", State.LIVE, None, None)))
    windows = []
    for index, speaks in enumerate(loud):
        for item in decider.push(voice(index * 40_000_000, float(speaks))):
            inbox.put(item)
        if index % turn_every == turn_every - 1 or index == len(loud) - 1:
            for item in inbox.take_all(0.0):
                feed(buffer, item)
            windows += buffer.advance((index + 1) * 40_000_000)
    windows += buffer.finish(len(loud) * 40_000_000)
    return [(w.start_ns, w.end_ns) for w in windows if w.final], inbox.drops


@settings(max_examples=40, deadline=None)
@given(speech)
def test_a_full_inbox_moves_no_window(story: list[tuple[bool, int]]) -> None:
    prompt, lost = utterances(story, turn_every=1)
    assert lost == 0
    assert utterances(story, turn_every=10**6)[0] == prompt


def test_an_inbox_that_runs_over_loses_hops() -> None:
    """So that the law above is tried where it matters."""
    hops = 3 * INBOX_CAPACITY
    spans, lost = utterances([(True, hops)], turn_every=10**6)
    assert lost > INBOX_CAPACITY
    assert [end - start for start, end in spans[:3]] == [12 * NS] * 3
