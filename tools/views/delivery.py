"""Brings records to where they are wanted: JSON lines for programs, a table for people."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

from fsrf_live.stream.flow.records import Reading, Record, Summary
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.tools.shell.output import console, for_people, sinks_of
from fsrf_live.tools.views.tables import readings_table, rows_table, summary_panel


def deliver(
    records: Iterable[Record], jsonl: str | None, named: Sequence[str], *, title: str, rows: bool = False
) -> None:
    """Bring records to ``--jsonl`` and each ``--sink``, or show them to people.

    `rows`: they are summaries of the rows of a manifest. Nothing is live here, so the sinks are called in
    this thread: a slow one delays the work and loses nothing.
    """
    people = for_people(jsonl)
    sinks = sinks_of(jsonl, named, for_people=people)
    with ExitStack() as stack:  # closes them all, also if closing one fails
        for sink in sinks:
            stack.callback(sink.close)
        copied = _copied(records, sinks)
        if people:
            _show(copied, title, rows=rows)
        else:
            deque(copied, maxlen=0)


def _copied(records: Iterable[Record], sinks: Sequence[Sink]) -> Iterator[Record]:
    """The records, each also given to the sinks; ends once they have all lost their readers."""
    for record in records:
        for sink in sinks:
            sink.emit(record)
        if sinks and all(sink.closed for sink in sinks):
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
