"""Faces far from the camera: how many are found, and how many pixels a smile needs to be read.

python -m benchmarks.distance DATA [--every N] [--width PIXELS]

People of DATA/faces/london.tar (Face Research Lab London Set) are pasted into three pictures without people
so that the face, from cheek to cheek, takes a share of the picture's width, and looked at as in a stream:
found is who is found within a second. Then their pictures are made smaller, and read by the checkpoint.
"""

import argparse
import csv
import gzip
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage import data as pictures

from fsrf_live.fsrf.common.aliases import Doubles, Floats, Image
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS
from fsrf_live.fsrf.data.compose import pad_sequences
from fsrf_live.fsrf.network.inference import answer, load_model
from fsrf_live.stream.features.appearance import AppearanceNetwork
from fsrf_live.stream.features.face import FaceFinder, Look
from fsrf_live.stream.features.geometry import face_vector
from fsrf_live.stream.features.mesh import FaceMesh, face_width

SHARES = (0.25, 0.18, 0.14, 0.12, 0.10, 0.08, 0.06, 0.05, 0.04)
PIXELS = (64, 48, 40, 32, 24, 20, 16, 12)
LOOKS = 10
"""In a second."""
NOSE = 1
CORPUS = "london"


@dataclass(frozen=True, slots=True)
class Person:
    """A picture ``[H, W, 3]`` RGB of somebody, what is seen in it at full size, and whether they smile."""

    picture: Image
    landmarks: Doubles
    smiles: bool


def people(folder: Path, every: int) -> Iterator[Person]:
    """Every so many pictures of the corpus."""
    with gzip.open(folder / "faces" / "manifest2.csv.gz", "rt", encoding="utf-8") as file:
        rows = {row["file"]: row["emotion"] for row in csv.DictReader(file) if row["corpus"] == CORPUS}
    mesh = FaceMesh(thorough=True)
    with tarfile.open(folder / "faces" / f"{CORPUS}.tar") as tar:
        for name in sorted(rows)[::every]:
            stored = tar.extractfile(name)
            if stored is None:
                continue
            picture = decoded(stored.read())
            mesh.forget()
            mesh.look(picture)
            landmarks = mesh.look(picture)
            if landmarks is not None:
                yield Person(picture, landmarks, rows[name] == "happiness")


def decoded(file: bytes) -> Image:
    """The picture of a file, in RGB."""
    image = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"a picture of {CORPUS}.tar cannot be read: get the corpus again")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def backdrops(width: int) -> list[Image]:
    """Three pictures without people, ``[H, W, 3]`` RGB, four to three."""
    noise = np.random.default_rng(0).normal(128, 60, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    mottled = cv2.GaussianBlur(noise, (0, 0), 9)
    shown = (mottled, pictures.coffee(), pictures.rocket())  # type: ignore[no-untyped-call]
    return [np.asarray(cv2.resize(one, (width, width * 3 // 4)), np.uint8) for one in shown]


def shrunk(picture: Image, scale: float) -> Image:
    """A picture of another size."""
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def looks_until_found(
    mesh: FaceMesh, person: Person, share: float, backdrop: Image, rng: np.random.Generator
) -> int:
    """How many looks it takes to find a person somewhere in a picture; 0 if a second is not enough."""
    scale = share * backdrop.shape[1] / face_width(person.landmarks)
    small, scene = shrunk(person.picture, scale)[: backdrop.shape[0]], backdrop.copy()
    y, x = (
        int(rng.integers(0, there - here + 1))
        for there, here in zip(scene.shape, small.shape[:2], strict=False)
    )
    scene[y : y + len(small), x : x + small.shape[1]] = small
    nose = person.landmarks[NOSE, :2] * scale + (x, y)
    mesh.forget()
    for look in range(1, LOOKS + 1):
        seen = mesh.look(scene)
        if (
            seen is not None
            and np.linalg.norm(seen[NOSE, :2] - nose) < 0.3 * face_width(person.landmarks) * scale
        ):
            return look
    return 0


def print_found(persons: list[Person], width: int) -> None:
    """One line a share."""
    mesh, scenes = FaceMesh(thorough=False), backdrops(width)
    for share in SHARES:
        rng = np.random.default_rng(1)
        looks = np.array(
            [looks_until_found(mesh, one, share, scene, rng) for one in persons for scene in scenes]
        )
        found = looks[looks > 0]
        print(
            f"face of {share:.0%} of {width} pixels: found {np.mean(looks > 0):.1%} of {len(looks)}, "
            f"at the first look {np.mean(looks == 1):.1%}, in {found.mean() if len(found) else 0:.1f} looks"
        )


def print_cost(width: int) -> None:
    """What a look costs while there is nobody."""
    mesh, scenes = FaceMesh(thorough=False), backdrops(width)
    times = []
    for number in range(60):
        began = time.perf_counter()
        mesh.look(scenes[number % len(scenes)])
        times.append(time.perf_counter() - began)
    print(f"a look at a picture of {width} pixels without a face: p50 {1e3 * np.median(times):.1f} ms")


def scores(looks: list[Look]) -> Doubles:
    """Scores ``[N]`` by the face alone."""
    network, model = AppearanceNetwork(), load_model(default_checkpoint())
    features, masks = {}, {}
    for m in MODALITIES:
        rows = [vector(look, network) if m == "video" else None for look in looks]
        features[m], masks[m] = pad_sequences(rows, model.config.modality(m))
    return answer(model, features, masks).score[:, SUBSETS.index(("video",))].astype(np.float64)


def vector(look: Look, network: AppearanceNetwork) -> Floats:
    """One face as a sequence ``[1, 416]``."""
    return np.concatenate([face_vector(look.landmarks), network.vector(look.crop)])[None]


def print_readable(persons: list[Person]) -> None:
    """One line a size: how far scores are from those of the same pictures at full size."""
    full = scores([Look(one.picture, one.landmarks) for one in persons])
    smiles = np.array([one.smiles for one in persons])
    finder = FaceFinder()
    for pixels in PIXELS:
        seen: dict[int, Look] = {}
        for number, one in enumerate(persons):
            small = shrunk(one.picture, pixels / face_width(one.landmarks))
            looks = finder.looks(
                np.ascontiguousarray(np.pad(small, ((pixels,) * 2, (pixels,) * 2, (0, 0)), "edge")[..., ::-1])
            )
            if looks:
                seen[number] = looks[-1]
        rows = np.array(list(seen), np.int64)
        moved = scores(list(seen.values())) - full[rows]
        print(
            f"face of {pixels} pixels: found {len(rows) / len(persons):.1%}; scores move by "
            f"{moved[smiles[rows]].mean():+.2f} if they smile, {moved[~smiles[rows]].mean():+.2f} if not, "
            f"median {np.median(np.abs(moved)):.2f}"
        )
    finder.close()


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the corpora, with faces/london.tar")
    parser.add_argument("--every", type=int, default=1, help="take every so many pictures")
    parser.add_argument("--width", type=int, default=640, help="of the pictures into which people are pasted")
    options = parser.parse_args()
    persons = list(people(options.data, options.every))
    print_found(persons, options.width)
    print_cost(options.width)
    print_readable(persons)


if __name__ == "__main__":
    main()
