"""Pictures of several people, and where each of them is."""

import csv
import gzip
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.flow.items import FaceBox
from fsrf_live.stream.sources.decoding import decode_frames

_CLIP = Path(__file__).parents[2] / "demo" / "demo.mp4"
_WIDTH, _HEIGHT = 640, 480
_AROUND = np.s_[43:343, 90:390]
"""The face of the demo in the middle of a square, of which it takes half."""
_PLACES = {
    "near": (230, 10, 200, 0),
    "far": (560, 60, 50, 0),
    "aslant": (440, 110, 110, 40),
    "lying": (60, 20, 130, 90),
    "on its head": (250, 300, 110, 180),
    "at the left edge": (-70, 220, 180, 0),
    "at the lower edge": (450, 390, 140, 0),
}
"""The top left of the square, its side in pixels, and by how many degrees it is turned."""


@dataclass(frozen=True, slots=True)
class People:
    """A picture ``[H, W, 3] uint8`` BGR, and the faces in it; a box may reach beyond the edge."""

    image: Image
    faces: dict[str, FaceBox]

    def part(self, image: Image, name: str) -> Image:
        """What another picture of the same size shows where this face is."""
        height, width = image.shape[:2]
        x, y, wide, high = self.faces[name]
        rows = slice(max(0, round(height * y)), max(0, round(height * (y + high))))
        return image[rows, max(0, round(width * x)) : max(0, round(width * (x + wide)))]


@cache
def company() -> People:
    """The face of the demo near and far, aslant, lying, on its head, and cut off by two edges."""
    around = next(iter(decode_frames(_CLIP))).image[_AROUND]
    scene, faces = np.full((_HEIGHT, _WIDTH, 3), 128, np.uint8), {}
    for name, (x, y, side, degrees) in _PLACES.items():
        turn = cv2.getRotationMatrix2D((around.shape[1] / 2, around.shape[0] / 2), degrees, 1.0)
        turned = cv2.warpAffine(around, turn, around.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        small = cv2.resize(turned, (side, side), interpolation=cv2.INTER_AREA)
        left, top = max(0, x), max(0, y)
        shown = small[top - y : _HEIGHT - y, left - x : _WIDTH - x]
        scene[top : top + shown.shape[0], left : left + shown.shape[1]] = shown
        faces[name] = FaceBox(
            (x + side / 4) / _WIDTH, (y + side / 4) / _HEIGHT, side / 2 / _WIDTH, side / 2 / _HEIGHT
        )
    return People(scene, faces)


def snapshots(shared_data: Path) -> Iterator[People]:
    """Photographs of groups of people, whose faces somebody marked (dlib's examples)."""
    with gzip.open(shared_data / "faces" / "manifest2.csv.gz", "rt") as rows:
        marked = {row["file"]: row["detail"] for row in csv.DictReader(rows) if row["corpus"] == "scenes"}
    with tarfile.open(shared_data / "faces" / "scenes.tar") as archive:
        for member in archive:
            data = archive.extractfile(member)
            assert data is not None
            image = cv2.imdecode(np.frombuffer(data.read(), np.uint8), cv2.IMREAD_COLOR)
            assert image is not None
            height, width = image.shape[:2]
            boxes = [
                tuple(map(int, box.split())) for box in marked[member.name].removeprefix("boxes ").split(";")
            ]
            faces = {
                f"{member.name} {n}": FaceBox(x / width, y / height, wide / width, high / height)
                for n, (x, y, wide, high) in enumerate(boxes)
            }
            yield People(np.asarray(image, np.uint8), faces)
