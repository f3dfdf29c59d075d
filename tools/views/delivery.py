"""Brings records to where they are wanted: JSON lines for programs, a table for people."""

from collections import deque
from collections.abc import Iterable, Iterator

from fsrf_live.stream.flow.records import Reading, Record, Summary
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.tools.shell.output import console, for_people, json_sink
from fsrf_live.tools.views.tables import readings_table, rows_table, summary_panel


def deliver(records: Iterable[Record], jsonl: str | None, *, title: str, rows: bool = False) -> None:
    """Bring records to where they are wanted; `rows`: they are summaries of the rows of a manifest."""
    people = for_people(jsonl)
    sink = json_sink(jsonl, for_people=people)
    try:
        copied = _copied(records, sink)
        if people:
            _show(copied, title, rows=rows)
        else:
            deque(copied, maxlen=0)
    finally:
        if sink is not None:
            sink.close()


def _copied(records: Iterable[Record], sink: Sink | None) -> Iterator[Record]:
    """The records, each also given to the sink; ends where the sink has lost its reader."""
    for record in records:
        if sink is not None:
            sink.emit(record)
            if sink.closed:
                return
        yield record


def _show(records: Iterable[Record], title: str, *, rows: bool) -> None:
    """Print a table of the newest revision of each window (of each row), and the summary."""
    screen = console()
    readings: dict[int, Reading] = {}
    summaries: list[Summary] = []
    with screen.status("analysing") as status:
        for record in records:
            if isinstance(record, Reading) and record.final:
                readings[record.window] = record
            elif isinstance(record, Summary):
                summaries.append(record)
            status.update(
                f"analysing: {len(summaries)} rows" if rows else f"analysing: {len(readings)} windows"
            )
    if rows:
        screen.print(rows_table(summaries))
        return
    if readings:
        screen.print(readings_table(readings.values()))
    for summary in summaries:
        screen.print(summary_panel(summary, title))
