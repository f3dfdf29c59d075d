"""The sound of a recording as a WAV file that exists nowhere: its bytes are made when they are asked for.

16 bits, mono, 16 kHz; time zero is the beginning of the session, and where nothing came there is silence.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ

_HEAD_BYTES, _SAMPLE_BYTES = 44, 2
_BLOCK_SAMPLES = 4 * SAMPLE_RATE_HZ
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

SamplesBetween = Callable[[int, int], Reals]
"""The samples from one number to before another, from -1 to 1, counted from the beginning of the session."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes of a file from `first` to before `end`."""

    first: int
    end: int


def wave_bytes(length_s: float) -> int:
    """How long the file is."""
    return _HEAD_BYTES + _SAMPLE_BYTES * round(length_s * SAMPLE_RATE_HZ)


def part_of(header: str | None, size: int) -> ByteRange | None:
    """What a ``Range`` asks for (RFC 9110, section 14); all of it if that is several parts, or none.

    None if there is nothing of what it asks for.
    """
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None or found.group(1) == found.group(2) == "":
        return ByteRange(0, size)
    first, last = found.groups()
    if not first:
        part = ByteRange(max(0, size - int(last)), size)
    else:
        part = ByteRange(int(first), size if not last else min(size, int(last) + 1))
    return part if part.first < part.end else None


def wave_part(part: ByteRange, size: int, samples_between: SamplesBetween) -> Iterator[bytes]:
    """Those bytes, a few seconds of sound at a time."""
    if part.first < _HEAD_BYTES:
        yield _head(size)[part.first : part.end]
    first, end = (max(0, at - _HEAD_BYTES) for at in (part.first, part.end))
    while first < end:
        number = first // _SAMPLE_BYTES
        until = min(number + _BLOCK_SAMPLES, -(-end // _SAMPLE_BYTES))
        block = _as_bytes(samples_between(number, until))
        offset = number * _SAMPLE_BYTES
        yield block[first - offset : end - offset]
        first = offset + len(block)


def _as_bytes(samples: Reals) -> bytes:
    return (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()


def _head(size: int) -> bytes:
    sound = size - _HEAD_BYTES
    form = (16, 1, 1, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * _SAMPLE_BYTES, _SAMPLE_BYTES, 8 * _SAMPLE_BYTES)
    riff = min(size - 8, 2**32 - 1), min(sound, 2**32 - 1)
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", riff[0], b"WAVE", b"fmt ", *form, b"data", riff[1])
