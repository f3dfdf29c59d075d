"""A disk on which the n-th call of a kind fails, as SQLite tests it: for every n, until none does.

    for disk in failures(tmp_path):
        with disk.failing():
            ...  # work in disk.folder
        ...      # what must hold now, whatever has failed

The calls are those that Python's own files make below one folder; libraries in C have their own.
`stalling` gives a disk on which they only wait.
"""

import builtins
import errno
import io
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

Call = Literal["open", "write", "fsync", "rename", "mkdir"]
CALLS: tuple[Call, ...] = ("open", "write", "fsync", "rename", "mkdir")
FREE_WITHIN_S = 30.0
"""Longer than a test lets a disk stall."""
_OPEN = io.open
_WATCHED: dict[str, Call] = {
    "open": "open",
    "fsync": "fsync",
    "rename": "rename",
    "replace": "rename",
    "mkdir": "mkdir",
}


def full(place: object) -> OSError:
    """What a full disk says."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))


def refuse(place: object) -> None:
    """Fail as a full disk does."""
    raise full(place)


@dataclass
class FailingDisk:
    """Below `folder` the `number`-th `call` fails, and with `lasting` all of its kind from then on.

    The call None is one of any kind; `fail` is what failing is.
    """

    folder: Path
    call: Call | None
    number: int
    lasting: bool
    fail: Callable[[object], None] = refuse
    seen: int = 0

    @property
    def failed(self) -> bool:
        """Whether it came to that."""
        return self.seen >= self.number

    def meet(self, call: Call, place: object) -> None:
        """Count a call; raises OSError if it is one that fails."""
        if self.call in (call, None) and self.concerns(place):
            self.seen += 1
            if self.seen == self.number or (self.lasting and self.failed):
                self.fail(place)

    def concerns(self, place: object) -> bool:
        """Whether a path or a descriptor is below the folder."""
        if isinstance(place, int):
            place = Path(f"/proc/self/fd/{place}").readlink()
        return isinstance(place, str | os.PathLike) and Path(place).is_relative_to(self.folder)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """While this holds, calls are counted and fail."""
        with ExitStack() as stack:
            for module in (builtins, io):
                stack.enter_context(patch.object(module, "open", self._opened))
            for name, call in _WATCHED.items():
                watched = self._watched(call, getattr(os, name))
                stack.enter_context(patch.object(os, name, watched))
            yield

    def _watched(self, call: Call, real: Callable[..., Any]) -> Callable[..., Any]:
        def watched(place: Any, *args: Any, **kwargs: Any) -> Any:
            self.meet(call, place)
            return real(place, *args, **kwargs)

        return watched

    def _opened(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """As `io.open` puts a file together."""
        if not self.concerns(file):
            return _OPEN(file, mode, buffering, encoding, errors, newline, closefd, opener)
        self.meet("open", file)
        raw = _File(self, file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if buffering == 0:
            return raw
        kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
        buffered: Any = kind(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)


class _File(io.FileIO):
    """A file on such a disk. The first write that fails has written half, as the system may do."""

    def __init__(self, disk: FailingDisk, place: Any, mode: str, closefd: bool, opener: Any) -> None:
        super().__init__(place, mode, closefd, opener)
        self._disk, self._place, self._half = disk, place, False

    def write(self, data: Any) -> int:
        if self._half:
            self._half = False
            raise full(self._place)
        try:
            self._disk.meet("write", self._place)
        except OSError:
            if self._disk.seen > self._disk.number or len(data) < 2:
                raise
            self._half = True
            data = bytes(data)[: len(data) // 2]
        return super().write(data)


def stalling(folder: Path, number: int, free: threading.Event) -> FailingDisk:
    """A disk on which every call waits, from the `number`-th on, until it is `free`; none fails."""
    folder.mkdir()

    def wait(place: object) -> None:
        assert free.wait(FREE_WITHIN_S), f"nobody has freed {place}"

    return FailingDisk(folder, None, number, lasting=True, fail=wait)


def failures(
    root: Path, calls: Sequence[Call] = CALLS, lasting: Sequence[bool] = (False, True)
) -> Iterator[FailingDisk]:
    """Each way to fail, once and for good, with a fresh folder; the last of each kind does not come."""
    for call in calls:
        for stays in lasting:
            for number in count(1):
                folder = root / f"{call}-{number}{'-on' * stays}"
                folder.mkdir()
                disk = FailingDisk(folder, call, number, stays)
                yield disk
                if not disk.failed:
                    break
