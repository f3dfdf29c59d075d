from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.data.packs import Apart, load_packs
from tests.doubles.packs import write_packs


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


def test_a_sentence_of_three_stars_is_no_neutral_talk(tmp_path: Path) -> None:
    text = load_packs(write_packs(tmp_path)).text
    of_stars = text.corpus == "sst5"
    assert of_stars.any()
    assert (text.score[of_stars] != 0).all()
    assert (text.score[~of_stars] == 0).any()


def test_a_machines_voice_stays_though_it_has_no_valence_and_tells_nothing(tmp_path: Path) -> None:
    rows = np.arange(240)
    valence = np.where(rows % 5 == 0, np.nan, 1.0 * (rows % 3 - 1)).astype(np.float32)
    corpus = np.where(rows % 10 == 0, "espeak-ng", "one")
    rewrite(write_packs(tmp_path) / "voices.npz", valence=valence, corpus=corpus)
    audio = load_packs(tmp_path).audio
    assert len(audio.score) == np.sum((rows % 5 != 0) | (rows % 10 == 0))
    np.testing.assert_array_equal(audio.telling, audio.corpus != "espeak-ng")


def test_everybody_but_the_test_speakers_is_set_apart_once_and_never_trains_then(tmp_path: Path) -> None:
    write_packs(tmp_path)
    with np.load(tmp_path / "voices.npz") as stored:
        kept = ~np.isnan(stored["valence"])
        speaker, tested = stored["speaker"][kept], stored["split"][kept] == "test"
    calibrating = []
    for part in range(3):
        split = load_packs(tmp_path, Apart(part, 3)).audio.split
        people = set(speaker[split == "calibration"])
        assert people.isdisjoint(speaker[(split == "train") | (split == "validation")])
        assert {name.split("/")[0] for name in people} == {"one", "two"}
        np.testing.assert_array_equal(split == "test", tested)
        calibrating += sorted(people)
    assert sorted(calibrating) == sorted(set(speaker[~tested]))


def test_where_speakers_are_set_apart_all_others_train_and_texts_and_faces_are_as_ever(
    tmp_path: Path,
) -> None:
    usual, apart = load_packs(write_packs(tmp_path)), load_packs(tmp_path, Apart(0, 3))
    assert set(apart.audio.split) == {"train", "calibration", "test"}
    np.testing.assert_array_equal(apart.text.split, usual.text.split)
    np.testing.assert_array_equal(apart.video.split, usual.video.split)


def test_of_who_is_set_apart_all_utterances_calibrate_recorded_or_worsened(tmp_path: Path) -> None:
    variant = (np.arange(240) // 3 % 3).astype(np.int8)
    rewrite(write_packs(tmp_path) / "voices.npz", variant=variant)
    with np.load(tmp_path / "voices.npz") as stored:
        variant = stored["variant"][~np.isnan(stored["valence"])]
    split = load_packs(tmp_path, Apart(0, 3)).audio.split
    assert set(variant[split == "calibration"]) == {0, 1, 2}
    assert set(split) == {"train", "calibration", "test"}


def test_every_split_has_the_same_mix_of_corpora_in_a_class(tmp_path: Path) -> None:
    corpus = np.where(np.arange(240) % 7 < 2, "small", "large")
    variant = (np.arange(240) % 5 > 2).astype(np.int8)
    rewrite(write_packs(tmp_path) / "voices.npz", corpus=corpus, variant=variant)
    shares = [
        audio.weight[of & (audio.corpus == "small")].sum() / audio.weight[of].sum()
        for audio in (load_packs(tmp_path, apart).audio for apart in (None, Apart(0, 3)))
        for split in ("train", "validation", "calibration", "test")
        for label in range(3)
        if (of := (audio.split == split) & (audio.label == label)).any()
    ]
    np.testing.assert_allclose(shares, shares[0])
    assert 0.3 < shares[0] < 0.45


def test_every_modality_has_every_split_and_calibration_comes_from_what_was_held_out(tmp_path: Path) -> None:
    packs = load_packs(write_packs(tmp_path))
    for m in MODALITIES:
        assert set(packs[m].split) == {"train", "validation", "calibration", "test"}
        assert not (packs[m].held & (packs[m].split == "train")).any()


def test_both_renderings_of_a_sentence_stay_in_one_split(tmp_path: Path) -> None:
    packs = load_packs(write_packs(tmp_path))
    with np.load(tmp_path / "text.npz") as stored:
        sentence = stored["row"][(stored["corpus"] != "sst5") | (stored["score"] != 0)]
    for row in np.unique(sentence):
        assert len(set(packs.text.split[sentence == row])) == 1


def test_a_missing_pack_is_named(tmp_path: Path) -> None:
    write_packs(tmp_path)
    (tmp_path / "faces.npz").unlink()
    with pytest.raises(DataError, match=r"the pack .*faces.npz does not exist"):
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
        ({"offsets": np.zeros(241, np.int64)}, "has empty rows"),
    ],
)
def test_a_pack_that_makes_no_sense_is_refused(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    rewrite(write_packs(tmp_path) / "voices.npz", **changes)
    with pytest.raises(DataError, match=message):
        load_packs(tmp_path)
