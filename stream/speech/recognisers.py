"""Speech recognition, offline, one utterance at a time. It is slow: a session runs it in its own thread."""

import importlib.util
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ, Words
from fsrf_live.stream.flow.text import printable
from fsrf_live.stream.speech.sphinx import SHORTEST_S, Pocketsphinx

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

WHISPER_MODELS = ("small.en", "base.en", "tiny.en", "small", "base", "tiny")

RecogniserName = Literal["auto", "pocketsphinx", "whisper"]


class SampleRecogniser(Protocol):
    """Turns the sound of an utterance into words. One thread owns one recogniser."""

    @property
    def name(self) -> str:
        """Which recogniser, with which model."""

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise ``samples [n] float32``, mono, 16 kHz, from `start_ns` on; gives one `Words` a word."""

    def close(self) -> None:
        """Release the model."""


class Whisper:
    """Whisper by faster-whisper (extra ``[whisper]``) with the best model that is on this machine's disk."""

    def __init__(self) -> None:
        """Load a model; raises SourceError where none is on disk. Nothing is ever downloaded."""
        self._model, self.name = _local_whisper()

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise an utterance; see `SampleRecogniser`."""
        if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
            return []
        segments, _ = self._model.transcribe(samples, word_timestamps=True, condition_on_previous_text=False)
        found = (
            (word.start, word.end, printable(word.word)) for part in segments for word in part.words or ()
        )
        return [
            Words(start_ns + round(a * NS), start_ns + round(b * NS), text) for a, b, text in found if text
        ]

    def close(self) -> None:
        """Nothing is held but memory."""


def open_recogniser(name: RecogniserName = "auto") -> SampleRecogniser:
    """Load a recogniser; ``auto`` takes Whisper where it is installed with a model, else PocketSphinx.

    Raises SourceError where the one that is asked for cannot be loaded.
    """
    if name == "pocketsphinx":
        return Pocketsphinx()
    if name == "whisper":
        return Whisper()
    if importlib.util.find_spec("faster_whisper") is not None:
        try:
            return Whisper()
        except SourceError:
            return Pocketsphinx()
    return Pocketsphinx()


def _local_whisper() -> "tuple[WhisperModel, str]":
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise SourceError("Whisper is not installed: install the extra [whisper]") from error
    for size in WHISPER_MODELS:
        try:
            model = WhisperModel(size, device="cpu", compute_type="int8", local_files_only=True)
        except (OSError, ValueError, RuntimeError):
            continue
        return model, f"whisper {size}"
    raise SourceError("Whisper has no model on this disk: fetch one with faster-whisper, or use pocketsphinx")
