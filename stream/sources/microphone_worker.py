"""PortAudio in a process of its own: when a sound server dies, closing a stream may hang for ever (measured).

    main() with the arguments WANTED [NAME]

Writes messages to standard output: a head (`HEAD`: kind, arrival in ns of the monotonic clock, flags, count
of bytes), then so many bytes. `OPENED` once, a JSON object with ``name`` and ``rate_hz``; `BLOCK` for each
20 ms, mono float32, flag 1 where the device lost samples before it; `FAILED` with a line of text, and that
is the end. The end of standard input ends the process at once.
"""

import json
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, BinaryIO

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.portaudio import find_input, started

if TYPE_CHECKING:
    import pyaudio

HEAD = struct.Struct("<cqII")
OPENED, BLOCK, FAILED = b"O", b"B", b"F"
OVERFLOW = 1
WANTED_HZ = 16_000
BLOCKS_A_SECOND = 50
LOOK_EVERY_S = 0.1

Callback = Callable[[bytes | None, int, Mapping[str, float], int], tuple[None, int]]


class Writer:
    """Writes messages, from PortAudio's thread and from ours; a reader that has gone ends the process."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, kind: bytes, data: bytes, arrival_ns: int = 0, flags: int = 0) -> None:
        """Write one message."""
        try:
            with self._lock:
                self._out.write(HEAD.pack(kind, arrival_ns, flags, len(data)) + data)
                self._out.flush()
        except OSError:
            os._exit(0)

    def callback(
        self, data: bytes | None, _count: int, _times: Mapping[str, float], status: int
    ) -> tuple[None, int]:
        """Take a block from PortAudio."""
        import pyaudio

        overflow = OVERFLOW if status & pyaudio.paInputOverflow else 0
        self.write(BLOCK, data or b"", time.monotonic_ns(), overflow)
        return None, pyaudio.paContinue


def main() -> None:
    """Serve one microphone until it fails or nobody wants it any more."""
    writer = Writer(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    wanted, known = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    try:
        audio = started()
        device = find_input(audio, wanted, known)
        stream, rate_hz = opened(audio, device.index, device.name, writer.callback)
        writer.write(OPENED, json.dumps({"name": device.name, "rate_hz": rate_hz}).encode())
        stream.start_stream()
        while stream.is_active():
            if select.select([0], [], [], LOOK_EVERY_S)[0]:
                break
        else:
            writer.write(FAILED, f"microphone {device.name!r} has stopped: is it unplugged?".encode())
    except SourceError as error:
        writer.write(FAILED, str(error).encode())
    except OSError as error:
        writer.write(FAILED, f"microphone {wanted!r} failed ({error}): is it unplugged?".encode())
    os._exit(0)


def opened(
    audio: "pyaudio.PyAudio", index: int, name: str, callback: Callback
) -> "tuple[pyaudio.PyAudio.Stream, int]":
    """Open a device at 16 kHz, or at its own rate where that is refused, not started; raises SourceError."""
    import pyaudio

    own_hz = int(audio.get_device_info_by_index(index)["defaultSampleRate"])
    refusal: Exception | None = None
    for rate_hz in dict.fromkeys((WANTED_HZ, own_hz)):
        try:
            stream = audio.open(
                rate=rate_hz,
                channels=1,
                format=pyaudio.paFloat32,
                input=True,
                input_device_index=index,
                frames_per_buffer=rate_hz // BLOCKS_A_SECOND,
                stream_callback=callback,
                start=False,
            )
        except (OSError, ValueError) as error:
            refusal = error
        else:
            return stream, rate_hz
    raise SourceError(f"microphone {name!r} cannot be opened ({refusal}): is it plugged in, and free?")
