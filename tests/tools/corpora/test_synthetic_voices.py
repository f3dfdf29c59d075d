import csv
import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.tools.corpora.augmentation import Surroundings
from fsrf_live.tools.corpora.synthetic_voices import LANGUAGES, THROATS, read_synthetic, spoken
from fsrf_live.tools.corpora.voices import voice_pack

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
TABLES = {
    "vader": ("id", "text", "valence", "split"),
    "sst5_train": ("id", "text", "stars"),
    "sst5_dev": ("id", "text", "stars"),
    "goemotions_train": ("id", "text", "emotions", "groups"),
    "goemotions_dev": ("id", "text", "emotions", "groups"),
    "meld_train": ("id", "text", "emotion", "sentiment"),
    "meld_dev": ("id", "text", "emotion", "sentiment"),
    "tweeteval_val": ("id", "text", "sentiment"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of texts in which SST alone has sentences."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "text").mkdir()
    for name, columns in TABLES.items():
        rows = (
            [(n, f"Sentence number {n} is a plain one .", 4) for n in range(700)]
            if name == "sst5_train"
            else []
        )
        with gzip.open(folder / "text" / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    return folder


@needs_espeak
def test_every_voice_speaks_and_all_are_for_training(data: Path) -> None:
    voices = read_synthetic(data)
    assert len({voice.speaker for voice in voices}) == len(LANGUAGES) * len(THROATS)
    assert len({voice.file for voice in voices}) == len(voices)
    assert {voice.split for voice in voices} == {"train"}
    assert [voice.sound for voice in voices[:3]] == [voice.sound for voice in read_synthetic(data)[:3]]


@needs_espeak
def test_its_sound_is_heard_at_the_rate_of_all_others(data: Path) -> None:
    import soundfile

    voice = read_synthetic(data)[0]
    sound, rate_hz = soundfile.read(io.BytesIO(voice.sound))
    assert rate_hz != 16_000
    pack = voice_pack([voice], Surroundings((), (), ()), 0, 1)
    hops = pack["offsets"][-1]
    assert 0.5 * len(sound) / rate_hz < hops * 0.04 < len(sound) / rate_hz + 0.1
    assert np.isnan(pack["valence"]).all()


def test_too_few_sentences_are_told_before_any_is_spoken(data: Path, tmp_path: Path) -> None:
    few = shutil.copytree(data, tmp_path / "few")
    with gzip.open(few / "text" / "sst5_train.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([TABLES["sst5_train"], (1, "A plain sentence it is .", 4)])
    with pytest.raises(DataError, match=r"has 1 plain training sentences .* of 660 that are needed"):
        read_synthetic(few)


def test_a_voice_that_cannot_be_had_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DataError, match="install espeak-ng"):
        spoken("Hello.", "en-us", 150, 50)
