"""Sound bears the times at which it was said, whichever of the microphones brings it: what holds for both."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.sources.sample_clock import CALIBRATE_BLOCKS, MOST_PULL_NS
from tests.doubles.microphones import MICROPHONES, arriving, errors_ms

BLOCK = 320
LONG = 3200
"""A block of 0.2 s: what lasts for an hour would take too long with shorter ones."""

both = pytest.mark.parametrize("microphone", MICROPHONES)


class Deaf:
    """Hears no speech, and counts how often it was to forget everything."""

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def probability(self, chunk: object) -> float:
        return 0.0


@both
@pytest.mark.parametrize("ppm", [-200, 200])
def test_stamps_stay_near_the_truth_for_an_hour_and_rise(microphone: str, ppm: float, tmp_path: Path) -> None:
    blocks = arriving(18_000, LONG, ppm=ppm)
    heard = list(MICROPHONES[microphone](blocks, LONG, tmp_path))
    errors = errors_ms(heard, blocks, LONG)
    assert np.abs(errors).max() < 5, "none is held back either"
    assert all(abs(after.time_ns - before.end_ns) <= MOST_PULL_NS for before, after in pairwise(heard))


@both
def test_after_a_late_start_stamps_come_near_the_truth_without_a_gap_in_the_hops(
    microphone: str, tmp_path: Path
) -> None:
    blocks = arriving(6000, BLOCK, late_ns=300_000_000, late_blocks=8)
    heard = list(MICROPHONES[microphone](blocks, BLOCK, tmp_path))
    errors = errors_ms(heard, blocks, BLOCK)
    assert errors[0] == pytest.approx(300, abs=1)
    assert errors[-1] == pytest.approx(0, abs=5)
    deaf = Deaf()
    extractor = ProsodyVoiceExtractor(lambda: deaf)
    told = 500  # ten seconds, in which they are pulled as far as they ever are
    hops = [hop.time_ns for block in heard[:told] for hop in extractor.push(block)]
    assert all(before < after for before, after in pairwise(hops))
    assert len(hops) >= told // 2
    assert deaf.resets == 2, "as it is made, and with the first block"


HOLES = {
    "one": {100: 0.5},
    "a short one": {100: 0.05},
    "two": {100: 0.2, 150: 1.0},
    "two at once": {100: 0.2, 102: 0.2},
    "before each block": dict.fromkeys(range(100, 161), 0.02),
    "while the clock is set": {2: 0.3},
}


@both
@pytest.mark.parametrize("holes", HOLES.values(), ids=HOLES)
def test_after_a_loss_that_is_told_stamps_are_right_again_once_the_clock_is_set(
    microphone: str, holes: dict[int, float], tmp_path: Path
) -> None:
    blocks = arriving(250, BLOCK, holes=holes)
    heard = list(MICROPHONES[microphone](blocks, BLOCK, tmp_path))
    errors = errors_ms(heard, blocks, BLOCK)
    apart = all(after - before >= CALIBRATE_BLOCKS for before, after in pairwise([0, *holes]))
    right_from = 0 if apart else max(holes) + 2 * CALIBRATE_BLOCKS
    assert np.abs(errors[right_from:]).max() < 0.01
    assert all(before.end_ns <= after.time_ns + 1 for before, after in pairwise(heard))
    assert not np.isnan(errors).any(), "nothing else is lost"


@both
def test_a_clock_that_is_set_anew_never_goes_back_but_comes_near_the_truth(
    microphone: str, tmp_path: Path
) -> None:
    blocks = arriving(6000, BLOCK, holes={200: 0.1}, late_ns=300_000_000, late_blocks=8)
    heard = list(MICROPHONES[microphone](blocks, BLOCK, tmp_path))
    errors = errors_ms(heard, blocks, BLOCK)
    assert errors[199] > 250
    assert errors[200] == pytest.approx(errors[199] - 100, abs=1), "where the last one ended"
    assert errors[-1] == pytest.approx(0, abs=5)
    assert all(after.time_ns - before.end_ns >= -MOST_PULL_NS for before, after in pairwise(heard))
