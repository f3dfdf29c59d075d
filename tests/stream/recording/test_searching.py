"""Every face of a picture is found: of several people, near and far, turned, and cut off by its edge."""

from pathlib import Path

import pytest

from fsrf_live.engines.common import shelf
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.items import FaceBox
from fsrf_live.stream.recording.blurring import LOOKS_AHEAD, LOOKS_ENOUGH
from fsrf_live.stream.recording.searching import FAR_TURNS, FaceSearch
from tests.doubles.people import company, snapshots


def is_found(face: FaceBox, boxes: list[FaceBox]) -> bool:
    """Whether the middle of a face lies in the middle half of a box that is not much smaller."""
    x, y = face.x + face.width / 2, face.y + face.height / 2
    return any(
        abs(x - box.x - box.width / 2) < box.width / 4
        and abs(y - box.y - box.height / 2) < box.height / 4
        and box.width > 0.6 * face.width
        for box in boxes
    )


def test_a_picture_waits_for_two_turns_at_all_parts() -> None:
    assert FAR_TURNS <= LOOKS_ENOUGH <= LOOKS_AHEAD / 2


def test_a_thorough_look_finds_everybody() -> None:
    people = company()
    boxes = FaceSearch().boxes(people.image, thorough=True)
    assert [name for name, face in people.faces.items() if not is_found(face, boxes)] == []


@pytest.mark.parametrize("begin", range(0, 18, 5))
def test_looks_in_turns_find_everybody_before_a_picture_is_written(begin: int) -> None:
    people, search = company(), FaceSearch()
    for _ in range(begin):
        search.boxes(people.image, thorough=False)
    boxes = [box for _ in range(LOOKS_ENOUGH) for box in search.boxes(people.image, thorough=False)]
    assert [name for name, face in people.faces.items() if not is_found(face, boxes)] == []


def test_photographs_of_groups(shared_data: Path) -> None:
    search = FaceSearch()
    for people in snapshots(shared_data):
        boxes = [box for _ in range(LOOKS_ENOUGH) for box in search.boxes(people.image, thorough=False)]
        assert [name for name, face in people.faces.items() if not is_found(face, boxes)] == []


def test_without_the_model_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(shelf, "find_spec", lambda name: None)
    with pytest.raises(SourceError, match="no face model is on this machine"):
        FaceSearch()
