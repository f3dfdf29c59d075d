"""Pictures that phones store as tiles (HEIF, ISO/IEC 23008-12): how the tiles lie, by the boxes of the file.

FFmpeg decodes the tiles, each as a stream whose id is that of its item; PyAV does not say how they lie.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import MediaError

MOST_PIXELS = 1 << 28
_ROTATION, _MIRROR = b"irot", b"imir"


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture of `width` by `height` made of rows of `columns` tiles, whose ids go row by row.

    `turns` are quarter turns against the clock and mirrorings to be done afterwards, in order.
    """

    columns: int
    width: int
    height: int
    tiles: tuple[int, ...]
    turns: tuple[tuple[bytes, int], ...]

    def joined(self, tiles: Mapping[int, NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Put together tiles ``[h, w, 3]`` by their ids; raises MediaError if one is missing."""
        try:
            there = [tiles[number] for number in self.tiles]
            rows = [
                np.concatenate(there[at : at + self.columns], axis=1)
                for at in range(0, len(there), self.columns)
            ]
            image = np.concatenate(rows)[: self.height, : self.width]
        except (KeyError, ValueError) as error:
            raise MediaError("tiles are missing or do not fit together") from error
        for kind, value in self.turns:
            image = np.rot90(image, value) if kind == _ROTATION else np.flip(image, value)
        return np.ascontiguousarray(image)


def read_grid(path: Path | str) -> Grid:
    """How the tiles of a file's main picture lie; raises MediaError if that cannot be understood."""
    try:
        return parse_grid(Path(path).read_bytes())
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise MediaError(f"{path}: how its tiles lie cannot be understood; save it as JPEG") from error


def parse_grid(data: bytes) -> Grid:
    """As `read_grid`; raises KeyError, IndexError, ValueError or struct.error."""
    boxes = dict(_boxes(dict(_boxes(data))[b"meta"][4:]))
    main = _main(boxes[b"pitm"])
    tiles = _tiles(boxes[b"iref"], main)
    rows, columns, width, height = _layout(_content(boxes, main, data))
    if len(tiles) != rows * columns or not 0 < width * height <= MOST_PIXELS:
        raise ValueError("the grid says one thing and its tiles another")
    return Grid(columns, width, height, tiles, tuple(_turns(boxes[b"iprp"], main)))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and contents of the boxes that follow one another."""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        size = size or len(data) - at
        if size < head:
            raise ValueError("a box that is smaller than its head")
        yield name, data[at + head : at + size]
        at += size


def _main(pitm: bytes) -> int:
    (number,) = struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)
    return int(number)


def _tiles(iref: bytes, main: int) -> tuple[int, ...]:
    kind = "I" if iref[0] else "H"
    for name, content in _boxes(iref[4:]):
        origin, count = struct.unpack_from(f">{kind}H", content)
        if name == b"dimg" and origin == main:
            return struct.unpack_from(f">{count}{kind}", content, struct.calcsize(f">{kind}H"))
    raise KeyError(main)


def _layout(grid: bytes) -> tuple[int, int, int, int]:
    """Rows, columns, width and height."""
    _, flags, rows, columns = struct.unpack_from(">4B", grid)
    width, height = struct.unpack_from(">II" if flags & 1 else ">HH", grid, 4)
    return rows + 1, columns + 1, width, height


def _content(boxes: Mapping[bytes, bytes], item: int, data: bytes) -> bytes:
    """What an item holds, by its first extent."""
    iloc = boxes[b"iloc"]
    version, sizes = iloc[0], struct.unpack_from(">H", iloc, 4)[0]
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    index_size = index_size if version else 0
    wide = 4 if version > 1 else 2
    at = 6
    count, at = _number(iloc, at, wide)
    for _ in range(count):
        number, at = _number(iloc, at, wide)
        method, at = _number(iloc, at, 2 if version else 0)
        base, at = _number(iloc, at + 2, base_size)
        extents, at = _number(iloc, at, 2)
        for extent in range(extents):
            offset, at = _number(iloc, at + index_size, offset_size)
            length, at = _number(iloc, at, length_size)
            if number == item and extent == 0:
                place = boxes[b"idat"] if method & 15 == 1 else data
                return place[base + offset : base + offset + length]
    raise KeyError(item)


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    """A number of `size` bytes, 0 if that is 0, and the place after it; raises IndexError beyond the end."""
    if at + size > len(data):
        raise IndexError("a box ends too early")
    return int.from_bytes(data[at : at + size], "big"), at + size


def _turns(iprp: bytes, item: int) -> Iterator[tuple[bytes, int]]:
    """The item's rotations and mirrorings."""
    boxes = dict(_boxes(iprp))
    properties = list(_boxes(boxes[b"ipco"]))
    ipma = boxes[b"ipma"]
    item_size, property_size = 4 if ipma[0] else 2, 2 if ipma[3] & 1 else 1
    count, at = _number(ipma, 4, 4)
    for _ in range(count):
        number, at = _number(ipma, at, item_size)
        many, at = _number(ipma, at, 1)
        for _ in range(many):
            index, at = _number(ipma, at, property_size)
            index &= (1 << (8 * property_size - 1)) - 1
            if number == item and index and properties[index - 1][0] in (_ROTATION, _MIRROR):
                name, content = properties[index - 1]
                yield name, content[0] & (3 if name == _ROTATION else 1)
