"""Seeks every face of the pictures of a camera: near and far, turned, and cut off by the picture's edge.

Rather a face too many than one too few: what is found is only blurred.
"""

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.stream.features.detector import FACE_IN_REGION, FaceDetector
from fsrf_live.stream.features.landmarker import load_networks
from fsrf_live.stream.features.pictures import sized
from fsrf_live.stream.features.region import Region, rim, tiles, whole
from fsrf_live.stream.flow.items import FaceBox

_LIKELY, _POSSIBLE = 0.5, 0.3
"""How likely a face must be. Parts of a quarter show so many things that look a little like one."""
_NEAR_TURNS, FAR_TURNS = 3, 7
"""In so many looks all parts of a half were looked at, and all those at the rim and of a quarter."""
_QUARTER = 1 / 4


class FaceSearch:
    """Looks at the whole of each picture, and at its parts in turns. One thread only."""

    def __init__(self) -> None:
        """Raises SourceError if the model is not on this machine."""
        network = load_networks().detector
        self._possible, self._likely = FaceDetector(network, _POSSIBLE), FaceDetector(network, _LIKELY)
        self._looks = 0

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """Faces in a picture ``[H, W, 3] uint8`` BGR, from brow to chin; the same one may come twice.

        If it is `thorough`, as for a picture that has no next one, all parts are looked at.
        """
        picture = sized(image)
        squares = [
            *((self._possible, square) for square in self._turn(tiles(picture), _NEAR_TURNS, thorough)),
            *((self._possible, square) for square in self._turn(rim(picture), FAR_TURNS, thorough)),
            *((self._likely, square) for square in self._turn(tiles(picture, _QUARTER), FAR_TURNS, thorough)),
        ]
        self._looks += 1
        found = [(self._possible, whole(picture)), *squares]
        return [
            _box(region, picture) for detector, square in found for region in detector.faces(picture, square)
        ]

    def _turn(self, squares: list[Region], turns: int, thorough: bool) -> list[Region]:
        return squares if thorough else squares[self._looks % turns :: turns]


def _box(region: Region, picture: Image) -> FaceBox:
    height, width = picture.shape[:2]
    side = region.side * FACE_IN_REGION
    return FaceBox((region.x - side / 2) / width, (region.y - side / 2) / height, side / width, side / height)
