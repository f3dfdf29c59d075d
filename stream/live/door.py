"""``fsrf mark``: another process of the same user names a moment of a running session.

A session listens at a socket of its own, ``PID.sock`` in a folder that nobody but the user may enter. Who
comes sends the name of a marker as UTF-8, perhaps a line feed and a rating behind it, and says that this is
all (a half-close); the answer is one JSON object, ``{"time_s":12.3}`` or ``{"refused":"why"}``.
"""

import contextlib
import json
import logging
import os
import re
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from platformdirs import user_runtime_path

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import LONGEST_MARKER, checked_marker, checked_rating
from fsrf_live.stream.flow.threads import name_this_thread

DOOR_ANSWERS_S = 2.0
"""How long one side waits for the other."""
_LOOK_S = 0.2
_LONGEST_RATING = 32
_SUFFIX = ".sock"
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d{1,20})?", re.ASCII)

_log = logging.getLogger(__name__)

Marking = Callable[[str, float | None], float]
"""Marks this moment by a name, and perhaps with a rating; gives its seconds."""


class MarkerDoor:
    """Listens in a thread of its own until `close`; one that hangs at it delays markers, never readings."""

    def __init__(self, mark: Marking) -> None:
        """`mark` is called in that thread, and may raise UsageError; raises OSError if it cannot listen."""
        self._mark = mark
        self._over = threading.Event()
        self._path = _own_folder() / f"{os.getpid()}{_SUFFIX}"
        self._path.unlink(missing_ok=True)  # of a process that was killed, and whose number this one has
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(str(self._path))
            self._path.chmod(0o600)
            self._listener.listen()
        except OSError:
            self._listener.close()
            raise
        self._listener.settimeout(_LOOK_S)
        self._thread = threading.Thread(target=self._serve, name="markers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and take the socket away."""
        self._over.set()
        self._thread.join()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _serve(self) -> None:
        name_this_thread("markers")
        while not self._over.is_set():
            with contextlib.suppress(OSError):  # nobody came, or whoever came has gone or hangs
                visitor, _ = self._listener.accept()
                with visitor:
                    visitor.settimeout(DOOR_ANSWERS_S)
                    visitor.sendall(json.dumps(self._answer(visitor)).encode())

    def _answer(self, visitor: socket.socket) -> dict[str, object]:
        try:
            said = _received(visitor, LONGEST_MARKER + _LONGEST_RATING).decode()
            return {"time_s": self._mark(*_name_and_rating(said))}
        except UnicodeDecodeError:
            return {"refused": "a marker is no UTF-8: give plain text"}
        except UsageError as error:
            return {"refused": str(error)}


@contextlib.contextmanager
def marker_door(mark: Marking) -> Iterator[None]:
    """A door for as long as this lasts; if it cannot be had, a warning says so and the session goes on."""
    try:
        door = MarkerDoor(mark)
    except OSError as error:
        _log.warning("no 'fsrf mark' for this session (%s): set XDG_RUNTIME_DIR to a folder of yours", error)
        yield
        return
    try:
        yield
    finally:
        door.close()


def send_marker(name: str, rating: float | None, session: str | None) -> tuple[str, float]:
    """Mark this moment in a session, the newest without its number; gives its number, and its seconds.

    Raises UsageError if there is no such session, or it refuses.
    """
    said = checked_marker(name) + ("" if rating is None else f"\n{checked_rating(rating):.6f}")
    for path in _sockets(session):
        with socket.socket(socket.AF_UNIX) as way:
            way.settimeout(DOOR_ANSWERS_S)
            try:
                way.connect(str(path))
            except (ConnectionRefusedError, FileNotFoundError):  # left by a session that was killed
                path.unlink(missing_ok=True)
                continue
            return path.stem, _told(way, said, path.stem)
    which = f"no session {session}" if session else "no live session"
    raise UsageError(f"{which} of yours runs here: start one with 'fsrf live'")


def _told(way: socket.socket, said: str, session: str) -> float:
    try:
        way.sendall(said.encode())
        way.shutdown(socket.SHUT_WR)
        answer = json.loads(_received(way, 4096))
    except (OSError, ValueError) as error:
        raise UsageError(f"session {session} does not answer ({error}): mark again") from error
    if "refused" in answer:
        raise UsageError(str(answer["refused"]))
    return float(answer["time_s"])


def _name_and_rating(said: str) -> tuple[str, float | None]:
    """Of ``name`` or ``name LF number``; raises UsageError."""
    name, feed, number = said.partition("\n")
    if not feed:
        return name, None
    if not _NUMBER.fullmatch(number):
        raise UsageError("a marker holds control characters, or a rating that is none: give one line of text")
    return name, float(number)


def _received(way: socket.socket, most: int) -> bytes:
    """What comes until the other side says that this is all; raises UsageError if it is more than `most`."""
    data = b""
    while piece := way.recv(most + 1):
        data += piece
        if len(data) > most:
            raise UsageError(f"a marker of more than {most} bytes is too long: give a shorter name")
    return data


def _sockets(session: str | None) -> list[Path]:
    """Of the session with this number, else of all, the newest first."""
    found = []
    for path in _own_folder().glob(f"*{_SUFFIX}"):
        with contextlib.suppress(FileNotFoundError):
            found.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(found, reverse=True) if session in (None, path.stem)]


def _own_folder() -> Path:
    """The folder of sockets; raises PermissionError if it is somebody else's, who could listen in it."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # without a runtime folder one in /tmp is taken, which is checked below
        folder = user_runtime_path("fsrf-live")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not a folder of yours")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder
