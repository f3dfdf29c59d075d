"""Speech recognition, offline, one utterance at a time. It is slow: a session runs it in its own thread."""

import contextlib
import importlib.util
import json
import struct
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from stream.clock import NS
from stream.errors import SourceError
from stream.items import SAMPLE_RATE_HZ, Words
from stream.sources.lines import printable

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

WHISPER_MODELS = ("small.en", "base.en", "tiny.en", "small", "base", "tiny")
FRAMES_PER_S = 100
SHORTEST_S = 0.2
ENDS_WITHIN_S = 1.0

RecogniserName = Literal["auto", "pocketsphinx", "whisper"]


class Recogniser(Protocol):
    """Turns the sound of an utterance into words. One thread owns one recogniser."""

    @property
    def name(self) -> str:
        """Which recogniser, with which model."""

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise ``samples [n] float32``, mono, 16 kHz, from `start_ns` on; gives one `Words` a word."""

    def close(self) -> None:
        """Release the model."""


class Pocketsphinx:
    """CMU PocketSphinx with the US English model inside its wheel: small, quick, and often wrong.

    It works in a process of its own (`stream.sources.sphinx_worker`).
    """

    name = "pocketsphinx"

    def __init__(self) -> None:
        """Load the model; raises SourceError where it cannot be loaded."""
        self._worker = _started_worker()

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise an utterance; see `Recogniser`. Raises SourceError where the process has died."""
        if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
            return []
        if self._worker.poll() is not None:
            self._worker = _started_worker()
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        words = []
        for word, first, last in _asked(self._worker, struct.pack("<I", len(pcm)) + pcm):
            text = word.split("(")[0]
            if text and not text.startswith(("<", "[", "+")):
                begin_ns, end_ns = first * NS // FRAMES_PER_S, (last + 1) * NS // FRAMES_PER_S
                words.append(Words(start_ns + begin_ns, start_ns + end_ns, text))
        return words

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            _pipe(self._worker.stdin).close()
        try:
            self._worker.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._worker.kill()
            self._worker.wait()
        _pipe(self._worker.stdout).close()


class Whisper:
    """Whisper by faster-whisper (extra ``[whisper]``) with the best model that is on this machine's disk."""

    def __init__(self) -> None:
        """Load a model; raises SourceError where none is on disk. Nothing is ever downloaded."""
        self._model, self.name = _local_whisper()

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        """Recognise an utterance; see `Recogniser`."""
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


def open_recogniser(name: RecogniserName = "auto") -> Recogniser:
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


def _started_worker() -> "subprocess.Popen[bytes]":
    """Start the process, in a session of its own so that Ctrl-C ends it by the end of its input."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "stream.sources.sphinx_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    _asked(worker, b"")
    return worker


def _asked(worker: "subprocess.Popen[bytes]", request: bytes) -> list[tuple[str, int, int]]:
    """Send a request and wait for its answer."""
    try:
        _pipe(worker.stdin).write(request)
        _pipe(worker.stdin).flush()
        answer = _pipe(worker.stdout).readline()
    except OSError:
        answer = b""
    if not answer:
        worker.kill()
        raise SourceError("speech recognition has stopped: is pocketsphinx installed?")
    return [(str(word), int(first), int(last)) for word, first, last in json.loads(answer)]


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


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
