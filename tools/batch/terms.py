"""What all rows of a batch have in common, and its fingerprint."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from fsrf_live.engines.common.names import Precision
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.tools.shell.signature import signature_of

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Terms:
    """How the rows of a batch are analysed.

    `folders` are those in which files are looked for, in this order and by absolute names: another process
    has another working directory. `hear`: speech is recognised; `language` as it was asked for.
    `signature` is what readings depend on where the batch was begun: no process of another one may do any.
    """

    engine: str
    precision: Precision
    checkpoint: Path
    folders: tuple[Path, ...]
    without: frozenset[str]
    hear: bool
    language: str | None
    signature: tuple[tuple[str, str], ...] = ()

    def signed(self) -> "Terms":
        """The same with the signature of this process; raises CheckpointError."""
        return replace(self, signature=signature_of(self.checkpoint))

    def check(self) -> None:
        """Raise EngineError unless this process gives the readings that the batch wants."""
        here = dict(signature_of(self.checkpoint))
        for part, wanted in self.signature:
            if here[part] != wanted:
                raise EngineError(
                    f"{part} {here[part][:_SHOWN]} is there, but this batch is done with {wanted[:_SHOWN]}: "
                    "install the same"
                )

    def fingerprint(self, contents: list[str]) -> str:
        """That of a row whose files have these contents: 32 hexadecimal digits."""
        options = [self.engine, self.precision, sorted(self.without), self.hear, self.language]
        parts = json.dumps([self.signature, options, contents])
        return hashlib.sha256(parts.encode()).hexdigest()[:32]
