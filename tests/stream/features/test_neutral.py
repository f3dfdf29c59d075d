import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.features.expression import MEASURES, look_neutral, measures
from fsrf_live.stream.features.geometry import UNIT, places
from fsrf_live.stream.features.neutral import SHARE, NeutralReference

TENTH_NS = 100_000_000
Vector = NDArray[np.float32]


def moved(landmarks: tuple[int, ...], by: tuple[float, float, float]) -> Vector:
    """The canonical face with some of its contour moved, in its own radii."""
    vector = np.zeros((128, 3), np.float32)
    vector[places(landmarks)] = np.array(by) / UNIT
    return vector.ravel()


def smile() -> Vector:
    corners = moved((61,), (-0.14, -0.1, 0.1)) + moved((291,), (0.14, -0.1, 0.1))
    return corners.astype(np.float32)


def person() -> Vector:
    """A neutral face that is somebody's own: brows a little low, jaw a little wide."""
    return moved((105, 334, 55, 285), (0, 0.02, 0)) + moved((172, 397), (0, 0.05, 0))


def watch(reference: NeutralReference, vector: Vector, frames: int, start_ns: int = 0) -> Vector:
    for frame in range(frames):
        relative = reference.relative(start_ns + frame * TENTH_NS, vector)
    return relative


def test_the_own_neutral_face_is_taken_out_once_enough_of_it_was_seen() -> None:
    reference = NeutralReference(384)
    assert np.array_equal(reference.relative(0, person()), person())
    np.testing.assert_allclose(watch(reference, person(), 60), (1 - SHARE) * person(), atol=1e-4)


def test_the_share_ramps_in() -> None:
    reference = NeutralReference(384)
    shares = []
    for frame in range(60):
        reference.relative(frame * TENTH_NS, person())
        shares.append(reference.share)
    assert shares[9] == 0
    assert shares[-1] == SHARE
    assert all(0 <= after - before < 0.05 for before, after in itertools.pairwise(shares))


def test_one_long_smile_keeps_its_smile() -> None:
    reference = NeutralReference(384)
    assert np.array_equal(watch(reference, smile(), 600), smile())


def test_a_smile_after_a_neutral_face_stays_whole() -> None:
    reference = NeutralReference(384)
    watch(reference, person(), 100)
    relative = reference.relative(100 * TENTH_NS, person() + smile())
    np.testing.assert_allclose(relative, smile() + (1 - SHARE) * person(), atol=1e-4)


def test_who_comes_back_after_a_while_may_be_somebody_else() -> None:
    reference = NeutralReference(384)
    watch(reference, person(), 100)
    assert np.array_equal(reference.relative(1_000 * TENTH_NS, person()), person())


def test_a_clip_that_starts_again_forgets_the_person_too() -> None:
    reference = NeutralReference(384)
    watch(reference, person(), 100, start_ns=1_000 * TENTH_NS)
    assert np.array_equal(reference.relative(0, person()), person())


@pytest.mark.parametrize(
    "vector",
    [
        smile(),
        moved((13,), (0, -0.1, 0)) + moved((14,), (0, 0.2, 0)),
        moved((105, 334, 55, 285), (0, 0.25, 0)),
    ],
    ids=["smile", "open mouth", "frown"],
)
def test_expressions_do_not_look_neutral(vector: Vector) -> None:
    assert not look_neutral(vector[None])[0]


def test_the_canonical_face_looks_neutral() -> None:
    assert look_neutral(np.zeros((1, 384), np.float32))[0]


def test_a_smile_raises_the_three_measures_of_a_smile() -> None:
    values = measures(np.stack([np.zeros(384, np.float32), smile()]))
    assert values.shape == (2, MEASURES)
    assert (values[1, :3] > values[0, :3]).all()
