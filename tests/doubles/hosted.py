"""Sessions that a host runs and that cost nothing, and openings that go wrong."""

import hashlib
import os
import signal
import threading
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.checkpoint import default_checkpoint
from fsrf_live.fsrf.common.config import ENGLISH, ModelConfig
from fsrf_live.fsrf.common.errors import EngineError, SourceError
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.reading.loading import EngineChoice, Extractors, SharedTextEncoder
from fsrf_live.stream.sources.decoding import decode_frames, decode_samples
from fsrf_live.tools.hosting.live_streams import LiveStreams
from fsrf_live.tools.hosting.messages import HostedSession, OpenStream
from tests.doubles.engines import RealShapes
from tests.doubles.fakes import FakeTextEncoder
from tests.doubles.records import END, READING
from tests.doubles.waiting import until

LOADED, WAITS, GO = "loaded", "waits", "go"
Kind = Literal["short", "long", "deadly", "stuck", "slow", "talking", "absent", "faulty", "broken"]
"""A short session ends by itself; a deadly one takes its process with it; a stuck one does not end when
it should; a slow one is never open; a talking one goes on telling readings; an absent one cannot be opened;
a faulty one has a mistake of ours; a broken one fails later."""


class ToldSession:
    """Tells a reading when it starts, and a summary when it stops."""

    def __init__(self, kind: Kind, sink: Sink) -> None:
        self.drops: Mapping[str, int] = {"camera": 3}
        self._kind = kind
        self._sink = sink
        self._over = threading.Event()

    def start(self) -> None:
        if self._kind == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        self._sink.emit(READING)

    def health(self) -> Mapping[str, str]:
        return {"state": self._kind}

    def wait(self, timeout_s: float | None = None) -> bool:
        if self._kind == "talking":
            self._sink.emit(READING)
        return self._kind in ("short", "broken") or self._over.wait(timeout_s)

    def stop(self) -> None:
        if self._kind == "broken":
            raise SourceError("the camera burns: put it out")
        if self._kind == "stuck":
            self._over.wait()
        self._sink.emit(END)


def opening() -> OpenStream:
    return opened


def gated_opening(folder: Path) -> OpenStream:
    """At once the first time; later when `GO` is in the folder, which says meanwhile that it `WAITS`."""
    if (folder / LOADED).exists():
        (folder / WAITS).touch()
        until((folder / GO).exists)
    (folder / LOADED).touch()
    return opened


def opened(kind: Kind, sink: Sink) -> HostedSession:
    if kind == "slow":
        threading.Event().wait()
    if kind == "absent":
        raise SourceError("there is no camera 7: plug one in")
    if kind == "faulty":
        raise ZeroDivisionError("no\ncamera")
    return ToldSession(kind, sink)


def unable_opening() -> OpenStream:
    raise EngineError("no engine runs here")


def faulty_opening() -> OpenStream:
    raise ZeroDivisionError("no engine")


def endless_opening() -> OpenStream:
    print("loading", flush=True)
    threading.Event().wait()
    raise AssertionError


def deadly_opening() -> OpenStream:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def digest_of_features(extractors: Extractors, media: Path) -> str:
    """One word for what fresh extractors say of some pictures and some sound."""
    faces, voices = extractors.faces(None), extractors.voices(None)
    pictures = islice(decode_frames(media), 0, 24, 3)
    seen = [face.vector for picture in pictures for face in faces.extract(picture)]
    faces.close()
    heard = [hop.vector for block in islice(decode_samples(media), 80) for hop in voices.push(block)]
    vectors = [vector for vector in seen if vector is not None]
    assert vectors
    assert heard
    return hashlib.sha256(np.stack(vectors).tobytes() + np.stack(heard).tobytes()).hexdigest()


class DescribedMedia:
    """A session that tells the digest of the features of a file as the name of a marker."""

    drops: Mapping[str, int] = {}

    def __init__(self, extractors: Extractors, media: Path, sink: Sink) -> None:
        self._extractors = extractors
        self._media = media
        self._sink = sink

    def start(self) -> None:
        self._sink.emit(Marker(0.0, digest_of_features(self._extractors, self._media), "python"))

    def health(self) -> Mapping[str, str]:
        return {}

    def wait(self, timeout_s: float | None = None) -> bool:
        return True

    def stop(self) -> None:
        pass


class RealText(FakeTextEncoder):
    """`FakeTextEncoder` in the shapes of the checkpoint that ships."""

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        vectors, mask = super().encode(texts)
        return np.pad(vectors, ((0, 0), (0, 0), (0, ModelConfig().text.width - vectors.shape[-1]))), mask


def live_opening() -> OpenStream:
    """Real sessions with an engine and a text encoder that cost nothing."""
    encoder = SharedTextEncoder(RealText(), frozenset(ENGLISH))
    choice = EngineChoice(RealShapes(), default_checkpoint(), encoder=encoder)
    return LiveStreams(choice, Extractors())


def features_opening() -> OpenStream:
    extractors = Extractors()
    return lambda media, sink: DescribedMedia(extractors, media, sink)
