"""Rounds of inputs, each from a seed of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.targets import Target

ROUND = 500
"""Inputs that are drawn from one seed."""


@dataclass(frozen=True)
class Round:
    """How many inputs there were, and what went wrong; `seed` brings it again."""

    seed: int
    inputs: int
    error: Exception | None


def rounds(target: Target, first: int, size: int = ROUND) -> Iterator[Round]:
    """Round after round, from the seed `first` on; the last is one that fails."""
    for number in count(first):
        done = one_round(target, number, size)
        yield done
        if done.error is not None:
            return


def one_round(target: Target, number: int, size: int) -> Round:
    """Inputs of one seed; a failing one is made as small as it can be."""
    inputs = 0

    @seed(number)
    @settings(
        max_examples=size,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(target.inputs)
    def run(given_input: Any) -> None:
        nonlocal inputs
        inputs += 1
        target.check(given_input)

    try:
        run()
    except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
        return Round(number, inputs, error)
    return Round(number, inputs, None)
