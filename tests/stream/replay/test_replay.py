"""A replay by another engine, which answers the same within the bound that every engine must keep."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.engines.common.contract import SUBSETS, Inputs, Outputs
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.records import Reading, Record, encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.replay.replay import Replay
from tests.doubles.fakes import FakeEngine, FakeTextEncoder
from tests.doubles.sessions import Session

MOVE = 0.99e-3
"""No engine may answer otherwise by more than 1e-3."""
HALF = 0.06
"""Half-width of intervals so narrow that it decides what a reading weighs in the trend."""


class OnTheBorder(FakeEngine):
    """Half of the mass lies in each label's band, less than records tell."""

    def run(self, inputs: Inputs) -> Outputs:
        outputs = super().run(inputs)
        score = outputs.score
        return outputs._replace(
            probabilities=np.full((*score.shape, 3), 0.49997, np.float32),
            interval=np.stack([score - HALF, score + HALF], axis=-1),
        )


class Other(OnTheBorder):
    """Answers as that one does, but that each number is moved by less than the bound."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = np.random.default_rng(seed)
        self.prior = self._moved(self.prior)

    def run(self, inputs: Inputs) -> Outputs:
        return self._moved(super().run(inputs))

    def _moved(self, outputs: Outputs) -> Outputs:
        return Outputs(*map(self._beside, outputs))

    def _beside(self, told: Floats) -> Floats:
        return np.asarray(told + self._random.choice([-MOVE, MOVE], told.shape), np.float32)


class FonderOfWords(OnTheBorder):
    """Answers a little higher than that one wherever there are words, and lower wherever there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.prior = self.prior._replace(score=np.asarray(self.prior.score - MOVE, np.float32))

    def run(self, inputs: Inputs) -> Outputs:
        outputs = super().run(inputs)
        moves = [MOVE if "text" in subset else -MOVE for subset in SUBSETS]
        return outputs._replace(score=np.asarray(outputs.score + moves, np.float32))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    folder = tmp_path_factory.mktemp("recordings") / "border"
    made = Session(folder, loaded=False)
    made.core.analyst = Analyst(OnTheBorder(), FakeTextEncoder(), made.clock)
    made.play(12.0)
    made.end()
    return folder, made.records


def check(session: tuple[Path, list[Record]], engine: FakeEngine) -> None:
    folder, records = session
    replay = Replay(Recording(folder), Analyst(engine, FakeTextEncoder(), FakeClock()))
    assert [encode(record) for record in replay.run()] == [encode(record) for record in records]
    assert (replay.differing, replay.agreeing) == (0, sum(isinstance(r, Reading) for r in records) + 1)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_an_engine_within_the_bound_gives_the_recorded_answers_and_none_differs(
    session: tuple[Path, list[Record]], seed: int
) -> None:
    check(session, Other(seed))


def test_even_if_all_that_it_moves_adds_up_in_what_one_modality_says(
    session: tuple[Path, list[Record]],
) -> None:
    check(session, FonderOfWords())
