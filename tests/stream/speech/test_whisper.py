"""What Whisper is believed, and what it hears with the models that are installed."""

import shutil
import subprocess
import sys
import wave
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.clips.transcription import transcribe, utterances
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Samples
from fsrf_live.stream.sources.decoding import decode_samples
from fsrf_live.stream.speech import opening
from fsrf_live.stream.speech.models import BASE, MODEL_BIN, TINY_EN, SpeechModel
from fsrf_live.stream.speech.opening import AUTO, open_recogniser
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.speech.whisper import Answer, Piece, Whisper, repeats
from tests.doubles.models import small_speech_model, written

SENTENCE = "this is a wonderful day"
Sound = NDArray[np.float32]


def needs(model: SpeechModel) -> None:
    pytest.importorskip("faster_whisper")
    if condition(model.stored, models_root()) != HERE:
        pytest.skip(f"speech model {model.name} is not installed (models.txt)")


@pytest.fixture(scope="module")
def english() -> Iterator[Recogniser]:
    needs(TINY_EN)
    recogniser = open_recogniser()
    yield recogniser
    recogniser.close()


def said(folder: Path, text: str, voice: str = "en-us") -> Path:
    """A file in which a machine says something."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    path = folder / f"{zlib.crc32(text.encode())}.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "130", "-w", str(path), text], check=True)
    return path


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    path = said(tmp_path_factory.mktemp("speech"), SENTENCE)
    return np.concatenate([block.samples for block in decode_samples(path)])


def plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c == " ").strip()


def answer(text: str, log_probability: float = -0.3, capped: bool = False) -> Answer:
    pieces = tuple(Piece(f" {word}", 0.0, 1.0, 0.9) for word in text.split())
    return Answer(pieces, log_probability, capped)


@pytest.mark.parametrize(
    ("given", "doubtful", "hopeless"),
    [
        (answer("I really hated this film"), False, False),
        (answer(""), False, False),
        (answer("no no"), False, False),
        (answer("no, No! no"), True, False),
        (answer("no no no no no no"), True, True),
        (answer("I do not know I do not know"), True, False),
        (answer("thank you very much " * 3), True, True),
        (answer("I hate it", log_probability=-1.01), True, True),
        (answer("I hate it", capped=True), True, True),
        (answer("!!!!!!!!!!!!"), False, True),
        (answer("hahaha"), False, False),
        (answer("well " + "ha" * 24), False, True),
    ],
)
def test_what_repeats_itself_is_asked_for_again_and_loops_are_dropped(
    given: Answer, doubtful: bool, hopeless: bool
) -> None:
    assert (given.doubtful, given.hopeless) == (doubtful, hopeless)


def test_a_repetition_may_stand_anywhere() -> None:
    assert repeats(list("xababab"), 1, 3)
    assert not repeats(list("abcabca"), 1, 3)
    assert repeats(list("xabcabcy"), 3, 2)
    assert not repeats(list("ababab"), 3, 2)


def test_words_have_times_confidence_and_language(english: Recogniser, spoken: Sound) -> None:
    words = english.transcribe(spoken, 5 * NS)
    assert [plain(word.text) for word in words] == SENTENCE.split()
    assert words == sorted(words, key=lambda word: word.start_ns)
    assert words[0].start_ns >= 5 * NS
    assert words[-1].end_ns <= 5 * NS + len(spoken) * NS // SAMPLE_RATE_HZ
    assert all(word.start_ns <= word.end_ns for word in words)
    assert all(0.0 < word.confidence <= 1.0 and word.language == "en" for word in words)
    assert english.name == "whisper tiny.en"
    assert english.languages == {"en"}


def test_nothing_of_one_utterance_is_in_the_next(english: Recogniser, spoken: Sound) -> None:
    first = english.transcribe(spoken, 0)
    noise = np.random.default_rng(1).normal(0, 0.05, 32_000).astype(np.float32)
    growing = [english.transcribe(spoken[: len(spoken) * part // 3], 0) for part in (1, 2)]
    english.transcribe(noise, 0)
    assert english.transcribe(spoken, 0) == first
    assert [len(words) <= len(first) for words in growing] == [True, True]


def test_a_draft_is_the_answer_unless_it_would_have_to_be_asked_for_again(
    english: Recogniser, spoken: Sound
) -> None:
    assert english.transcribe(spoken, 0, draft=True) == english.transcribe(spoken, 0)
    twice = np.concatenate([spoken, spoken])
    assert [plain(word.text) for word in english.transcribe(twice, 0)] == 2 * SENTENCE.split()
    assert english.transcribe(twice, 0, draft=True) == []


@pytest.mark.parametrize("length", [0, 1, 1600])
def test_nothing_is_made_of_nothing(english: Recogniser, length: int) -> None:
    assert english.transcribe(np.zeros(length, np.float32), 0) == []


def test_sound_that_is_longer_than_the_context_is_heard_in_parts(english: Recogniser, spoken: Sound) -> None:
    words = english.transcribe(np.concatenate([np.zeros(28 * SAMPLE_RATE_HZ, np.float32), spoken]), NS)
    later = [word for word in words if word.start_ns >= 29 * NS]
    assert [plain(word.text) for word in later] == SENTENCE.split()


@pytest.mark.parametrize("language", ["de", AUTO])
def test_german_is_heard_as_german(tmp_path: Path, language: str) -> None:
    needs(BASE)
    sound = said(tmp_path, "Das war ein wunderschöner Tag, und ich bin sehr glücklich.", "de")
    recogniser = open_recogniser(language)
    (words,) = transcribe(sound, ProsodyVoiceExtractor(), [recogniser])
    assert {word.language for word in words} == {"de"}
    assert "tag" in [plain(word.text) for word in words]
    recogniser.close()


def test_two_recognisers_give_what_one_gives(english: Recogniser, spoken: Sound, tmp_path: Path) -> None:
    sound = tmp_path / "three.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE_HZ, 0, "NONE", ""))
        for _ in range(3):
            file.writeframes((spoken * 32767).astype("<i2").tobytes() + bytes(2 * SAMPLE_RATE_HZ))
    second = open_recogniser()
    alone = list(transcribe(sound, ProsodyVoiceExtractor(), [english]))
    assert len(alone) == 3
    assert list(transcribe(sound, ProsodyVoiceExtractor(), [english, second])) == alone
    second.close()


def test_a_language_or_a_model_that_nobody_knows_is_a_wrong_command() -> None:
    with pytest.raises(UsageError, match="no speech model knows the language 'tlh'"):
        open_recogniser("tlh")
    with pytest.raises(UsageError, match=r"speech model tiny.en does not know the language 'de'"):
        open_recogniser("de", "tiny.en")
    with pytest.raises(UsageError, match="there is no speech model 'huge'"):
        open_recogniser("en", "huge")


def test_without_the_engine_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(SourceError, match="pip install faster-whisper"):
        Whisper(TINY_EN, tmp_path, "en")


def test_files_that_are_no_model_are_one_line(tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    with pytest.raises(SourceError, match="speech model toy does not load"):
        Whisper(small_speech_model(), written(tmp_path / "toy"), "en")


def test_a_model_that_is_altered_gives_way_to_another_or_to_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    needs(TINY_EN)
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    (written(tmp_path / "models" / "toy") / MODEL_BIN).write_bytes(b"altered")
    monkeypatch.setattr(opening, "models_for", lambda language: (small_speech_model(), TINY_EN))
    open_recogniser().close()
    assert len(caplog.records) == 1
    assert "going on with tiny.en" in caplog.text
    monkeypatch.setattr(opening, "models_for", lambda language: (small_speech_model(),))
    with pytest.raises(SourceError, match=r"speech model toy: .*7 bytes in place of"):
        open_recogniser()
    shutil.rmtree(tmp_path / "models")
    with pytest.raises(SourceError, match=r"no speech model for en is on this machine: run 'fsrf fetch toy'"):
        open_recogniser()


def coloured(slope: float, seconds: float = 4.0) -> Sound:
    """Noise whose power falls by this power of the frequency."""
    size = round(seconds * SAMPLE_RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(round(10 * slope) + 100).normal(size=size))
    spectrum *= np.maximum(np.arange(len(spectrum)), 20.0) ** (-slope / 2)
    sound = np.fft.irfft(spectrum, size)
    return np.asarray(0.1 * sound / np.std(sound), np.float32)


def tone(*hz: float, seconds: float = 4.0) -> Sound:
    at = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return np.asarray(0.2 * sum(np.sin(2 * np.pi * f * at) for f in hz) / len(hz), np.float32)


def pulsed(sound: Sound, every_s: float, decay_s: float) -> Sound:
    """The sound, struck again and again."""
    at = np.arange(len(sound)) / SAMPLE_RATE_HZ
    return np.asarray(3 * sound * np.exp(-(at % every_s) / decay_s), np.float32)


def swelling(sound: Sound, every_s: float) -> Sound:
    at = np.arange(len(sound)) / SAMPLE_RATE_HZ
    return np.asarray(sound * np.clip(np.sin(2 * np.pi * at / every_s), 0, 1), np.float32)


SOUNDS = {
    "silence": np.zeros(64_000, np.float32),
    "white noise": coloured(0.0),
    "pink noise": coloured(1.0),
    "brown noise, a fan": coloured(2.0),
    "blue noise, a hiss": coloured(-1.0),
    "breath": swelling(coloured(0.5), 3.0),
    "wind": swelling(coloured(2.5), 1.7),
    "a tone": tone(440),
    "mains hum": tone(50, 100, 150, 250),
    "a chord": tone(261.6, 329.6, 392.0),
    "a beep": pulsed(tone(1000), 1.0, 0.1),
    "a bell": pulsed(tone(880, 1367, 2210), 2.0, 0.4),
    "a keyboard": pulsed(coloured(0.0), 0.17, 0.008),
    "a door": pulsed(coloured(2.0), 2.0, 0.05),
    "a clock": pulsed(tone(2500, 3700), 0.5, 0.004),
    "a siren": (0.2 * np.sin(2000 * np.cumsum(1 + 0.3 * np.sin(np.arange(64_000) / 8000)) / 8000)).astype(
        np.float32
    ),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_without_speech_has_no_words(english: Recogniser, name: str) -> None:
    sound = np.concatenate([SOUNDS[name], np.zeros(16_000, np.float32)])
    blocks = [Samples(i * NS // SAMPLE_RATE_HZ, sound[i : i + 320]) for i in range(0, len(sound), 320)]
    heard = utterances(blocks, ProsodyVoiceExtractor())
    assert [word for part in heard for word in english.transcribe(part.samples, part.time_ns)] == []
