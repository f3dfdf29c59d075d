"""Rows by processes of this machine, any of which may die at any moment.

The executor of the standard library is broken as a whole once a process of it is killed, and those that mend
themselves share one pipe under one lock, which a killed process may hold. Here each process has a pipe of
its own, and at most one row: what dies with it is known, and touches no other.
"""

import signal
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from fsrf_live.fsrf.common.errors import EngineError, FsrfError
from fsrf_live.stream.flow.threads import limited_threads
from fsrf_live.tools.batch.work import (
    TRIES,
    Opening,
    RowOutcome,
    RowOutcomes,
    RowTask,
    killer,
)
from fsrf_live.tools.profiling.cpu import cores

_SPAWN = get_context("spawn")
_PATIENCE_S = 5.0
"""An idle process ends at once when its pipe is closed."""


class _Worker:
    """A process, and the row that it has."""

    def __init__(self, opening: Opening, threads: int) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, opening), daemon=True)
        with limited_threads(threads):  # before it starts: NumPy is there before any line of ours
            self._process.start()
        theirs.close()  # else the pipe would not end with the process
        self.task: RowTask | None = None

    def give(self, task: RowTask | None) -> None:
        """Let it do a row, if there is one; if it is dead, its pipe says so when it is asked."""
        self.task = task
        if task is not None:
            with suppress(OSError):
                self.pipe.send(task)

    def end(self, *, now: bool) -> None:
        """End the process, in the middle of its row if `now`."""
        self.pipe.close()
        if not now:
            self._process.join(_PATIENCE_S)
        self._process.kill()
        self._process.join()


def by_processes(opening: Opening, workers: int, tasks: Iterable[RowTask]) -> RowOutcomes:
    """Yield each task with its outcome, in the order in which they end; tasks are taken when needed.

    Each process calls `opening` and does with what it gives one task after the other. A task whose process
    dies goes to a fresh one, up to `TRIES`. Raises the FsrfError that a process ends with.
    """
    pool = _Crew(opening, workers, tasks)
    whole = False
    try:
        yield from pool.outcomes()
        whole = True
    finally:
        pool.end(now=not whole)


class _Crew:
    def __init__(self, opening: Opening, workers: int, tasks: Iterable[RowTask]) -> None:
        self._opening, self._tasks = opening, iter(tasks)
        self._threads = max(1, cores() // workers)
        self._again: list[RowTask] = []
        self._deaths: Counter[str] = Counter()
        self._crew: list[_Worker] = []
        while len(self._crew) < workers and (task := self._next()) is not None:
            self._hire(task)

    def outcomes(self) -> RowOutcomes:
        while busy := [worker for worker in self._crew if worker.task is not None]:
            ready = wait([worker.pipe for worker in busy])
            for worker in busy:
                task = worker.task
                if task is None or worker.pipe not in ready:
                    continue
                outcome = _answer(worker.pipe)
                if outcome is not None:
                    worker.give(self._next())
                else:
                    outcome = self._bury(worker, task)
                if outcome is not None:
                    yield task, outcome

    def end(self, *, now: bool) -> None:
        for worker in self._crew:
            worker.end(now=now)

    def _hire(self, task: RowTask) -> None:
        self._crew.append(_Worker(self._opening, self._threads))
        self._crew[-1].give(task)

    def _next(self) -> RowTask | None:
        return self._again.pop() if self._again else next(self._tasks, None)

    def _bury(self, worker: _Worker, task: RowTask) -> RowOutcome | None:
        """Put another in the place of a dead one; gives the outcome of its row if that is to blame."""
        self._crew.remove(worker)
        worker.end(now=True)
        self._deaths[task.name] += 1
        to_blame = self._deaths[task.name] == TRIES
        if not to_blame:
            self._again.append(task)
        following = self._next()
        if following is not None:
            self._hire(following)
        return killer(task) if to_blame else None


def _answer(pipe: Connection) -> RowOutcome | None:
    """What a process sends; None if it died. Raises what it ended with."""
    try:
        answer = pipe.recv()
    except (EOFError, OSError):
        return None
    if isinstance(answer, FsrfError):
        raise answer
    assert isinstance(answer, RowOutcome)
    return answer


def _serve(pipe: Connection, opening: Opening) -> None:
    """The life of a process: it ends when its pipe does, so that none outlives the one that began it."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # the terminal sends it to all: the first one ends the others
    with suppress(OSError):
        try:
            perform = opening()
            while True:
                pipe.send(perform(pipe.recv()))
        except (EOFError, ConnectionError):
            return
        except FsrfError as error:
            pipe.send(error)
        except Exception as error:  # noqa: BLE001 - the edge of a process: the one that began it says so
            pipe.send(EngineError(f"a worker failed, {type(error).__name__}: {error}"))
