"""Two views teach each other: both ways or one, only if their subsets have the same score."""

import pytest
import torch
from torch import Tensor

from fsrf_live.fsrf.training.distillation import View, mutual_losses

ROWS, BINS, WIDTH = 12, 7, 4


def view(seed: int, richness: float, scores: Tensor) -> View:
    generator = torch.Generator().manual_seed(seed)
    return View(
        torch.randn(ROWS, BINS, generator=generator).requires_grad_(),
        torch.randn(ROWS, WIDTH, generator=generator).requires_grad_(),
        torch.randn(ROWS, 3, WIDTH, generator=generator).requires_grad_(),
        torch.randn(ROWS, 3, WIDTH, generator=generator).requires_grad_(),
        scores,
        torch.full((ROWS,), richness),
        torch.full((ROWS,), 6),
    )


def taught(one: View, losses: dict[str, Tensor]) -> bool:
    """Whether a view's answers got a gradient."""
    one.logits.grad = None
    torch.autograd.backward(losses["distillation"])
    return one.logits.grad is not None and bool(one.logits.grad.abs().sum() > 0)


def test_both_ways_are_symmetric_and_teach_both_views() -> None:
    scores = torch.zeros(ROWS)
    rich, poor = view(1, 3.0, scores), view(2, 1.0, scores)
    there, back = mutual_losses(rich, poor, one_way=False), mutual_losses(poor, rich, one_way=False)
    for name in ("alignment", "distillation"):
        assert float(there[name].detach()) == pytest.approx(float(back[name].detach()), rel=1e-5)
        assert float(there[name].detach()) > 0
    assert taught(rich, there)
    assert taught(poor, back)


def test_one_way_teaches_the_poorer_view_alone() -> None:
    scores = torch.zeros(ROWS)
    rich, poor = view(1, 3.0, scores), view(2, 1.0, scores)
    assert not taught(rich, mutual_losses(rich, poor, one_way=True))
    assert taught(poor, mutual_losses(rich, poor, one_way=True))
    assert not taught(rich, mutual_losses(poor, rich, one_way=True))


def test_a_view_that_answers_alike_has_nothing_to_learn() -> None:
    one = view(1, 3.0, torch.zeros(ROWS))
    losses = mutual_losses(one, one, one_way=False)
    assert float(losses["alignment"].detach()) == pytest.approx(0.0, abs=1e-6)
    assert float(losses["distillation"].detach()) == pytest.approx(0.0, abs=1e-6)


def test_rows_whose_subsets_stand_for_different_scores_do_not_teach() -> None:
    scores = torch.zeros(ROWS)
    first, second = view(1, 1.0, scores), view(2, 1.0, scores + 2)
    assert float(mutual_losses(first, second, one_way=False)["distillation"].detach()) == 0.0
    half = scores.clone()
    half[: ROWS // 2] = 2
    some = mutual_losses(view(1, 1.0, scores), view(2, 1.0, half), one_way=False)
    rest = slice(ROWS // 2, ROWS)
    alone = mutual_losses(
        *(View(*(x[rest] for x in view(seed, 1.0, scores))) for seed in (1, 2)), one_way=False
    )
    torch.testing.assert_close(some["distillation"], alone["distillation"])
