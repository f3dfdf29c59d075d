"""Work in several processes, with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from rich.progress import track

from tools.output import work_console

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_parallel(
    work: Callable[[Task], Result], tasks: Sequence[Task], workers: int, what: str
) -> Iterator[Result]:
    """Results in the order of the tasks, with a progress bar."""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from track(pool.map(work, tasks), what, total=len(tasks), console=work_console())
