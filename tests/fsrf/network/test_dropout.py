import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.network.dropout import ByteDropout


@given(st.floats(0, 0.9), st.lists(st.integers(1, 40), min_size=1, max_size=3))
def test_values_are_dropped_or_scaled_and_keep_their_mean(rate: float, shape: list[int]) -> None:
    torch.manual_seed(1)
    values = torch.ones(*shape)
    found = ByteDropout(rate).train()(values)
    share = round(rate * 256) / 256
    assert found.shape == values.shape
    assert {round(float(v), 4) for v in found.unique()} <= {0.0, round(1 / (1 - share), 4)}


def test_the_share_is_the_rate_and_gradients_follow_what_is_kept() -> None:
    torch.manual_seed(1)
    values = torch.ones(400, 401, requires_grad=True)
    found = ByteDropout(0.25).train()(values)
    assert float((found == 0).float().mean()) == pytest.approx(0.25, abs=0.005)
    found.sum().backward()
    assert values.grad is not None
    assert torch.equal(values.grad, found)


def test_nothing_is_dropped_outside_training_or_at_rate_zero() -> None:
    values = torch.randn(50)
    assert torch.equal(ByteDropout(0.5).eval()(values), values)
    assert torch.equal(ByteDropout(0.0).train()(values), values)


def test_the_random_state_decides_what_is_dropped() -> None:
    layer, values = ByteDropout(0.5).train(), torch.ones(64)
    torch.manual_seed(3)
    first, second = layer(values), layer(values)
    torch.manual_seed(3)
    assert torch.equal(layer(values), first)
    assert not torch.equal(second, first)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 0.999])
def test_a_share_that_leaves_nothing_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="cannot be dropped"):
        ByteDropout(rate)
