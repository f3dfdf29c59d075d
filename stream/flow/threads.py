"""The threads of a session: each has a name, and a mistake in one of them ends them all.

And those of libraries and of other processes: how many, and from where.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_log = logging.getLogger(__name__)

LONGEST_NAME = 15
"""What the kernel keeps of a thread's name."""
_NUMBERS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class Threads:
    """`over` tells the threads to leave; `ended` says that nothing more will come."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None
        self._raised = False

    def run(self, name: str, work: Callable[[], None]) -> None:
        """Begin a thread."""

        def guarded() -> None:
            name_this_thread(name)
            try:
                work()
            except Exception as error:  # noqa: BLE001 - the edge of a thread: who stops the session gets it
                _log.debug("%s failed", name, exc_info=error)
                self._fail(error)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """Nothing more will come."""
        self.over.set()
        self.ended.set()

    def join(self, timeout_s: float) -> None:
        """Wait so long for each thread."""
        for thread in self._threads:
            thread.join(timeout_s)

    def raise_once(self) -> None:
        """Raise the first mistake of a thread, the first time that this is called."""
        with self._lock:
            error, self._raised = (None if self._raised else self._error), True
        if error is not None:
            raise error

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._error = self._error or error
        self.end()


def name_this_thread(name: str) -> None:
    """Show a thread under its name in `top` and debuggers; native threads that it starts inherit the name."""
    with suppress(OSError):
        (Path("/proc/self/task") / str(threading.get_native_id()) / "comm").write_text(name[:LONGEST_NAME])


def module_command(module: str) -> tuple[str, ...]:
    """Give the command that runs `module.main()`; what it imports comes from where this process has it from.

    ``python -m`` would look into the current folder first: the ``queue.py`` of a user in place of Python's.
    """
    code = f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; main()"
    return (sys.executable, "-c", code)


@contextmanager
def limited_threads(number: int) -> Iterator[None]:
    """Libraries that are loaded now, here or in a process begun now, use so many threads each.

    What the user has set stays. ONNX Runtime has one thread anyway.
    """
    with environment(dict.fromkeys(_NUMBERS, str(number))):
        yield


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """These variables are set, for processes begun now too; what the user has set stays."""
    unset = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(unset)
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]
