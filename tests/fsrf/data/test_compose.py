from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.metrics import three_classes
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS
from fsrf_live.fsrf.data.compose import Composer, RowPool, composed_score, draw_labels
from fsrf_live.fsrf.data.packs import Packs, load_packs
from tests.doubles.packs import SMALL, write_packs


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Packs:
    return load_packs(write_packs(tmp_path_factory.mktemp("packs")))


def rng() -> np.random.Generator:
    return np.random.default_rng(8)


def score(*parts: float) -> float:
    return float(composed_score(np.array(parts, np.float32), np.ones(len(parts), np.bool_)))


def test_parts_that_agree_keep_their_score() -> None:
    assert score(2.0, 2.0, 2.0) == pytest.approx(2.0)


def test_one_clear_part_among_neutral_ones_still_counts() -> None:
    assert 1.2 < score(0.0, 2.0, 0.0) < 2.0
    assert 1.2 < score(0.0, 0.0, 2.0) < 2.0


def test_voice_and_face_at_odds_cancel_and_so_do_unclear_words() -> None:
    assert score(0.0, 2.0, -2.0) == pytest.approx(0.0)
    assert score(0.9, -0.9, 0.0) == pytest.approx(0.0)


@given(st.floats(1.6, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_clear_words_are_not_outvoted_and_hardly_damped(words: float, voice: float, face: float) -> None:
    for sign in (-1, 1):
        said = sign * score(sign * words, sign * voice, sign * face)
        assert said > words / 2
    assert score(words, 0.0, 0.0) > 0.9 * words


def test_a_part_that_is_not_there_does_not_count() -> None:
    there = np.array([True, False, False])
    assert composed_score(np.array([1.5, -3.0, -3.0], np.float32), there) == pytest.approx(1.5)


def test_most_samples_agree_and_some_carry_their_mood_in_a_part_only() -> None:
    labels = draw_labels(4000, rng())
    agreeing = (labels == labels[:, :1]).all(1)
    assert 0.6 < agreeing.mean() < 0.85
    partly = ~agreeing & (labels == 1).any(1)
    assert 0.1 < partly.mean() < 0.4
    against = ((labels[:, :1] - 1) * (labels[:, 1:] - 1) < 0).any(1)
    assert 0.1 < against.mean() < 0.15
    assert np.bincount(labels[agreeing][:, 0], minlength=3).min() > 500


def test_a_composed_sample_has_all_modalities_and_a_target_for_each_subset(packs: Packs) -> None:
    batch = Composer(packs, SMALL, "train").composed(40, rng())
    for m in MODALITIES:
        shape = SMALL.modality(m)
        assert batch.masks[m].any(1).all()
        assert batch.features[m].shape[:2] == batch.masks[m].shape
        assert batch.masks[m].shape[1] % shape.stride == 0
        assert batch.masks[m].shape[1] <= shape.length
        assert (batch.features[m][~batch.masks[m]] == 0).all()
    together = batch.scores[batch.agreeing]
    assert (np.sign(np.round(together)) == np.sign(np.round(together[:, :1]))).all()


def test_samples_that_must_agree_do(packs: Packs) -> None:
    batch = Composer(packs, SMALL, "test").composed(60, rng(), agreeing=True)
    labels = three_classes(batch.scores, SMALL.neutral)
    assert batch.agreeing.all()
    assert (labels == labels[:, [COMPLETE]]).all()


def with_machines(packs: Packs) -> Packs:
    """The same packs, in which every second voice is uninformative and its score means nothing."""
    machine = np.arange(len(packs.audio.score)) % 2 == 0
    score = np.where(machine, 0, packs.audio.score).astype(np.float32)
    return replace(packs, audio=replace(packs.audio, telling=~machine, score=score))


def test_a_part_that_tells_nothing_leaves_the_judgement_to_the_others(packs: Packs) -> None:
    batch = Composer(with_machines(packs), SMALL, "train").composed(400, rng(), agreeing=True)
    mute = ~batch.agreeing
    assert 0.4 < mute.mean() < 0.56
    assert all(batch.masks[m].any(1).all() for m in MODALITIES)
    labels = three_classes(batch.scores[mute], SMALL.neutral)
    assert (labels == labels[:, [COMPLETE]]).all()
    assert len(np.unique(labels)) == 3


def test_held_out_samples_have_no_part_that_tells_nothing(packs: Packs) -> None:
    assert Composer(with_machines(packs), SMALL, "test").composed(200, rng(), agreeing=True).agreeing.all()


def test_alone_means_that_the_others_have_no_real_frame(packs: Packs) -> None:
    for modality, batch in Composer(packs, SMALL, "train").alone(6, rng()):
        for m in MODALITIES:
            assert batch.masks[m].any() == (m == modality)
        own = SUBSETS.index((modality,))
        np.testing.assert_allclose(batch.scores[:, own], batch.scores[:, COMPLETE])


def test_a_still_is_one_frame(packs: Packs) -> None:
    batch = Composer(packs, SMALL, "train").solo("video", 5, rng(), still=True)
    assert (batch.masks["video"].sum(1) == 1).all()


def test_the_same_generator_gives_the_same_batch(packs: Packs) -> None:
    composer = Composer(packs, SMALL, "train")
    first, second = composer.composed(8, rng()), composer.composed(8, rng())
    for m in MODALITIES:
        np.testing.assert_array_equal(first.features[m], second.features[m])


def test_rows_are_drawn_from_their_split_and_label_by_weight(packs: Packs) -> None:
    pool, generator = RowPool(packs.audio, "validation", packs.audio.label == 2), rng()
    drawn = {pool.draw(generator) for _ in range(300)}
    expected = (packs.audio.split == "validation") & (packs.audio.label == 2)
    assert drawn == set(np.flatnonzero(expected).tolist())


def test_a_split_without_a_class_is_refused(packs: Packs) -> None:
    with pytest.raises(DataError, match="the text pack lacks summer rows of a class"):
        RowPool(packs.text, "summer", packs.text.label == 0)
