import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fsrf_live.stream.features.geometry import align, canonical, face_vector, places

angles = st.floats(-3.1, 3.1)
offsets = st.floats(-500, 500)


def rotation(x: float, y: float, z: float) -> NDArray[np.float64]:
    turned = np.eye(3)
    for axis, angle in enumerate((x, y, z)):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[first, first] = step[second, second] = np.cos(angle)
        step[first, second], step[second, first] = -np.sin(angle), np.sin(angle)
        turned = turned @ step
    return turned


def a_face(seed: int) -> NDArray[np.float64]:
    shape = canonical().shape
    return shape + np.random.default_rng(seed).normal(0, 0.05, shape.shape)


@given(st.integers(0, 50), angles, angles, angles, st.floats(0.01, 1000), offsets, offsets)
def test_turning_scaling_and_moving_a_head_leaves_its_vector(
    seed: int, x: float, y: float, z: float, scale: float, right: float, down: float
) -> None:
    face = a_face(seed)
    seen = scale * face @ rotation(x, y, z) + (right, down, 0.0)
    np.testing.assert_allclose(face_vector(seen), face_vector(face), atol=1e-3)


def test_the_canonical_face_is_zero() -> None:
    np.testing.assert_allclose(face_vector(canonical().shape), 0, atol=1e-5)


def test_the_canonical_face_is_symmetric_frontal_and_of_radius_one() -> None:
    face = canonical()
    right_eye, left_eye, top, chin = (face.shape[landmark] for landmark in (33, 263, 10, 152))
    np.testing.assert_allclose(right_eye, left_eye * (-1, 1, 1), atol=1e-4)
    assert top[1] < chin[1]
    stable = face.shape[face.stable]
    radius = np.sqrt(((stable - stable.mean(axis=0)) ** 2).sum(axis=1).mean())
    assert abs(radius - 1) < 1e-4


def test_a_lip_that_moves_shows_in_the_lip_alone() -> None:
    face = canonical()
    moved = face.shape.copy()
    moved[17] += (0, 0.2, 0)
    vector = face_vector(moved).reshape(-1, 3)
    lower_lip = places((17,))[0]
    np.testing.assert_allclose(vector[lower_lip], (0, 2, 0), atol=1e-4)
    np.testing.assert_allclose(np.delete(vector, lower_lip, axis=0), 0, atol=1e-4)


def test_a_mirrored_face_is_not_turned_inside_out_to_fit() -> None:
    face = canonical()
    crooked = a_face(3)
    mirrored = align(crooked * (-1, 1, 1), face.shape, face.stable)
    assert np.abs(mirrored - align(crooked, face.shape, face.stable)).max() > 0.05


def test_a_face_of_no_size_gives_finite_numbers() -> None:
    assert np.isfinite(face_vector(np.ones((478, 3)))).all()
