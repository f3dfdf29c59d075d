"""A record as one row: what is inside what becomes a longer name."""

from collections.abc import Iterator, Mapping
from typing import Any

from fsrf_live.stream.flow.records import ESTIMATES, LABELS, SHOWN_AS, Record, values_of

Cell = str | int | float | bool | None

_OF_A_MODALITY = {"state": str, "reason": str, "coverage": float, "contribution": float, "recovery": float}
_PARTS = ("total", "wait", "features", "engine", "emit")
TABLE: Mapping[str, type] = {
    "type": str,
    "time": str,
    "window": int,
    "revision": int,
    "final": bool,
    "start_s": float,
    "end_s": float,
    **dict.fromkeys(ESTIMATES, float),
    "label": str,
    "unsure": bool,
    **{f"probabilities_{label}": float for label in LABELS},
    **{f"trend_{name}": float for name in ESTIMATES},
    **{f"{m}_{name}": kind for m in SHOWN_AS for name, kind in _OF_A_MODALITY.items()},
    "text": str,
    "engine": str,
    **{f"latency_ms_{part}": float for part in _PARTS},
    "time_s": float,
    "source": str,
    "state": str,
    "reason": str,
    "duration_s": float,
    "windows": int,
    "row": int,
    "error": str,
    "name": str,
    "rating": float,
}
"""Every column that a record of any type may fill, in their order, with its type."""
CHANNELS = (
    *ESTIMATES,
    *(f"probabilities_{label}" for label in LABELS),
    *(f"{m}_{value}" for m in SHOWN_AS for value in ("coverage", "contribution")),
    *("start_s", "end_s", "window", "revision", "final", "unsure"),
    *(f"trend_{name}" for name in ESTIMATES),
)
"""The columns of readings that are told as numbers, in their order; `final` and `unsure` are 0 or 1."""


def flat(record: Record) -> dict[str, Cell]:
    """The values of a record by their columns; a column that this type of record has not is left out."""
    return dict(_cells("", values_of(record)))


def _cells(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _cells(prefix if name == "modalities" else f"{prefix}{name}_", value)
        else:
            yield f"{prefix}{name}", value
