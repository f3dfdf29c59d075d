from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.missing import (
    DEVICE_KINDS,
    Masks,
    burst,
    drop_both,
    drop_frames,
    late_text,
    load_masks,
    save_masks,
    stream_dies,
)
from fsrf_live.fsrf.common.modalities import MODALITIES, SUBSETS

ROWS = 400


@pytest.fixture
def masks() -> Masks:
    rng = np.random.default_rng(0)
    lengths = {"text": 16, "audio": 50, "video": 30}
    return {m: np.arange(lengths[m]) < rng.integers(8, lengths[m], ROWS)[:, None] for m in MODALITIES}


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.mark.parametrize("kind", DEVICE_KINDS)
def test_nothing_is_ever_added_and_a_seed_draws_the_same_masks_again(kind: str, masks: Masks) -> None:
    first, second = DEVICE_KINDS[kind](masks, rng()), DEVICE_KINDS[kind](masks, rng())
    for m in MODALITIES:
        assert not (first[m] & ~masks[m]).any()
        assert (first[m] == second[m]).all()


def test_frames_go_at_the_rate(masks: Masks) -> None:
    kept = drop_frames(masks, 0.3, rng())
    for m in MODALITIES:
        assert kept[m].sum() / masks[m].sum() == pytest.approx(0.7, abs=0.03)
        assert not (kept[m] & ~masks[m]).any()


def test_both_keeps_only_the_chosen_subset_and_every_rate_occurs(masks: Masks) -> None:
    kept, chosen = drop_both(masks, rng())
    assert set(chosen.tolist()) == set(range(7))
    for m in MODALITIES:
        named = np.array([m in SUBSETS[s] for s in chosen])
        assert not kept[m][~named].any()
        share = kept[m][named].sum(1) / masks[m][named].sum(1)
        assert np.quantile(share, 0.1) < 0.2
        assert np.quantile(share, 0.9) > 0.8


def test_both_never_chooses_only_what_was_never_there(masks: Masks) -> None:
    without_text = {**masks, "text": np.zeros_like(masks["text"])}
    _, chosen = drop_both(without_text, rng())
    assert SUBSETS.index(("text",)) not in chosen.tolist()


def test_a_stream_that_dies_stays_dead(masks: Masks) -> None:
    kept = stream_dies(masks, rng())
    hits = np.stack([(kept[m] != masks[m]).any(1) for m in MODALITIES])
    assert (hits.sum(0) == 1).all()
    for m in MODALITIES:
        assert (np.diff(kept[m].astype(int), axis=1) <= 0).all()


def test_a_burst_is_one_hole(masks: Masks) -> None:
    kept = burst(masks, rng())
    for m in MODALITIES:
        holes = np.diff((masks[m] & ~kept[m]).astype(int), axis=1, prepend=0) == 1
        assert holes.sum(1).max() == 1


def test_late_text_is_a_beginning_and_leaves_the_rest_alone(masks: Masks) -> None:
    kept = late_text(masks, rng())
    assert (kept["audio"] == masks["audio"]).all()
    assert (np.diff(kept["text"].astype(int), axis=1) <= 0).all()
    assert (kept["text"].sum(1) < masks["text"].sum(1)).all()


def test_masks_come_back_as_they_were_stored(masks: Masks, tmp_path: Path) -> None:
    save_masks(tmp_path / "masks.npz", masks)
    again = load_masks(tmp_path / "masks.npz")
    assert all((again[m] == masks[m]).all() for m in MODALITIES)


@pytest.mark.parametrize("kept", [0, 1, 60])
def test_a_file_that_was_cut_off_is_refused(masks: Masks, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "masks.npz"
    save_masks(path, masks)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="does not hold missing masks"):
        load_masks(path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(DataError, match="does not hold missing masks"):
        load_masks(tmp_path / "other.npz")
