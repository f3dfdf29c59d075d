"""Wait for something real to happen, for a bounded time, without sleeping blindly."""

import threading
import time
from collections.abc import Callable


def until(condition: Callable[[], bool], timeout_s: float = 10.0, every_s: float = 0.01) -> bool:
    """Look at a condition until it holds; False where it does not in time."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(every_s)
    return True
