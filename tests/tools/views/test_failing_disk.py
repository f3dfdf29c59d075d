"""Where a command's records and its report go to a disk that fails, at every call that may."""

import csv
import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SinkError, UsageError
from fsrf_live.stream.clips.rehearsal import Case, CaseRun, Cost
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Event, Record, encode
from fsrf_live.tools.views import simulation_pictures
from fsrf_live.tools.views.delivery import deliver
from fsrf_live.tools.views.simulation_report import write_lines, write_rehearsal
from tests.doubles.failing_disk import failures

RECORDS: list[Record] = [Event(float(second), "mic", State.LIVE, "x" * 50) for second in range(8)]
LINES = [encode(record) for record in RECORDS]


@pytest.mark.parametrize("option", ["jsonl", "sink"])
def test_records_are_whole_lines_up_to_the_failure_which_names_the_file(tmp_path: Path, option: str) -> None:
    for disk in failures(tmp_path):
        path = disk.folder / "lines.jsonl"
        jsonl, sinks = (str(path), []) if option == "jsonl" else ("-", [f"jsonl:{path}"])
        said = ""
        with disk.failing(), redirect_stdout(io.StringIO()):
            try:
                deliver(RECORDS, jsonl, sinks, title="talk")
            except (SinkError, UsageError) as error:
                said = str(error)
        assert bool(said) == disk.failed
        assert not said or str(path) in said
        *whole, rest = path.read_text(encoding="utf-8").split("\n") if path.exists() else [""]
        assert whole == LINES[: len(whole)]
        assert rest == ""
        assert disk.failed or whole == LINES


def test_a_table_holds_whole_rows_only(tmp_path: Path) -> None:
    for disk in failures(tmp_path):
        path = disk.folder / "table.csv"
        said = ""
        with disk.failing(), redirect_stdout(io.StringIO()):
            try:
                deliver(RECORDS, "-", [f"csv:{path}"], title="talk")
            except (SinkError, UsageError) as error:
                said = str(error)
        assert bool(said) == disk.failed
        assert not said or str(path) in said
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text == "" or text.endswith("\n")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [row["time_s"] for row in rows] == [f"{n}.0" for n in range(len(rows))]
        assert all(None not in row and None not in row.values() for row in rows)
        assert disk.failed or len(rows) == len(RECORDS)


def rehearsal() -> tuple[list[CaseRun], list[Cost]]:
    """A complete run and one case, without readings."""
    cases = [Case("complete", "complete"), Case("camera:unplug", "camera")]
    return [], [Cost(case, (), 0, None, None, 0, 0) for case in cases]


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures take long, and are written by the same law (`test_files`)."""
    for name, drawn in (("draw_scores", []), ("draw_curves", "degradation.png")):
        monkeypatch.setattr(simulation_pictures, name, lambda folder, shown, drawn=drawn: drawn)


@pytest.mark.usefixtures("undrawn")
def test_a_report_is_of_whole_files_old_or_new(tmp_path: Path) -> None:
    runs, costs = rehearsal()
    for disk in failures(tmp_path):
        old = {name: f"old {name}" for name in ("report.md", "cases.csv", "readings.csv")}
        for name, text in old.items():
            (disk.folder / name).write_text(text)
        said = ""
        with disk.failing():
            try:
                write_rehearsal(disk.folder, "talk.mp4", runs, costs)
            except UsageError as error:
                said = str(error)
        assert bool(said) == disk.failed
        assert not said or (f"--report {disk.folder}" in said and "make room" in said)
        assert {path.name for path in disk.folder.iterdir()} == set(old)
        table = (disk.folder / "cases.csv").read_text()
        assert table == old["cases.csv"] or len(list(csv.reader(io.StringIO(table)))) == 1 + len(costs)
        page = (disk.folder / "report.md").read_text()
        assert page == old["report.md"] or page.endswith("![degradation](degradation.png)\n")


@pytest.mark.usefixtures("undrawn")
def test_whatever_a_case_is_called_it_is_one_row_of_its_table(tmp_path: Path) -> None:
    names = ["complete", "a\rb", 'say "so", so', "a\r\nb\n", "c\u2028d"]
    costs = [Cost(Case(name, "given"), (), 0, None, None, 0, 0) for name in names]
    write_rehearsal(tmp_path, "talk.mp4", [], costs)
    with (tmp_path / "cases.csv").open(encoding="utf-8", newline="") as file:
        assert [row["case"] for row in csv.DictReader(file)] == names


def test_lines_of_cases_are_whole_up_to_the_failure(tmp_path: Path) -> None:
    _, costs = rehearsal()
    for disk in failures(tmp_path):
        path = disk.folder / "cases.jsonl"
        said = ""
        with disk.failing():
            try:
                write_lines(costs, str(path))
            except UsageError as error:
                said = str(error)
        assert bool(said) == disk.failed
        *whole, _ = path.read_text().split("\n") if path.exists() else [""]
        assert [json.loads(line)["case"] for line in whole] == [c.case.name for c in costs][: len(whole)]
