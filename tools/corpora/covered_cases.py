"""Covered faces of people who are kept from training, put to a checkpoint as a user would put them."""

import zlib
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.evaluation.people import COVERED_FACE, NOTHING, REAL_MASK_ON, Judged
from fsrf_live.stream.clips.job import Job
from fsrf_live.stream.features.face import FaceFinder
from fsrf_live.tools.corpora.coverings import canvas
from fsrf_live.tools.corpora.examination import CLASSES, FACES, Examiner, Question, chosen, with_files
from fsrf_live.tools.corpora.strange_coverings import STRANGE_COVERINGS

_SMILE, _FROWN, _MASK = "smile", "frown", "mask"
_KINDS = {
    ("london", "happiness"): _SMILE,
    ("genki4k", "smile"): _SMILE,
    ("muxspace", "anger"): _FROWN,
    ("muxspace", "sadness"): _FROWN,
    ("muxspace", "disgust"): _FROWN,
    ("masks", "unlabelled"): _MASK,
}
_MOST_SMILES, _MOST_MASKS = 60, 100
_ON_A_FROWN = 3
"""Things that are put over an unhappy face, one after the other: there are few. A smile gets one."""


def examine_covered(data: Path, work: Path, examiner: Examiner, say: Callable[[str], None]) -> list[Judged]:
    """Ask about covered faces; files are written into `work`. Raises DataError if a corpus cannot be read."""
    judged = list(map(examiner.put, covered_cases(data / FACES, work)))
    say(f"covered faces: {len(judged)} cases")
    return judged


def covered_cases(manifest: Path, work: Path) -> Iterator[Question]:
    """Smiling and unhappy people with something drawn over their faces, and people with real masks on."""
    groups = chosen(manifest, "person", lambda row: _KINDS.get((row["corpus"], row["emotion"])))
    for row, picture in with_files(manifest, groups.get(_MASK, [])[:_MOST_MASKS], work):
        yield Question(REAL_MASK_ON, row["person"], NOTHING, Job(picture))
    finder, things = FaceFinder(), cycle(STRANGE_COVERINGS)
    for kind, most, each in ((_SMILE, _MOST_SMILES, 1), (_FROWN, None, _ON_A_FROWN)):
        for row, picture in with_files(manifest, groups.get(kind, [])[:most], work):
            for thing in islice(things, each):
                covered = _covered_file(picture, thing, finder)
                if covered is not None:
                    yield Question(COVERED_FACE, row["person"], CLASSES[row["emotion"]], Job(covered))
    finder.close()


def _covered_file(picture: Path, thing: str, finder: FaceFinder) -> Path | None:
    """The picture with a thing over its face, as a file beside it; None if no face is found before."""
    import cv2

    read = cv2.imread(str(picture))
    looks = [] if read is None else finder.looks(np.asarray(read, np.uint8))
    if not looks:
        return None
    chance = np.random.default_rng(zlib.crc32(f"{picture.stem} {thing}".encode()))
    drawn: Image = STRANGE_COVERINGS[thing](canvas(looks[-1].picture, looks[-1].landmarks), chance).shown()
    place = picture.with_name(f"{picture.stem}-{thing.replace(' ', '-')}.png")
    cv2.imwrite(str(place), np.ascontiguousarray(drawn[..., ::-1]))
    return place
