"""What an encoder begins with: statistics of a window that measure real frames alone, and hidden features."""

import pytest
import torch

from fsrf_live.fsrf.common.config import ModalityConfig
from fsrf_live.fsrf.network.encoder import AttentiveStatistics, Standardise, moments


def test_moments_are_those_of_the_weighted_frames() -> None:
    x = torch.tensor([[[0.0], [2.0], [4.0], [99.0]]])
    mean, deviation, change, above = moments(x, torch.tensor([[1.0, 1.0, 1.0, 0.0]]))[0]
    assert mean == pytest.approx(2.0)
    assert deviation == pytest.approx((8 / 3) ** 0.5, abs=1e-3)
    assert change == pytest.approx(2.0)
    assert above == pytest.approx(0.5, abs=1e-3)


def test_a_frame_of_half_the_weight_counts_half() -> None:
    x = torch.randn(1, 3, 2)
    twice = torch.cat([x, x[:, 2:]], 1)
    light = moments(x, torch.tensor([[0.5, 0.5, 1.0]]))[:, :4]
    torch.testing.assert_close(light, moments(twice, torch.ones(1, 4))[:, :4])


def test_no_frame_gives_finite_statistics() -> None:
    found = moments(torch.zeros(2, 5, 3), torch.zeros(2, 5))
    assert torch.isfinite(found).all()


def test_gates_weigh_frames_but_never_missing_ones() -> None:
    torch.manual_seed(0)
    pool = AttentiveStatistics(width=2, context=3, gates=2, out=4).eval()
    x = torch.randn(3, 6, 3)
    weight = torch.ones(3, 6)
    weight[:, 4:] = 0
    other = x.clone()
    other[:, 4:] = 7.0
    torch.testing.assert_close(pool(other, weight), pool(x, weight))
    torch.testing.assert_close(pool(x[:, :4], weight[:, :4]), pool(x, weight))


def test_training_hides_a_share_of_the_features_throughout_a_window() -> None:
    torch.manual_seed(0)
    standardise = Standardise(ModalityConfig(6, 50, blind=0.3))
    features, mask = torch.rand(40, 6, 50) + 1, torch.ones(40, 6, dtype=torch.bool)
    whole = standardise.eval()(features, mask)
    shown = standardise.train()(features, mask)
    hidden = shown == 0
    assert hidden[:, :, :50].float().mean() == pytest.approx(0.3, abs=0.03)
    assert torch.equal(hidden, hidden[:, :1].expand_as(hidden))
    assert torch.equal(shown, whole.masked_fill(hidden, 0))
    assert not hidden[:, :, 50:].any()


def test_what_is_hidden_has_no_relative_value_either() -> None:
    torch.manual_seed(0)
    standardise = Standardise(ModalityConfig(6, 50, blind=0.3, relative=True)).train()
    shown = standardise(torch.rand(40, 6, 50) + 1, torch.ones(40, 6, dtype=torch.bool))
    absolute, relative = shown[:, :, :50], shown[:, :, 50:100]
    assert torch.equal(absolute.eq(0).all(1), relative.eq(0).all(1))
