"""Extraction in threads gives what extraction in line gives, in the same order."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.clips.ahead import STEPS_AHEAD, Ahead
from fsrf_live.stream.clips.play import Moment
from fsrf_live.stream.flow.items import FaceFeatures, Frame, Item, Samples, Words
from tests.doubles.fakes import FakeFaces, FakeVoices

BLOCK_NS = 20_000_000


def frame(time_ns: int) -> Frame:
    return Frame(time_ns, np.full((4, 4, 3), time_ns // 1_000_000 % 200 + 10, np.uint8))


def block(time_ns: int) -> Samples:
    return Samples(time_ns, np.full(320, 0.5, np.float32))


def steps(seconds: float = 8.0) -> Iterator[Moment]:
    """A clip of 25 pictures a second, with sound and a word in its middle."""
    for index in range(round(seconds * 50)):
        now_ns = index * BLOCK_NS
        yield Moment(now_ns, item=block(now_ns))
        if index % 2 == 0:
            yield Moment(now_ns, item=frame(now_ns))
        if index == 200:
            yield Moment(now_ns, item=Words(0, now_ns, "good"))


def in_line(items: Iterator[Moment]) -> list[tuple[int, int]]:
    faces, voices = FakeFaces(), FakeVoices()
    made = []
    for step in items:
        if isinstance(step.item, Frame) and faces.wants(step.item.time_ns):
            made += [(step.at_ns, face.time_ns) for face in faces.extract(step.item)]
        elif isinstance(step.item, Samples):
            made += [(step.at_ns, voice.time_ns) for voice in voices.push(step.item)]
    return made


def test_threads_change_nothing() -> None:
    with closing(Ahead(FakeFaces(), FakeVoices())) as ahead:
        extracted = list(ahead.extract(steps()))
        made = [(each.step.at_ns, feature.time_ns) for each in extracted for feature in each.features()]
    assert [each.step.at_ns for each in extracted] == [step.at_ns for step in steps()]
    assert made == in_line(steps())
    assert len(made) > 80


def test_it_looks_ahead_but_not_without_bound() -> None:
    pulled: list[int] = []

    def counted() -> Iterator[Moment]:
        for step in steps():
            pulled.append(step.at_ns)
            yield step

    with closing(Ahead(FakeFaces(), FakeVoices())) as ahead:
        next(ahead.extract(counted()))
    assert len(pulled) == STEPS_AHEAD + 1


@pytest.mark.parametrize("item", [frame(0), block(0), Words(0, 1, "good"), None])
def test_what_nobody_wants_gives_nothing(item: Item | None) -> None:
    with closing(Ahead(None, None)) as ahead:
        assert not ahead.wants(0)
        assert [each.features() for each in ahead.extract([Moment(0, item=item)])] == [[]]


class BrokenFaces(FakeFaces):
    def extract(self, frame: Frame) -> list[FaceFeatures]:
        raise SourceError("the mesh is gone")


def test_what_goes_wrong_in_a_thread_is_raised_where_it_is_waited_for() -> None:
    with closing(Ahead(BrokenFaces(), None)) as ahead:
        waiting = next(ahead.extract([Moment(0, item=frame(0))]))
        with pytest.raises(SourceError, match="mesh"):
            waiting.features()


def test_closing_gives_up_what_waits_and_ends_the_threads() -> None:
    go = threading.Event()

    class Slow(FakeFaces):
        seen = 0

        def extract(self, frame: Frame) -> list[FaceFeatures]:
            self.seen += 1
            assert go.wait(10)
            return super().extract(frame)

    slow = Slow()
    before = threading.active_count()
    ahead = Ahead(slow, None)
    waiting = list(ahead.extract(Moment(n * 100_000_000, item=frame(n * 100_000_000)) for n in range(9)))
    closer = threading.Thread(target=ahead.close)
    closer.start()
    with pytest.raises(CancelledError):
        waiting[-1].features()
    go.set()
    closer.join(10)
    assert slow.seen <= 1
    assert threading.active_count() == before
