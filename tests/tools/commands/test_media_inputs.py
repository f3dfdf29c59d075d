"""A corpus of awkward inputs: each as `fsrf analyze` reads it with the checkpoint that ships.

All rows of a group go through one manifest: those that are quick by themselves always, the others with
``-m corpus``.
"""

import csv
import io
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from fsrf_live.tools.main import main
from tests.conftest import REPOSITORY
from tests.doubles.corpus import GROUPS, RIGHT, ROWS, Group, Row
from tests.doubles.inputs import Workshop


@dataclass(frozen=True)
class Read:
    """What came of a group: the summary of each row by its name, and the lines on standard error."""

    summaries: dict[str, dict[str, Any]]
    lines: list[str]


def analysed(workshop: Workshop, group: Group, rows: Sequence[Row]) -> Read:
    """Make the files, and read them by one manifest."""
    by_name = {row.name: row for row in group.rows}
    names = sorted({row.reference for row in rows} | {row.name for row in rows})
    for name in names:
        by_name[name].make(workshop, name)
    table = workshop.folder / "manifest.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([(group.column,), *((name,) for name in names)])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(
            ["analyze", "--manifest", str(table), "--without", ",".join(group.without), "--jsonl", "-"]
        )
    assert code == 0, err.getvalue()
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return Read(dict(zip(names, found, strict=True)), err.getvalue().splitlines())


@pytest.fixture(scope="module")
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Read]:
    """Every row that is asked for, by the name of its group."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    asked = {item.callspec.id for item in items if hasattr(item, "callspec")}
    workshop = Workshop(tmp_path_factory.mktemp("corpus"), REPOSITORY / "demo" / "demo.mp4")
    wanted = {
        name: [row for row in group.rows if row.name in asked or not row.corpus]
        for name, group in GROUPS.items()
    }
    return {name: analysed(workshop, GROUPS[name], rows) for name, rows in wanted.items()}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name, marks=[pytest.mark.corpus] if row.corpus else []) for row in ROWS]
)
def test_a_file_is_read_right(read: dict[str, Read], row: Row) -> None:
    group = next(name for name, group in GROUPS.items() if row in group.rows)
    summaries, lines = read[group].summaries, read[group].lines
    if row.refused is not None:
        assert row.refused in summaries[row.name]["error"]
        assert summaries[row.name]["score"] is None
        return
    assert summaries[row.name].get("error") is None
    assert summaries[row.name]["score"] == pytest.approx(summaries[row.reference]["score"], abs=row.tolerance)
    right, off = RIGHT[row.reference]
    assert summaries[row.reference]["score"] == pytest.approx(right, abs=off)
    said = [line for line in lines if f"/{row.name}" in line]
    assert len(said) == (row.said is not None)
    assert row.said is None or row.said in said[0]


def test_there_are_enough_rows() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 150
