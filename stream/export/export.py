"""Writes what a recording tells in the formats of other programs."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.export.bids import write_bids
from fsrf_live.stream.export.eaf import write_eaf
from fsrf_live.stream.export.report import write_report
from fsrf_live.stream.export.tables import write_csv, write_parquet, write_vtt
from fsrf_live.stream.recording.account import Account

FORMATS: Mapping[str, tuple[str, Callable[[Account, Path], None]]] = {
    "eaf": (".eaf", write_eaf),
    "csv": (".csv", write_csv),
    "parquet": (".parquet", write_parquet),
    "vtt": (".vtt", write_vtt),
    "bids": (".bids", write_bids),
    "html": (".html", write_report),
}
"""By name: how what is written ends, and what writes it, a file or a folder."""


def export_account(account: Account, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write each of `formats` into a folder that is there; gives what was written.

    All appear, each of them whole, or none. What is there already is never overwritten: annotations may have
    been added to it by hand. Raises UsageError, OSError and SinkError.
    """
    places = {name: folder / f"{account.name}{FORMATS[name][0]}" for name in dict.fromkeys(formats)}
    for place in places.values():
        if place.exists() or place.is_symlink():
            raise UsageError(f"{place} is there already and never overwritten: name another folder")
    with ExitStack() as undone:
        parts = {name: folder / f".{place.name}.part" for name, place in places.items()}
        for name, part in parts.items():
            _remove(part)
            undone.callback(_remove, part)
            FORMATS[name][1](account, part)
        for name, part in parts.items():
            part.rename(places[name])
            undone.callback(_remove, places[name])
        undone.pop_all()
    return list(places.values())


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
