"""The streams of a fleet, as each worker knows them. What two of them know merges to one, in any order."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

MOST_PAST = 1000
"""Streams that are over, kept so that a worker which missed the end does not bring them back."""

LONGEST_COUNT = 19
"""Digits of what a message counts: nanoseconds since 1970 have as many, and Python reads and writes 4,300."""

RESERVED = ("worker", "fleet")
"""Names whose keys are those of the fleet itself."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

StreamWish = Literal["wanted", "stopped", "ended"]
"""What should become of a stream: ``ended`` is one whose media is over, ``stopped`` one that nobody wants."""


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """A moment in the order of the fleet (Lamport, 1978): a count, and which worker counted.

    No two workers ever make the same, and each makes higher ones than all that it has seen.
    """

    count: int
    by: str

    def __str__(self) -> str:
        return f"{self.count}-{self.by}"

    @classmethod
    def of(cls, text: str) -> "Stamp":
        """Inverse of `str`; raises ValueError."""
        count, dash, by = text.partition("-")
        if not dash or not by or not count.isdecimal() or not count.isascii() or len(count) > LONGEST_COUNT:
            raise ValueError(f"{text!r} is no stamp")
        return cls(int(count), by)


@dataclass(frozen=True, slots=True)
class StreamClaim:
    """That a worker, `epoch.by`, runs a stream as version `of` describes it, until it has `ended`."""

    epoch: Stamp
    of: Stamp
    ended: bool = False


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """A stream: its description, and the newest claim to it.

    `spec` is its description as JSON, which means nothing here; `asked` is the request that it came with.
    """

    name: str
    version: Stamp
    wish: StreamWish
    spec: str
    asked: str
    claim: StreamClaim | None = None

    @property
    def owner(self) -> str | None:
        """The worker that says it runs this; None if nobody does."""
        claim = self.claim
        if claim is None or claim.ended or claim.of != self.version or self.wish != "wanted":
            return None
        return claim.epoch.by

    def merged(self, other: "StreamEntry") -> "StreamEntry":
        """The newer description with the newer claim; an ended claim is newer than the same one before."""
        newer = self if self.version >= other.version else other
        claims = [claim for claim in (self.claim, other.claim) if claim is not None]
        return replace(newer, claim=max(claims, key=lambda claim: (claim.epoch, claim.ended), default=None))


class Catalogue:
    """The entries by name. `highest` is the highest count of any stamp that was ever seen."""

    def __init__(self) -> None:
        self.highest = 0
        self._entries: dict[str, StreamEntry] = {}
        self._digest: str | None = None

    def __iter__(self) -> Iterator[StreamEntry]:
        return iter(list(self._entries.values()))

    def get(self, name: str) -> StreamEntry | None:
        """The stream of this name, perhaps one that is over."""
        return self._entries.get(name)

    def wanted(self) -> Iterator[StreamEntry]:
        """Those that should run, by name."""
        return (self._entries[name] for name in sorted(self._entries) if self._is_wanted(name))

    def merge(self, entry: StreamEntry) -> bool:
        """Take what somebody knows of a stream; True if it was news."""
        claims = () if entry.claim is None else (entry.claim.epoch, entry.claim.of)
        self.highest = max(self.highest, entry.version.count, *(stamp.count for stamp in claims))
        known = self._entries.get(entry.name)
        merged = entry if known is None else known.merged(entry)
        if merged == known:
            return False
        self._entries[entry.name] = merged
        self._digest = None
        self._forget()
        return True

    def claim(self, name: str, claim: StreamClaim) -> bool:
        """Take a claim to a stream that is known; True if it was news."""
        known = self._entries.get(name)
        self.highest = max(self.highest, claim.epoch.count)
        return known is not None and self.merge(replace(known, claim=claim))

    def next_stamp(self, by: str) -> Stamp:
        """A stamp that is higher than all that were seen."""
        self.highest += 1
        return Stamp(self.highest, by)

    @property
    def digest(self) -> str:
        """The same for two workers that know the same."""
        if self._digest is None:
            known = sorted((e.name, str(e.version), e.wish, str(e.claim)) for e in self._entries.values())
            self._digest = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
        return self._digest

    def _is_wanted(self, name: str) -> bool:
        return self._entries[name].wish == "wanted"

    def _forget(self) -> None:
        """Keep the newest of those that are over: each worker forgets the same ones."""
        past = sorted((e for e in self._entries.values() if e.wish != "wanted"), key=lambda e: e.version)
        for entry in past[:-MOST_PAST]:
            del self._entries[entry.name]


def problem_of_name(name: str) -> str | None:
    """Why a stream cannot be called so; None if it can."""
    if name in RESERVED:
        return f"a stream cannot be called {name}: keys of the fleet are; choose another name"
    if not _NAME.fullmatch(name):
        return (
            "a stream is called by at most 64 of a-z, A-Z, 0-9, dot, dash and underscore: choose such a name"
        )
    return None
