"""The pools of glibc, in a process of their own."""

import ctypes
import subprocess
import sys

import pytest

from fsrf_live.tools.shell.memory import POOLS

COUNT = """
import ctypes, sys, threading
from fsrf_live.tools.shell.memory import share_pool

if sys.argv[1] == "shared":
    share_pool()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
all_there = threading.Barrier(13)

def hold():
    libc.malloc(10_000)
    all_there.wait()

threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads:
    thread.start()
all_there.wait()
out = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
"""


def pools(how: str) -> int:
    ran = subprocess.run([sys.executable, "-c", COUNT, how], capture_output=True, text=True, check=True)
    return ran.stdout.count("<heap nr")


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"), reason="this is no glibc"
)
def test_many_threads_share_one_pool() -> None:
    assert pools("shared") == POOLS < pools("as it is")
