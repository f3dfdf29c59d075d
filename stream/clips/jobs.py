"""What ``fsrf analyze`` is asked to read, one job or a manifest of them."""

import contextlib
import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fsrf_live.fsrf.common.errors import FsrfError, MediaError, UsageError
from fsrf_live.stream.sources.media.container import ANY_TRACKS, Tracks

if TYPE_CHECKING:
    from fsrf_live.stream.clips.job import Job
    from fsrf_live.stream.flow.items import Words

MANIFEST_COLUMNS = ("media", "text", "captions")
LONGEST_FIELD = 100_000_000
SHOWN = 40
"""So many letters of what is wrong are shown."""

Cells = Mapping[str | Any, Any]
"""A row by its columns; under None is what stands after the last of them."""


def job_of(
    media: Path | None,
    text: str | None,
    captions: Path | None,
    without: frozenset[str],
    *,
    hear: bool,
    tracks: Tracks = ANY_TRACKS,
    language: str | None = None,
) -> "Job":
    """One job; captions beside the media, or inside, count if nothing else says what is said.

    `language` is that of text and captions; None: it is told from each piece.

    Raises MediaError, and UsageError if a track that is wanted is not there.
    """
    from fsrf_live.fsrf.common.modalities import MODALITIES
    from fsrf_live.stream.clips.job import Job
    from fsrf_live.stream.sources.captions import captions_beside, read_captions
    from fsrf_live.stream.sources.subtitles import read_subtitles

    words: Sequence[Words] = ()
    silent = captions is None and media is not None and text is None and not hear
    if media is not None and silent and tracks.subtitle is None:
        captions = captions_beside(media)
    if "text" in without:
        pass
    elif captions is not None:
        words = read_captions(captions)
    elif media is not None and silent:
        with contextlib.suppress(MediaError):  # what is wrong with the media is said when they are read
            words = read_subtitles(media, tracks)
    return Job(
        media=media,
        captions=tuple(words),
        text=text,
        language=language,
        without=frozenset(m for m in MODALITIES if m in without),
        tracks=tracks,
        files=tuple(file for file in (media, captions) if file is not None),
    )


def read_manifest(
    path: Path, without: frozenset[str], *, hear: bool, language: str | None = None
) -> "list[Job | FsrfError]":
    """The jobs of a manifest, in order, as `job_of`; a row that cannot be understood is its error.

    Raises what `manifest_rows` raises.
    """
    folders = (path.parent, Path())
    return [job_of_row(row, folders, without, hear=hear, language=language) for row in manifest_rows(path)]


def manifest_rows(path: Path) -> Iterator[Cells]:
    """The rows of a manifest, in order, one at a time.

    Raises MediaError if the manifest itself cannot be read, UsageError if it has none of the columns.
    """
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = reader.fieldnames or []
            if not set(columns) & set(MANIFEST_COLUMNS):
                raise UsageError(
                    f"manifest {path}: its first line names none of the columns {', '.join(MANIFEST_COLUMNS)}"
                )
            yield from reader
    except OSError as error:
        raise MediaError(f"manifest {path}: {error.strerror}; give a CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise MediaError(f"manifest {path} is not CSV in UTF-8 ({error}): save it as such") from error


def job_of_row(
    row: Cells, folders: Sequence[Path], without: frozenset[str], *, hear: bool, language: str | None
) -> "Job | FsrfError":
    """The job of a row, or the error of one that cannot be understood.

    Files are looked for in `folders`, in this order.
    """
    try:
        _check(row)
        media, captions = _path(row.get("media"), folders), _path(row.get("captions"), folders)
        return job_of(media, row.get("text") or None, captions, without, hear=hear, language=language)
    except FsrfError as error:
        return error
    except OSError as error:  # names that are too long, folders that may not be looked into
        return MediaError(f"{_short(Path(error.filename).name)}: {error.strerror}; name a file that is there")
    except ValueError as error:  # names with a null character
        return MediaError(f"{error} in a name; name a file that is there")


def files_of_row(row: Cells, folders: Sequence[Path]) -> list[Path]:
    """The files whose content may matter to a row, those captions that lie beside its media among them.

    They are those that `job_of_row` takes. Raises OSError for names that cannot be looked up.
    """
    from fsrf_live.stream.sources.captions import captions_beside

    media, captions = _path(row.get("media"), folders), _path(row.get("captions"), folders)
    if media is not None and captions is None:
        captions = captions_beside(media)
    return [file for file in (media, captions) if file is not None]


def _check(row: Cells) -> None:
    """Refuse a row that says more than a job can hold; raises UsageError."""
    rest = row.get(None)
    if rest:
        raise UsageError(
            f"{_short(','.join(rest))!r} stands after the last column: "
            "put a text that has a comma into double quotes"
        )
    if row.get("text") and (row.get("captions") or "").strip():
        raise UsageError("text and captions exclude one another: leave one of them empty")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _path(name: str | None, folders: Sequence[Path]) -> Path | None:
    if not name or not name.strip():
        return None
    places = [folder / name.strip() for folder in folders]
    return next((place for place in places if place.exists()), places[0])
