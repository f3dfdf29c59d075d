"""Markers of other programs, sent by pylsl itself."""

import threading
import uuid
from collections.abc import Iterator

import pytest

from fsrf_live.stream.flow.clock import NS, MonotonicClock
from fsrf_live.stream.flow.markers import checked_marker
from fsrf_live.stream.live.lsl_markers import marker_inlet
from tests.doubles.waiting import until

pylsl = pytest.importorskip("pylsl", reason="pylsl is not here: pip install 'fsrf-live[lsl]'")

TRUTH_S = 0.02
"""What a moment may be off: clocks are read one after the other, by threads that may be stopped."""


class Lab:
    """An outlet of markers, and what was marked."""

    def __init__(self, name: str, form: int, identity: str) -> None:
        self.clock = MonotonicClock()
        self.marked: list[tuple[str, int]] = []
        info = pylsl.StreamInfo(name, "Markers", 1, pylsl.IRREGULAR_RATE, form, identity)
        self.outlet = pylsl.StreamOutlet(info)

    def mark(self, name: str, time_ns: int) -> float:
        self.marked.append((checked_marker(name), time_ns))
        return time_ns / NS

    def heard(self) -> bool:
        """Wait until somebody listens."""
        return bool(self.outlet.wait_for_consumers(20.0))


@pytest.fixture
def name() -> str:
    return f"stimuli-{uuid.uuid4()}"


@pytest.fixture
def lab(name: str) -> Iterator[Lab]:
    lab = Lab(name, pylsl.cf_string, name)
    with marker_inlet(name, lab.clock, lab.mark):
        if not lab.heard():
            pytest.skip("LSL finds no stream on this machine: multicast is not to be had")
        yield lab


def test_a_marker_is_set_at_the_moment_of_its_stamp(lab: Lab) -> None:
    sent_ns = lab.clock.now_ns()
    lab.outlet.push_sample(["stimulus 3"], pylsl.local_clock() - 0.7)
    assert until(lambda: bool(lab.marked))
    ((told, time_ns),) = lab.marked
    assert told == "stimulus 3"
    assert (time_ns - sent_ns) / NS == pytest.approx(-0.7, abs=TRUTH_S)


def test_what_is_no_marker_is_passed_over_and_the_next_one_is_taken(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "\x1b[2J", "a" * 2000, "stimulus 4"):
        lab.outlet.push_sample([name])
    assert until(lambda: bool(lab.marked))
    assert [name for name, _ in lab.marked] == ["stimulus 4"]
    assert caplog.text.count("is passed over") == 1


def test_a_stream_that_begins_later_and_sends_numbers_is_heard_too(name: str) -> None:
    first = Lab(name, pylsl.cf_string, name)
    with marker_inlet(name, first.clock, first.mark):
        later = Lab(name, pylsl.cf_int32, f"{name}-numbers")
        if not later.heard():
            pytest.skip("LSL finds no stream on this machine: multicast is not to be had")
        later.outlet.push_sample([17])
        assert until(lambda: [told for told, _ in first.marked] == ["17"])


def test_our_own_stream_is_not_heard(name: str) -> None:
    own = Lab(name, pylsl.cf_string, f"fsrf-{name}")
    with marker_inlet(name, own.clock, own.mark):
        other = Lab(name, pylsl.cf_string, name)
        if not other.heard():
            pytest.skip("LSL finds no stream on this machine: multicast is not to be had")
        assert not own.outlet.have_consumers()


def test_without_a_stream_there_is_nothing_to_close() -> None:
    marked: list[str] = []
    with marker_inlet(None, MonotonicClock(), lambda name, _: float(len(marked))):
        assert not any(thread.name == "lsl markers" for thread in threading.enumerate())
