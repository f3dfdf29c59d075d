"""The list of what a kit carries: files in parts, with sizes and SHA-256. Standard library alone."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

MANIFEST = "manifest.json"
FILES = "files.txt"
"""The names of all files to carry, one a line."""
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Part:
    """A file that is carried."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Wheel:
    """A wheel, and its parts in their order; of a small one there is one part, the wheel itself."""

    name: str
    bytes: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Manifest:
    """What is carried, for which version of Python, and what could not be packed."""

    python: str
    wheels: tuple[Wheel, ...]
    missing: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As it lies in the kit."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def of(cls, text: str) -> "Manifest":
        """Inverse of `to_json`; raises ValueError."""
        try:
            values = json.loads(text)
            wheels = [
                Wheel(w["name"], w["bytes"], w["sha256"], tuple(Part(**part) for part in w["parts"]))
                for w in values["wheels"]
            ]
            return cls(values["python"], tuple(wheels), tuple(values["missing"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"no manifest of a kit: {error!r}") from error


def sha256_of(path: Path) -> str:
    """In hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def split(path: Path, largest: int) -> Wheel:
    """Cut a file that is larger into parts beside it, and remove it; a small one stays as it is."""
    size, digest = path.stat().st_size, sha256_of(path)
    if size <= largest:
        return Wheel(path.name, size, digest, (Part(path.name, size, digest),))
    parts: list[Part] = []
    with path.open("rb") as file:
        while piece := file.read(largest):
            part = path.with_name(f"{path.name}.part{len(parts) + 1:02d}")
            part.write_bytes(piece)
            parts.append(Part(part.name, len(piece), hashlib.sha256(piece).hexdigest()))
    path.unlink()
    return Wheel(path.name, size, digest, tuple(parts))


def flaw_of_part(folder: Path, part: Part) -> str | None:
    """What is wrong with a carried file; None if nothing is."""
    path = folder / part.name
    if not path.is_file():
        return f"{part.name} is not here"
    if path.stat().st_size != part.bytes or sha256_of(path) != part.sha256:
        return f"{part.name} is not what was packed"
    return None


def join(folder: Path, wheel: Wheel, into: Path) -> str | None:
    """Put a wheel together in another folder; what is wrong with it, None if nothing is."""
    flaw = next(filter(None, (flaw_of_part(folder, part) for part in wheel.parts)), None)
    if flaw is not None:
        return flaw
    into.mkdir(parents=True, exist_ok=True)
    joined = into / wheel.name
    with joined.open("wb") as file:
        for part in wheel.parts:
            file.write((folder / part.name).read_bytes())
    if sha256_of(joined) != wheel.sha256:
        joined.unlink()
        return f"{wheel.name} is not what was packed"
    return None


def files_to_carry(manifest: Manifest) -> list[str]:
    """Names of all files, the lists first, then the smallest."""
    parts = sorted((part for wheel in manifest.wheels for part in wheel.parts), key=lambda part: part.bytes)
    return [MANIFEST, FILES, *(part.name for part in parts)]
