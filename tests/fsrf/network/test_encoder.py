"""Statistics of a window: what they measure, and that only real frames are measured."""

import pytest
import torch

from fsrf_live.fsrf.network.encoder import AttentiveStatistics, moments


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
