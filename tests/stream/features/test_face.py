from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.features.expression import measures
from fsrf_live.stream.features.face import FACE_WIDTH, MeshFaceExtractor, MeshStillExtractor
from fsrf_live.stream.features.geometry import GEOMETRY_WIDTH as GEOMETRY
from fsrf_live.stream.features.geometry import canonical
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Frame, Reason

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def portrait() -> Image:
    """A smiling astronaut (public domain, NASA), 512 x 512 BGR."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    return np.ascontiguousarray(data.astronaut()[..., ::-1])


@pytest.fixture(scope="module")
def stills() -> Iterator[MeshStillExtractor]:
    extractor = MeshStillExtractor()
    yield extractor
    extractor.close()


@pytest.fixture
def live() -> Iterator[MeshFaceExtractor]:
    extractor = MeshFaceExtractor()
    yield extractor
    extractor.close()


def vector_of(extractor: MeshStillExtractor, image: Image) -> NDArray[np.float32]:
    features = extractor.extract(Frame(0, image))
    assert features.vector is not None
    return features.vector


def rolled(image: Image, degrees: float, scale: float = 1.0) -> Image:
    import cv2

    turn = cv2.getRotationMatrix2D((224, 120), degrees, scale)
    return np.asarray(cv2.warpAffine(image, turn, (512, 512)), np.uint8)


def test_a_smile_is_measured_on_a_real_face(stills: MeshStillExtractor, portrait: Image) -> None:
    vector = vector_of(stills, portrait)
    assert vector.shape == (FACE_WIDTH,)
    assert vector.dtype == np.float32
    usual = canonical()
    smile = (measures(vector[None, :GEOMETRY])[0] - usual.measures_mean) / usual.measures_deviation
    assert (smile[:3] > 1).all()


def test_a_head_that_is_tilted_or_nearer_is_nearly_the_same(
    stills: MeshStillExtractor, portrait: Image
) -> None:
    upright = vector_of(stills, portrait)
    for degrees, scale in ((15, 1.0), (-20, 1.0), (0, 1.6)):
        changed = vector_of(stills, rolled(portrait, degrees, scale))
        assert np.abs(changed - upright).mean() < 0.25 * np.abs(upright).mean()


def test_a_stream_and_a_still_see_the_same_face(
    live: MeshFaceExtractor, stills: MeshStillExtractor, portrait: Image
) -> None:
    streamed = live.extract(Frame(0, portrait))[0].vector
    assert streamed is not None
    assert np.abs(streamed - vector_of(stills, portrait)).mean() < 0.25 * np.abs(streamed).mean()


def test_stills_know_nothing_of_each_other(stills: MeshStillExtractor, portrait: Image) -> None:
    first = vector_of(stills, portrait)
    vector_of(stills, rolled(portrait, 15, 1.5))
    assert np.array_equal(vector_of(stills, portrait), first)


def test_a_thumbnail_of_a_face_is_found(stills: MeshStillExtractor, portrait: Image) -> None:
    assert vector_of(stills, np.ascontiguousarray(portrait[60:188:2, 160:288:2])).shape == (FACE_WIDTH,)


def test_a_face_that_stays_costs_nothing_new(live: MeshFaceExtractor, portrait: Image) -> None:
    vectors = [live.extract(Frame(k * 100_000_000, portrait))[0].vector for k in range(4)]
    assert all(vector is not None for vector in vectors)
    np.testing.assert_allclose(np.asarray(vectors[3]), np.asarray(vectors[2]), atol=0.5)


def test_the_larger_of_two_faces_is_taken(live: MeshFaceExtractor, portrait: Image) -> None:
    import cv2

    face = portrait[0:256, 96:352]
    scene = np.full((400, 700, 3), 128, np.uint8)
    scene[72:328, 20:276] = face
    scene[120:280, 480:640] = cv2.resize(face, (160, 160))
    alone = scene.copy()
    alone[:, 400:] = 128
    both, one = (
        live.extract(Frame(0, scene))[0].vector,
        MeshFaceExtractor().extract(Frame(0, alone))[0].vector,
    )
    assert both is not None
    assert one is not None
    np.testing.assert_allclose(both, one, atol=0.5)


def test_reasons_for_no_face(live: MeshFaceExtractor, portrait: Image) -> None:
    black, grey = np.zeros((240, 320, 3), np.uint8), np.full((240, 320, 3), 127, np.uint8)
    assert live.extract(Frame(0, black))[0].reason is Reason.BLACK
    assert live.extract(Frame(1, grey))[0].reason is Reason.NO_FACE
    assert live.extract(Frame(2, portrait))[0].reason is None
    assert live.extract(Frame(3, grey))[0].vector is None


@pytest.mark.parametrize(("side", "reason"), [(96, None), (30, Reason.TOO_SMALL)])
def test_a_face_of_too_few_pixels_is_not_read(
    live: MeshFaceExtractor, stills: MeshStillExtractor, portrait: Image, side: int, reason: Reason | None
) -> None:
    import cv2

    scene = np.full((120, 160, 3), 128, np.uint8)
    face = cv2.resize(portrait[0:256, 96:352], (side, side), interpolation=cv2.INTER_AREA)
    scene[10 : 10 + side, 20 : 20 + side] = face
    assert stills.extract(Frame(0, scene)).reason is reason
    assert [live.extract(Frame(k, scene)) for k in range(10)][-1][0].reason is reason


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 700, 3), (2000, 3, 3)])
def test_pictures_of_odd_sizes_have_no_face(
    live: MeshFaceExtractor, stills: MeshStillExtractor, shape: tuple[int, int, int]
) -> None:
    frame = Frame(0, np.full(shape, 200, np.uint8))
    assert live.extract(frame)[0].reason is Reason.NO_FACE
    assert stills.extract(frame).reason is Reason.NO_FACE


@pytest.mark.parametrize("rate", [25, 30])
def test_a_fast_camera_costs_ten_meshes_a_second(live: MeshFaceExtractor, rate: int) -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    taken = 0
    for k in range(3 * rate):
        time_ns = k * 1_000_000_000 // rate
        if live.wants(time_ns):
            live.extract(Frame(time_ns, black))
            taken += 1
    assert taken == 30


def test_a_slow_camera_loses_nothing(live: MeshFaceExtractor) -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    for k in range(20):
        assert live.wants(k * 200_000_000)
        live.extract(Frame(k * 200_000_000, black))


def test_the_box_is_where_the_face_is(live: MeshFaceExtractor, portrait: Image) -> None:
    height, width = portrait.shape[:2]
    scene = np.zeros((height, 2 * width, 3), np.uint8)
    scene[:, width:] = portrait
    (face,) = live.extract(Frame(0, portrait))
    assert face.vector is not None
    alone = live.box
    live.extract(Frame(NS, np.full((240, 320, 3), 128, np.uint8)))
    assert live.box is None
    for second in range(2, 12):  # a part of the picture is searched at a time
        live.extract(Frame(second * NS, scene))
    beside = live.box
    assert alone is not None
    assert beside is not None
    assert 0 < alone.x < alone.x + alone.width < 1
    expected = (0.5 + alone.x / 2, alone.y, alone.width / 2, alone.height)
    assert np.allclose(beside, expected, atol=0.02)
