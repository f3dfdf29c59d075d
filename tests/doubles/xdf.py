"""Writes XDF 1.0 as LabRecorder does, but from what an inlet has pulled: https://github.com/sccn/xdf/wiki."""

import struct
from collections.abc import Sequence
from pathlib import Path

Sample = tuple[Sequence[float] | str, float]
"""The numbers of every channel, or a marker; and the time stamp."""


def write_xdf(path: Path, streams: Sequence[tuple[str, Sequence[Sample]]]) -> Path:
    """Write streams, each the XML of its header and its samples."""
    chunks = [_chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")]
    for number, (header, samples) in enumerate(streams, start=1):
        identity = struct.pack("<I", number)
        content = _length(len(samples)) + b"".join(_sample(*sample) for sample in samples)
        chunks += [
            _chunk(2, identity + header.encode()),
            _chunk(3, identity + content),
            _chunk(6, identity + b"<?xml version='1.0'?><info></info>"),
        ]
    path.write_bytes(b"XDF:" + b"".join(chunks))
    return path


def _chunk(tag: int, content: bytes) -> bytes:
    return _length(len(content) + 2) + struct.pack("<H", tag) + content


def _length(number: int) -> bytes:
    return b"\x04" + struct.pack("<I", number)


def _sample(values: Sequence[float] | str, stamp_s: float) -> bytes:
    stamp = b"\x08" + struct.pack("<d", stamp_s)
    if isinstance(values, str):
        return stamp + _length(len(values.encode())) + values.encode()
    return stamp + struct.pack(f"<{len(values)}d", *values)
