from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.sources.sample_clock import SampleClock

BLOCK, RATE = 320, 16_000


def run(
    seconds: float,
    ppm: float = 0.0,
    jitter_ms: float = 0.0,
    hole_s: float = 0.0,
    seed: int = 0,
    late_ms: float = 0.0,
    late_blocks: int = 0,
) -> tuple[SampleClock, list[int], list[int]]:
    """Run a device whose clock is `ppm` fast and which loses `hole_s` halfway; stamps, and the truth.

    Its first `late_blocks` come so much too late.
    """
    clock = SampleClock(RATE)
    random = np.random.default_rng(seed)
    stamps, truths = [], []
    blocks = round(seconds * RATE / BLOCK)
    begin = 7 * NS
    arrived = 0
    for number in range(blocks):
        hole_ns = round(hole_s * NS) if number >= blocks // 2 else 0
        start = begin + round(number * BLOCK / RATE / (1 + ppm * 1e-6) * NS) + hole_ns
        end = begin + round((number + 1) * BLOCK / RATE / (1 + ppm * 1e-6) * NS) + hole_ns
        late_ns = round(late_ms * 1e6) if number < late_blocks else 0
        jitter_ns = round(random.exponential(jitter_ms) * 1e6) if jitter_ms else 0
        arrived = max(arrived, end + jitter_ns + late_ns)
        stamp = clock.stamp(BLOCK, arrived)
        if stamp is not None:
            stamps.append(stamp)
            truths.append(start if len(stamps) > 1 else begin)
    return clock, stamps, truths


def test_the_first_stamp_is_that_of_the_first_sample() -> None:
    _, stamps, truths = run(1)
    assert stamps == truths
    assert len(stamps) == 50 - 4


@settings(max_examples=20, deadline=None)
@given(st.floats(-300, 300), st.floats(0, 8), st.integers(0, 100))
def test_stamps_stay_near_the_truth_and_never_go_back(ppm: float, jitter_ms: float, seed: int) -> None:
    _, stamps, truths = run(60, ppm, jitter_ms, seed=seed)
    assert all(a < b for a, b in pairwise(stamps))
    errors_ms = (np.array(stamps) - np.array(truths)) / 1e6
    assert np.abs(errors_ms).max() < 15


@pytest.mark.parametrize("late_ms", [60, 300, 700])
def test_after_a_late_start_stamps_come_near_the_truth_without_a_step_back(late_ms: float) -> None:
    _, stamps, truths = run(600, jitter_ms=2, late_ms=late_ms, late_blocks=8)
    block_ns = BLOCK * NS // RATE
    steps = np.diff(stamps[1:]) - block_ns
    assert np.abs(steps).max() < block_ns / 2
    assert stamps[-1] == pytest.approx(truths[-1], abs=5_000_000)


@pytest.mark.parametrize("ppm", [-200, 0, 80, 200])
def test_drift_is_found(ppm: float) -> None:
    clock, _, _ = run(120, ppm, jitter_ms=3)
    assert clock.drift_ppm == pytest.approx(ppm, abs=15)


def test_drift_is_unknown_at_first() -> None:
    clock, _, _ = run(9)
    assert clock.drift_ppm is None


def test_lost_samples_leave_a_gap_in_the_stamps() -> None:
    _, stamps, truths = run(60, hole_s=0.5)
    assert stamps[-1] == pytest.approx(truths[-1], abs=5_000_000)
    assert max(np.diff(stamps)) > 0.4 * NS
