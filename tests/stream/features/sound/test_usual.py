import numpy as np
from numpy.typing import NDArray

from fsrf_live.stream.features.sound.tone import HOP
from fsrf_live.stream.features.sound.usual import PITCH, VoiceReference, less_usual, ordinary_voice, usual_of
from fsrf_live.stream.features.sound.voice import VOICE_WIDTH, ProsodyVoiceExtractor
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples

HOP_NS = 40_000_000
SECOND = 25
Vector = NDArray[np.float32]


def somebody(level: float = -2.0, semitones: float = 7.0) -> Vector:
    """The ordinary voice, but softer and higher."""
    vector = ordinary_voice().copy()
    vector[40] += level
    vector[PITCH] += semitones
    return vector


def hear(reference: VoiceReference, vector: Vector, hops: int, start: int = 0, speech: float = 1.0) -> Vector:
    for hop in range(start, start + hops):
        relative = reference.relative(hop * HOP_NS, vector, speech)
    return relative


def test_after_15_s_of_speech_a_usual_voice_is_the_ordinary_one() -> None:
    reference = VoiceReference()
    assert np.array_equal(hear(reference, somebody(), 4 * SECOND), somebody())
    half = hear(reference, somebody(), 5 * SECOND, start=4 * SECOND)
    assert ordinary_voice()[PITCH] < half[PITCH] < somebody()[PITCH]
    whole = hear(reference, somebody(), 6 * SECOND, start=9 * SECOND)
    np.testing.assert_allclose(whole, ordinary_voice(), atol=1e-3)


def test_only_speech_is_learned() -> None:
    reference = VoiceReference()
    assert np.array_equal(hear(reference, somebody(), 60 * SECOND, speech=0.3), somebody())


def test_a_change_of_voice_stays_a_change() -> None:
    reference = VoiceReference()
    hear(reference, somebody(), 40 * SECOND)
    excited = somebody(level=0.0, semitones=11.0)
    relative = hear(reference, excited, SECOND, start=40 * SECOND)
    assert relative[40] > ordinary_voice()[40] + 1.5
    assert relative[PITCH] > ordinary_voice()[PITCH] + 3.5


def test_unvoiced_hops_keep_their_zero_pitch() -> None:
    reference = VoiceReference()
    hear(reference, somebody(), 20 * SECOND)
    unvoiced = somebody()
    unvoiced[PITCH] = 0
    assert reference.relative(20 * SECOND * HOP_NS, unvoiced, 1.0)[PITCH] == 0


def test_who_speaks_after_a_minute_of_silence_may_be_somebody_else() -> None:
    reference = VoiceReference()
    hear(reference, somebody(), 20 * SECOND)
    assert np.array_equal(hear(reference, somebody(), 1, start=90 * SECOND), somebody())


def test_what_is_usual_in_a_recording_makes_it_ordinary() -> None:
    rng = np.random.default_rng(0)
    vectors = (somebody() + rng.normal(0, 0.2, (200, VOICE_WIDTH))).astype(np.float32)
    vectors[::3, PITCH] = 0
    speech = np.ones(200)
    relative = less_usual(vectors, usual_of(vectors, speech), 1.0)
    np.testing.assert_allclose(usual_of(relative, speech)[:42], ordinary_voice()[:42], atol=1e-3)
    np.testing.assert_array_equal(relative[:, 46:48], vectors[:, 46:48])
    np.testing.assert_allclose(relative[:, 48:].mean(0), 0, atol=1e-3)


def test_a_recording_without_speech_or_voice_is_no_error() -> None:
    vectors = np.zeros((3, VOICE_WIDTH), np.float32)
    assert np.isfinite(usual_of(vectors, np.zeros(3))).all()


class Listening:
    """Takes everything for speech."""

    def reset(self) -> None: ...

    def probability(self, chunk: NDArray[np.float32]) -> float:
        return 1.0


def test_the_extractor_remembers_a_person_over_a_gap() -> None:
    noise = np.random.default_rng(0).normal(0, 0.003, 20 * SAMPLE_RATE_HZ).astype(np.float32)
    extractor = ProsodyVoiceExtractor(Listening)
    assert extractor.rest == 0.0
    last = extractor.push(Samples(0, noise))[-1]
    assert extractor.rest == 1.0
    after = extractor.push(Samples(30_000_000_000, noise[: 10 * HOP]))[-1]
    relative_to_nobody = ProsodyVoiceExtractor(Listening, own_voice=False)
    plain = relative_to_nobody.push(Samples(0, noise))[-1]
    assert relative_to_nobody.rest is None
    assert abs(plain.vector[40] - ordinary_voice()[40]) > 1
    assert abs(last.vector[40] - ordinary_voice()[40]) < 0.2
    assert abs(after.vector[40] - ordinary_voice()[40]) < 0.2
