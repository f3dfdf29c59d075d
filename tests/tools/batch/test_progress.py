"""How far a batch is, for people and for logs."""

import io

from rich.console import Console

from fsrf_live.tools.batch.progress import EVERY_S, progress_on
from fsrf_live.tools.batch.work import RowOutcome


def test_a_log_has_a_line_a_minute_with_the_rate_and_the_time_left() -> None:
    time_s, log = [0.0], io.StringIO()
    with progress_on(Console(file=log), 1000, lambda: time_s[0]) as report:
        for number in range(1, 300):
            time_s[0] = number * 0.5
            report(RowOutcome(b"", "broken" if number % 100 == 0 else None))
    lines = log.getvalue().splitlines()
    assert len(lines) == 149.5 // EVERY_S
    assert lines[0] == "120 of 1000 rows, 1 failed, 2.0 a second, 7 min left"


def test_a_terminal_has_a_bar_and_no_lines_are_left() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    with progress_on(screen, 2) as report:
        report(RowOutcome(b""))
        report(RowOutcome(b"", "broken"))
    assert isinstance(screen.file, io.StringIO)
    assert "1 failed" in screen.file.getvalue()
    assert "2/2" in screen.file.getvalue()
