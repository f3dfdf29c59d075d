"""The network for covered faces learns which quarters are hidden, also where not all of them are known."""

from dataclasses import replace

import numpy as np

from fsrf_live.fsrf.network.covering import HIDDEN_WIDTH
from fsrf_live.fsrf.training.covering import COVERING_RECIPE, train_covering

ROWS, COLUMNS = (slice(0, 24), slice(24, 48)), (slice(0, 24), slice(24, 48))
RECIPE = replace(COVERING_RECIPE, epochs=6, batch=32)


def patches(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey noise of which a quarter of the picture is white or not, each by itself; and which are."""
    chance = np.random.default_rng(0)
    faces = chance.integers(60, 120, (count, 48, 48)).astype(np.uint8)
    hidden = (chance.random((count, HIDDEN_WIDTH)) < 0.4).astype(np.float32)
    for face, shown in zip(faces, hidden, strict=True):
        for quarter in np.flatnonzero(shown):
            face[ROWS[quarter // 2], COLUMNS[quarter % 2]] = 250
    return faces, hidden


def test_it_learns_where_something_is_hidden() -> None:
    import torch

    faces, hidden = patches(480)
    losses: list[float] = []
    network = train_covering(
        faces, hidden, np.ones(len(faces), np.float32), RECIPE, lambda _, loss: losses.append(loss)
    )
    assert len(losses) == RECIPE.epochs
    assert losses[-1] < 0.7 * losses[0]
    with torch.inference_mode():
        found = network(torch.from_numpy(faces[:100]).float()).numpy()
    assert ((found > 0.5) == (hidden[:100] > 0.5)).mean() > 0.85


def test_what_nobody_knows_teaches_nothing() -> None:
    faces, hidden = patches(64)
    hidden[:, :2] = np.nan
    losses: list[float] = []
    train_covering(
        faces,
        hidden,
        np.ones(len(faces), np.float32),
        replace(COVERING_RECIPE, epochs=1, batch=32),
        lambda _, loss: losses.append(loss),
    )
    assert np.isfinite(losses).all()
