"""Writes what a recording tells in the formats of other programs."""

import shutil
from collections.abc import Callable, Mapping, Sequence
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

    Each appears whole or not at all. What is there already is never overwritten: annotations may have been
    added to it by hand. Raises UsageError, OSError and SinkError.
    """
    places = {name: folder / f"{account.name}{FORMATS[name][0]}" for name in dict.fromkeys(formats)}
    for place in places.values():
        if place.exists() or place.is_symlink():
            raise UsageError(f"{place} is there already and never overwritten: name another folder")
    for name, place in places.items():
        part = folder / f".{place.name}.part"
        _remove(part)
        try:
            FORMATS[name][1](account, part)
            part.rename(place)
        finally:
            _remove(part)
    return list(places.values())


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)
