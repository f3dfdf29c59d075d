"""How busy this machine is."""

import os
import time
from pathlib import Path

from fsrf_live.tools.profiling.cpu import cores

_LOOK_S = 1.0
"""Over less the share says little."""


class MachineLoad:
    """The share of the processors' time that was used lately, in [0, 1]; by whom does not matter."""

    def __init__(self) -> None:
        self._seen_s, self._before = time.monotonic(), _times()
        self._load = 0.0

    def look(self) -> float:
        """The share since the last look that was a second ago or more."""
        now_s = time.monotonic()
        if now_s - self._seen_s >= _LOOK_S:
            now, before = _times(), self._before
            self._seen_s, self._before = now_s, now
            self._load = _share(now, before)
        return self._load


def _share(now: tuple[int, int] | None, before: tuple[int, int] | None) -> float:
    if now is None or before is None:  # no Linux
        return min(1.0, os.getloadavg()[0] / cores())
    idle, total = now[0] - before[0], now[1] - before[1]
    return 0.0 if total <= 0 else min(1.0, max(0.0, 1.0 - idle / total))


def _times() -> tuple[int, int] | None:
    """Ticks that were idle, and all; None if they cannot be had."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
        ticks = [int(each) for each in first]
        return ticks[3] + ticks[4], sum(ticks)
    except (OSError, ValueError, IndexError):
        return None
