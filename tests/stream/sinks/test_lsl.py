"""``lsl``, received by pylsl itself and read from a file of the lab's format."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.stream.flow.clock import NS, MonotonicClock, Pair
from fsrf_live.stream.flow.records import Event, Marker, Reading, timed
from fsrf_live.stream.flow.sinks import Sink, open_sink
from fsrf_live.stream.sinks.flat import CHANNELS
from fsrf_live.stream.sinks.lsl import LslStreams
from tests.doubles.records import BACK, LOST, MARKER, READING
from tests.doubles.xdf import write_xdf

pylsl = pytest.importorskip("pylsl", reason="pylsl is not here: pip install 'fsrf-live[lsl]'")

WAIT_S = 20.0
TRUTH_S = 0.02
"""What a stamp may be off: the two clocks are read one after the other, by a thread that may be stopped."""


class Lab:
    """A sink under a name of its own, and an inlet for each of its two streams."""

    def __init__(self) -> None:
        self.name = f"FSRF-{uuid.uuid4()}"
        self.sink: Sink = open_sink(f"lsl:{self.name}")
        self.readings, self.markers = (self._inlet(name) for name in (self.name, f"{self.name}-markers"))

    def _inlet(self, name: str) -> Any:
        found = pylsl.resolve_byprop("name", name, timeout=WAIT_S)
        if not found:
            pytest.skip("LSL finds no stream on this machine: multicast is not to be had")
        inlet = pylsl.StreamInlet(found[0], recover=False)
        inlet.open_stream(WAIT_S)
        return inlet


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.sink.close()


def captured(
    record: Reading | Event | Marker, ago_s: float, ahead_s: float = 0.0
) -> tuple[Reading | Event | Marker, float]:
    """The record as captured so long ago, and when that was for LSL; `ahead_s`: the wall clock's error."""
    clock = MonotonicClock()
    now_ns, truth_s = clock.now_ns(), pylsl.local_clock() - ago_s
    epoch_ns = now_ns - round((ago_s + record.until_s) * NS)
    return timed(record, Pair(now_ns, clock.wall_ns() + round(ahead_s * NS)), epoch_ns), truth_s


@pytest.mark.parametrize("ahead_s", [0.0, 3600.0, -3600.0])
def test_a_reading_is_a_sample_stamped_when_it_was_captured_whatever_the_wall_clock_says(
    lab: Lab, ahead_s: float
) -> None:
    reading, truth_s = captured(READING, ago_s=0.7, ahead_s=ahead_s)
    lab.sink.emit(reading)
    sample, stamp_s = lab.readings.pull_sample(WAIT_S)
    told = dict(zip(CHANNELS, sample, strict=True))
    assert (told["score"], told["low"], told["high"]) == (0.81, -0.1, 1.6)
    assert (told["probabilities_positive"], told["video_contribution"], told["text_coverage"]) == (
        0.7,
        0.4,
        0,
    )
    assert (told["window"], told["revision"], told["final"], told["unsure"]) == (3, 1, 1, 1)
    assert (told["trend_score"], told["trend_low"], told["trend_high"]) == (0.5, -0.4, 1.3)
    assert (told["start_s"], told["end_s"]) == (1.2, 3.9)
    assert stamp_s == pytest.approx(truth_s, abs=TRUTH_S)


def test_a_change_of_a_source_is_a_marker_stamped_when_it_happened(lab: Lab) -> None:
    for record, marker in (
        (LOST, "camera lost: no new frame for 1.0 s"),
        (BACK, "camera live"),
        (MARKER, "stimulus 3"),
        (replace(MARKER, name="rating", rating=-1.5), "rating -1.50"),
    ):
        event, truth_s = captured(record, ago_s=0.2)
        lab.sink.emit(event)
        (told,), stamp_s = lab.markers.pull_sample(WAIT_S)
        assert told == marker
        assert stamp_s == pytest.approx(truth_s, abs=TRUTH_S)


def test_what_was_not_captured_in_this_run_is_stamped_now(lab: Lab) -> None:
    before_s = pylsl.local_clock()
    lab.sink.emit(replace(READING, time=None))
    _, stamp_s = lab.readings.pull_sample(WAIT_S)
    assert before_s <= stamp_s <= pylsl.local_clock()


def test_the_channels_are_named_as_the_columns_of_csv(lab: Lab) -> None:
    info = lab.readings.info(WAIT_S)
    assert tuple(info.get_channel_labels()) == CHANNELS
    assert info.nominal_srate() == pylsl.IRREGULAR_RATE


def test_in_a_recording_of_the_lab_both_streams_line_up(lab: Lab, tmp_path: Path) -> None:
    pyxdf = pytest.importorskip("pyxdf", reason="pyxdf is not here: pip install pyxdf")
    reading, truth_s = captured(READING, ago_s=0.5)
    event, event_s = captured(LOST, ago_s=0.1)
    for record in (reading, reading, event):
        lab.sink.emit(record)
    streams = [
        (lab.readings.info(WAIT_S).as_xml(), [lab.readings.pull_sample(WAIT_S) for _ in range(2)]),
        (lab.markers.info(WAIT_S).as_xml(), [(m[0], s) for m, s in [lab.markers.pull_sample(WAIT_S)]]),
    ]
    loaded, _ = pyxdf.load_xdf(write_xdf(tmp_path / "lab.xdf", streams))
    numbers, markers = loaded
    assert [row[0] for row in numbers["time_series"]] == [0.81, 0.81]
    assert numbers["time_stamps"] == pytest.approx([truth_s, truth_s], abs=TRUTH_S)
    assert markers["time_series"] == [["camera lost: no new frame for 1.0 s"]]
    assert markers["time_stamps"] == pytest.approx([event_s], abs=TRUTH_S)


def test_streams_stay_on_this_machine_unless_the_user_has_set_lsl_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pylsl, "set_config_content", told.append)
    monkeypatch.delenv("LSLAPICFG", raising=False)
    monkeypatch.chdir(tmp_path)
    open_sink(f"lsl:{uuid.uuid4()}").close()
    assert ["ResolveScope = machine" in content for content in told] == [True]
    (tmp_path / "lsl_api.cfg").write_text("[multicast]\nResolveScope = link\n")
    open_sink(f"lsl:{uuid.uuid4()}").close()
    assert len(told) == 1


def test_a_closed_sink_has_withdrawn_its_streams() -> None:
    name = f"FSRF-{uuid.uuid4()}"
    sink = LslStreams(name, MonotonicClock())
    assert pylsl.resolve_byprop("name", name, timeout=WAIT_S)
    sink.close()
    assert not pylsl.resolve_byprop("name", name, timeout=0.2)
