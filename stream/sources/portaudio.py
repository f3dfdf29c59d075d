"""PortAudio, one user at a time.

PortAudio freezes its list of devices when it starts, and must not be started or stopped while someone else
is inside it. So every use starts it anew under one lock, and devices are found by name. What hangs inside it
(with a stopped sound server) holds the lock; others then fail after a second and try again later.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device, choose

if TYPE_CHECKING:
    import pyaudio

BUSY_AFTER_S = 1.0
PULSE_LATENCY_MS = "20"
"""Without it PulseAudio's ALSA device gives its first block after 2 s (measured), with it after 25 ms."""

_lock = threading.Lock()


@contextmanager
def exclusive(wait_s: float = BUSY_AFTER_S) -> Iterator[None]:
    """Hold PortAudio; raises SourceError where another holds it for too long. Below 0 it waits for ever."""
    if not _lock.acquire(timeout=wait_s):
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

        _release_mediapipes_hold()
        return pyaudio.PyAudio()
    except ImportError as error:
        raise SourceError(
            f"PyAudio cannot be loaded ({error}): install the package portaudio19-dev or libportaudio2"
        ) from error
    except OSError as error:
        raise SourceError(f"the sound system cannot be started ({error})") from error


def _release_mediapipes_hold() -> None:
    """Undo the start of PortAudio that mediapipe's import of sounddevice leaves behind.

    PortAudio counts its users: while that one stays, its list of devices is that of the day it came.
    """
    sounddevice = sys.modules.get("sounddevice")
    while sounddevice is not None and sounddevice._initialized:
        sounddevice._terminate()


def inputs(audio: "pyaudio.PyAudio") -> list[Device]:
    """List what can be recorded from."""
    infos = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
    return [
        Device(int(info["index"]), str(info["name"])) for info in infos if int(info["maxInputChannels"]) > 0
    ]


def find_input(audio: "pyaudio.PyAudio", wanted: str, known: str | None) -> Device:
    """Find the microphone that is meant: ``default``, an index, or a name; `known` is its name if known.

    Raises SourceError where there is none, or where a name means several.
    """
    devices = inputs(audio)
    if not devices:
        raise SourceError("there is no microphone: plug one in, or run with --mic none")
    if wanted == "default":
        return _default(audio, devices)
    if not wanted.isdigit():
        return choose("microphone", wanted, devices)
    if known is not None:
        return choose("microphone", known, devices)
    for device in devices:
        if device.index == int(wanted):
            return device
    there_is = ", ".join(f"{device.index} ({device.name})" for device in devices)
    raise SourceError(f"no microphone has the number {wanted}; there is {there_is}")


def _default(audio: "pyaudio.PyAudio", devices: list[Device]) -> Device:
    try:
        info = audio.get_default_input_device_info()
    except OSError:
        return devices[0]
    return Device(int(info["index"]), str(info["name"]))
