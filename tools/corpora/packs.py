"""Feature packs of the corpora, made by the extractors that live uses and kept in a working folder."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import numpy as np

from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.errors import DataError

if TYPE_CHECKING:
    from argparse import Namespace

    from fsrf_live.fsrf.common.aliases import Floats, Mask
    from fsrf_live.fsrf.common.checkpoint import Arrays
    from fsrf_live.fsrf.data.packs import Corpus, Packs
    from fsrf_live.fsrf.data.text_corpora import TextRow
    from fsrf_live.tools.corpora.faces import Faces
    from fsrf_live.tools.corpora.voices import Voice


VARIANTS = 2
"""Worsened copies of each training utterance."""
MADE_OF = ("text", "faces", "audio")
"""Folders from which packs are made."""
_SEED = 0
"""Which sentences are packed, and how a recogniser would have written them."""


@dataclass(frozen=True, slots=True)
class People:
    """Faces and voices as the corpora have them; None if their pack exists."""

    faces: "Faces | None"
    voices: "list[Voice] | None"


class PackMaker:
    """Makes packs from `data` under `work`, each once, and reports progress to `say`."""

    def __init__(self, data: Path, work: Path, say: Report) -> None:
        """Raises DataError if the packs in `work` were made from other corpora."""
        self._data = data
        self._work = work
        self._say = say
        _claim(work, data)

    @cached_property
    def sentences(self) -> "list[TextRow]":
        """All that is read of texts; raises DataError."""
        from fsrf_live.fsrf.data.text import load_text

        return load_text(self._data / "text")

    def digest(self, *settings: object) -> str:
        """Twelve hexadecimal digits that identify the sentences and some settings; raises DataError.

        A part of the sentences comes with this program, so the files of the corpora do not tell them.
        """
        digest = hashlib.sha256(repr(settings).encode())
        for row in self.sentences:
            digest.update(repr(row).encode())
        return digest.hexdigest()[:12]

    def folder(self, adapter: "Arrays", workers: int) -> Path:
        """The folder with the three packs for a text encoder with this adapter; raises DataError."""
        folder = self.text(adapter, workers)
        self.link(folder, self.make(self.read(), workers))
        return folder

    def text(self, adapter: "Arrays", workers: int) -> Path:
        """A folder with the pack of sentences as a text encoder with this adapter reads them.

        It is made by `workers` threads, each with an encoder of its own.
        """
        from fsrf_live.fsrf.data.text_pack import PACKED

        folder = self._work / f"packs-{arrays_digest(adapter)}-{self.digest(PACKED)}"
        self.once(folder / "text.npz", lambda path: self._make_text(path, adapter, workers))
        return folder

    def read(self) -> People:
        """The corpora of the packs that are missing; raises DataError if they cannot be read."""
        from fsrf_live.tools.corpora.faces import read_faces
        from fsrf_live.tools.corpora.synthetic_voices import read_synthetic
        from fsrf_live.tools.corpora.voices import read_voices

        faces, voices = self._paths()
        return People(
            None if faces.exists() else read_faces(self._data),
            None if voices.exists() else [*read_voices(self._data), *read_synthetic(self._data)],
        )

    def make(self, people: People, workers: int) -> tuple[Path, Path]:
        """The packs of faces and of voices, made by `workers` processes."""
        from fsrf_live.fsrf.data.packs import save_pack
        from fsrf_live.tools.corpora.faces import face_pack
        from fsrf_live.tools.corpora.voices import read_surroundings, voice_pack

        faces, voices = self._paths()
        if people.faces is not None:
            seen = people.faces
            self.once(faces, lambda path: save_pack(path, face_pack(seen, workers)))
        if people.voices is not None:
            heard = people.voices
            around = read_surroundings(self._data, heard)
            self.once(voices, lambda path: save_pack(path, voice_pack(heard, around, VARIANTS, workers)))
        return faces, voices

    def conditions(self, workers: int) -> Path:
        """The pack of voices for testing in noise and rooms, made by `workers` processes."""
        from fsrf_live.fsrf.common.config import FEATURES
        from fsrf_live.fsrf.data.packs import save_pack
        from fsrf_live.tools.corpora.conditions import condition_pack
        from fsrf_live.tools.corpora.voices import read_voices

        def make(path: Path) -> None:
            save_pack(path, condition_pack(read_voices(self._data), workers))

        return self.once(self._work / f"conditions-{FEATURES['audio']}.npz", make)

    def link(self, folder: Path, packs: tuple[Path, Path]) -> None:
        """Put the packs of faces and voices, which all adapters share, beside a pack of sentences."""
        for name, made in zip(("faces.npz", "voices.npz"), packs, strict=True):
            link, new = folder / name, folder / f"new-{name}"
            new.unlink(missing_ok=True)
            new.symlink_to(Path("..") / made.name)
            new.replace(link)  # in one step: an evaluation may read beside a training

    def once(self, path: Path, make: Callable[[Path], None]) -> Path:
        """Make a file unless it exists, and report which."""
        if path.exists():
            self._say(f"{path.name}: found in {path.parent}")
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        make(path)
        self._say(f"{path.name}: made in {time.monotonic() - started:.0f} s")
        return path

    def _paths(self) -> tuple[Path, Path]:
        from fsrf_live.fsrf.common.config import FEATURES
        from fsrf_live.fsrf.data.packs import TONELESS
        from fsrf_live.tools.corpora.faces import MADE_FACES
        from fsrf_live.tools.corpora.voices import MADE_VOICES

        return (
            self._work / f"faces-{FEATURES['video']}+{MADE_FACES}.npz",
            self._work / f"voices-{FEATURES['audio']}+{TONELESS}+{MADE_VOICES}.npz",
        )

    def _make_text(self, path: Path, adapter: "Arrays", workers: int) -> None:
        import torch

        from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
        from fsrf_live.fsrf.common.config import ModelConfig
        from fsrf_live.fsrf.data.text_pack import choose_rows, pack_text, write_pack

        rows = choose_rows(self.sentences, _SEED)
        encoders = SimpleQueue[SentenceTransformersEncoder]()
        for _ in range(workers):
            encoders.put(SentenceTransformersEncoder(adapter or None, ModelConfig().text.length))

        def encode(texts: list[str]) -> "tuple[Floats, Mask]":
            encoder = encoders.get()
            try:
                return encoder.encode(texts)
            finally:
                encoders.put(encoder)

        # one thread of torch in each, so that the vectors are the same with any number of workers
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            write_pack(path, pack_text(rows, encode, _SEED, pool.map))


def _claim(work: Path, data: Path) -> None:
    """Bind the working folder to these corpora, identified by the names and sizes of their files."""
    stamp, identity = work / "corpora.txt", stamp_of(data)
    if not stamp.exists():
        work.mkdir(parents=True, exist_ok=True)
        stamp.write_text(identity, encoding="utf-8")
    elif stamp.read_text(encoding="utf-8") != identity:
        raise DataError(
            f"the packs in {work} were made from other corpora than those in {data}: give another --work"
        )


def stamp_of(data: Path) -> str:
    """Sixteen hexadecimal digits that identify the names and sizes of all files of the corpora."""
    files = sorted(path for folder in MADE_OF for path in (data / folder).rglob("*") if path.is_file())
    sizes = [f"{path.relative_to(data).as_posix()} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(sizes).encode()).hexdigest()[:16]


def packs_of(args: "Namespace", adapter: "Arrays") -> "Packs":
    """The packs of a command's corpora, made if they are missing; raises DataError."""
    from fsrf_live.fsrf.data.packs import load_packs

    return load_packs(_maker_of(args).folder(adapter, args.threads))


def conditions_of(args: "Namespace") -> "dict[str, Corpus]":
    """The voices for testing of a command's corpora in each condition, likewise."""
    from fsrf_live.fsrf.data.packs import condition_corpora
    from fsrf_live.tools.corpora.conditions import CONDITIONS

    return condition_corpora(_maker_of(args).conditions(args.threads), tuple(CONDITIONS))


def _maker_of(args: "Namespace") -> PackMaker:
    from fsrf_live.stream.reading.loading import work_folder
    from fsrf_live.tools.shell.output import say_on_screen

    return PackMaker(Path(args.data), work_folder(args.work), say_on_screen())


def arrays_digest(arrays: "Arrays") -> str:
    """Twelve hexadecimal digits that identify the names and contents of arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:12]
