from dataclasses import replace

import numpy as np
import pytest

from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.parity import check_parity, difference
from fsrf_live.engines.common.reference import sample_of, stored_prior
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError
from tests.engines.conftest import TINY


class Shifted:
    """Gives the reference's answers, all moved by the same amount."""

    name = "onnx"

    def __init__(self, stored: Checkpoint, by: float, precision: Precision = "fp32") -> None:
        self.precision = precision
        self.config: ModelConfig = stored.config
        self.prior = stored_prior(stored)
        self._answers = sample_of(stored)[1]
        self._by = by

    def run(self, inputs: Inputs) -> Outputs:
        return self._answers._replace(score=self._answers.score + np.float32(self._by))


def test_an_engine_within_the_bound_of_its_precision_passes(stored: Checkpoint) -> None:
    assert check_parity(Shifted(stored, 5e-4), stored) == pytest.approx(5e-4, rel=1e-2)
    assert check_parity(Shifted(stored, 1e-2, "fp16"), stored) == pytest.approx(1e-2, rel=1e-2)


@pytest.mark.parametrize(("by", "precision"), [(2e-3, "fp32"), (3e-2, "fp16"), (np.nan, "fp16")])
def test_an_engine_beyond_it_is_refused_in_one_line(
    stored: Checkpoint, by: float, precision: Precision
) -> None:
    with pytest.raises(EngineError, match="differs from the torch reference") as refusal:
        check_parity(Shifted(stored, by, precision), stored)
    assert "\n" not in str(refusal.value)


def test_answers_of_another_shape_differ_without_end(stored: Checkpoint) -> None:
    answers = sample_of(stored)[1]
    assert difference(answers._replace(score=answers.score[:, :3]), answers) == float("inf")


def test_the_stored_window_and_prior_have_the_shapes_of_the_contract(stored: Checkpoint) -> None:
    window, answers = sample_of(stored)
    assert window.features["audio"].shape == (1, TINY.audio.length, TINY.audio.width)
    assert window.features["audio"].dtype == np.float32
    assert answers.interval.shape == (1, 7, 2)
    prior = stored_prior(stored)
    assert prior.probabilities.shape == (1, 7, 3)
    np.testing.assert_allclose(prior.probabilities.sum(-1), 1, atol=1e-5)


def test_a_checkpoint_without_them_is_refused(stored: Checkpoint) -> None:
    with pytest.raises(CheckpointError, match="sample window"):
        sample_of(replace(stored, arrays={}))
    with pytest.raises(CheckpointError, match="prior"):
        stored_prior(replace(stored, facts={}))
