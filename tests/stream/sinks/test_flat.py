"""A record as one row."""

import pytest

from fsrf_live.stream.flow.records import Record
from fsrf_live.stream.sinks.flat import TABLE, flat
from tests.doubles.records import LOST, READING, SESSION


@pytest.mark.parametrize("record", SESSION)
def test_every_value_has_its_column_of_its_type_in_their_order(record: Record) -> None:
    cells = flat(record)
    assert sorted(cells, key=list(TABLE).index) == [name for name in TABLE if name in cells]
    for name, cell in cells.items():
        assert cell is None or isinstance(cell, TABLE[name])


def test_what_is_inside_what_becomes_a_longer_name() -> None:
    cells = flat(READING)
    assert (cells["type"], cells["time"]) == ("reading", "2023-11-14T22:13:23.900Z")
    assert (cells["probabilities_positive"], cells["latency_ms_engine"]) == (0.7, 2.0)
    assert (cells["audio_state"], cells["audio_reason"], cells["audio_coverage"]) == (
        "partial",
        "stalled",
        0.6,
    )
    assert (cells["text_state"], cells["text"]) == ("missing", READING.text)


def test_a_column_that_a_type_has_not_is_left_out() -> None:
    assert list(flat(LOST)) == ["type", "time", "time_s", "source", "state", "reason"]
