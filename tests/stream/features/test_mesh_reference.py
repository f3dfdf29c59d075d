"""Landmarks agree with those of MediaPipe's own Face Landmarker, from the same file."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest

from fsrf_live.engines.common.shelf import located, models_root
from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.features.landmarker import FACE_LANDMARKER
from fsrf_live.stream.features.mesh import FaceMesh, Landmarks, face_width

WITHIN = 0.002
"""Of a face's width, for every landmark. The two scale and round a picture in their own ways."""


@pytest.fixture(scope="module")
def landmarker() -> Iterator[Any]:
    vision = pytest.importorskip("mediapipe.tasks.python.vision", reason="mediapipe is not installed")
    import sounddevice
    from mediapipe.tasks.python import BaseOptions

    # mediapipe brings it, and with it PortAudio, whose list of devices would stay that of this moment.
    sounddevice._terminate()
    folder = located(FACE_LANDMARKER, models_root())
    assert folder is not None
    model = (folder / FACE_LANDMARKER.weights.name).read_bytes()
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_buffer=model))
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        yield landmarker


def by_mediapipe(landmarker: Any, picture: Image) -> Landmarks:
    import mediapipe

    image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
    (face,) = landmarker.detect(image).face_landmarks
    height, width = picture.shape[:2]
    return np.array([(mark.x * width, mark.y * height, mark.z * width) for mark in face])


def portrait(turned: float, scale: float) -> Image:
    """A smiling astronaut (public domain, NASA), turned by degrees and scaled round her nose."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    turn = cv2.getRotationMatrix2D((223, 131), turned, scale)
    return np.ascontiguousarray(cv2.warpAffine(data.astronaut(), turn, (512, 512)), np.uint8)


@pytest.mark.parametrize("turned", [0, 15, -30])
@pytest.mark.parametrize("scale", [1.0, 0.8])
def test_each_landmark_is_where_mediapipe_lands_it(landmarker: Any, turned: float, scale: float) -> None:
    picture, mesh = portrait(turned, scale), FaceMesh(thorough=False)
    ours, theirs = mesh.look(picture), by_mediapipe(landmarker, picture)
    mesh.close()
    assert ours is not None
    apart = np.linalg.norm(ours[:, :2] - theirs[:, :2], axis=1)
    assert apart.max() < WITHIN * face_width(theirs)
