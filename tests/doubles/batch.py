"""Work for the workers of a batch that needs no engine, and rows that are bad for them."""

import importlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.tools.batch.work import Perform, RowOutcome, RowTask

DEADLY, FAINT, BROKEN, HELD = "deadly", "faint", "broken", "held"
"""Kinds of rows, named in the column text: the worker dies at each try, at the first one, fails, or waits."""


def task(number: int, text: str = "", media: str | None = None) -> RowTask:
    """Row number so and so."""
    return RowTask(number, f"row-{number}", {"text": text, "media": media}, None)


def tasks(number: int) -> list[RowTask]:
    """So many rows that are good."""
    return [task(place) for place in range(1, number + 1)]


def quick() -> Perform:
    """A worker that does a row at once."""
    return _do


def unable() -> Perform:
    """A process in which no row can be done."""
    raise EngineError("no engine runs here")


def faulty() -> Perform:
    """A process with a fault of ours."""
    raise ZeroDivisionError("no engine")


def shares() -> Perform:
    """A worker whose results say how many threads OpenCV and NumPy may have."""
    import cv2
    from threadpoolctl import threadpool_info

    most = max(cv2.getNumThreads(), *(pool["num_threads"] for pool in threadpool_info()))
    return lambda task: RowOutcome(str(most).encode())


def _do(task: RowTask) -> RowOutcome:
    text, media = task.cells["text"], task.cells["media"]
    if text == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    if text == FAINT and not (mark := Path(media)).exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if text == HELD:
        threading.Event().wait()
    if text == BROKEN:
        return RowOutcome(task.name.encode(), "it is broken")
    return RowOutcome(task.name.encode())


def counted(of: list[RowTask], taken: list[RowTask]) -> Iterator[RowTask]:
    """These tasks; those that are taken so far are in the list."""
    for each in of:
        taken.append(each)
        yield each


def failing() -> Perform:
    """A worker that was ready and is no more."""
    return _fail


def _fail(task: RowTask) -> RowOutcome:
    raise EngineError("its engine is gone")


class Elsewhere:
    """An opening that exists on the machine where the batch was begun, and nowhere else."""

    def __call__(self) -> Perform:
        """As `quick`."""
        return _do

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as the name of a module that nobody has."""
        return importlib.import_module, ("no_such_program",)
