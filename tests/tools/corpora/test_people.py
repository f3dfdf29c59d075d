"""Pictures of real people: whose, with what score, and when a weak label counts."""

import gzip
import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.stream.features.geometry import GEOMETRY_WIDTH, UNIT, canonical, places
from fsrf_live.tools.corpora.examination import FACES, kept
from fsrf_live.tools.corpora.people import MILD_SMILE, agrees, read_people

PEOPLE = 40


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Forty people who rest and smile, six pictures of one of them, one group too small, one too large."""
    rows = [("london", f"p{n}", emotion) for n in range(PEOPLE) for emotion in ("neutral", "happiness")]
    rows += [("muxspace", f"p{n}", "disgust") for n in range(PEOPLE)]
    rows += [("muxspace", "star", "disgust")] * 6
    rows += [("genki4k", f"p{n}", "no_smile") for n in range(PEOPLE)]
    rows += [("yale", f"p{n}", "neutral") for n in range(5)]
    (tmp_path / "faces").mkdir()
    names = [f"{corpus}/{n}.png" for n, (corpus, _, _) in enumerate(rows)]
    with gzip.open(tmp_path / FACES, "wt", encoding="utf-8") as file:
        file.write("file,corpus,person,emotion\n")
        file.writelines(f"{name},{','.join(row)}\n" for name, row in zip(names, rows, strict=True))
    for corpus in {row[0] for row in rows}:
        with tarfile.open(tmp_path / f"faces/{corpus}.tar", "w") as packed:
            for n, name in enumerate(names):
                if rows[n][0] == corpus:
                    picture = cv2.imencode(".png", np.full((8, 6, 3), n % 256, np.uint8))[1].tobytes()
                    member = tarfile.TarInfo(name)
                    member.size = len(picture)
                    packed.addfile(member, io.BytesIO(picture))
    return tmp_path


def test_only_people_who_are_not_kept_for_the_examination_are_read(data: Path) -> None:
    photos = read_people(data)
    assert {photo.corpus for photo in photos} == {"london", "muxspace", "genki4k"}
    people = {"london": PEOPLE, "muxspace": PEOPLE + 1, "genki4k": PEOPLE}
    assert not any(kept(photo.corpus, people[photo.corpus], photo.person) for photo in photos)
    left = [n for n in range(PEOPLE) if not kept("london", PEOPLE, f"p{n}")]
    assert len([photo for photo in photos if photo.corpus == "london"]) == 2 * len(left)
    assert all(photo.image.shape == (8, 6, 3) for photo in photos)


def test_everybody_is_in_one_split_and_some_validate(data: Path) -> None:
    splits: dict[tuple[str, str], set[str]] = {}
    for photo in read_people(data):
        splits.setdefault((photo.corpus, photo.person), set()).add(photo.split)
    assert all(len(found) == 1 for found in splits.values())
    shares = [found == {"validation"} for found in splits.values()]
    assert 0 < sum(shares) < len(shares) / 3


def test_a_posed_smile_is_milder_and_rest_is_the_middle(data: Path) -> None:
    of = {(photo.corpus, photo.emotion): photo for photo in read_people(data)}
    assert of["london", "neutral"].score == 0
    assert of["london", "happy"].score == MILD_SMILE
    assert not of["london", "neutral"].weak
    assert of["genki4k", "neutral"].weak


def test_no_person_dominates(data: Path) -> None:
    weight: dict[str, float] = {}
    for photo in read_people(data):
        if photo.corpus == "muxspace":
            weight[photo.person] = weight.get(photo.person, 0) + photo.weight
    others = [value for person, value in weight.items() if person != "star"]
    assert weight.get("star", 0.0) <= 2 * max(others) + 1e-6


def face(**moved: float) -> np.ndarray:
    """The average neutral face, some landmarks of which are moved down, in radii."""
    usual = canonical()
    vector = np.zeros((GEOMETRY_WIDTH // 3, 3), np.float32)
    for name, by in moved.items():
        vector[places((int(name[1:]),)), 1] += by / UNIT
    assert usual.contour.shape[0] == len(vector)
    return vector.reshape(1, -1)


RAISED = {f"p{mark}": -0.2 for mark in (61, 291)}
LOW_BROWS = {f"p{mark}": 0.3 for mark in (55, 285, 105, 334)}


def test_a_weak_label_holds_if_the_face_looks_like_it_and_an_open_mouth_does_not_count() -> None:
    rest, smile = face(), face(**RAISED)
    assert agrees(["neutral"], rest)[0]
    assert agrees(["neutral"], face(p14=0.03, p17=0.03))[0]
    assert not agrees(["neutral"], smile)[0]
    assert not agrees(["neutral"], face(**LOW_BROWS))[0]
    assert agrees(["happy"], smile)[0]
    assert not agrees(["happy"], rest)[0]


@pytest.mark.parametrize(
    ("name", "says"),
    [(FACES, "manifest2.* cannot be read"), ("faces/london.tar", "london.* is not a tar file")],
)
def test_a_damaged_file_is_named(data: Path, name: str, says: str) -> None:
    (data / name).write_bytes(b"noise")
    with pytest.raises(DataError, match=says):
        read_people(data)


def test_a_missing_manifest_and_a_picture_that_is_none_are_named(data: Path) -> None:
    with tarfile.open(data / "faces/genki4k.tar", "w") as packed:
        for n in range(3 * PEOPLE + 6, 4 * PEOPLE + 6):
            packed.addfile(tarfile.TarInfo(f"genki4k/{n}.png"), io.BytesIO())
    with pytest.raises(DataError, match=r"genki4k/\d+\.png is not a picture"):
        read_people(data)
    (data / FACES).unlink()
    with pytest.raises(DataError, match="does not exist"):
        read_people(data)
