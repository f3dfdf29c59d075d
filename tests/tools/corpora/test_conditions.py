"""Voices for testing in noise, in a room and by telephone."""

import io
from pathlib import Path

import numpy as np
import soundfile

from fsrf_live.fsrf.data.packs import condition_corpora, save_pack
from fsrf_live.tools.corpora.conditions import CONDITIONS, condition_pack
from fsrf_live.tools.corpora.voices import TEST_SPEAKERS, Voice


def spoken(speaker: str, emotion: str, pitch_hz: float) -> Voice:
    """A second of a hum with harmonics."""
    time = np.arange(16_000) / 16_000
    hum = sum(np.sin(2 * np.pi * pitch_hz * k * time) / k for k in range(1, 9))
    sound = io.BytesIO()
    soundfile.write(sound, 0.1 * np.asarray(hum), 16_000, format="WAV")
    return Voice(f"ravdess/{speaker}_{emotion}.wav", "ravdess", speaker, emotion, sound.getvalue())


def test_the_same_people_who_are_for_testing_are_heard_in_each_condition(
    tmp_path: Path,
) -> None:
    held = TEST_SPEAKERS["ravdess"][0]
    voices = [spoken(held, "happy", 120.0), spoken(held, "sad", 150.0), spoken("actor01", "sad", 140.0)]
    path = tmp_path / "conditions.npz"
    save_pack(path, condition_pack(voices, 1))
    corpora = condition_corpora(path, tuple(CONDITIONS))
    assert list(corpora) == list(CONDITIONS)
    clean = corpora["as recorded"]
    for name, corpus in corpora.items():
        assert sorted(corpus.label.tolist()) == [0, 2]
        assert set(corpus.split.tolist()) == {"test"}
        np.testing.assert_array_equal(corpus.score, clean.score)
        assert (name == "as recorded") == np.array_equal(corpus.vectors.values, clean.vectors.values)
