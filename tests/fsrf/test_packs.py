from pathlib import Path

import numpy as np
import pytest

from fsrf.data.packs import load_packs
from fsrf.errors import DataError
from fsrf.modalities import MODALITIES
from tests.support.packs import write_packs


def rewrite(path: Path, **changes: object) -> None:
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(path, **{k: v for k, v in {**arrays, **changes}.items() if v is not None})


def test_rows_without_a_valence_or_a_face_are_left_out(tmp_path: Path) -> None:
    packs = load_packs(write_packs(tmp_path, 240))
    rows = np.arange(240)
    assert len(packs.audio.score) == np.sum(rows % 11 != 0)
    assert len(packs.video.score) == np.sum((rows % 11 != 0) & (rows % 13 != 0))
    with np.load(tmp_path / "voices.npz") as stored:
        first = stored["vectors"][stored["offsets"][1] : stored["offsets"][2]]
    np.testing.assert_array_equal(packs.audio.vectors[0], first)


def test_every_modality_has_every_split_and_calibration_comes_from_what_was_held_out(tmp_path: Path) -> None:
    packs = load_packs(write_packs(tmp_path))
    for m in MODALITIES:
        assert set(packs[m].split) == {"train", "validation", "calibration", "test"}
        assert not (packs[m].held & (packs[m].split == "train")).any()


def test_both_renderings_of_a_sentence_stay_in_one_split(tmp_path: Path) -> None:
    write_packs(tmp_path)
    packs = load_packs(tmp_path)
    sentence = np.arange(240) // 3
    for row in np.unique(sentence):
        assert len(set(packs.text.split[sentence == row])) == 1


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    write_packs(tmp_path)
    (tmp_path / "faces.npz").unlink()
    with pytest.raises(DataError, match=r"there is no pack .*faces.npz"):
        load_packs(tmp_path)


def test_a_damaged_pack_is_named(tmp_path: Path) -> None:
    path = write_packs(tmp_path) / "voices.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"voices\.npz cannot be read"):
        load_packs(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"valence": None}, "has no valence"),
        ({"vectors": np.full((5000, 5), np.nan, np.float32)}, "has NaN or infinite values in vectors"),
        ({"valence": np.full(240, 7.0, np.float32)}, "has scores outside"),
        ({"offsets": np.zeros(241, np.int64)}, "has rows of no length"),
    ],
)
def test_a_pack_that_makes_no_sense_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    rewrite(write_packs(tmp_path) / "voices.npz", **changes)
    with pytest.raises(DataError, match=message):
        load_packs(tmp_path)
