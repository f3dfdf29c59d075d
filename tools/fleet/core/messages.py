"""What workers say to each other, and what a worker wants done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fsrf_live.tools.fleet.core.catalogue import Stamp, StreamEntry
from fsrf_live.tools.fleet.core.program import ProgramTerms


@dataclass(frozen=True, slots=True)
class Holding:
    """A stream that a worker runs: since which epoch, in what state, how often its process was begun again.

    `news` is for people: the last reading, for example.
    """

    name: str
    epoch: Stamp
    of: Stamp
    state: str
    restarts: int
    news: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Beat:
    """What a worker says of itself again and again.

    The lowest `rank` leads, 0 is that of a worker which has not yet learnt the streams. `free`: whether it
    takes more, by its load in [0, 1]. `signature` is that of the program, `digest` that of its catalogue.
    """

    worker: str
    rank: int
    most: int
    load: float
    free: bool
    signature: str
    digest: str
    holdings: tuple[Holding, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What a worker has just learnt or decided."""

    worker: str
    entries: tuple[StreamEntry, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """The leader's proposal that `to` runs a stream; `forced`: also if somebody else does (`move`)."""

    worker: str
    to: str
    entry: StreamEntry
    forced: bool


@dataclass(frozen=True, slots=True)
class Declined:
    """The answer to an offer that is not taken, with the reason."""

    worker: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """That a worker has this version of a stream too: it outlives the one that had it first."""

    worker: str
    of: Stamp


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The answer of a worker to the question what it knows."""

    worker: str
    rank: int
    terms: ProgramTerms
    entries: tuple[StreamEntry, ...]


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a person asks of the fleet. `asked` is another one for each, and the same if it is asked again."""

    kind: Literal["add", "stop", "move", "list"]
    asked: str
    name: str = ""
    spec: str = ""
    worker: str = ""


# Actions.


@dataclass(frozen=True, slots=True)
class Say:
    """Tell all workers."""

    message: Any


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask a worker what it knows; the answer is `Knowledge`."""

    worker: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a session of a stream; its records belong to this epoch."""

    name: str
    epoch: Stamp
    spec: str


@dataclass(frozen=True, slots=True)
class Halt:
    """End the session of this epoch; none of its records may go out any more."""

    name: str
    epoch: Stamp


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer a request. None: this worker does not lead, and another one will answer."""

    asked: str
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Warn:
    """Tell the person at this worker."""

    text: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Leave: this worker may not join."""

    reason: str


Action = Say | Ask | Begin | Halt | Reply | Warn | Refuse
