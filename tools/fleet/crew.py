"""The processes of a worker: one for each session, and one ready for each that may still come.

A process that is ready has loaded all that is slow to load, so that a stream goes on soon after it is taken.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Literal

from fsrf_live.fsrf.common.errors import FsrfError
from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.tools.fleet.core.catalogue import Stamp

_SPAWN = get_context("spawn")
SESSION_LEAVES_S = 5.0
"""How long a session may take to release its devices."""
_AGAIN_S = 5.0
"""After a process that never got ready."""

Word = Literal["ready", "record", "health", "ended", "failed"]
TellWorker = Callable[[Word, Mapping[str, Any]], None]
"""Says something of a session to the worker."""
PerformSession = Callable[[str, TellWorker, threading.Event], None]
"""Runs the session of a description until it is over, or until it shall be."""
OpenSessions = Callable[[], PerformSession]
"""Makes a process ready; it is sent to that process."""


class _Child:
    """A process, and the session that it has: none yet if `epoch` is None."""

    def __init__(
        self, opening: OpenSessions, heard: "Callable[[_Child, Word, Mapping[str, Any]], None]"
    ) -> None:
        self.name, self.ready, self.dead = "", False, False
        self.epoch: Stamp | None = None
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, opening), daemon=True)
        self._process.start()
        theirs.close()
        self._burial = threading.Thread(target=self._bury, name="burial", daemon=True)
        threading.Thread(target=self._read, args=(heard,), name="session", daemon=True).start()

    def begin(self, name: str, epoch: Stamp, spec: str) -> None:
        self.name, self.epoch = name, epoch
        with contextlib.suppress(OSError):  # it is dead: the reader says so
            self._pipe.send(spec)

    def end(self) -> None:
        """Let it release its devices, in a thread that waits for that; kill it if it does not."""
        self.epoch = None
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        self._burial.start()

    def await_end(self) -> None:
        """Wait until it has released its devices, or is killed."""
        self._burial.join()

    @property
    def is_leaving(self) -> bool:
        """Whether it was told to end, and has not yet."""
        return self._burial.is_alive()

    def kill(self) -> None:
        self._process.kill()

    def _bury(self) -> None:
        self._process.join(SESSION_LEAVES_S)
        self._process.kill()
        self._process.join()

    def _read(self, heard: "Callable[[_Child, Word, Mapping[str, Any]], None]") -> None:
        name_this_thread("session")
        try:
            while True:
                heard(self, *self._pipe.recv())
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            heard(self, "failed", {"reason": f"its process ended with code {code}"})


class Crew:
    """Not thread-safe, but `heard` is called in threads of its own: name, epoch, word, and what is said."""

    def __init__(
        self,
        opening: OpenSessions,
        most: int,
        heard: Callable[[str, Stamp, Word, Mapping[str, Any]], None],
    ) -> None:
        """Begin the first process; the others follow one by one, so that they do not disturb sessions."""
        self._opening, self._most, self._heard = opening, most, heard
        self._spares: list[_Child] = []
        self._busy: dict[str, _Child] = {}
        self._leaving: list[_Child] = []
        self._again_s = 0.0
        self.problem: str | None = None
        """Why a process did not get ready; None again once one does."""
        self.keep_ready()

    def keep_ready(self) -> None:
        """Begin the next process, if one is missing and the last one is ready; call it now and then."""
        self._forget_dead()
        missing = len(self._spares) + len(self._busy) < self._most
        if missing and all(child.ready for child in self._spares) and time.monotonic() >= self._again_s:
            self._spares.append(_Child(self._opening, self._take))

    def begin(self, name: str, epoch: Stamp, spec: str) -> None:
        """Begin a session; what it says is heard under this name and epoch."""
        self.halt(name)
        self._forget_dead()
        self._spares.sort(key=lambda child: not child.ready)
        child = self._spares.pop(0) if self._spares else _Child(self._opening, self._take)
        self._busy[name] = child  # before it begins: what it says is heard under this name
        child.begin(name, epoch, spec)

    def halt(self, name: str) -> None:
        """End a session, if there is one."""
        child = self._busy.pop(name, None)
        if child is not None:
            child.end()
            self._leaving = [*(each for each in self._leaving if each.is_leaving), child]

    def close(self) -> None:
        """End all; sessions have released their devices then."""
        for name in list(self._busy):
            self.halt(name)
        for child in self._spares:
            child.kill()
        for child in self._leaving:  # those that are still there when this process ends are killed
            child.await_end()

    def _forget_dead(self) -> None:
        self._spares = [child for child in self._spares if not child.dead]

    # In the threads of the children.

    def _take(self, child: _Child, word: Word, said: Mapping[str, Any]) -> None:
        name, epoch = child.name, child.epoch
        if word == "ready":
            child.ready, self.problem = True, None
        elif child.dead:
            return  # it has said already how it ended
        else:
            child.dead = word in ("ended", "failed")
            if epoch is not None:
                self._heard(name, epoch, word, said)
            elif word == "failed" and not child.ready:
                self.problem, self._again_s = str(said["reason"]), time.monotonic() + _AGAIN_S


def _serve(pipe: Connection, opening: OpenSessions) -> None:
    """The life of a process. It ends at once when the worker does: nobody would hear it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all: the worker ends the others
    lock, over = threading.Lock(), threading.Event()

    def tell(word: Word, said: Mapping[str, Any]) -> None:
        with lock:
            pipe.send((word, dict(said)))

    try:
        perform = opening()
        tell("ready", {})
        spec = pipe.recv()
        if spec is None:
            return
        threading.Thread(target=_watch, args=(pipe, over), daemon=True).start()
        perform(spec, tell, over)
        tell("ended", {})
    except (EOFError, ConnectionError):
        return
    except FsrfError as error:
        _tell_failure(tell, str(error))
    except Exception as error:  # noqa: BLE001 - the edge of a process: the worker says it, and begins another
        _tell_failure(tell, f"{type(error).__name__}: {error}")


def _tell_failure(tell: TellWorker, reason: str) -> None:
    with contextlib.suppress(OSError):
        tell("failed", {"reason": reason})


def _watch(pipe: Connection, over: threading.Event) -> None:
    """End when the worker says so, and without a word if it is gone."""
    try:
        pipe.recv()
        over.set()
    except (EOFError, OSError):
        os._exit(0)
