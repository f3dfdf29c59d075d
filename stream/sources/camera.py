"""A camera by OpenCV: an index, a name, a device path, or an address on the network."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import Frame
from fsrf_live.stream.sources.device import Device, Found, choose
from fsrf_live.stream.sources.source import HEALTHY

VIDEO_FOR_LINUX = Path("/sys/class/video4linux")


NAMES_ARE_KNOWN = sys.platform == "linux"
NUMBERS_ONLY = "names of cameras are only known on Linux: give a number, as --camera 0, or an address"


def list_cameras(folder: Path = VIDEO_FOR_LINUX) -> list[Device]:
    """List the cameras by Video4Linux, in order of their number; empty if the system has no such list."""
    found = []
    for entry in folder.glob("video*") if folder.is_dir() else ():
        number = entry.name.removeprefix("video")
        try:
            name = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
            index = (entry / "index").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if number.isdigit() and index == "0":
            found.append(Device(int(number), name))
    return sorted(found, key=lambda device: device.index)


if TYPE_CHECKING:
    import cv2

OPEN_TIMEOUT_MS = 2000
READ_TIMEOUT_MS = 2000
HANGS_AFTER_NS = 1_900_000_000
"""A read that took so long has run into the timeout; it may still give half a picture."""
ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


class Camera:
    """The newest picture a camera has. Only the thread that opens it may read and close it."""

    modality: Modality = "video"
    health = HEALTHY
    """OpenCV reports no losses."""

    def __init__(self, wanted: str, clock: Clock, memory: Found | None = None) -> None:
        """`wanted` is an index, (part of) a name, a path under ``/dev``, or an address."""
        self._wanted = wanted
        self._clock = clock
        self._memory = memory or Found()
        self._capture: cv2.VideoCapture | None = None

    @property
    def name(self) -> str:
        """The device's name once it has been found, else what was asked for; without credentials."""
        return self._memory.name or camera_name(self._wanted)

    def open(self) -> None:
        """Open the device; raises SourceError if it is not there or refuses."""
        import cv2

        self.close()
        if is_address(self._wanted):
            timeouts = (
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                OPEN_TIMEOUT_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                READ_TIMEOUT_MS,
            )
            capture = cv2.VideoCapture(self._wanted, cv2.CAP_FFMPEG, timeouts)
        elif self._wanted.startswith("/"):
            capture = cv2.VideoCapture(self._wanted, cv2.CAP_ANY)
        else:
            capture = cv2.VideoCapture(self._index(), cv2.CAP_ANY)
        if not capture.isOpened():
            capture.release()
            raise SourceError(
                f"camera {self.name!r} cannot be opened: is it there, and does nobody else use it?"
            )
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture

    def read(self) -> Frame | None:
        """Wait for a picture and stamp it; raises SourceError if none can be had."""
        if self._capture is None:
            raise SourceError(f"camera {self.name!r} is not open")
        asked_ns = self._clock.now_ns()
        there, image = self._capture.read()
        if self._clock.now_ns() - asked_ns > HANGS_AFTER_NS:
            raise SourceError(f"camera {self.name!r} sent nothing for {READ_TIMEOUT_MS / 1000:.0f} s")
        if not there or image is None or image.size == 0:
            raise SourceError(f"camera {self.name!r} gives no picture any more")
        return Frame(self._clock.now_ns(), np.asarray(image, np.uint8))

    def close(self) -> None:
        """Release the device."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def _index(self) -> int:
        """Find the device: by the name it had, by the name that was asked for, or by its number."""
        cameras = list_cameras()
        if self._memory.name is not None:
            return choose("camera", self._memory.name, cameras).index
        if not self._wanted.isdigit():
            if not NAMES_ARE_KNOWN:
                raise SourceError(f"camera {self._wanted!r}: {NUMBERS_ONLY}")
            found = choose("camera", self._wanted, cameras)
        else:
            number = int(self._wanted)
            found = next((c for c in cameras if c.index == number), Device(number, ""))
        if sum(c.name == found.name for c in cameras) == 1:
            self._memory.name = found.name
        return found.index


def camera_name(wanted: str) -> str:
    """What a camera is called before it has been found; an address without its credentials."""
    if is_address(wanted):
        return redacted(wanted)
    return f"camera {wanted}" if wanted.isdigit() else wanted


def is_address(text: str) -> bool:
    """Say whether this is an address such as ``http://…`` or ``rtsp://…``."""
    return ADDRESS.match(text) is not None


def redacted(address: str) -> str:
    """Take user, password and the values of a query out of an address.

    A / # or ? in a password, which should be written as %2F, ends the host for a parser: all before the last
    @ may be the password.
    """
    scheme, _, rest = address.partition("://")
    before, at, after = rest.rpartition("@")
    if at and ":" in before:
        address = f"{scheme}://…@{after}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.split("://")[0] + "://…"
    place = parts.netloc.rpartition("@")[2]
    host = f"…@{place}" if "@" in parts.netloc else place
    return urlunsplit((parts.scheme, host, parts.path, "…" if parts.query else "", ""))
