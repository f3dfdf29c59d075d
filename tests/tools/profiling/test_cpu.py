"""CPU by thread, of real threads."""

import os
import subprocess
import sys
import threading
import time

import pytest

from fsrf_live.stream.flow.threads import name_this_thread
from fsrf_live.tools.profiling.cpu import CpuByThread, CpuOfProcesses, family, memory_mb
from tests.doubles.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def burn(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        sum(range(1000))


def test_each_thread_is_charged_what_it_used_since_the_start() -> None:
    started, go, done, leave = (threading.Event() for _ in range(4))

    def work() -> None:
        burn(0.05)
        started.set()
        assert go.wait(10)
        burn(0.1)
        done.set()
        assert leave.wait(10)

    thread = threading.Thread(target=work, name="busy")
    cpu = CpuByThread()
    thread.start()
    assert started.wait(10)
    cpu.start()
    go.set()
    assert done.wait(10)
    total, groups = cpu.used()
    leave.set()
    thread.join()
    assert 0.09 < groups["busy"] < 0.15
    assert total >= groups["busy"]


def test_a_thread_that_has_ended_is_not_lost() -> None:
    cpu = CpuByThread()
    cpu.start()
    thread = threading.Thread(target=burn, args=(0.05,), name="brief")
    thread.start()
    thread.join()
    total, groups = cpu.used()
    assert sum(groups.values()) == pytest.approx(total, rel=0.2)
    assert total - groups.get("MainThread", 0.0) >= 0.04


def test_what_a_process_that_was_started_uses_counts_too() -> None:
    cpu = CpuByThread()
    cpu.start()
    program = "n = 0\nwhile n < 3_000_000: n += 1\nprint(n, flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "3000000\n"
        total, groups = cpu.used()
        process.communicate("\n")
    assert groups["other processes"] >= 0.05
    assert total >= groups["other processes"]


def test_a_thread_shows_under_its_name() -> None:
    seen: list[str] = []

    def work() -> None:
        name_this_thread("a name that is far too long")
        with open(f"/proc/self/task/{threading.get_native_id()}/comm") as file:  # noqa: PTH123
            seen.append(file.read().strip())

    thread = threading.Thread(target=work)
    thread.start()
    assert until(lambda: bool(seen))
    assert seen == ["a name that is "[:15].strip()]


def test_the_cpu_and_memory_of_processes_are_those_of_all_that_come_from_this_one() -> None:
    burns = "import sys, time\nblock = b'x' * 30_000_000\ninput()\n"
    burns += "while time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
    before_mb = memory_mb()
    with subprocess.Popen(
        [sys.executable, "-c", burns], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert until(lambda: memory_mb() - before_mb > 28)
        assert {os.getpid(), child.pid} <= set(family())
        cpu = CpuOfProcesses()
        cpu.start()
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        total, groups = cpu.used()
        child.stdin.write("\n")
    assert total >= 0.2
    assert sum(groups.values()) == pytest.approx(total, abs=0.05)
    assert child.pid not in family()
