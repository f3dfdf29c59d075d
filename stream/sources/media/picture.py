"""Decoded pictures as they are to be seen: upright, not mirrored, with square pixels, and not too large."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.flow.items import Frame

if TYPE_CHECKING:
    import av
    from av.buffer import Buffer
    from av.video.reformatter import VideoReformatter

LONGEST_SIDE = 1280
LARGE = 1280 * 720
"""Pixels from which on several threads convert a picture; of 480 x 360 they take .15 ms of CPU for .09."""
STRANGEST_PIXEL = 4
"""Pixels that are said to be so many times longer than wide, or more, are held to be square."""
EXIF = 31
"""AV_FRAME_DATA_EXIF, which PyAV 18 has no name for."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a stored picture is brought upright: transposed (rows become columns), then mirrored."""

    transposed: bool = False
    left_right: bool = False
    top_bottom: bool = False

    @classmethod
    def of(cls, matrix: NDArray[np.int32]) -> "Pose":
        """From a display matrix ``[9] int32`` as in ISO/IEC 14496-12, to the nearest quarter of a turn."""
        a, b, c, d = (int(matrix[place]) for place in (0, 1, 3, 4))
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, a < 0, d < 0)
        return cls(True, c < 0, b < 0)

    def apply(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Bring ``[H, W, C]`` upright; gives a contiguous array."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        if self.left_right:
            image = image[:, ::-1]
        if self.top_bottom:
            image = image[::-1]
        return np.ascontiguousarray(image)


def pose_of(frame: "av.VideoFrame") -> Pose:
    """How this picture is to be turned, by its display matrix or the orientation in its EXIF."""
    from av.sidedata.sidedata import Type

    try:
        data = frame.side_data
    except ValueError:
        data = _without_exif(frame).side_data
    matrix = data.get(Type.DISPLAYMATRIX.name)
    return Pose() if matrix is None else Pose.of(np.frombuffer(bytes(cast("Buffer", matrix)), np.int32, 9))


class PictureConverter:
    """Converts decoded frames to BGR arrays, upright, with square pixels, at most 1280 pixels a side."""

    def __init__(self, pixel: Fraction | None) -> None:
        """`pixel` is the width of a pixel by its height, None if that is not known."""
        self._pixel = pixel if pixel and 1 / STRANGEST_PIXEL < pixel < STRANGEST_PIXEL else Fraction(1)
        self._reformatter: VideoReformatter | None = None

    def __call__(self, frame: "av.VideoFrame") -> NDArray[np.uint8]:
        """Give ``[H, W, 3] uint8``."""
        from av.video.reformatter import VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        wide = float(max(Fraction(1), self._pixel) * frame.width)
        high = float(max(Fraction(1), 1 / self._pixel) * frame.height)
        scale = min(1.0, LONGEST_SIDE / max(wide, high))
        width, height = max(1, round(wide * scale)), max(1, round(high * scale))
        threads = 1 if width * height < LARGE else 0
        reformatted = self._reformatter.reformat(frame, width, height, format="bgr24", threads=threads)
        image, pose = cast("NDArray[np.uint8]", reformatted.to_ndarray()), pose_of(frame)
        return image if pose == Pose() else pose.apply(image)


@dataclass(frozen=True, slots=True)
class RawPicture:
    """A picture as the decoder has it, at `time_ns`."""

    time_ns: int
    picture: "av.VideoFrame"
    convert: PictureConverter

    def converted(self) -> Frame:
        """The picture as it is to be seen."""
        return Frame(self.time_ns, self.convert(self.picture))


def _without_exif(frame: "av.VideoFrame") -> "av.VideoFrame":
    """The same picture less its EXIF, whose orientation FFmpeg has made a display matrix.

    PyAV gives no side data of a frame that has some of a kind it does not know.
    """
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
    )
    sieve, sink = graph.add("sidedata", f"mode=delete:type={EXIF}"), graph.add("buffersink")
    source.link_to(sieve)
    sieve.link_to(sink)
    graph.configure()
    graph.push(frame)
    return cast("av.VideoFrame", graph.pull())
