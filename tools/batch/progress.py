"""How far a batch is: a bar on a terminal, elsewhere a line a minute."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fsrf_live.tools.batch.work import RowOutcome

EVERY_S = 60.0
"""How often there is a line if nobody watches: a job of a day leaves a log that can be read."""


@contextmanager
def progress_on(
    screen: Console, total: int, now: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[RowOutcome], None]]:
    """Give what is to be called for each row."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed, {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal, get_time=now
    ) as bar:
        yield _Counting(bar, screen, total, now)


class _Counting:
    def __init__(self, bar: Progress, screen: Console, total: int, now: Callable[[], float]) -> None:
        self._bar, self._screen, self._now = bar, screen, now
        self._row = bar.add_task("", total=total, failed=0, rate="")
        self._failed = 0
        self._said_s = now()

    def __call__(self, outcome: RowOutcome) -> None:
        self._failed += outcome.error is not None
        self._bar.update(self._row, advance=1, failed=self._failed, rate=self._rate())
        if not self._screen.is_terminal and self._now() - self._said_s >= EVERY_S:
            self._said_s = self._now()
            self._screen.print(self._line(), soft_wrap=True, markup=False)

    def _rate(self) -> str:
        speed = self._bar.tasks[0].speed
        return f"{speed:.1f} a second" if speed else ""

    def _line(self) -> str:
        task = self._bar.tasks[0]
        left = "" if task.time_remaining is None else f", {task.time_remaining / 60:.0f} min left"
        return f"{task.completed:.0f} of {task.total:.0f} rows, {self._failed} failed, {self._rate()}{left}"
