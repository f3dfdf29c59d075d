"""Laws that hold for every snapshot and every size of the screen."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.dashboard import UiState, render
from fsrf_live.stream.dashboard.layout import plan
from fsrf_live.stream.flow.items import Reason, State
from fsrf_live.stream.flow.records import LABELS, Latency, ModalityReading, Reading
from fsrf_live.stream.flow.snapshot import HistoryPoint, Percentiles, Snapshot, SourceView

scores = st.floats(-3, 3)
shares = st.floats(0, 1)
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "ж" * 300, "汉字" * 80, "👩‍🚀🇪🇺👍🏽 " * 30, "a" * 2_000, "e\u0301\u200d\ufe0f", "\t\r\n\x1b[31m"]
    ),
)
times = st.floats(0, 1e6)
counters = st.one_of(st.integers(0, 10), st.just(10**6), st.integers(0, 10**13))
milliseconds = st.floats(0, 1e7)


def some(values: st.SearchStrategy[float]) -> st.SearchStrategy[Mapping[Modality, float]]:
    return st.dictionaries(st.sampled_from(MODALITIES), values, max_size=3)


parts = st.builds(
    ModalityReading,
    st.sampled_from(["present", "partial", "missing"]),
    st.none() | st.sampled_from(Reason),
    shares,
    st.floats(-6, 6),
    st.none() | shares,
)
readings = st.builds(
    Reading,
    window=counters,
    revision=st.integers(0, 99),
    final=st.booleans(),
    start_s=times,
    end_s=times,
    score=scores,
    low=scores,
    high=scores,
    label=st.sampled_from(LABELS),
    probabilities=st.fixed_dictionaries(dict.fromkeys(LABELS, shares)),
    modalities=st.dictionaries(st.sampled_from(MODALITIES), parts, max_size=3),
    text=texts,
    engine=texts,
    latency_ms=st.builds(Latency, milliseconds, milliseconds, milliseconds, milliseconds),
    without=some(scores),
    unsure=st.none() | st.booleans(),
)
points = st.builds(
    *(HistoryPoint, times, scores, scores, scores, st.booleans(), st.just(("video",)), st.none() | scores)
)
views = st.builds(
    SourceView,
    st.sampled_from(["camera", "mic", "text", "a source with a long name"]),
    st.sampled_from(MODALITIES),
    texts,
    st.sampled_from(State),
    st.none() | texts,
    st.floats(0, 1e5),
    st.none() | times,
    counters,
    counters,
    st.none() | st.floats(-500, 500),
)
snapshots = st.builds(
    Snapshot,
    time_s=times,
    loading=st.none() | texts,
    reading=st.none() | readings,
    history=st.lists(points, max_size=12).map(lambda some: tuple(sorted(some, key=lambda one: one.time_s))),
    sources=st.lists(views, max_size=5).map(tuple),
    words=texts,
    tentative=texts,
    latency=st.dictionaries(
        st.sampled_from(
            ["wait", "features", "engine", "emit", "processing", "total", "a part of another name"]
        ),
        st.builds(
            Percentiles, counters, milliseconds, milliseconds, milliseconds, milliseconds, milliseconds
        ),
    ),
    engine=texts,
    faults=st.lists(texts, max_size=3).map(tuple),
    recording=st.booleans(),
    duration_s=st.none() | times,
    messages=st.lists(texts, max_size=9).map(tuple),
    ended=st.booleans(),
    recording_media=st.booleans(),
)
states = st.builds(UiState, st.booleans(), st.booleans(), st.none() | texts, st.booleans(), st.none() | texts)


@settings(deadline=None, max_examples=80)
@given(snapshots, st.integers(1, 240), st.integers(1, 70), states)
def test_every_snapshot_fits_every_screen(snapshot: Snapshot, width: int, height: int, ui: UiState) -> None:
    lines = render(snapshot, width, height, ui).lines
    assert len(lines) == height
    assert {text.cell_len for text in lines} == {width}
    assert not any("\n" in text.plain or "\x1b" in text.plain for text in lines)


@settings(deadline=None, max_examples=80)
@given(snapshots, st.integers(5, 240), st.integers(1, 70), states)
def test_a_recording_is_said_on_every_screen(
    snapshot: Snapshot, width: int, height: int, ui: UiState
) -> None:
    shown = render(replace(snapshot, recording=True), width, height, ui).lines[0].plain
    assert "● REC"[: width - 1] in shown


@settings(deadline=None, max_examples=60)
@given(st.integers(40, 300), st.integers(3, 100))
def test_panels_never_overlap_nor_leave_the_screen(width: int, height: int) -> None:
    taken: set[tuple[int, int]] = set()
    for box in plan(width, height):
        cells = {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}
        assert all(0 <= x < width and 1 <= y < height - 1 for x, y in cells)
        assert not cells & taken
        taken |= cells


@settings(deadline=None)
@given(st.integers(60, 240), st.integers(20, 70))
def test_from_60_by_20_on_every_panel_but_the_events_has_a_place(width: int, height: int) -> None:
    shown = {box.panel for box in plan(width, height)}
    assert shown >= {"score", "history", "who", "sources", "words", "latency"}
