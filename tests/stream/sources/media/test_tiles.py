"""Pictures that phones store in tiles are put together, or refused in one line."""

import contextlib
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.sources.decoding import decode_frames, probe
from fsrf_live.stream.sources.media.tiles import Grid, parse_grid
from tests.doubles.inputs import Workshop, isom_box

QUARTER, MIRRORED = isom_box(b"irot", b"\1"), isom_box(b"imir", b"\1")


@pytest.mark.parametrize(
    ("columns", "rows", "turns"),
    [
        (1, 1, ()),
        (2, 2, ()),
        (7, 5, ()),
        (3, 2, (QUARTER,)),
        (3, 2, (MIRRORED,)),
        (3, 2, (MIRRORED, QUARTER)),
    ],
)
def test_tiles_are_put_together(
    workshop: Workshop, columns: int, rows: int, turns: tuple[bytes, ...]
) -> None:
    path = workshop.heic(f"{columns}{rows}{len(turns)}.heic", columns, rows, turns)
    assert probe(path).still
    (frame,) = decode_frames(path)
    assert frame.image.shape == workshop.face.shape
    assert np.abs(frame.image.astype(int) - workshop.face).mean() < 6


def test_how_tiles_lie_is_said_in_the_boxes(workshop: Workshop) -> None:
    grid = parse_grid(workshop.heic("grid.heic", 3, 2, (MIRRORED, QUARTER)).read_bytes())
    assert (grid.columns, len(grid.tiles)) == (3, 6)
    assert grid.turns == ((b"imir", 1), (b"irot", 1))


def test_tiles_that_lie_nobody_knows_how_are_refused_in_one_line(workshop: Workshop) -> None:
    path = workshop.heic("broken.heic", 2, 2)
    data = bytearray(path.read_bytes())
    data[data.index(b"idat") + 6] = 8  # nine rows
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"save it as JPEG|cannot be read") as caught:
        list(decode_frames(path))
    assert "\n" not in str(caught.value)


def test_a_tile_that_is_missing_is_no_picture() -> None:
    tile = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(MediaError):
        Grid(2, 4, 2, (1, 2), ()).joined({1: tile})


changes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4)


@given(changes)
def test_damaged_boxes_are_an_error_and_nothing_else(boxes: bytes, damage: list[tuple[int, int]]) -> None:
    head = bytearray(boxes)
    for at, value in damage:
        head[at % len(head)] = value
    with contextlib.suppress(KeyError, IndexError, ValueError, struct.error):
        parse_grid(bytes(head))


@pytest.fixture(scope="module")
def boxes(workshop: Workshop) -> bytes:
    whole = workshop.heic("whole.heic", 2, 1).read_bytes()
    return whole[: whole.index(b"mdat")]
