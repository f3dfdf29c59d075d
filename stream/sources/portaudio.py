"""PortAudio, one user at a time.

PortAudio freezes its list of devices when it starts, and must not be started or stopped while someone else
is inside it. So every use starts it again under one lock, and devices are found by name. What hangs inside it
(with a stopped sound server) holds the lock; others then fail after a second and try again later.
"""

import json
import os
import re
import select
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device, choose

if TYPE_CHECKING:
    import pyaudio

BUSY_AFTER_S = 1.0
PULSE_LATENCY_MS = "20"
"""Without it PulseAudio's ALSA device gives its first block after 2 s (measured), with it after 25 ms."""

_PLACE = re.compile(r"\s*\(hw:\d+,\d+\)$", re.IGNORECASE)
"""Where ALSA has put a device, which stands behind its name: another place once it was plugged in again."""

_lock = threading.Lock()


@contextmanager
def exclusive() -> Iterator[None]:
    """Hold PortAudio; raises SourceError if another user holds it for longer than a second."""
    if not _lock.acquire(timeout=BUSY_AFTER_S):
        raise SourceError("the sound system does not answer: is the sound server stopped?")
    try:
        yield
    finally:
        _lock.release()


def started() -> "pyaudio.PyAudio":
    """Start PortAudio, under the lock; the caller calls `terminate`. Raises SourceError."""
    os.environ.setdefault("PULSE_LATENCY_MSEC", PULSE_LATENCY_MS)
    try:
        import pyaudio

        return pyaudio.PyAudio()
    except ImportError as error:
        raise SourceError(
            f"PyAudio cannot be loaded ({error}): install the package portaudio19-dev or libportaudio2"
        ) from error
    except OSError as error:
        raise SourceError(f"the sound system cannot be started ({error})") from error


def inputs(audio: "pyaudio.PyAudio") -> list[Device]:
    """List what can be recorded from."""
    infos = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return [
        Device(int(info["index"]), str(info["name"])) for info in infos if int(info["maxInputChannels"]) > 0
    ]


def find_input(audio: "pyaudio.PyAudio", wanted: str, known: str | None) -> Device:
    """Find the microphone that is meant: ``default``, an index, or a name; `known` is its name if known.

    Raises SourceError if there is none, or if a name means several.
    """
    devices = inputs(audio)
    if not devices:
        raise SourceError("there is no microphone: plug one in, or run with --mic none")
    if wanted == "default":
        return _default(audio, devices)
    if not wanted.isdigit():
        return _called(wanted, devices)
    if known is not None:
        return _called(known, devices)
    for device in devices:
        if device.index == int(wanted):
            return device
    there_is = ", ".join(f"{device.index} ({device.name})" for device in devices)
    raise SourceError(f"no microphone has the number {wanted}; there is {there_is}")


def _called(name: str, devices: list[Device]) -> Device:
    """As `choose`, but wherever ALSA has put it; of several of one name the exact one is meant."""
    fitting = [device for device in devices if _without_place(device.name) == _without_place(name)]
    return fitting[0] if len(fitting) == 1 else choose("microphone", name, devices)


def _without_place(name: str) -> str:
    return _PLACE.sub("", name).lower()


def _default(audio: "pyaudio.PyAudio", devices: list[Device]) -> Device:
    try:
        info = audio.get_default_input_device_info()
    except OSError:
        return devices[0]
    return Device(int(info["index"]), str(info["name"]))


def list_microphones() -> list[Device]:
    """List what can be recorded from; empty if there is no sound system.

    It asks PortAudio, so it must not be called while a microphone is open in this process.
    """
    try:
        with exclusive():
            audio = started()
            try:
                return inputs(audio)
            finally:
                audio.terminate()
    except SourceError:
        return []


if TYPE_CHECKING:
    import pyaudio

HEAD = struct.Struct("<cqII")
OPENED, BLOCK_MESSAGE, FAILED = b"O", b"B", b"F"
OVERFLOW = 1
WANTED_HZ = 16_000
BLOCKS_A_SECOND = 50
_LOOK_EVERY_S = 0.1

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
        self.write(BLOCK_MESSAGE, data or b"", time.monotonic_ns(), overflow)
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
            if select.select([0], [], [], _LOOK_EVERY_S)[0]:
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
    """Open a device at 16 kHz, or at its own rate if that is refused, not started; raises SourceError."""
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
