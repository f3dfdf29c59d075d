"""Work in several processes, with a progress bar."""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import TypeVar

from rich.progress import track

from fsrf_live.tools.shell.output import work_console

_Task = TypeVar("_Task")
Result = TypeVar("Result")


def in_parallel(
    work: Callable[[_Task], Result], tasks: Sequence[_Task], workers: int, what: str
) -> Generator[Result, None, None]:
    """Results in the order of the tasks, with a progress bar; if the caller ends, the processes end too."""
    if not tasks:
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool, _whole_or_ended():
        yield from track(pool.map(work, tasks), what, total=len(tasks), console=work_console())


@contextmanager
def _whole_or_ended() -> Iterator[None]:
    """After a signal or an error end the processes; the pool would wait for their work otherwise."""
    whole = False
    try:
        yield
        whole = True
    finally:
        if not whole:
            for process in active_children():
                process.terminate()
