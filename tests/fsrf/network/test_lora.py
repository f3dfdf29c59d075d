import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save
from torch import Tensor, nn

from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.network.lora import averaged, linear_names, merge, reduced, stored

sizes = st.integers(1, 9)


def network(width: int) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Sequential(nn.Linear(width, 2)))


def changes(width: int, seed: int = 1) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {"0.weight": torch.randn(width, 3), "2.0.weight": torch.randn(2, width)}


def changed(width: int, by: dict[str, Tensor]) -> nn.Sequential:
    """The network with its weights changed."""
    module = network(width)
    with torch.no_grad():
        for name, change in by.items():
            module.get_parameter(name).add_(change)
    return module


def inputs() -> Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(1))


def test_names_are_those_of_the_linear_layers_within() -> None:
    assert linear_names(network(4)) == ["0", "2.0"]
    assert linear_names(network(4), "2.") == ["2.0"]


@settings(max_examples=20, deadline=None)
@given(width=sizes, seed=st.integers(0, 99))
def test_an_adapter_of_full_rank_is_the_change_itself(width: int, seed: int) -> None:
    plain, by = network(width), changes(width, seed)
    merge(plain, reduced(by, 9))
    torch.testing.assert_close(plain(inputs()), changed(width, by)(inputs()), rtol=1e-4, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99), rank=st.integers(1, 6))
def test_a_higher_rank_is_never_further_from_the_change(seed: int, rank: int) -> None:
    change = torch.randn(7, 6, generator=torch.Generator().manual_seed(seed))

    def distance(kept: int) -> float:
        state = reduced({"0.weight": change}, kept)
        assert state["0.a"].shape == (kept, 6)
        assert state["0.b"].shape == (7, kept)
        return float(torch.linalg.matrix_norm(change - state["0.b"] @ state["0.a"]))

    lost = torch.linalg.svdvals(change)[rank:]
    assert distance(rank) == pytest.approx(float(lost.norm()), abs=1e-4)


def test_runs_are_averaged_weight_by_weight() -> None:
    runs = [changes(4, seed) for seed in range(3)]
    mean = averaged(runs)
    assert set(mean) == {"0.weight", "2.0.weight"}
    torch.testing.assert_close(3 * mean["0.weight"], sum(run["0.weight"] for run in runs))


def test_a_stored_state_answers_nearly_the_same() -> None:
    plain, by = network(8), changes(8)
    kept = stored(reduced(by, 3))
    assert {value.dtype for value in kept.values()} == {np.dtype(np.float16)}
    kept = load(save(kept))
    merge(plain, {name: torch.from_numpy(value) for name, value in kept.items()})
    torch.testing.assert_close(plain(inputs()), changed(8, by)(inputs()), rtol=1e-2, atol=2e-2)


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
    plain, state = network(4), reduced(changes(4), 2)
    change(state)
    with pytest.raises(CheckpointError, match=message):
        merge(plain, state)
    assert torch.equal(plain(inputs()), network(4)(inputs()))


def test_an_adapter_of_something_else_than_a_linear_layer_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not a linear layer"):
        merge(network(4), reduced({"1.weight": torch.zeros(2, 3)}, 1))
