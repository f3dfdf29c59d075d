"""What the thread of the voices makes of a microphone that speaks, goes away and returns."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import (
    Change,
    Closed,
    FaceFeatures,
    Frame,
    Looked,
    Opened,
    Reason,
    Samples,
    State,
    VoiceFeatures,
)
from fsrf_live.stream.flow.queues import BoundedQueue, Inbox, InboxItem, drop_oldest, is_decisive, never_drop
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.live.workers import FaceWorker, Recognition, VoiceWorker
from fsrf_live.stream.speech.recognition import UtteranceQueue
from tests.doubles.fakes import FACE_BOX, FakeFaces, FakeVoices
from tests.doubles.waiting import until

SPOKEN = [Samples(n * NS // 50, np.full(320, 0.5, np.float32)) for n in range(150)]
SILENT = [Samples(block.time_ns, np.full(320, 0.001, np.float32)) for block in SPOKEN]
LIVE = Change(0, "mic", State.LIVE, None, None)


class Working:
    """What a worker gave, once it has nothing more to do."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.utterances = UtteranceQueue()
        self.followed: list[Change] = []


class Knowing(FakeVoices):
    """Knows the person's usual voice better with every block."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks = 0

    def push(self, samples: Samples) -> list[VoiceFeatures]:
        self._blocks += 1
        self.rest = self._blocks / 4
        return super().push(samples)


@contextmanager
def working(sound: Sequence[Samples | Change]) -> Iterator[Working]:
    """A worker to which this came, until it waits for more."""
    queue: BoundedQueue[Samples | Change] = BoundedQueue(never_drop(is_decisive, 256))
    windows, over, work = WindowSettings(), threading.Event(), Working()
    recognition = Recognition(windows, work.utterances, work.followed.append)
    worker = VoiceWorker(FakeVoices, queue, work.inbox, windows, recognition)
    for item in sound:
        queue.put(item)
    thread = threading.Thread(target=lambda: worker.run(over))
    thread.start()
    try:
        assert until(lambda: worker.empties > 0)
        yield work
    finally:
        over.set()
        thread.join(5)


def gone(time_ns: int) -> Change:
    return Change(time_ns, "mic", State.LOST, "unplugged", Reason.LOST)


def test_a_microphone_that_is_gone_ends_the_utterance_there() -> None:
    with working([LIVE, *SPOKEN[:50], gone(NS), *SPOKEN[50:]]) as work:
        utterance = work.utterances.take()
        assert utterance is not None
        assert utterance.time_ns == 0
        assert len(utterance.samples) == 16_000
        assert work.utterances.take() is None, "what is said while it is gone is no utterance"


def test_hops_boundaries_and_changes_come_in_their_order() -> None:
    lost = gone(3 * NS)
    with working([LIVE, *SPOKEN, lost]) as work:
        items: list[InboxItem] = work.inbox.take_all(0.0)
    told = [item for item in items if not isinstance(item, VoiceFeatures)]
    assert told == [LIVE, Opened(0), lost, Closed(0, 3 * NS, 3 * NS, 0)]
    assert items.index(told[1]) == 3, "an utterance opens behind the hop that decides it"
    assert len(items) == len(told) + 75


def test_the_recogniser_learns_of_the_microphone_after_the_core() -> None:
    lost = gone(NS)
    with working([LIVE, lost]) as work:
        assert work.followed == [LIVE, lost]
        assert work.inbox.take_all(0.0) == [LIVE, lost]


def test_a_pause_is_offered_before_the_end_that_may_follow() -> None:
    with working([LIVE, *SPOKEN[:50], *SILENT[50:70]]) as work:
        pause = work.utterances.take()
        assert pause is not None
        assert pause.open
        assert pause.spoken_to_ns == NS
        assert not [item for item in work.inbox.take_all(0.0) if isinstance(item, Closed)]


def test_a_worker_says_how_well_the_person_is_known_by_now() -> None:
    queue: BoundedQueue[Samples | Change] = BoundedQueue(never_drop(is_decisive, 256))
    worker, over = VoiceWorker(Knowing, queue, Inbox(), WindowSettings(), None), threading.Event()
    assert worker.rest is None
    queue.put(SPOKEN[0])
    queue.put(SPOKEN[1])
    thread = threading.Thread(target=lambda: worker.run(over))
    thread.start()
    try:
        assert until(lambda: worker.rest == 0.5)
    finally:
        over.set()
        thread.join(5)


def test_each_picture_that_was_read_is_told_with_its_face_and_its_time() -> None:
    clock, over, seen = FakeClock(), threading.Event(), list[Looked]()
    frames: BoundedQueue[Frame] = BoundedQueue(drop_oldest(4))
    pictures = [np.full((4, 4, 3), value, np.uint8) for value in (200, 1)]

    class Slow(FakeFaces):
        def extract(self, frame: Frame) -> list[FaceFeatures]:
            clock.advance(0.014)
            return super().extract(frame)

    for number, picture in enumerate(pictures):
        frames.put(Frame(number * NS, picture))
    inbox = Inbox()
    worker = FaceWorker(Slow, frames, inbox, clock, seen.append)
    thread = threading.Thread(target=worker.run, args=(over,))
    thread.start()
    assert until(lambda: len(seen) == 2)
    over.set()
    thread.join()
    assert [(look.frame.time_ns, look.box, look.reason) for look in seen] == [
        (0, FACE_BOX, None),
        (NS, None, Reason.NO_FACE),
    ]
    assert [look.took_ns for look in seen] == [14_000_000, 14_000_000]
