"""The judge of tones: learns what is there, and nobody who trains is judged by who heard them."""

from dataclasses import asdict, astuple, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.config import TONE_LAYER_WIDTH as LAYER_WIDTH
from fsrf_live.fsrf.common.config import TONES
from fsrf_live.fsrf.data.packs import Apart
from fsrf_live.fsrf.data.tones import JUDGES, Judge, Taught, judges, learned, learned_speech, taught_in

PEOPLE, EACH = 20, 8


def taught(seed: int = 0) -> Taught:
    """Twenty people of two corpora who say everything in each tone: a tone moves some values of the layer."""
    rng = np.random.default_rng(seed)
    moved = np.random.default_rng(99).normal(0, 1, (len(TONES), LAYER_WIDTH))
    emotion = np.tile(np.arange(len(TONES)), PEOPLE * EACH // len(TONES))
    person = np.repeat(np.arange(PEOPLE), EACH)
    layer = moved[emotion] + rng.normal(0, 2, (len(emotion), LAYER_WIDTH))
    corpus = np.array(["ours", "theirs"])[person % 2]
    speaker = np.array([f"{c}/{p}" for c, p in zip(corpus, person, strict=True)])
    return Taught(layer.astype(np.float32), np.array(TONES)[emotion], corpus, speaker)


def heard_as(judge: Judge, of: Taught) -> NDArray[np.intp]:
    return np.asarray(judge.of(of.layer).argmax(1))


def test_a_tone_that_moves_the_layer_is_heard_in_people_who_are_new() -> None:
    new = taught(1)
    right = np.array(TONES)[heard_as(learned(taught()), new)] == new.emotion
    assert right.mean() > 0.95


def test_tones_are_zero_for_the_ordinary_voice() -> None:
    some = taught()
    np.testing.assert_allclose(learned(some).of(some.layer).mean(0), 0, atol=0.01)


def test_utterances_without_a_tone_teach_nothing() -> None:
    some = taught()
    talk = Taught(
        np.concatenate([some.layer, 9 * some.layer]),
        np.concatenate([some.emotion, np.full(len(some.emotion), "unlabelled")]),
        np.concatenate([some.corpus, some.corpus]),
        np.concatenate([some.speaker, some.speaker]),
    )
    assert np.array_equal(learned(talk).weight, learned(some).weight)
    assert not learned(talk.where(talk.emotion == "unlabelled")).weight.any()


def test_nobody_is_judged_by_who_heard_them() -> None:
    """What a part of the speakers is said to sound like changes all judges but their own."""
    some, test = taught(), np.zeros(PEOPLE * EACH, np.bool_)
    own = Apart(2, JUDGES).holds(some.speaker)
    turned = np.where(own, np.roll(some.emotion, 1), some.emotion)
    _, before = judges(some, test)
    _, after = judges(Taught(some.layer, turned, some.corpus, some.speaker), test)
    for (rows, one), (same, other) in zip(before, after, strict=True):
        assert np.array_equal(rows, same)
        assert np.array_equal(one.weight, other.weight) == np.array_equal(rows, own)


def test_each_row_has_one_judge_and_testing_teaches_nobody() -> None:
    some = taught()
    test = some.speaker == "ours/4"
    whole, pairs = judges(some, test)
    assert (np.sum([rows for rows, _ in pairs], axis=0) == 1).all()
    assert np.array_equal(pairs[0][0], test)
    assert pairs[0][1] is whole
    assert np.array_equal(whole.weight, learned(some.where(~test)).weight)


def test_what_ships_heard_all_that_is_not_for_testing(tmp_path: Path) -> None:
    some = taught()
    split = np.where(some.speaker == "ours/4", "test", "train")
    np.savez(tmp_path / "voices.npz", **asdict(some), split=split)
    shipped, expected = taught_in(tmp_path / "voices.npz"), some.where(split == "train")
    assert all(map(np.array_equal, astuple(shipped), astuple(expected)))


def test_coughs_are_told_from_the_speech_of_people_who_are_new() -> None:
    some, new = taught(), taught(1)
    moved = np.random.default_rng(7).normal(0, 1, LAYER_WIDTH)

    def coughed(speech: Taught) -> Taught:
        return replace(speech, layer=(speech.layer + moved).astype(np.float32))

    judge = learned_speech(some, coughed(some))
    assert (judge.of(new.layer) >= 0).mean() > 0.95
    assert (judge.of(coughed(new).layer) < 0).mean() > 0.95


def test_speech_that_is_like_a_cough_is_still_speech() -> None:
    """Where nothing tells them apart, it is speech that is kept."""
    some, new = taught(), taught(1)
    assert (learned_speech(some, taught(2)).of(new.layer) >= 0).mean() > 0.95
