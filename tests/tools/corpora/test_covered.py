"""Looks at bare, covered and adorned faces, and questions about covered faces of people who are kept."""

import csv
import gzip
import io
import tarfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.evaluation.people import COVERED_FACE, NOTHING, REAL_MASK_ON
from fsrf_live.stream.features.crop import CROP_SIDE
from fsrf_live.tools.corpora.covered import (
    BARE_FACE,
    REAL_MASK,
    covered_faces,
    strangely_covered,
)
from fsrf_live.tools.corpora.covered_cases import covered_cases
from fsrf_live.tools.corpora.coverings import ADORNMENTS, COVERINGS
from fsrf_live.tools.corpora.people import MASKS, Photo
from fsrf_live.tools.corpora.strange_coverings import STRANGE_COVERINGS
from tests.doubles.portrait import astronaut


def portrait() -> Image:
    return np.ascontiguousarray(astronaut().picture[..., ::-1])


def photo(image: Image, corpus: str) -> Photo:
    return Photo(image, corpus, "p1", "happy", 1.5, 1.0, False)


def test_a_face_is_seen_bare_covered_three_times_and_adorned() -> None:
    faces = covered_faces([photo(portrait(), "london")])
    assert faces.crop.shape == (5, CROP_SIDE, CROP_SIDE)
    assert faces.kind[0] == BARE_FACE
    assert faces.hidden[0].tolist() == [0, 0, 0, 0]
    assert set(faces.kind[1:4].tolist()) <= {*COVERINGS, "cut"}
    assert faces.kind[4] in ADORNMENTS
    again = covered_faces([photo(portrait(), "london")])
    np.testing.assert_array_equal(again.crop, faces.crop)


def test_of_a_real_mask_only_the_mouth_is_known_to_be_hidden() -> None:
    faces = covered_faces([photo(portrait(), MASKS)])
    assert faces.kind.tolist() == [REAL_MASK]
    np.testing.assert_array_equal(faces.hidden, [[np.nan, np.nan, 1, 1]])


def test_pictures_without_a_face_are_left_out() -> None:
    empty = np.full((240, 320, 3), 127, np.uint8)
    faces = strangely_covered([photo(empty, "london"), photo(portrait(), "london")])
    assert len(faces.kind) <= 1
    assert set(faces.kind.tolist()) <= set(STRANGE_COVERINGS)


def test_smiles_are_covered_once_frowns_three_times_and_masks_are_asked_as_they_are(tmp_path: Path) -> None:
    rows = [
        ("genki4k", "smile", portrait()),
        ("genki4k", "no_smile", portrait()),
        ("muxspace", "anger", portrait()),
        ("london", "happiness", np.full((240, 320, 3), 127, np.uint8)),
        ("masks", "unlabelled", portrait()),
    ]
    cases = list(covered_cases(write(tmp_path, rows), tmp_path))
    assert Counter((case.group, case.truth) for case in cases) == {
        (REAL_MASK_ON, NOTHING): 1,
        (COVERED_FACE, "positive"): 1,
        (COVERED_FACE, "negative"): 3,
    }
    covered = [case.job.media for case in cases if case.group == COVERED_FACE]
    pictures = [cv2.imread(str(path)) for path in covered]
    assert all(picture is not None and picture.shape == portrait().shape for picture in pictures)
    assert len({picture.tobytes() for picture in pictures if picture is not None}) == len(covered)


def write(folder: Path, rows: list[tuple[str, str, Image]]) -> Path:
    """A manifest, and the tar of each corpus with its pictures; returns the manifest's path."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["file", "corpus", "person", "emotion"])
    for corpus, emotion, _ in rows:
        table.writerow([f"{corpus}/{emotion}.png", corpus, "p1", emotion])
    for corpus in {corpus for corpus, _, _ in rows}:
        with tarfile.open(folder / f"{corpus}.tar", "w") as packed:
            for of, emotion, image in rows:
                if of == corpus:
                    stored = cv2.imencode(".png", image)[1].tobytes()
                    member = tarfile.TarInfo(f"{corpus}/{emotion}.png")
                    member.size = len(stored)
                    packed.addfile(member, io.BytesIO(stored))
    path = folder / "manifest2.csv.gz"
    path.write_bytes(gzip.compress(text.getvalue().encode()))
    return path
