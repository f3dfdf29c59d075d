"""The memory of a command that runs for hours."""

import ctypes
import sys

M_ARENA_MAX = -8
"""The parameter's number in `mallopt` of glibc (malloc.h)."""
POOLS = 1


def share_pool() -> None:
    """Make all threads share one pool of freed memory; call it before there are threads.

    By default glibc has up to eight for each core, and freed memory stays in the pool that it came from: the
    threads of every reopened camera would leave memory in another one. Without glibc nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, POOLS)
