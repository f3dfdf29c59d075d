import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.decoding import decode_samples
from fsrf_live.stream.speech.recognisers import open_recogniser
from fsrf_live.stream.speech.sphinx import Pocketsphinx

SENTENCE = "this is a wonderful day"


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Pocketsphinx]:
    recogniser = Pocketsphinx()
    yield recogniser
    recogniser.close()


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float32]:
    """Give the sentence as a machine says it."""
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    path: Path = tmp_path_factory.mktemp("speech") / "spoken.wav"
    subprocess.run(["espeak-ng", "-s", "130", "-w", str(path), SENTENCE], check=True)
    return np.concatenate([block.samples for block in decode_samples(path)])


def test_words_come_with_their_times(recogniser: Pocketsphinx, spoken: NDArray[np.float32]) -> None:
    words = recogniser.transcribe(spoken, 5 * NS)
    assert [word.text for word in words][-2:] == ["wonderful", "day"]
    assert all(5 * NS <= word.start_ns < word.end_ns for word in words)
    assert words == sorted(words, key=lambda word: word.start_ns)
    assert words[-1].end_ns <= 5 * NS + len(spoken) * NS // 16_000 + NS // 50


def test_nothing_is_made_of_nothing(recogniser: Pocketsphinx) -> None:
    assert recogniser.transcribe(np.zeros(0, np.float32), 0) == []
    assert recogniser.transcribe(np.zeros(1600, np.float32), 0) == []


def test_a_recogniser_that_died_is_started_again(spoken: NDArray[np.float32]) -> None:
    recogniser = Pocketsphinx()
    assert recogniser._worker is not None
    recogniser._worker.kill()
    recogniser._worker.wait()
    assert recogniser.transcribe(spoken[-12_000:], 0)
    recogniser.close()


def test_a_recogniser_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false") or "/bin/false")
    with pytest.raises(SourceError, match="is pocketsphinx installed"):
        Pocketsphinx()


class Model:
    """What faster-whisper gives, as its documentation has it."""

    def __init__(self, size: str, **options: object) -> None:
        assert options["local_files_only"]
        if size != "base.en":
            raise FileNotFoundError(size)

    def transcribe(self, _samples: NDArray[np.float32], **_options: object) -> tuple[list[object], None]:
        words = [
            types.SimpleNamespace(start=0.5, end=1.0, word=" Hello,"),
            types.SimpleNamespace(start=1.0, end=1.5, word=" "),
        ]
        return [types.SimpleNamespace(words=words), types.SimpleNamespace(words=None)], None


def test_whisper_is_taken_where_a_model_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("faster_whisper")
    module.WhisperModel = Model  # type: ignore[attr-defined]
    module.__spec__ = types.SimpleNamespace(name="faster_whisper")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "faster_whisper", module)
    recogniser = open_recogniser("auto")
    assert recogniser.name == "whisper base.en"
    assert recogniser.transcribe(np.zeros(16_000, np.float32), NS) == [Words(3 * NS // 2, 2 * NS, "Hello,")]


def test_whisper_that_is_asked_for_and_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(SourceError, match="is not installed"):
        open_recogniser("whisper")
