"""Rows of CSV come back as they went."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.csv_rows import csv_row
from tests.doubles.cells import CELLS


@given(st.lists(st.lists(CELLS, max_size=4), max_size=4))
def test_any_texts_are_read_back_as_they_were(rows: list[list[str]]) -> None:
    text = "".join(map(csv_row, rows))
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True)) == rows


def test_nothing_is_empty_and_booleans_are_as_in_json() -> None:
    assert csv_row(["a", None, True, False, 1, 0.5, ""]) == "a,,true,false,1,0.5,\n"
