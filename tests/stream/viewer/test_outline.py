"""What a list says of a recording."""

from dataclasses import replace

import pytest

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.records import Marker, encode
from fsrf_live.stream.recording.edits import MarkerEdit
from fsrf_live.stream.viewer.outline import outline_of
from tests.doubles.records import END, MARKER, READING, SESSION

WHOLE = "".join(f"{encode(record)}\n" for record in SESSION).encode()


def test_it_tells_when_it_began_how_long_it_was_and_what_was_marked() -> None:
    outline = outline_of(WHOLE, [])
    assert str(outline.begun) == "2023-11-14T22:13:20.000Z"
    assert (outline.length_s, outline.markers, outline.ratings) == (10.0, 1, 0)
    assert outline.summary == replace(END, time=outline.summary.time if outline.summary else None)


def test_markers_are_those_that_hold() -> None:
    edits = [MarkerEdit("r0", None), MarkerEdit("n0", Marker(1.0, "rating", "viewer", rating=1.0))]
    outline = outline_of(WHOLE, edits)
    assert (outline.markers, outline.ratings) == (0, 1)


@pytest.mark.parametrize("torn", [WHOLE[:-40], WHOLE[: WHOLE.rindex(b"{")], WHOLE + b'{"type":"read'])
def test_one_that_was_cut_off_is_told_as_far_as_it_goes(torn: bytes) -> None:
    outline = outline_of(torn, [])
    assert 8.5 <= outline.length_s <= 10.0
    assert outline.markers == 1


def test_what_is_marked_is_not_what_is_said() -> None:
    said = replace(READING, text='{"type":"marker"')
    outline = outline_of(f"{encode(said)}\n{encode(MARKER)}\n".encode(), [])
    assert outline.markers == 1
    assert outline.summary is None


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00\xff" * 50, b"{}\n", b'{"type":"marker"}\n'])
def test_without_a_record_it_says_so(content: bytes) -> None:
    with pytest.raises(RecordingError, match="its records are damaged, or there are none"):
        outline_of(content, [])
