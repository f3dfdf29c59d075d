"""A short run of every fuzzer; `python -m tests.fuzz` runs them for as long as one likes."""

import pytest

from tests.fuzz.running import one_round
from tests.fuzz.targets import TARGETS, Target

SHORT = 150


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_every_law_is_kept(name: str) -> None:
    done = one_round(TARGETS[name], 1, SHORT)
    if done.error is not None:
        raise done.error
    assert done.inputs >= SHORT


def test_a_law_that_is_broken_is_found_and_told() -> None:
    def refuse(data: bytes) -> None:
        assert b"good" not in data

    done = one_round(Target(TARGETS["captions"].inputs, refuse), 1, 500)
    assert isinstance(done.error, AssertionError)
