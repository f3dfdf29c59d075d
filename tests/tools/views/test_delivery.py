"""Where `analyze` and `replay` bring their records."""

import sys
from io import StringIO
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event, decode
from fsrf_live.stream.flow.sinks import MemorySink
from fsrf_live.tools.views.delivery import deliver

RECORDS = [Event(float(second), "mic", State.LIVE, None) for second in range(5000)]


def written(text: str) -> list[object]:
    return [decode(line) for line in text.splitlines()]


def test_each_sink_gets_all_records_beside_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    files = [tmp_path / "one", tmp_path / "two"]
    deliver(RECORDS, None, [f"jsonl:{file}" for file in files], title="talk")
    assert [written(text) for text in (out.getvalue(), *(file.read_text() for file in files))] == [
        RECORDS
    ] * 3


def test_a_sink_that_cannot_be_opened_leaves_no_other_open(tmp_path: Path) -> None:
    first = tmp_path / "first"
    with pytest.raises(UsageError, match="give it as jsonl:FILE"):
        deliver(RECORDS, str(first), ["jsonl"], title="talk")
    assert first.read_text() == ""


class Stubborn(MemorySink):
    """A sink that says whether it was closed, and cannot be."""

    was_closed = False

    def close(self) -> None:
        self.was_closed = True
        raise SinkError("the disk is full: make room")


def test_a_sink_that_cannot_be_closed_costs_no_other_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sinks = [Stubborn(), Stubborn()]
    monkeypatch.setattr("fsrf_live.tools.views.delivery.sinks_of", lambda *_, **__: sinks)
    with pytest.raises(SinkError, match="make room"):
        deliver(RECORDS[:3], "-", [], title="talk")
    assert [sink.was_closed for sink in sinks] == [True, True]
