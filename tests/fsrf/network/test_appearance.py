from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fsrf_live.fsrf.network.appearance import LOOKS_WIDTH, PICTURE_SIDE, Appearance, evened
from fsrf_live.fsrf.training.appearance import APPEARANCE_RECIPE, train_appearance, unfused, varied


@pytest.fixture(scope="module")
def faces() -> NDArray[np.uint8]:
    """Dark above and light below, or the other way round, each with its own noise."""
    noise = np.random.default_rng(3).normal(0, 20, (64, PICTURE_SIDE, PICTURE_SIDE))
    ramp = np.linspace(-60, 60, PICTURE_SIDE)[:, None] * np.where(np.arange(64) % 2, 1, -1)[:, None, None]
    return np.asarray(np.clip(128 + ramp + noise, 0, 255), np.uint8)


def test_light_and_contrast_do_not_count() -> None:
    face = torch.rand(1, PICTURE_SIDE, PICTURE_SIDE) * 200
    network = Appearance().eval()
    torch.testing.assert_close(network(face), network(face + 40), rtol=1e-3, atol=1e-3)
    assert evened(1.2 * face).sub(evened(face)).abs().max() < 0.1


def test_a_picture_without_contrast_stays_faint() -> None:
    assert evened(torch.full((1, 4, 4), 90.0)).abs().max() == 0


def test_varied_faces_keep_their_shape_and_differ_each_time(faces: NDArray[np.uint8]) -> None:
    chance = torch.Generator().manual_seed(1)
    pictures = torch.from_numpy(faces).float()
    first, second = varied(pictures, chance), varied(pictures, chance)
    assert first.shape == second.shape == pictures.shape
    assert (first != second).any()
    assert first.isfinite().all()


def test_it_learns_what_tells_faces_apart_and_the_same_seed_gives_the_same_network(
    faces: NDArray[np.uint8],
) -> None:
    recipe = replace(APPEARANCE_RECIPE, epochs=3, batch=16)
    losses: list[float] = []
    labels, weights = np.arange(64) % 2, np.ones(64, np.float32)

    def trained() -> Appearance:
        torch.manual_seed(5)
        report = lambda epoch, loss: losses.append(loss)  # noqa: E731
        return train_appearance(Appearance(), faces, labels, weights, recipe, report)

    network = trained()
    assert len(losses) == recipe.epochs
    assert losses[-1] < losses[0]
    with torch.inference_mode():
        vectors = network(torch.from_numpy(faces).float())
    assert vectors.shape == (64, LOOKS_WIDTH)
    apart = (vectors[labels == 0].mean(0) - vectors[labels == 1].mean(0)).norm()
    assert apart > vectors[labels == 0].std(0).norm()
    again = trained()
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, again.state_dict()[name], rtol=0, atol=0)


def test_what_is_not_drawn_is_not_learned(faces: NDArray[np.uint8]) -> None:
    recipe = replace(APPEARANCE_RECIPE, epochs=2, batch=16)
    labels = np.arange(64) % 2
    wrong = faces.copy()
    wrong[32:] = 255 - wrong[32:]
    weights = (np.arange(64) < 32).astype(np.float32)

    def trained(pictures: NDArray[np.uint8]) -> Appearance:
        torch.manual_seed(5)
        return train_appearance(Appearance(), pictures, labels, weights, recipe, lambda epoch, loss: None)

    for one, other in zip(trained(faces).parameters(), trained(wrong).parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_an_exported_network_answers_as_before_where_it_is_to_go_on_learning(
    faces: NDArray[np.uint8],
) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is in the extra [build]")
    pytest.importorskip("onnxscript", reason="onnxscript is in the extra [build]")
    from fsrf_live.tools.make.appearance import exported

    recipe = replace(APPEARANCE_RECIPE, epochs=2, batch=16)
    network = train_appearance(
        Appearance(), faces, np.arange(64) % 2, np.ones(64, np.float32), recipe, lambda epoch, loss: None
    )
    graph = onnx.load_from_string(exported(network)).graph
    weights = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
    again = unfused(weights, faces)
    with torch.inference_mode():
        before, after = (one(torch.from_numpy(faces).float()) for one in (network, again))
    # The last normalisation is of these faces, so values are shifted and scaled, and nothing else.
    before, after = ((values - values.mean(0)) / values.std(0) for values in (before, after))
    torch.testing.assert_close(after, before, rtol=0, atol=0.01)
