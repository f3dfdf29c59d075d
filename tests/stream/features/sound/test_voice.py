import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fsrf_live.stream.features.sound.tone import HOP
from fsrf_live.stream.features.sound.usual import SPEECH
from fsrf_live.stream.features.sound.voice import VOICE_WIDTH, ProsodyVoiceExtractor
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples, VoiceFeatures
from fsrf_live.stream.sources.decoding import decode_samples
from tests.conftest import REPOSITORY

SAMPLE_NS = 62_500
HOP_NS = HOP * SAMPLE_NS
Sound = NDArray[np.float32]


class Counting:
    """Answers with the mean size of what it heard, which depends on where the chunks lie."""

    def __init__(self) -> None:
        self.resets = 0

    def reset(self) -> None:
        self.resets += 1

    def probability(self, chunk: Sound) -> float:
        assert chunk.shape == (512,)
        return float(np.abs(chunk).mean())


def sound(seconds: float = 1.0) -> Sound:
    """A gliding voice that comes and goes, with some noise."""
    time = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(3 * time)) / SAMPLE_RATE_HZ
    buzz = sum(np.sin(k * phase) / k for k in range(1, 12)) * (np.sin(5 * time) > 0)
    noise = np.random.default_rng(0).normal(0, 0.01, len(time))
    return np.asarray(0.1 * buzz + noise, np.float32)


def heard(blocks: list[Samples]) -> list[VoiceFeatures]:
    extractor = ProsodyVoiceExtractor(Counting)
    return [hop for block in blocks for hop in extractor.push(block)]


def cut(samples: Sound, sizes: list[int], start_ns: int = 0) -> list[Samples]:
    edges = np.minimum(np.cumsum([0, *sizes, len(samples)]), len(samples))
    return [
        Samples(start_ns + int(low) * SAMPLE_NS, samples[low:high]) for low, high in itertools.pairwise(edges)
    ]


def same(some: list[VoiceFeatures], others: list[VoiceFeatures]) -> bool:
    return len(some) == len(others) and all(
        one.time_ns == other.time_ns
        and one.speech == other.speech
        and one.silent == other.silent
        and one.speechlike == other.speechlike
        and np.array_equal(one.vector, other.vector)
        for one, other in zip(some, others, strict=True)
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=30))
def test_block_sizes_change_nothing(sizes: list[int]) -> None:
    samples = sound(0.5)
    assert same(heard(cut(samples, sizes, 7)), heard([Samples(7, samples)]))


def test_a_hop_every_40_ms_from_the_first_sample_on() -> None:
    hops = heard([Samples(5_000, sound(1.0))])
    assert [hop.time_ns for hop in hops] == [5_000 + k * HOP_NS for k in range(25)]
    assert all(hop.vector.shape == (VOICE_WIDTH,) and hop.vector.dtype == np.float32 for hop in hops)


def test_speech_is_told_from_a_held_note() -> None:
    talk = list(decode_samples(REPOSITORY / "demo" / "demo.mp4"))
    note = 0.1 * np.sin(2 * np.pi * 440 * np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ)
    extractor = ProsodyVoiceExtractor()
    hops = [hop for block in talk for hop in extractor.push(block)]
    spoken = [hop.speechlike for hop in hops if hop.speech >= SPEECH]
    held = [hop.speechlike for hop in heard([Samples(0, note.astype(np.float32))])]
    assert np.mean(spoken) > 0.1
    assert np.mean(held) < -0.1


def test_a_gap_starts_afresh_and_smears_nothing() -> None:
    samples = sound(0.5)
    late_ns = len(samples) * SAMPLE_NS + 50_000_000
    after = heard([Samples(0, samples), Samples(late_ns, samples)])
    assert same(after[12:], heard([Samples(late_ns, samples)]))


def test_time_that_goes_backwards_starts_afresh() -> None:
    samples = sound(0.5)
    assert same(heard([Samples(10**12, samples), Samples(0, samples)])[12:], heard([Samples(0, samples)]))


def test_a_clock_that_drifts_by_less_than_the_tolerance_is_no_gap() -> None:
    samples = sound(1.0)
    steady = heard(cut(samples, [1600] * 10))
    drifting = heard(
        [
            Samples(block.time_ns + k * 20_000, block.samples)
            for k, block in enumerate(cut(samples, [1600] * 10))
        ]
    )
    assert all(np.array_equal(one.vector, other.vector) for one, other in zip(steady, drifting, strict=True))
    assert 0 < drifting[-1].time_ns - steady[-1].time_ns < 200_000


def test_digital_silence_is_told_from_a_quiet_room() -> None:
    zeros = np.zeros(3 * HOP, np.float32)
    quiet = np.random.default_rng(0).normal(0, 1e-4, 3 * HOP).astype(np.float32)
    assert all(hop.silent for hop in heard([Samples(0, zeros)]))
    assert not any(hop.silent for hop in heard([Samples(0, quiet)]))
    assert np.isfinite([hop.vector for hop in heard([Samples(0, zeros)])]).all()


@given(st.floats(0.2, 4.0))
@settings(max_examples=10, deadline=None)
def test_a_gain_changes_the_level_alone(gain: float) -> None:
    samples = sound(0.3)
    plain, louder = (
        np.stack([hop.vector for hop in heard([Samples(0, x)])]) for x in (samples, samples * gain)
    )
    level = np.arange(VOICE_WIDTH) == 40
    np.testing.assert_allclose(louder[:, ~level], plain[:, ~level], atol=0.02)
    np.testing.assert_allclose(louder[:, level], plain[:, level] + 2 * np.log(gain), atol=0.02)


def test_pitch_stands_where_there_is_a_voice_and_zero_elsewhere() -> None:
    time = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 200 * k * time) / k for k in range(1, 10)) * 0.1 * (time < 0.5)
    noise = np.random.default_rng(0).normal(0, 0.003, len(time))
    vectors = np.stack([hop.vector for hop in heard([Samples(0, (buzz + noise).astype(np.float32))])])
    np.testing.assert_allclose(vectors[3:11, 41], 24, atol=0.2)
    np.testing.assert_allclose(vectors[3:11, 43], 0, atol=0.1)
    assert (vectors[3:11, 42] > 0.9).all()
    assert (vectors[15:, 41] == 0).all()


def test_a_rising_voice_has_a_positive_slope() -> None:
    time = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * np.cumsum(100 * 2 ** (time / 2)) / SAMPLE_RATE_HZ
    buzz = 0.1 * np.asarray(sum(np.sin(k * phase) / k for k in range(1, 10)))
    slopes = [hop.vector[43] for hop in heard([Samples(0, buzz.astype(np.float32))])][3:]
    np.testing.assert_allclose(slopes, 6 * 0.04, atol=0.1)


def test_speech_is_the_highest_of_the_chunks_that_end_in_the_hop() -> None:
    samples = np.zeros(2 * HOP, np.float32)
    samples[600:1100] = 0.5
    first, second = heard([Samples(0, samples)])
    assert first.speech == 0
    assert second.speech > 0.4


def test_a_gap_resets_the_voice_activity_too() -> None:
    vad = Counting()
    extractor = ProsodyVoiceExtractor(lambda: vad)
    before = vad.resets
    extractor.push(Samples(0, sound(0.1)))
    extractor.push(Samples(100_000_000, sound(0.1)))
    assert vad.resets == before + 1
    extractor.push(Samples(900_000_000, sound(0.1)))
    assert vad.resets == before + 2
