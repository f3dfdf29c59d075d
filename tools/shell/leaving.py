"""Ends the process while a library may still be at work in a daemon thread.

The interpreter kills daemon threads at exit. If one is inside native code, importing torch or in a camera
read that hangs, the whole process aborts with exit code 134 and a dump instead of our exit code.
"""

import atexit
import contextlib
import os
import sys
import threading


class Leaving:
    """Ends the process at once with `code`, after all other clean-up, if such threads are left.

    Handlers run in reverse order of registration, so make it before anything else registers one.
    """

    def __init__(self) -> None:
        self.code: int | None = None
        atexit.register(self._leave)

    def _leave(self) -> None:
        left = any(thread.daemon for thread in threading.enumerate())
        if self.code is None or not left:
            return
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(self.code)
