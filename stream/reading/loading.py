"""Puts engine, text encoder and feature extraction together for whatever reads windows."""

import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.engines.common.contract import ModelConfig, TextEncoder
from fsrf_live.fsrf.common.aliases import FileName, Floats, Mask
from fsrf_live.fsrf.common.config import ENGLISH, check_features
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality

if TYPE_CHECKING:
    from fsrf_live.engines.common.cache import PlanCache
    from fsrf_live.engines.common.contract import Engine
    from fsrf_live.engines.common.names import Precision
    from fsrf_live.stream.features.extractors import PacedFaceExtractor, StillExtractor, VoiceExtractor
    from fsrf_live.stream.flow.clock import Clock
    from fsrf_live.stream.reading.analyst import Analyst

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine, or one that is loaded already, and the checkpoint with the text encoder's weights.

    `made` are the modalities whose features are made now: all, except those that a recording brings. `text`
    is the file of another text encoder (`fsrf train tongues`); None: the checkpoint's own. `encoder` is one
    that is loaded already, and that any number of threads may use.
    """

    engine: "str | Engine"
    checkpoint: Path
    precision: "Precision" = "fp32"
    made: Collection[Modality] = MODALITIES
    text: Path | None = None
    encoder: "SharedTextEncoder | None" = None

    def check(self) -> None:
        """Raise CheckpointError if a file cannot be read, does not fit, or wants other features."""
        from fsrf_live.fsrf.common.checkpoint import read_checkpoint

        stored = read_checkpoint(self.checkpoint)
        check_features(stored.config, self.made)
        if self.text is not None and read_checkpoint(self.text).facts.get("teacher") != stored.fingerprint:
            raise CheckpointError(
                f"{self.text} was taught by another checkpoint than {self.checkpoint}: "
                "teach it again with 'fsrf train tongues'"
            )

    @property
    def text_file(self) -> Path:
        """The file with the weights of the text encoder."""
        return self.text or self.checkpoint


def checked_choice(
    engine: "str | Engine",
    checkpoint: FileName | None,
    precision: "Precision" = "fp32",
    made: Collection[Modality] = MODALITIES,
    language: str | None = None,
) -> EngineChoice:
    """An engine for a checkpoint, by default the one that ships.

    Raises CheckpointError (`EngineChoice`), and UsageError if there is no such engine.

    If `language` is not English, the text encoder of many languages is taken, if it is there.
    """
    from fsrf_live.engines.text.e5 import tongues_for
    from fsrf_live.engines.triton.address import checked_engine

    if isinstance(engine, str):
        checked_engine(engine)
    path = checkpoint_path(checkpoint)
    text = None if language in (None, *ENGLISH) else tongues_for(path, _LOG.warning)
    choice = EngineChoice(engine, path, precision, made, text)
    choice.check()
    return choice


class LazyTextEncoder:
    """A text encoder that is loaded with the first text that says anything: many sessions have none."""

    def __init__(self, load: Callable[[], TextEncoder], config: ModelConfig) -> None:
        self._load = load
        self._shape = (config.text.length, config.text.width)
        self._encoder: TextEncoder | None = None

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """Token vectors ``[B, T, D]`` and mask ``[B, T]``; raises EngineError if it cannot be loaded."""
        if self._encoder is None and not any(text.strip() for text in texts):
            length, width = self._shape
            return np.zeros((len(texts), length, width), np.float32), np.zeros((len(texts), length), np.bool_)
        return self._loaded().encode(texts)

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """Token vectors ``[T, D]`` and mask ``[T]``; raises EngineError if it cannot be loaded."""
        return self._loaded().encode_clear(text, clear)

    def newest(self, text: str) -> str:
        """The last words of a text that are encoded whole; raises EngineError if it cannot be loaded."""
        if self._encoder is None and not text.strip():
            return text
        return self._loaded().newest(text)

    def warm(self) -> None:
        """Load it now."""
        self._loaded()

    def _loaded(self) -> TextEncoder:
        self._encoder = self._encoder or self._load()
        return self._encoder


class SharedTextEncoder:
    """A text encoder that any number of threads may use, one at a time; and the languages that it reads."""

    def __init__(self, inside: TextEncoder, languages: frozenset[str]) -> None:
        self.languages = languages
        self._inside = inside
        self._lock = threading.Lock()

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """As inside."""
        with self._lock:
            return self._inside.encode(texts)

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """As inside."""
        with self._lock:
            return self._inside.encode_clear(text, clear)

    def newest(self, text: str) -> str:
        """As inside."""
        with self._lock:
            return self._inside.newest(text)


def load_analyst(choice: EngineChoice, clock: "Clock", *, warm_text: bool = False) -> "Analyst":
    """Load the engine, and beside it the text encoder if `warm_text`; raises CheckpointError, EngineError."""
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.stream.reading.analyst import Analyst

    if choice.encoder is not None:
        return Analyst(load_engine_of(choice), choice.encoder, clock, choice.encoder.languages)
    stored = read_checkpoint(choice.checkpoint)
    # Both libraries let go of Python's lock while they read a model, and a start waits for both.
    with ThreadPoolExecutor(1, "text-loader") as beside:
        reading = beside.submit(load_encoder, choice, stored.config, warm=warm_text)
        engine = load_engine_of(choice)
        encoder = reading.result()
    of_text = stored if choice.text is None else read_checkpoint(choice.text)
    return Analyst(engine, encoder, clock, of_text.languages)


def load_engine_of(choice: EngineChoice, batch: int = 1) -> "Engine":
    """Load the engine for `batch` windows a call; raises CheckpointError, EngineError."""
    from fsrf_live.engines.select import select_engine

    if choice.encoder is None:  # else it was checked when that was loaded
        choice.check()
    if not isinstance(choice.engine, str):
        return choice.engine
    return select_engine(
        choice.engine,
        choice.checkpoint,
        _LOG.info,
        batch=batch,
        precision=choice.precision,
        cache=plan_cache(),
    )


def loaded_choice(choice: EngineChoice, load: "Callable[[EngineChoice], Engine]") -> EngineChoice:
    """The same with its engine, by `load`, and its text encoder, both for many sessions.

    Raises CheckpointError, EngineError.
    """
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint

    engine = load(choice)
    encoder = load_encoder(choice, engine.config, warm=True)
    shared = SharedTextEncoder(encoder, read_checkpoint(choice.text_file).languages)
    return replace(choice, engine=engine, encoder=shared)


def load_encoder(choice: EngineChoice, config: ModelConfig, *, warm: bool) -> TextEncoder:
    """The text encoder, loaded now if `warm`; raises CheckpointError, EngineError."""
    from fsrf_live.engines.text.select import load_text_encoder

    if choice.encoder is not None:
        return choice.encoder
    encoder = LazyTextEncoder(lambda: load_text_encoder(choice.text_file, _LOG.info, plan_cache()), config)
    if warm:
        encoder.warm()
    return encoder


def checkpoint_path(given: FileName | None) -> Path:
    """The checkpoint that was asked for, or the one that ships."""
    from fsrf_live.fsrf.common.checkpoint import default_checkpoint

    return Path(given) if given else default_checkpoint()


def work_folder(given: str | None) -> Path:
    """The folder in which training and evaluation keep what they make."""
    from fsrf_live.engines.common.cache import default_root

    return Path(given) if given else default_root() / "training"


def plan_cache() -> "PlanCache":
    """The user's cache of compiled plans; problems with it are logged as warnings."""
    from fsrf_live.engines.common.cache import PlanCache

    return PlanCache(report=_LOG.warning)


