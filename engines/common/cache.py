"""Compiled plans in the user's cache folder, found by fingerprint, never loaded from elsewhere.

An entry is a folder named by its fingerprint's key. It is built beside its place and appears there by one
rename, so readers see all of it or nothing; if two processes build at once, the second result is dropped:

    ROOT/onnx-0f3a…/plan.json     the fingerprint, and size and SHA-256 of every file
    ROOT/onnx-0f3a…/model.onnx

An entry that does not match its `plan.json` is built again.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from fsrf_live.fsrf.common.aliases import Report

Files = Mapping[str, bytes]
Content = TypeVar("Content", bytes, Path)
"""Of a file: what is in it, or where it lies."""

MANIFEST = "plan.json"
_FORMAT = 1
UNFINISHED = ".building-"
ABANDONED_AFTER_S = 24 * 3600.0
"""Far longer than any build takes: a younger folder may belong to a process that is still building."""


def default_root() -> Path:
    """The folder for plans: ``$FSRF_CACHE_DIR``, else the user's cache folder of this platform."""
    chosen = os.environ.get("FSRF_CACHE_DIR")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("fsrf-live", appauthor=False) / "plans"


def content_hash(*parts: bytes | Path) -> str:
    """SHA-256 in hexadecimal of bytes and of files' contents, in order; raises OSError."""
    digest = hashlib.sha256()
    for part in parts:
        # The length separates parts: "ab", "c" and "a", "bc" must not have one hash.
        digest.update(_size_of(part).to_bytes(8, "little"))
        if isinstance(part, Path):
            with part.open("rb") as file:
                hashlib.file_digest(file, lambda: digest)
        else:
            digest.update(part)
    return digest.hexdigest()


def _size_of(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Everything that a plan depends on. `model` is a content hash; `shapes` maps an input to its axes."""

    engine: str
    version: str
    model: str
    device: str
    precision: str
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary, equal after a round trip through JSON."""
        return {**asdict(self), "shapes": {name: list(axes) for name, axes in self.shapes.items()}}

    @property
    def key(self) -> str:
        """Folder name of the plan: the engine and 32 hexadecimal digits."""
        text = json.dumps({"format": _FORMAT, **self.to_dict()}, sort_keys=True)
        return f"{self.engine}-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Files of a plan in memory; `cached` says that they were found, not built."""

    files: Files
    cached: bool


class PlanCache:
    """Plans by fingerprint. A folder that cannot be written costs one warning and a build at every start."""

    def __init__(self, root: Path | None = None, report: Report = lambda line: None) -> None:
        self.root = root or default_root()
        self._report = report

    def find(self, fingerprint: Fingerprint) -> Plan | None:
        """The stored plan of this fingerprint; None if it is missing, damaged or of another one."""
        files = self._checked(fingerprint, Path.read_bytes)
        return None if files is None else Plan(files, cached=True)

    def locate(self, fingerprint: Fingerprint) -> Mapping[str, Path] | None:
        """Where the files of that plan lie, checked too: for a library that reads a large one by itself."""
        return self._checked(fingerprint, lambda place: place)

    def _checked(
        self, fingerprint: Fingerprint, taken: Callable[[Path], Content]
    ) -> dict[str, Content] | None:
        folder = self.root / fingerprint.key
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            if manifest["fingerprint"] != fingerprint.to_dict():
                return None
            files = {name: taken(folder / Path(name).name) for name in manifest["files"]}
            return files if manifest["files"] == _describe(files) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def fetch(self, fingerprint: Fingerprint, build: Callable[[], Files]) -> Plan:
        """The plan of this fingerprint, built and stored if it is missing; raises what `build` raises."""
        found = self.find(fingerprint)
        if found is not None:
            return found
        files = build()
        self.store(fingerprint, files)
        return Plan(files, cached=False)

    def store(self, fingerprint: Fingerprint, files: Files) -> bool:
        """Keep a plan for the next time; False, and one warning, if the folder cannot be written."""
        try:
            self._store(fingerprint, files)
        except OSError as error:
            self._report(
                f"the plan cache {self.root} cannot be written ({error.strerror or error}): going on, "
                "every start will build again; free some space or set FSRF_CACHE_DIR"
            )
            return False
        return True

    def _store(self, fingerprint: Fingerprint, files: Files) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        self._sweep()
        # In the same folder as its place: a rename is atomic only within one file system.
        building = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self.root))
        try:
            new = building / "new"
            new.mkdir()
            for name, data in files.items():
                _write(new / name, data)
            manifest = {"fingerprint": fingerprint.to_dict(), "files": _describe(files)}
            _write(new / MANIFEST, json.dumps(manifest, indent=1).encode())
            self._publish(fingerprint, new, building / "old")
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _publish(self, fingerprint: Fingerprint, new: Path, old: Path) -> None:
        """Rename a finished folder into its place; a good plan that another process put there stays."""
        place = self.root / fingerprint.key
        # A folder can only be renamed onto nothing (or an empty one): move a damaged entry away first.
        if place.exists() and self.find(fingerprint) is None:
            place.rename(old)
        try:
            new.rename(place)
        except OSError:  # another process was faster: fine if its plan is good
            if self.find(fingerprint) is None:
                raise

    def _sweep(self) -> None:
        """Remove folders of processes that were killed while building."""
        for folder in self.root.glob(f"{UNFINISHED}*"):
            try:
                abandoned = time.time() - folder.stat().st_mtime > ABANDONED_AFTER_S
            except FileNotFoundError:  # its owner has just finished
                continue
            if abandoned:
                shutil.rmtree(folder, ignore_errors=True)


def _describe(files: Mapping[str, Content]) -> dict[str, dict[str, Any]]:
    return {name: {"bytes": _size_of(each), "sha256": content_hash(each)} for name, each in files.items()}


def _write(path: Path, data: bytes) -> None:
    """Write and flush to disk, so that a rename never publishes a file that a power cut could leave empty."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def versions(own: int, *packages: str) -> str:
    """Our own version of a recipe and those of the packages that it depends on, as one string."""
    return " ".join([str(own), *(f"{package}-{metadata.version(package)}" for package in packages)])
