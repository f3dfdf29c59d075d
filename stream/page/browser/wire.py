"""What a page that lends a device and the server tell each other; each device has a WebSocket of its own.

From the page, as text: ``here`` (the device works, with its label and its rate), ``away`` (it does not, and
why), ``clock`` (its answer to ours). As bytes: a picture or a block of sound behind a head of 16 bytes. To
the page: ``clock`` (what time is it?) and ``wanted`` (whether anybody takes what it sends). Pure.
"""

import json
import math
import struct
from dataclasses import dataclass
from typing import Literal

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.records import as_line

HEAD_OF_PIECE = struct.Struct("<dII")
LONGEST_PIECE = 1 << 20
"""Bytes of a message: a picture of 1280 x 720 has some 200 000, a block of sound 4000."""
LONGEST_REPORT = 4096
LONGEST_LABEL = 80
SLOWEST_HZ, FASTEST_HZ = 8_000, 192_000

Away = Literal["denied", "missing", "busy", "failed", "muted", "ended", "hidden", "undrawn", "stopped"]
WHYS: dict[Away, str] = {
    "denied": "the browser does not allow the {device}: allow it there, and give it again",
    "missing": "the browser knows no {device}: plug one in, and give it again",
    "busy": "the browser cannot open the {device}: does another program use it?",
    "failed": "the browser could not start the {device}: give it again",
    "muted": "the browser, or its system, has muted the {device}",
    "ended": "the {device} was stopped in the browser: give it again",
    "hidden": "the page that is the {device} is hidden: bring it to the front",
    "undrawn": "the browser hardly draws the page that is the {device}: bring it to the front",
    "stopped": "the {device} was taken back on the page",
}
"""In our own words, by what the page says: nothing that it writes itself is shown as a reason."""
PASSING: frozenset[Away] = frozenset({"muted", "hidden", "undrawn"})
"""What ends by itself; the others hold until the device is given again."""


@dataclass(frozen=True, slots=True)
class LentPiece:
    """A picture or a block of sound; `time_ms` is the browser's, of the picture or the block's last sample.

    `count` is the number of the picture or of the block's first sample, modulo 2**32; `lost` is how many
    pieces the page had to leave out so far.
    """

    time_ms: float
    count: int
    lost: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Here:
    """The device works: `label` is the browser's name for it, `rate_hz` that of its sound."""

    label: str
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Told:
    """The page's clock showed `now_ms` when it got our question number `asked`."""

    asked: int
    now_ms: float


LenderReport = Here | Away | Told


def piece_of(message: bytes) -> LentPiece | None:
    """What a message brings; None if it is none of ours."""
    if len(message) <= HEAD_OF_PIECE.size:
        return None
    time_ms, count, lost = HEAD_OF_PIECE.unpack_from(message)
    return LentPiece(time_ms, count, lost, message[HEAD_OF_PIECE.size :]) if math.isfinite(time_ms) else None


def report_of(message: str) -> LenderReport:
    """What a page says; raises UsageError if it is none of ours."""
    try:
        values = json.loads(message) if len(message) <= LONGEST_REPORT else None
    except (RecursionError, ValueError):
        values = None
    report = _report(values) if isinstance(values, dict) else None
    if report is None:
        raise UsageError("this page says nothing that there is: load it again")
    return report


def _report(values: dict[str, object]) -> LenderReport | None:
    match values:
        case {"type": "here", "label": str(label), "rate_hz": int(rate_hz)}:
            known = type(rate_hz) is int and (rate_hz == 0 or SLOWEST_HZ <= rate_hz <= FASTEST_HZ)
            return Here(_shown(label), rate_hz) if known else None
        case {"type": "away", "why": str(why)}:
            return next((known for known in WHYS if known == why), None)
        case {"type": "clock", "asked": int(asked), "now_ms": float() | int() as now_ms}:
            time_ms = float(str(now_ms))  # an integer may be too large for a float: this is infinity then
            return Told(asked, time_ms) if math.isfinite(time_ms) else None
        case _:
            return None


def _shown(label: str) -> str:
    """A name that others wrote, in one line of letters that can be seen."""
    return " ".join("".join(c if c.isprintable() else " " for c in label).split())[:LONGEST_LABEL]


def clock_question(asked: int) -> str:
    """Ask what the page's clock shows."""
    return as_line({"type": "clock", "asked": asked})


def wanted_message(*, on: bool) -> str:
    """Say whether anybody takes what the page sends."""
    return as_line({"type": "wanted", "on": on})
