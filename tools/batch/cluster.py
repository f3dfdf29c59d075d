"""Rows by the workers of a Dask scheduler, which others keep alive; the extra ``[cluster]``."""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from fsrf_live.fsrf.common.errors import EngineError, FsrfError, SourceError, UsageError
from fsrf_live.stream.flow.threads import limited_threads
from fsrf_live.tools.batch.work import (
    Opening,
    Perform,
    RowOutcome,
    RowOutcomes,
    RowTask,
    killer,
)

_CONNECT_S = 10
_JOIN_S = 30
"""Longer than a worker takes to start; one that waits in a queue may take hours, and the batch with it."""
_AHEAD = 8
"""Rows for each thread of the cluster, given out in groups: one by one each would cost a journey more."""


def by_cluster(address: str, opening: Opening, tasks: Iterable[RowTask]) -> RowOutcomes:
    """Yield each task with its outcome, in the order in which they end; tasks are taken when needed.

    Each process calls `opening` once. Raises SourceError if there is no such scheduler, no worker comes, or
    it goes away; EngineError if a worker cannot do a row; UsageError without the extra.
    """
    with _client(address) as client:
        _check_workers(client, opening)
        suspects: list[RowTask] = []
        at_once = _AHEAD * sum(client.nthreads().values())
        yield from _outcomes(client, opening, tasks, at_once, suspects)
        # Dask blames all that a dead worker held. One at a time, only the row to blame is blamed.
        killers: list[RowTask] = []
        yield from _outcomes(client, opening, suspects, 1, killers)
        yield from ((task, killer(task)) for task in killers)


def _outcomes(
    client: Any, opening: Opening, tasks: Iterable[RowTask], at_once: int, killed: list[RowTask]
) -> RowOutcomes:
    """The outcomes of tasks of which so many are given out; those whose workers died go to `killed`."""
    from distributed import KilledWorker, as_completed

    waiting, ended = iter(tasks), as_completed(loop=client.loop, with_results=True, raise_errors=False)
    given: dict[str, RowTask] = {}

    def top_up() -> None:
        if len(given) <= at_once // 2:
            group = list(islice(waiting, at_once - len(given)))
            futures = client.map(partial(_perform_here, opening), group, pure=False)
            given.update({future.key: task for future, task in zip(futures, group, strict=True)})
            ended.update(futures)

    top_up()
    for future, answer in ended:
        task, error = given.pop(future.key), _error_of(future, answer)
        if isinstance(error, KilledWorker):
            killed.append(task)
        elif error is not None:
            raise error if isinstance(error, FsrfError) else EngineError(f"the cluster: {_line(error)}")
        top_up()
        if error is None:
            yield task, answer


def _error_of(future: Any, answer: Any) -> BaseException | None:
    """What a task ended with that is no outcome."""
    if future.status == "finished":
        return None
    if future.status == "error":
        error: BaseException = answer[1]
        return error
    return SourceError("the scheduler is gone: start it again, and the same command does what is missing")


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs the extra: pip install 'fsrf-live[cluster]'") from error
    for chatter in ("distributed", "tornado", "asyncio"):
        logging.getLogger(chatter).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except Exception as error:  # a foreign address or answer may raise anything
        raise SourceError(
            f"--dask {address}: no scheduler of this version of Dask answers ({_line(error)}); "
            "give the address that 'dask scheduler' prints"
        ) from error
    with client:
        yield client


def _check_workers(client: Any, opening: Opening) -> None:
    """Raise unless there are workers and each can do rows of this batch."""
    try:
        client.wait_for_workers(1, timeout=_JOIN_S)
    except TimeoutError as error:
        raise SourceError(f"no worker has come in {_JOIN_S} s: start some, 'dask worker ADDRESS'") from error
    for worker, answer in sorted(client.run(_open_here, opening, on_error="return").items()):
        if isinstance(answer, FsrfError):
            raise type(answer)(f"worker {worker}: {answer}") from answer
        if isinstance(answer, BaseException):
            reason = _line(answer)
            raise EngineError(f"worker {worker} cannot do it ({reason}): install this fsrf-live there")


def _open_here(opening: Opening) -> None:
    """In a worker: make it ready."""
    _opened(opening)


def _perform_here(opening: Opening, task: RowTask) -> RowOutcome:
    """In a worker: do a row; raises FsrfError with the worker's address if none can be done there."""
    from distributed import get_worker

    try:
        perform, lock = _opened(opening)
        with lock, limited_threads(1):
            return perform(task)
    except FsrfError as error:
        raise type(error)(f"worker {get_worker().address}: {error}") from error


@lru_cache(maxsize=1)
def _opened(opening: Opening) -> tuple[Perform, threading.Lock]:
    """What this worker has ready: that of the batch it worked for last."""
    return opening(), threading.Lock()


def _line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
