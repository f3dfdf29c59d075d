"""Models that come as data: what each is, where it comes from, what its files must be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: its name, how many bytes it has, and their SHA-256 in hexadecimal."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A set of weights.

    `kind` says for people what it is; `address` is the folder on the network that holds its files, None if
    only packages bring them. `parts` are the installed packages that bring it, each with the folder in it; if
    there are several, each has a piece of the weights (``model.bin.part1`` …) and the first the rest.
    """

    kind: str
    name: str
    address: str | None
    files: tuple[ModelFile, ...]
    parts: tuple[tuple[str, str], ...]
    licence: str

    @property
    def weights(self) -> ModelFile:
        """The largest of its files."""
        return max(self.files, key=lambda file: file.bytes)

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(file.bytes for file in self.files)
