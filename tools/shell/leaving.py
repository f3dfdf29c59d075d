"""The end of the process while a library is still at work in a thread that nobody waits for.

The interpreter ends daemon threads where they stand. One that is inside native code then, importing torch or
in a camera's read that hangs, aborts the whole process: exit code 134 and a dump instead of ours.
"""

import atexit
import contextlib
import os
import sys
import threading


class Leaving:
    """Ends the process at once with `code`, after all other clean-up, where such threads are left.

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
