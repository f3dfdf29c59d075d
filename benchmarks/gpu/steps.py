"""What is run on the machine with the card, in which order, and how long each may take: 10 minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

TOTAL_S = 600.0
"""Such machines are lent by the minute: all of it has to fit."""
JOINING_S, PAGE_S = 60.0, 20.0
"""For hashing and joining the parts, which have no process to stop; for the page and what lies between."""


@dataclass(frozen=True)
class Step:
    """A process with a limit in seconds. `words` follow the interpreter; ``{results}`` is the step's file."""

    name: str
    words: Sequence[str]
    limit_s: float
    about: str


def _measure(name: str, limit_s: float, about: str) -> Step:
    words = ("-m", "benchmarks.gpu.measure", name, "--out", "{results}")
    return Step(name, words, limit_s, about)


INSTALL_S = 60.0
STEPS = (
    _measure("facts", 25, "the card, its driver, versions"),
    _measure("export", 60, "the network to ONNX, by the torch that is there"),
    _measure("parity", 95, "every way against torch on the CPU, on the stored window and on 16 with gaps"),
    _measure("latency", 100, "one window, by the wall clock and on the device"),
    _measure("training", 45, "a step of the network, forward and backward"),
    _measure("throughput", 75, "windows a second by batch"),
    Step(
        "tests",
        ("-m", "pytest", "-q", "-m", "gpu", "-p", "no:cacheprovider", "tests/engines"),
        60,
        "the tests marked gpu",
    ),
)
"""What matters most comes first: a machine that is taken back early has shown that."""


def longest_s() -> float:
    """The most that a whole run can take."""
    return JOINING_S + INSTALL_S + sum(step.limit_s for step in STEPS) + PAGE_S
