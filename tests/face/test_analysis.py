"""`fsrf_live.analyze` and `fsrf_live.load_engine`."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import fsrf_live
from fsrf_live import Reading, Summary
from fsrf_live.fsrf.common.errors import CheckpointError, MediaError, UsageError
from fsrf_live.stream.flow.items import Samples, Words
from tests.conftest import REPOSITORY
from tests.doubles.engines import RealShapes
from tests.doubles.media import write_still

DEMO = REPOSITORY / "demo" / "demo.mp4"


class Hears:
    """A recogniser of one word."""

    name = "hears"
    languages = frozenset(["en"])
    closed = False

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        return [Words(start_ns, Samples(start_ns, samples).end_ns, "hello")]

    def close(self) -> None:
        Hears.closed = True


def test_a_text_gives_a_reading_and_the_summary() -> None:
    reading, summary = fsrf_live.analyze(text="so good", engine=RealShapes())
    assert isinstance(reading, Reading)
    assert isinstance(summary, Summary)
    assert (reading.text, reading.engine) == ("so good", "fake")
    assert summary.score == pytest.approx(reading.score)


def test_captions_are_read_and_a_modality_may_be_left_out(tmp_path: Path) -> None:
    captions = tmp_path / "talk.vtt"
    captions.write_text("WEBVTT\n\n00:00.000 --> 00:00.500\nhow nice\n")
    still = write_still(tmp_path / "face.png")
    records = list(fsrf_live.analyze(still, captions=captions, without=["video"], engine=RealShapes()))
    assert [record.text for record in records if isinstance(record, Reading)] == ["how nice"]


@pytest.mark.parametrize(("language", "state"), [(None, "missing"), ("auto", "missing"), ("en", "present")])
def test_text_is_in_the_language_that_is_told_or_given(language: str | None, state: str) -> None:
    said = "To był naprawdę dobry dzień dla nas wszystkich."  # in a language that no text encoder here reads
    reading, _ = fsrf_live.analyze(text=said, language=language, engine=RealShapes())
    assert isinstance(reading, Reading)
    assert reading.modalities["text"].state == state


def test_what_is_heard_goes_through_ones_own_recogniser() -> None:
    Hears.closed = False
    records = fsrf_live.analyze(DEMO, recognise=Hears, without=["video"], engine=RealShapes())
    texts = {record.text for record in records if isinstance(record, Reading)}
    assert "hello" in texts
    assert Hears.closed


@pytest.mark.parametrize(
    ("arguments", "error", "problem"),
    [
        ({}, UsageError, "nothing to analyse"),
        ({"media": "missing.mp4"}, MediaError, r"missing\.mp4"),
        ({"text": "good", "without": ["smell"]}, UsageError, "unknown modality 'smell'"),
        ({"text": "good", "checkpoint": "missing.safetensors"}, CheckpointError, r"missing\.safetensors"),
        ({"text": "good", "language": "tlh"}, UsageError, "no speech model knows the language 'tlh'"),
        ({"media": "talk.wav", "recognise": "pigeon"}, UsageError, "called 'pigeon'"),
    ],
)
def test_what_is_wrong_is_raised_at_once(
    arguments: dict[str, object], error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        fsrf_live.analyze(**arguments)  # type: ignore[arg-type]


def test_an_engine_is_refused_whose_checkpoint_is_not_there() -> None:
    with pytest.raises(CheckpointError, match=r"missing\.safetensors"):
        fsrf_live.load_engine("onnx", checkpoint="missing.safetensors")
