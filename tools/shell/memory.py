"""The memory of a command that runs for hours."""

import ctypes
import sys

M_ARENA_MAX = -8
"""What `mallopt` of glibc calls it (malloc.h)."""
POOLS = 1


def share_pool() -> None:
    """Let all threads share one pool of freed memory; to be called before there are threads.

    By itself glibc has up to eight for each core, and what is freed stays in the pool that it came from: the
    threads of every camera that is opened again leave their share in another one. Elsewhere nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_ARENA_MAX, POOLS)
