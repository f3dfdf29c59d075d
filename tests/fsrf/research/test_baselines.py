"""Baselines: what each does with what is missing, and that all of them learn under the same budget."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS, Modality
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.research.baselines.imagination import imagination
from fsrf_live.fsrf.research.baselines.masked_fusion import modality_dropout, zero_filled
from fsrf_live.fsrf.research.baselines.misa import misa
from fsrf_live.fsrf.research.baselines.network import Baseline
from fsrf_live.fsrf.research.baselines.unimodal import keep_only, late_fusion
from fsrf_live.fsrf.research.experiments.contenders import CONTENDERS
from fsrf_live.fsrf.research.experiments.fitting import reading, subset_figures, validation_figure
from fsrf_live.fsrf.research.experiments.task import Task
from tests.doubles.tasks import small_task

Make = Callable[[ModelConfig], Baseline]
MAKERS: list[Make] = [imagination, modality_dropout, zero_filled, misa, late_fusion]


@pytest.fixture(scope="module")
def task() -> Task:
    return small_task()


def without(batch: Batch, modality: Modality) -> Batch:
    masks = {m: batch.masks[m] & (m != modality) for m in MODALITIES}
    return replace(batch, masks=masks)


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_missing_cannot_change_an_answer(task: Task, make: Make) -> None:
    torch.manual_seed(0)
    read = reading(make(task.config))
    blind = without(task.test, "video")
    other = replace(blind, features={**blind.features, "video": blind.features["video"] + 5})
    scores, probabilities = read(blind)
    np.testing.assert_array_equal(scores, read(other)[0])
    whole, rest = len(SUBSETS) - 1, SUBSETS.index(("text", "audio"))
    np.testing.assert_allclose(scores[:, whole], scores[:, rest], atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("make", MAKERS)
def test_without_any_evidence_the_answer_is_the_prior(task: Task, make: Make) -> None:
    network = make(task.config)
    network.prior[-1] = 30.0
    nothing = replace(task.test, masks={m: np.zeros_like(task.test.masks[m]) for m in MODALITIES})
    scores, _ = reading(network)(nothing)
    np.testing.assert_allclose(scores, 2.9375, atol=1e-4)  # the middle of what is left of the last bin


def test_late_fusion_is_the_mean_of_its_heads_distributions(task: Task) -> None:
    torch.manual_seed(1)
    _, probabilities = reading(late_fusion(task.config))(task.test)
    alone = [SUBSETS.index((m,)) for m in MODALITIES]
    np.testing.assert_allclose(probabilities[:, -1], probabilities[:, alone].mean(1), atol=1e-5)


def test_a_single_modality_says_nothing_without_itself(task: Task) -> None:
    network = late_fusion(task.config)
    keep_only(network, MODALITIES.index("audio"))
    scores, _ = reading(network)(task.test)
    audio = [s for s, subset in enumerate(SUBSETS) if "audio" in subset]
    silent = [s for s in range(len(SUBSETS)) if s not in audio]
    assert np.ptp(scores[:, silent]) < 1e-5
    assert np.ptp(scores[:, audio], axis=1).max() < 1e-5
    assert np.ptp(scores[:, audio[0]]) > 1e-3


def test_shared_and_private_parts_have_their_losses_and_the_imagined_meets_the_true(task: Task) -> None:
    pooled, real = torch.randn(16, 3, task.config.width), torch.ones(16, 3)
    of_misa = misa(task.config).own_losses(pooled, real, real)
    assert set(of_misa) == {"homogeneous", "redundancy", "reconstruction"}
    assert set(imagination(task.config).own_losses(pooled, real, real)) == {"recovery", "reconstruction"}
    nothing = torch.zeros(16, 3)
    assert all(
        float(value.detach()) == 0 for value in misa(task.config).own_losses(pooled, nothing, real).values()
    )


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_learns_but_the_constant(name: str) -> None:
    task = small_task(steps=40)
    figures = subset_figures(CONTENDERS[name](task, 0).read, task.test, None, task)
    if name == "constant":
        assert all(one["pearson"] == 0 for one in figures)
    else:
        assert figures[-1]["pearson"] > 0.6


@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_is_read_on_test_as_it_was_on_validation(name: str) -> None:
    task = small_task(steps=2)
    fitted = CONTENDERS[name](task, 0)
    assert fitted.validation == pytest.approx(validation_figure(fitted.read, task), abs=1e-9)


def test_a_seed_gives_the_same_answers(task: Task) -> None:
    short = small_task(steps=2)
    first, again, other = (CONTENDERS["imagination"](short, seed).read(task.test)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
