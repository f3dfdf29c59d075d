import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.network.lora import LoraLinear, adapter_state, attach, linear_names, merge, stored

sizes = st.integers(1, 9)


def network(width: int, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Sequential(nn.Linear(width, 2)))


def disturb(module: nn.Module) -> None:
    for part in module.modules():
        if isinstance(part, LoraLinear):
            nn.init.normal_(part.b)


def inputs() -> Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1))


def test_names_are_those_of_the_linear_layers_within() -> None:
    assert linear_names(network(4)) == ["0", "2.0"]
    assert linear_names(network(4), "2.") == ["2.0"]


@settings(max_examples=20, deadline=None)
@given(width=sizes, rank=sizes)
def test_a_fresh_adapter_changes_nothing(width: int, rank: int) -> None:
    plain, adapted = network(width), network(width)
    attach(adapted, linear_names(adapted), rank, 2.0 * rank)
    assert torch.equal(plain(inputs()), adapted(inputs()))


@settings(max_examples=20, deadline=None)
@given(width=sizes, rank=sizes, alpha=st.floats(0.5, 32))
def test_merged_weights_answer_as_the_attached_adapter(width: int, rank: int, alpha: float) -> None:
    plain, adapted = network(width), network(width)
    attach(adapted, linear_names(adapted), rank, alpha)
    disturb(adapted)
    before = plain(inputs())
    merge(plain, adapter_state(adapted))
    expected = adapted(inputs())
    assert not torch.allclose(before, expected, atol=1e-3)
    torch.testing.assert_close(
        plain(inputs()), expected, rtol=1e-5, atol=1e-5 * float(expected.detach().abs().max())
    )


def test_only_the_adapter_learns() -> None:
    adapted = network(4)
    parameters = attach(adapted, ["2.0"], 2, 4.0)
    disturb(adapted)
    adapted(inputs()).sum().backward()
    assert {name for name, p in adapted.named_parameters() if p.grad is not None} == {"2.0.a", "2.0.b"}
    assert len(parameters) == 2
    assert all(p.requires_grad for p in parameters)


def test_the_state_is_a_copy() -> None:
    adapted = network(4)
    attach(adapted, ["0"], 2, 4.0)
    state = adapter_state(adapted)
    disturb(adapted)
    assert set(state) == {"0.a", "0.b", "alpha"}
    assert not state["0.b"].any()


def test_a_stored_state_answers_nearly_the_same() -> None:
    plain, adapted = network(8), network(8)
    attach(adapted, linear_names(adapted), 2, 4.0)
    disturb(adapted)
    kept = stored(adapter_state(adapted))
    assert {value.dtype for value in kept.values()} == {np.dtype(np.float16)}
    merge(plain, {name: torch.from_numpy(value) for name, value in kept.items()})
    torch.testing.assert_close(plain(inputs()), adapted(inputs()), rtol=1e-2, atol=1e-2)


def test_attaching_to_something_else_than_a_linear_layer_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not a linear layer"):
        attach(network(4), ["1"], 2, 4.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("alpha"), "no alpha"),
        (lambda state: state.pop("0.b"), "does not fit layer 0"),
        (lambda state: state.pop("0.a"), "do not pair up"),
        (lambda state: state.update({"0.a": torch.zeros(2, 7)}), "does not fit layer 0"),
        (lambda state: state.update({"9.a": torch.zeros(2, 3)}), "does not have: 9"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, message) -> None:  # type: ignore[no-untyped-def]
    plain, adapted = network(4), network(4)
    attach(adapted, linear_names(adapted), 2, 4.0)
    disturb(adapted)
    state = adapter_state(adapted)
    change(state)
    with pytest.raises(CheckpointError, match=message):
        merge(plain, state)
    assert torch.equal(plain(inputs()), network(4)(inputs()))
