"""What a worker does: one row at a time, from its cells to the lines of its result."""

import hashlib
import json
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fsrf_live.fsrf.common.errors import FsrfError, MediaError, UsageError
from fsrf_live.stream.clips.jobs import MANIFEST_COLUMNS, Cells, files_of_row, job_of_row

if TYPE_CHECKING:
    from fsrf_live.stream.clips.offline import Offline
    from fsrf_live.tools.batch.terms import Terms

TRIES = 3
"""A row whose worker dies is given to another; after so many deaths the row is to blame."""
_CHUNK = 1 << 20
_LASTING = (MediaError, UsageError)
"""Errors of what a row says or names: they come again until that changes."""


class Head(NamedTuple):
    """What the first line of a result says of it: None as a fingerprint asks for another try."""

    fingerprint: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class RowTask:
    """A row to do: its number, the name of its result, its cells, and the head of the result it has."""

    number: int
    name: str
    cells: Cells
    known: Head | None


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """The result of a task, None if the one that is there still holds; and why the row failed, if it did."""

    result: bytes | None = None
    error: str | None = None


RowOutcomes = Generator[tuple[RowTask, RowOutcome], None, None]
"""Each task with its outcome, in the order in which they end; closing it ends the work."""
Perform = Callable[[RowTask], RowOutcome]
Opening = Callable[[], Perform]
"""Makes a process ready; raises FsrfError if no row can be done in it. It is sent to others and compared."""


def failure(task: RowTask, error: str, fingerprint: str | None = None) -> RowOutcome:
    """A failed row. Without a fingerprint it is tried again by the next call."""
    return RowOutcome(_result(task, Head(fingerprint, error), []), error)


def killer(task: RowTask) -> RowOutcome:
    """A row that took several workers with it."""
    return failure(task, "every worker that took this row died: is it too large for memory?")


@dataclass(frozen=True, slots=True)
class OpenWorkbench:
    """The opening of a real batch."""

    terms: "Terms"

    def __call__(self) -> Perform:
        """Raises EngineError, CheckpointError."""
        return Workbench(self.terms).perform


class Workbench:
    """Does rows one after the other. The engine is loaded for the first that needs it. Not thread-safe."""

    def __init__(self, terms: "Terms") -> None:
        """Raises EngineError, CheckpointError if this process would not do what the batch wants."""
        terms.check()
        self._terms = terms
        self._held = ExitStack()
        self._offline: Offline | None = None

    def perform(self, task: RowTask) -> RowOutcome:
        """Do a row. Raises FsrfError if none can be done here, and never for what is wrong with this one."""
        fingerprint = self._terms.fingerprint(_contents(task.cells, self._terms.folders))
        if task.known is not None and task.known.fingerprint == fingerprint:
            return RowOutcome(error=task.known.error)
        offline = self._offline = self._offline or self._load()
        try:
            return RowOutcome(_result(task, Head(fingerprint, None), self._lines(offline, task)))
        except _LASTING as error:
            return failure(task, str(error), fingerprint)
        except (FsrfError, OSError) as error:
            return failure(task, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours in one row must not cost the others
            return failure(task, f"internal error, {type(error).__name__}: {error}")

    def close(self) -> None:
        """Release the engine."""
        self._held.close()

    def _load(self) -> "Offline":
        """Load the engine, and the speech model if there is one; raises EngineError, SourceError.

        The speech model is not left for later: a row without its words would be another result.
        """
        from fsrf_live.stream.clips.offline import open_offline
        from fsrf_live.stream.reading.loading import checked_choice
        from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE, recogniser_for

        terms = self._terms
        choice = checked_choice(terms.engine, terms.checkpoint, terms.precision, language=terms.language)
        recogniser = recogniser_for(terms.language or DEFAULT_LANGUAGE)() if terms.hear else None
        given = None if recogniser is None else lambda: recogniser
        return self._held.enter_context(open_offline(choice, given, warm_text=False))

    def _lines(self, offline: "Offline", task: RowTask) -> list[str]:
        from fsrf_live.stream.flow.records import encode
        from fsrf_live.stream.speech.opening import language_of_text

        terms = self._terms
        job = job_of_row(
            task.cells,
            terms.folders,
            terms.without,
            hear=terms.hear,
            language=language_of_text(terms.language),
        )
        if isinstance(job, FsrfError):
            raise job
        return [encode(record, latency=False) for record in offline.analyze(job)]


def _contents(cells: Cells, folders: Sequence[Path]) -> list[str]:
    """The hash of each file of a row; if one cannot be read, why."""
    try:
        return [_content(file) for file in files_of_row(cells, folders)]
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
        return [str(error)]


def _content(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _result(task: RowTask, head: Head, lines: list[str]) -> bytes:
    cells = {column: task.cells.get(column) or None for column in MANIFEST_COLUMNS}
    first = {"type": "row", **cells, **head._asdict()}
    texts = [json.dumps(first, ensure_ascii=False, separators=(",", ":")), *lines]
    return ("\n".join(texts) + "\n").encode("utf-8", "replace")
