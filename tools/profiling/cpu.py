"""CPU time by thread, native threads of libraries included. Linux only; elsewhere there are no figures."""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
TASKS = PROCESSES / "self" / "task"
_NS = 1e9
OTHERS = "other threads"
"""Threads that ended between two looks, and this look itself."""
CHILDREN = "other processes"
"""Those that this one has started, as the offline speech recogniser."""

NATIVE = {"av:": "camera", "python": "libraries", "fsrf": "libraries"}
"""Groups of threads that Python did not start, by the beginning of their names."""


class CpuByThread:
    """Seconds of CPU by group of threads since `start`. Call it often: ended threads vanish."""

    def __init__(self) -> None:
        self._before: dict[int, float] = {}
        self._now: dict[int, float] = {}
        self._names: dict[int, str] = {}
        self._process_s = time.process_time()
        self._children_s = 0.0

    def start(self) -> None:
        """Count from here."""
        self.look()
        self._before = dict(self._now)
        self._process_s = time.process_time()
        self._children_s = _children_s()

    def look(self) -> None:
        """Take down what every thread has used so far."""
        known = {thread.native_id: thread.name for thread in threading.enumerate()}
        for number in _tasks():
            with suppress(OSError, ValueError, IndexError):
                self._now[number] = int(_read(number, "schedstat").split()[0]) / _NS
                if number in known:
                    self._names[number] = known[number]
                elif number not in self._names:
                    self._names[number] = _native(_read(number, "comm").strip())

    def used(self) -> tuple[float, dict[str, float]]:
        """Seconds of this process and those it started, and of each group that used any, busiest first."""
        self.look()
        groups: defaultdict[str, float] = defaultdict(float)
        for number, seconds in self._now.items():
            groups[self._names.get(number, OTHERS)] += seconds - self._before.get(number, 0.0)
        total = time.process_time() - self._process_s
        if groups:
            groups[OTHERS] += max(0.0, total - sum(groups.values()))
        groups[CHILDREN] = _children_s() - self._children_s
        busiest = sorted(groups.items(), key=lambda group: -group[1])
        return total + groups[CHILDREN], {name: seconds for name, seconds in busiest if seconds > 0}


class CpuOfProcesses:
    """Seconds of CPU by group of threads of this process and of all that come from it, since `start`.

    No process may begin or end meanwhile. Threads go by the names that the kernel knows.
    """

    def __init__(self) -> None:
        self._threads: dict[tuple[int, int], float] = {}
        self._total_s = 0.0

    def start(self) -> None:
        """Count from here."""
        self._threads = {thread: seconds for thread, _, seconds in _threads_of(family())}
        self._total_s = _seconds_of(family())

    def used(self) -> tuple[float, dict[str, float]]:
        """Seconds of all, and of each group that used any, busiest first."""
        groups: defaultdict[str, float] = defaultdict(float)
        for thread, name, seconds in _threads_of(family()):
            groups[name] += seconds - self._threads.get(thread, 0.0)
        total = _seconds_of(family()) - self._total_s
        groups[OTHERS] += max(0.0, total - sum(groups.values()))
        busiest = sorted(groups.items(), key=lambda group: -group[1])
        return total, {name: seconds for name, seconds in busiest if seconds > 0}


def family() -> list[int]:
    """The numbers of this process and of all that come from it."""
    parents = {}
    for stat in PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            parents[int(stat.parent.name)] = int(_fields(stat)[1])
    found = [os.getpid()]
    for parent in found:
        found += [pid for pid, its in parents.items() if its == parent]
    return found


def memory_mb() -> float:
    """Memory of this process and of all that come from it; pages that several have count once."""
    kilobytes = 0
    for pid in family():
        with suppress(OSError):
            for line in (PROCESSES / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes * 1024 / 1e6


def cores() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _tasks() -> list[int]:
    with suppress(OSError):
        return [int(task.name) for task in TASKS.iterdir()]
    return []


def _read(number: int, file: str) -> str:
    return (TASKS / str(number) / file).read_text(errors="replace")


def _children_s() -> float:
    """Seconds of CPU that the living processes which this one has started have used so far."""
    seconds = 0.0
    for stat in PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            fields = _fields(stat)
            if int(fields[1]) == os.getpid():
                seconds += _cpu_s(fields)
    return seconds


def _seconds_of(pids: Iterable[int]) -> float:
    """Seconds of CPU that these processes have used so far."""
    seconds = 0.0
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):
            seconds += _cpu_s(_fields(PROCESSES / str(pid) / "stat"))
    return seconds


def _threads_of(pids: Iterable[int]) -> Iterator[tuple[tuple[int, int], str, float]]:
    """Each thread of these processes, with the name of its group and the seconds of CPU that it has used."""
    for pid in pids:
        for task in (PROCESSES / str(pid) / "task").glob("[0-9]*"):
            with suppress(OSError, ValueError, IndexError):
                seconds = int((task / "schedstat").read_text().split()[0]) / _NS
                yield (
                    (pid, int(task.name)),
                    _native((task / "comm").read_text(errors="replace").strip()),
                    seconds,
                )


def _fields(stat: Path) -> list[str]:
    """What stands in a ``stat`` file after the name of the process: its state, its parent, and so on."""
    return stat.read_text(errors="replace").rpartition(")")[2].split()


def _cpu_s(fields: Sequence[str]) -> float:
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _native(name: str) -> str:
    return next((group for begins, group in NATIVE.items() if name.startswith(begins)), name)
