"""What the dashboard draws."""

from dataclasses import fields

import pytest

from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.snapshot import HistoryPoint, Percentiles, Snapshot, SourceView


def test_a_picture_of_a_session_stays_as_it_was_taken() -> None:
    view = SourceView("mic", "audio", "default", State.LIVE, None, 50.0, 0.1, 0, 0)
    point = HistoryPoint(1.0, 0.5, 0.1, 0.9, final=True)
    latency = {"total": Percentiles(1, 2.0, 2.0, 2.0, 2.0, 2.0)}
    snapshot = Snapshot(1.0, None, None, (point,), (view,), "", latency, "fake", (), False, None)
    for part in (view, point, latency["total"], snapshot):
        with pytest.raises(AttributeError):
            setattr(part, fields(part)[0].name, None)