def make_faces(rest: Floats | None = None) -> "PacedFaceExtractor":
    """Face features of a stream; ``rest [384]`` is the person's resting face, if it is known."""
    from fsrf_live.stream.features.face import MeshFaceExtractor

    return MeshFaceExtractor(rest=rest)


def make_voices(usual: Floats | None = None) -> "VoiceExtractor":
    """Voice features of a stream; ``usual [56]`` is the person's usual voice, if it is known."""
    from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor

    return ProsodyVoiceExtractor(usual=usual)


class Extractors:
    """Makes the extractors of streams, from any thread. One of each is ready: the first that asks gets it."""

    def __init__(self) -> None:
        """Raises SourceError if a model is missing."""
        self._faces, self._voices = [make_faces()], [make_voices()]

    def faces(self, rest: Floats | None) -> "PacedFaceExtractor":
        """As `make_faces`."""
        with contextlib.suppress(IndexError):
            if rest is None:
                return self._faces.pop()
        return make_faces(rest)

    def voices(self, usual: Floats | None) -> "VoiceExtractor":
        """As `make_voices`."""
        with contextlib.suppress(IndexError):
            if usual is None:
                return self._voices.pop()
        return make_voices(usual)


def bare_faces() -> "PacedFaceExtractor":
    """Face features of a stream that are relative to nobody."""
    from fsrf_live.stream.features.face import MeshFaceExtractor

    return MeshFaceExtractor(own_face=False)


def bare_voices() -> "VoiceExtractor":
    """Voice features of a stream that are relative to nobody."""
    from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor

    return ProsodyVoiceExtractor(own_voice=False)


def make_stills() -> "StillExtractor":
    """Face features of unrelated pictures."""
    from fsrf_live.stream.features.face import MeshStillExtractor

    return MeshStillExtractor()
