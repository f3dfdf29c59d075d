"""When a machine's processors stood still, so that no program could run.

    python -m benchmarks.metronome PROCESSOR

Sleeps 5 ms again and again on one processor, and writes a line for each time that took far longer: when it
began and when it ended, in ns of the monotonic clock. A virtual machine shows such stretches of 0.1 s.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

TICK_S = 0.005
STANDS_NS = 25_000_000

Span = tuple[int, int]


class Metronomes:
    """One process for each processor that this one may use."""

    def __init__(self, files: Sequence[Path]) -> None:
        """`files` hold what each of them wrote."""
        self._files = files

    def stood(self) -> list[list[Span]]:
        """When each processor stood still so far: from and to, in ns."""
        return [
            [_span(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
            for file in self._files
        ]


def without(span: Span, stood: Sequence[Sequence[Span]]) -> int:
    """The length of a span less the time in it for which the processor that stood still longest did so."""
    lost = [sum(max(0, min(span[1], b) - max(span[0], a)) for a, b in spans) for spans in stood]
    return span[1] - span[0] - max(lost, default=0)


@contextmanager
def metronomes() -> Iterator[Metronomes]:
    """Let them tick meanwhile."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = []
        for processor in sorted(os.sched_getaffinity(0)):
            files.append(folder / str(processor))
            out = stack.enter_context(files[-1].open("w"))
            words = [sys.executable, "-m", "benchmarks.metronome", str(processor)]
            process = subprocess.Popen(words, stdout=out)
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield Metronomes(files)


def _span(line: str) -> Span:
    start, end = map(int, line.split())
    return start, end


def main() -> None:
    """Tick until killed."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    last_ns = time.monotonic_ns()
    while True:
        time.sleep(TICK_S)
        now_ns = time.monotonic_ns()
        if now_ns - last_ns > STANDS_NS:
            print(last_ns, now_ns, flush=True)
        last_ns = now_ns


if __name__ == "__main__":
    main()
