"""Covered faces are told from bare ones, and a stream does not flicker between them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.features import covering
from fsrf_live.stream.features.covering import BARE, COVERED, Cover, CoveringNetwork, covered_share
from fsrf_live.stream.features.face import MeshFaceExtractor, MeshStillExtractor
from fsrf_live.stream.flow.items import Frame, Reason
from fsrf_live.tools.corpora.coverings import canvas
from fsrf_live.tools.corpora.strange_coverings import STRANGE_COVERINGS
from tests.doubles.portrait import astronaut

MS = 1_000_000
LOOK_NS = 100 * MS


def told(*shares: float) -> list[bool]:
    """What is said of looks that come every 100 ms."""
    cover = Cover()
    return [cover.covers(n * LOOK_NS, share) for n, share in enumerate(shares)]


def covered_portrait(kind: str) -> Image:
    """The portrait with something over its face, BGR."""
    bare = astronaut()
    drawn = STRANGE_COVERINGS[kind](canvas(bare.picture, bare.landmarks), np.random.default_rng(1))
    return np.ascontiguousarray(drawn.shown()[..., ::-1])


def bare_portrait() -> Image:
    return np.ascontiguousarray(astronaut().picture[..., ::-1])


@pytest.fixture(scope="module")
def stills() -> Iterator[MeshStillExtractor]:
    extractor = MeshStillExtractor()
    yield extractor
    extractor.close()


@pytest.mark.parametrize(
    ("hidden", "share"),
    [
        ((0, 0, 0, 0), 0.0),
        ((0, 0, 1, 1), 1.0),
        ((1, 1, 0, 0), 1.0),
        ((1, 0, 1, 0), 1.0),
        ((0, 1, 0, 1), 1.0),
        ((0, 1, 0, 0), 0.5),
        ((1, 0, 0, 1), 0.5),
    ],
)
def test_mouth_eyes_or_one_half_count_as_a_whole(hidden: tuple[float, ...], share: float) -> None:
    assert covered_share(np.array(hidden, np.float32)) == pytest.approx(share)


def test_the_first_look_tells_at_once() -> None:
    assert told(1.0) == [True]
    assert told(0.0) == [False]


def test_what_is_seen_once_changes_nothing() -> None:
    assert told(0, 0, 0.9, 0, 0) == [False] * 5
    assert told(1, 1, 0.1, 1, 1) == [True] * 5


def test_a_face_that_is_covered_and_bared_is_told_within_two_looks() -> None:
    said = told(0, 0, 1, 1, 1, 0, 0, 0)
    assert said[:2] == [False, False]
    assert said[3:5] == [True, True]
    assert said[6:] == [False, False]


def test_a_share_between_the_two_bounds_keeps_what_was_said() -> None:
    between = (COVERED + BARE) / 2
    assert told(0, *[between] * 9) == [False] * 10
    assert told(1, *[between] * 9) == [True] * 10


def test_a_face_that_was_away_is_judged_anew() -> None:
    cover = Cover()
    assert cover.covers(0, 1.0)
    assert not cover.covers(1_100 * MS, 0.2)


@pytest.mark.parametrize("kind", sorted(STRANGE_COVERINGS))
def test_a_covered_face_is_not_read(stills: MeshStillExtractor, kind: str) -> None:
    seen = stills.extract(Frame(0, covered_portrait(kind)))
    assert seen.vector is None
    assert seen.reason in (Reason.COVERED, Reason.NO_FACE)


def test_a_mask_is_named_and_a_bare_face_is_read(stills: MeshStillExtractor) -> None:
    assert stills.extract(Frame(0, covered_portrait("respirator"))).reason is Reason.COVERED
    assert stills.extract(Frame(0, bare_portrait())).vector is not None


def test_a_mask_in_a_stream_is_masked_while_it_is_on() -> None:
    extractor = MeshFaceExtractor()
    bare, masked = bare_portrait(), covered_portrait("respirator")
    pictures = [bare] * 3 + [masked] * 4 + [bare] * 4
    reasons = [extractor.extract(Frame(n * LOOK_NS, each))[0].reason for n, each in enumerate(pictures)]
    extractor.close()
    assert reasons[:3] == [None] * 3
    assert reasons[4:7] == [Reason.COVERED] * 3
    assert reasons[-2:] == [None] * 2


def test_a_network_that_is_not_the_one_that_ships_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    altered = tmp_path / covering.COVERING_FILE.name
    altered.write_bytes(covering.covering_model_file().read_bytes()[:-1] + b"?")
    monkeypatch.setattr(covering, "covering_model_file", lambda: altered)
    with pytest.raises(SourceError, match=r"covered faces: .*covering\.onnx.*SHA-256.*install"):
        CoveringNetwork()
