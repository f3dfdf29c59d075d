"""Lines of text of an exact width in terminal cells: the only way the dashboard puts anything on the screen.

What others wrote (device names, spoken words, messages) goes through `clean` first, so that no escape
sequence in it reaches the terminal and every terminal agrees on its width.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells
from rich.text import Text

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import State
from fsrf_live.stream.flow.records import Label

POSITIVE_COLOUR = "#4aa8e0"
NEGATIVE_COLOUR = "#e69f00"
_NEUTRAL = "#9a9a9a"
GOOD = "#2bb58a"
WARN = "#e8c547"
BAD = "#e2703a"
RECOVERED = "#cc79a7"
DIM = "#808080"
FAINT = "#4e4e4e"
TREND = "#d8d8d8"
STRONG = "bold"
TITLE = "bold"

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"

LABEL_STYLE: dict[Label, str] = {
    "negative": NEGATIVE_COLOUR,
    "neutral": _NEUTRAL,
    "positive": POSITIVE_COLOUR,
}
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
        return POSITIVE_COLOUR
    return NEGATIVE_COLOUR if value <= -0.005 else _NEUTRAL


def signed(value: float, digits: int = 2) -> str:
    """A number that always shows its sign, with a real minus sign: ``+0.81``, ``+0.00``."""
    rounded = round(value, digits) or 0.0
    return f"{rounded:+.{digits}f}".replace("-", MINUS)


LOWEST, HIGHEST = signed(SCORE_LOW, 0), signed(SCORE_HIGH, 0)
"""The ends of the scale of scores, as they are labelled."""


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


Part = str | tuple[str, str]
Lines = list[Text]

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Me", "Mn"}


def clean(text: str) -> str:
    """Text without control, joining, combining or unassigned characters; white space becomes one space."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        " " if character.isspace() else character
        for character in composed
        if character.isspace() or not _hidden(character)
    )
    return " ".join("".join(kept).split())


def _hidden(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    tone_or_flag = 0x1F3FB <= ord(character) <= 0x1F3FF or 0x1F1E6 <= ord(character) <= 0x1F1FF
    return tone_or_flag or unicodedata.category(character) in _HIDDEN


def line(*parts: Part) -> Text:
    """One line from plain and (text, style) parts."""
    return Text.assemble(*parts, no_wrap=True, end="")


def fit_cells(text: Text, width: int) -> Text:
    """The line cut (with an ellipsis) or padded to exactly `width` cells."""
    if width < 1:
        return line("")
    fitted = text.copy()
    fitted.truncate(width, overflow="ellipsis", pad=True)
    return fitted


def shorten(text: str, width: int) -> str:
    """Plain text cut to `width` cells, the middle left out: both ends of a device name tell it apart."""
    if cell_len(text) <= width:
        return text
    if width < 2:
        return "…"[:width]
    tail = (width - 1) // 2
    head = width - 1 - tail
    return f"{_head(text, head)}…{_head(text[::-1], tail)[::-1]}"


def _head(text: str, width: int) -> str:
    pieces = chop_cells(text[: 2 * width], width) if width else []
    return pieces[0] if pieces and cell_len(pieces[0]) <= width else ""


def cut_cells(text: str, start: int, width: int) -> str:
    """The cells from `start` on, exactly `width` of them; half of a wide character becomes a space."""
    cells = "".join(
        character if cell_len(character) == 1 else " " * cell_len(character) for character in text
    )
    return cells[start : start + width].ljust(width)


def tail_lines(text: str, width: int, rows: int) -> list[str]:
    """The last `rows` lines of a text wrapped at words to `width` cells."""
    lines = [""]
    for word in text.split(" "):
        for piece in chop_cells(word, width) if cell_len(word) > width else [word]:
            joined = f"{lines[-1]} {piece}".strip()
            if cell_len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return lines[-rows:]


def tail_words(text: str, width: int) -> str:
    """As many of the last words as one line of `width` cells holds, an ellipsis for the others."""
    if cell_len(text) <= width:
        return text
    words = text.split(" ")
    kept: list[str] = []
    while words and cell_len(" ".join([words[-1], *kept])) <= width - 2:
        kept.insert(0, words.pop())
    return "… " + " ".join(kept) if kept else shorten(words[-1], width)


def block(lines: Iterable[Text], width: int, height: int) -> Lines:
    """Exactly `height` lines of exactly `width` cells."""
    fitted = [fit_cells(text, width) for text in list(lines)[:height]]
    return fitted + [line(" " * width) for _ in range(height - len(fitted))]


def spread_ends(left: Text, right: Text, width: int) -> Text:
    """Two ends of one line; the right one gives way first."""
    room = width - left.cell_len - 1
    if room < 1 or right.cell_len == 0:
        return fit_cells(left, width)
    end = right if right.cell_len <= room else fit_cells(right, room)
    return Text.assemble(left, " " * (width - left.cell_len - end.cell_len), end, no_wrap=True, end="")


def framed(title: str, note: Text, lines: Sequence[Text], width: int, height: int) -> Lines:
    """A panel in a rounded frame; the title sits in the top edge, the note at its right end."""
    inner = width - 4
    head = _edge(title, note, width - 2)
    top = Text.assemble(("╭", FAINT), head, ("╮", FAINT), no_wrap=True, end="")
    side = ("│", FAINT)
    body = [
        Text.assemble(side, " ", text, " ", side, no_wrap=True, end="")
        for text in block(lines, inner, height - 2)
    ]
    return [top, *body, line(("╰" + "─" * (width - 2) + "╯", FAINT))]


def ruled(title: str, note: Text, lines: Sequence[Text], width: int, height: int) -> Lines:
    """A panel under a rule that carries its title: two columns and one row cheaper than a frame."""
    body = [
        Text.assemble(" ", text, " ", no_wrap=True, end="") for text in block(lines, width - 2, height - 1)
    ]
    return [_edge(title, note, width), *body]


def _edge(title: str, note: Text, width: int) -> Text:
    room = max(0, width - cell_len(title) - 6)
    shown = note if note.cell_len <= room else Text("")
    tag = Text.assemble(" ", shown, " ") if shown.cell_len else Text("")
    rule = max(0, width - cell_len(title) - 4 - tag.cell_len)
    edge = Text.assemble(
        ("─ ", FAINT), (title, TITLE), " ", ("─" * rule, FAINT), tag, ("─", FAINT), no_wrap=True, end=""
    )
    return fit_cells(edge, width)


def beside(left: Sequence[Text], right: Sequence[Text], gap: int = 0) -> Lines:
    """Two blocks of the same height next to each other."""
    pairs = zip(left, right, strict=True)
    return [Text.assemble(one, " " * gap, other, no_wrap=True, end="") for one, other in pairs]
