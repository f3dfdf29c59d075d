"""The mathematics of each loss."""

import math

import pytest
import torch
from torch import Tensor

from fsrf_live.fsrf.training.losses import (
    MARGIN,
    BinStatistics,
    bin_cross_entropy,
    central_moment_discrepancy,
    class_cross_entropy,
    distillation_kl,
    gaussian_w2,
    hsic,
    mmd,
    reliability_loss,
    reverse_gradient,
    standard_normal_kl,
    synergy_hinge,
)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(3)


def noise(rows: int = 256, width: int = 6) -> Tensor:
    return torch.randn(rows, width)


def test_hsic_is_near_zero_for_independent_inputs() -> None:
    assert torch.stack([hsic(noise(), noise()) for _ in range(5)]).mean() < 0.02


def test_hsic_is_one_for_equal_inputs_and_sees_a_dependence_without_correlation() -> None:
    x = noise(width=1)
    assert hsic(x, x) == pytest.approx(1.0, abs=1e-4)
    assert hsic(x, x**2) > 0.1


def test_hsic_pushes_dependent_parts_apart() -> None:
    x = noise()
    y = (x + 0.1 * noise()).requires_grad_()
    before = hsic(x, y)
    (gradient,) = torch.autograd.grad(before, y)
    assert hsic(x, y - 50 * gradient) < before


def test_hsic_of_too_few_rows_is_zero() -> None:
    assert hsic(noise(4), noise(4)) == 0


def test_mmd_is_near_zero_for_equal_distributions_and_not_for_others() -> None:
    assert mmd(noise(), noise()) < 0.02
    assert mmd(noise(), noise() + 1) > 0.1
    assert mmd(noise(), noise() * 3) > 0.1


def test_mmd_stops_the_target() -> None:
    student, target = noise().requires_grad_(), (noise() + 1).requires_grad_()
    torch.autograd.backward(mmd(student, target))
    assert student.grad is not None
    assert student.grad.abs().sum() > 0
    assert target.grad is None


def test_cmd_is_zero_for_equal_samples_and_grows_with_distance() -> None:
    x = noise()
    assert central_moment_discrepancy(x, x) < 1e-4
    near, far = central_moment_discrepancy(x, x + 0.5), central_moment_discrepancy(x, x + 1.5)
    assert 0.05 < near < far


def test_cmd_sees_a_difference_of_spread_alone() -> None:
    x = noise(2000)
    assert central_moment_discrepancy(x, 3 * x - 2 * x.mean(0)) > 0.1


def test_gradient_reversal_reverses() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = reverse_gradient(x, 0.5)
    assert torch.equal(y, x)
    torch.autograd.backward((y * torch.tensor([3.0, 4.0])).sum())
    assert x.grad is not None
    assert x.grad.tolist() == [-1.5, -2.0]


def test_standard_normal_noise_has_no_divergence() -> None:
    assert standard_normal_kl(noise(20_000)) < 1e-3
    assert standard_normal_kl(noise() + 2) == pytest.approx(2.0, rel=0.2)


def test_gaussian_w2_is_the_distance_of_means_and_deviations() -> None:
    x = noise(20_000, 2)
    assert gaussian_w2(x, x) == 0
    assert gaussian_w2(3 * x + 1, x) == pytest.approx(1 + 4, rel=0.05)


def test_gaussian_w2_stops_the_target() -> None:
    student, target = noise().requires_grad_(), (noise() + 1).requires_grad_()
    torch.autograd.backward(gaussian_w2(student, target))
    assert student.grad is not None
    assert target.grad is None


def test_distillation_kl_is_zero_for_equal_logits_positive_otherwise_and_stops_the_teacher() -> None:
    student, teacher = noise(8).requires_grad_(), noise(8).requires_grad_()
    assert distillation_kl(student, student + 2).abs().max() < 1e-6
    loss = distillation_kl(student, teacher)
    assert (loss > 0).all()
    torch.autograd.backward(loss.sum())
    assert student.grad is not None
    assert teacher.grad is None


def test_bin_cross_entropy_is_least_at_the_target() -> None:
    target = torch.softmax(noise(4), -1)
    entropy = -(target * target.log()).sum(-1)
    torch.testing.assert_close(bin_cross_entropy(target.log(), target), entropy)
    assert (bin_cross_entropy(target.log() + noise(4), target) > entropy).all()


def test_class_cross_entropy_sums_the_mass_of_a_class() -> None:
    shares = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    logits = torch.tensor([[0.2, 0.6, 0.2]]).log()
    assert class_cross_entropy(logits, shares, torch.tensor([1])).item() == pytest.approx(-math.log(0.5))


def test_reliability_learns_the_agreement_and_nothing_else() -> None:
    truth = noise(8).requires_grad_()
    trust = torch.ones(8, requires_grad=True)
    assert reliability_loss(trust, truth, truth).abs().max() < 1e-6
    torch.testing.assert_close(reliability_loss(trust, -truth, truth), torch.ones(8))
    torch.autograd.backward(reliability_loss(trust, noise(8), truth).sum())
    assert truth.grad is None


def test_synergy_hinge_is_zero_once_the_best_single_part_is_beaten_by_the_margin() -> None:
    singles = torch.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    own = torch.tensor([1.0 - MARGIN, 1.5], requires_grad=True)
    loss = synergy_hinge(own, singles)
    assert loss.tolist() == pytest.approx([0.0, 0.5 + MARGIN])
    torch.autograd.backward(loss.sum())
    assert singles.grad is None


def statistics_of(rows: Tensor, bins: Tensor) -> BinStatistics:
    statistics = BinStatistics(3, rows.shape[1])
    statistics.update(rows, bins)
    return statistics


def test_calibration_gives_a_poorer_view_the_richer_views_statistics_bin_by_bin() -> None:
    bins = torch.arange(300) % 2
    poor, rich = noise(300) + bins[:, None], 3 * noise(300) - 5 * bins[:, None]
    moved = statistics_of(poor, bins).move(poor, bins, statistics_of(rich, bins))
    for b in (0, 1):
        torch.testing.assert_close(moved[bins == b].mean(0), rich[bins == b].mean(0), atol=1e-3, rtol=0)
        torch.testing.assert_close(moved[bins == b].std(0), rich[bins == b].std(0), atol=1e-2, rtol=0)


def test_calibration_leaves_rows_of_unseen_bins_alone() -> None:
    poor, bins = noise(20), torch.zeros(20, dtype=torch.int64)
    moved = statistics_of(poor, bins).move(poor, bins + 2, statistics_of(poor + 1, bins))
    assert torch.equal(moved, poor)
