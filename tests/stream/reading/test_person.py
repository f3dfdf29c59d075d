"""One person: two of them in one session know nothing of each other."""

from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.items import Change, State
from fsrf_live.stream.flow.records import Reading
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.person import Person
from fsrf_live.stream.reading.summary import NOTHING_READ, Summariser
from fsrf_live.stream.reading.trend import RunningTrend
from tests.doubles.fakes import FakeEngine, FakeTextEncoder, face

TENTH_NS = NS // 10


def analyst() -> Analyst:
    return Analyst(FakeEngine(), FakeTextEncoder(), MonotonicClock())


def watched(values: list[float], reader: Analyst) -> tuple[Person, list[Reading]]:
    """A person whose face shows each value for a second, and the readings of all windows."""
    person = Person(WindowSettings(), frozenset({"video"}))
    person.feed(Change(0, "camera", State.LIVE, None, None))
    readings = []
    for tenth in range(10 * len(values)):
        person.feed(face(tenth * TENTH_NS, values[tenth // 10]))
        due = person.advance(tenth * TENTH_NS)
        readings += [person.read(reader, window, 0) for window in due]
    last = person.finish(len(values) * NS)
    return person, readings + [person.read(reader, window, 0) for window in last]


def test_its_readings_have_their_trend_and_sum_up_as_they_would_by_themselves() -> None:
    person, readings = watched([0.2] * 6 + [0.9] * 6, analyst())
    trend, summariser = RunningTrend(), Summariser()
    assert len({reading.window for reading in readings}) > 2
    for reading in readings:
        assert trend.follow(reading) == reading
        summariser.add(reading)
    assert person.summary(12.0, NOTHING_READ) == summariser.summary(12.0)


def test_two_persons_read_by_one_analyst_have_answers_of_their_own() -> None:
    reader = analyst()
    _, glad = watched([0.9] * 6, reader)
    _, flat = watched([0.1] * 6, reader)
    assert [r.window for r in glad] == [r.window for r in flat]
    assert all(one.score > other.score for one, other in zip(glad, flat, strict=True))


def test_a_person_of_whom_nothing_came_has_a_summary_that_says_why() -> None:
    assert (
        Person(WindowSettings(), frozenset({"video"})).summary(3.0, "all was lost").reason == "all was lost"
    )
