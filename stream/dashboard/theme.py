"""Colours, signs and number formats of the dashboard.

The colours are from the palette of Okabe and Ito (Color Universal Design, 2008), which people with any
common form of colour blindness can tell apart; every one of them comes with a sign or a word, so that
nothing is said by colour alone and NO_COLOR loses nothing.
"""

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Label

POSITIVE = "#4aa8e0"
NEGATIVE = "#e69f00"
NEUTRAL = "#9a9a9a"
GOOD = "#2bb58a"
WARN = "#e8c547"
BAD = "#e2703a"
RECOVERED = "#cc79a7"
DIM = "#808080"
FAINT = "#4e4e4e"
STRONG = "bold"
TITLE = "bold"

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"

LABEL_STYLE: dict[Label, str] = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
LABEL_SIGN: dict[Label, str] = {"negative": "▼", "neutral": "◆", "positive": "▲"}

STATE_STYLE: dict[State, str] = {
    State.STARTING: DIM,
    State.LIVE: GOOD,
    State.STALLED: WARN,
    State.LOST: BAD,
    State.RECONNECTING: WARN,
    State.DISABLED: DIM,
    State.ENDED: DIM,
}
STATE_SIGN: dict[State, str] = {
    State.STARTING: "◌",
    State.LIVE: "●",
    State.STALLED: "◐",
    State.LOST: "✕",
    State.RECONNECTING: "↻",
    State.DISABLED: "○",
    State.ENDED: "■",
}

KEY_OF: dict[Modality, str] = {"text": "1", "audio": "2", "video": "3"}
LETTER_OF: dict[Modality, str] = {"text": "T", "audio": "A", "video": "V"}


def polarity(value: float) -> str:
    """Style of a signed number."""
    if value >= 0.005:
        return POSITIVE
    return NEGATIVE if value <= -0.005 else NEUTRAL


def signed(value: float, digits: int = 2) -> str:
    """A number that always shows its sign, with a real minus sign: ``+0.81``, ``+0.00``."""
    rounded = round(value, digits) or 0.0
    return f"{rounded:+.{digits}f}".replace("-", MINUS)


def spinner(time_s: float) -> str:
    """A sign that turns while something is being waited for."""
    return "◐◓◑◒"[int(4 * time_s) % 4]


def percent(value: float) -> str:
    """A share in [0, 1] as ``72 %``."""
    return f"{round(100 * value)} %"


def clock(seconds: float) -> str:
    """A duration as ``0:07``, ``12:07`` or ``1:02:07``."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def count(value: int) -> str:
    """A counter in at most five characters: ``999``, ``12.3k``, ``1.0M``."""
    if value < 10_000:
        return str(value)
    for unit, size in (("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000)):
        if value < 999.5 * size:
            return f"{value / size:.{1 if value < 99.95 * size else 0}f}{unit}"
    return ">999G"


def age(seconds: float | None) -> str:
    """How old something is: ``33 ms``, ``1.2 s``, ``3 min``, ``2 h``, or a dash."""
    if seconds is None:
        return DASH
    if seconds < 0.9995:
        return f"{max(0, round(1000 * seconds))} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    return f"{round(seconds / 60)} min" if seconds < 5_970 else f"{round(seconds / 3600)} h"


def milliseconds(value: float) -> str:
    """A latency in at most five characters: ``0.42``, ``18.3``, ``623``, ``12.5k``."""
    if value < 9.995:
        return f"{value:.2f}"
    if value < 99.95:
        return f"{value:.1f}"
    return f"{value:.0f}" if value < 9_999.5 else count(round(value))


def rate(value: float) -> str:
    """Items a second: ``29.8/s``, ``400/s``."""
    return f"{value:.1f}/s" if value < 99.95 else f"{count(round(value))}/s"
