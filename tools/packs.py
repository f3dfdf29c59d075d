"""Feature packs of the corpora, made by the extractors that live uses and kept in a working folder."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from argparse import Namespace

    from fsrf.checkpoint import Arrays
    from fsrf.data.packs import Packs

Say = Callable[[str], None]

VARIANTS = 2
"""Worsened copies of each training utterance."""
SEED = 0
"""Which sentences are packed, and how a recogniser would have written them."""


class PackMaker:
    """Makes packs from `data` under `work`, each once; `threads` at a time, telling `say` how it goes."""

    def __init__(self, data: Path, work: Path, threads: int, say: Say) -> None:
        self._data = data
        self._work = work
        self._threads = threads
        self._say = say

    def folder(self, adapter: "Arrays") -> Path:
        """The folder with the three packs for a text encoder with this adapter; raises DataError."""
        folder = self._work / f"packs-{digest_of(adapter)}"
        folder.mkdir(parents=True, exist_ok=True)
        self.once(folder / "text.npz", lambda path: self._make_text(path, adapter))
        for name, made in (("faces.npz", self._faces()), ("voices.npz", self._voices())):
            link = folder / name
            link.unlink(missing_ok=True)
            link.symlink_to(Path("..") / made.name)
        return folder

    def once(self, path: Path, make: Callable[[Path], None]) -> Path:
        """Make a file unless it is there, and say so."""
        if path.exists():
            self._say(f"{path.name}: found in {path.parent}")
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        started = time.monotonic()
        make(path)
        self._say(f"{path.name}: made in {time.monotonic() - started:.0f} s")
        return path

    def _faces(self) -> Path:
        from stream.features.face import NAME
        from tools.corpora import save
        from tools.face_corpus import face_pack, read_faces

        def make(path: Path) -> None:
            save(path, face_pack(read_faces(self._data), self._threads))

        return self.once(self._work / f"faces-{NAME}.npz", make)

    def _voices(self) -> Path:
        from fsrf.data.packs import TONELESS
        from stream.features.voice import NAME
        from tools.corpora import save
        from tools.synthetic_voices import read_synthetic
        from tools.voice_corpus import read_voices, voice_pack

        def make(path: Path) -> None:
            voices = [*read_voices(self._data), *read_synthetic(self._data)]
            save(path, voice_pack(voices, VARIANTS, self._threads))

        return self.once(self._work / f"voices-{NAME}+{TONELESS}.npz", make)

    def _make_text(self, path: Path, adapter: "Arrays") -> None:
        from engines.text import SentenceTransformersEncoder
        from fsrf.config import ModelConfig
        from fsrf.data.text import load_text
        from fsrf.text_pack import choose, pack_text, write_pack

        rows = choose(load_text(self._data / "text"), SEED)
        encoder = SentenceTransformersEncoder(adapter or None, ModelConfig().text.length)
        write_pack(path, pack_text(rows, encoder.encode, SEED))


def packs_of(args: "Namespace", adapter: "Arrays") -> "Packs":
    """The packs of a command's corpora, made where they are missing; raises DataError."""
    from fsrf.data.packs import load_packs
    from tools.composition import work_folder
    from tools.output import say_on_screen

    maker = PackMaker(Path(args.data), work_folder(args.work), args.threads, say_on_screen())
    return load_packs(maker.folder(adapter))


def digest_of(arrays: "Arrays") -> str:
    """Twelve hexadecimal digits that stand for the names and contents of arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:12]
