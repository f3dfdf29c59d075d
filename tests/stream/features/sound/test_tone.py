"""The tone of a voice as it streams: causal, whatever the blocks, whatever the gain."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.stream.features.sound.tone import ANSWER_HOPS, HOP, LAYER, TONE, TONE_WIDTHS, ToneOfVoice
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ


def buzz(seconds: float) -> Floats:
    """A gliding voice with some noise, a whole number of hops long."""
    time = np.arange(int(seconds * SAMPLE_RATE_HZ) // HOP * HOP) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * np.cumsum(150 + 60 * np.sin(4 * time)) / SAMPLE_RATE_HZ
    voice = sum(np.sin(k * phase) / k for k in range(1, 15))
    noise = np.random.default_rng(0).normal(0, 0.002, len(time))
    return np.asarray(0.05 * voice + noise, np.float32)


def test_a_hop_has_the_newest_answer_and_the_first_hops_do_not_wait_for_theirs() -> None:
    vectors, speechlike = ToneOfVoice().push(buzz(0.8))
    assert vectors.shape == (20, TONE_WIDTHS[TONE])
    assert vectors.dtype == np.float32
    new = [
        hop for hop in range(len(vectors)) if hop == 0 or not np.array_equal(vectors[hop], vectors[hop - 1])
    ]
    assert np.array_equal(np.diff(vectors[:, 0]) != 0, np.diff(speechlike) != 0)
    assert new == [0, 2, *range(ANSWER_HOPS - 1, len(vectors), ANSWER_HOPS)]
    assert vectors[0].any()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=8))
def test_block_sizes_change_nothing(sizes: list[int]) -> None:
    sound, tone = buzz(1.4), ToneOfVoice()
    edges = np.minimum(np.cumsum([0, *sizes, len(sound)]) * HOP, len(sound))
    parts = [tone.push(sound[low:high]) for low, high in pairwise(edges)]
    whole = ToneOfVoice().push(sound)
    for pieces, one in zip(zip(*parts, strict=True), whole, strict=True):
        assert np.array_equal(np.concatenate(pieces), one)


def test_what_comes_after_a_hop_does_not_change_it() -> None:
    sound = buzz(1.4)
    other = np.concatenate([sound[: 20 * HOP], -0.5 * sound[20 * HOP :]])
    for one, another in zip(ToneOfVoice().push(sound), ToneOfVoice().push(other), strict=True):
        assert np.array_equal(one[:20], another[:20])
        assert not np.array_equal(one[24], another[24])


@pytest.mark.parametrize("gain", [0.2, 5.0])
def test_a_gain_changes_nothing(gain: float) -> None:
    for loud, plain in zip(ToneOfVoice().push(buzz(1) * gain), ToneOfVoice().push(buzz(1)), strict=True):
        np.testing.assert_allclose(loud, plain, atol=0.01)


def test_what_was_heard_is_forgotten() -> None:
    tone = ToneOfVoice(LAYER)
    first = tone.push(buzz(0.6))
    tone.reset()
    assert all(map(np.array_equal, tone.push(buzz(0.6)), first))


def test_silence_has_a_finite_tone() -> None:
    assert all(np.isfinite(of).all() for of in ToneOfVoice().push(np.zeros(10 * HOP, np.float32)))
