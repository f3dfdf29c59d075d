"""The help overlay: every key, and what the figures mean."""

from rich.text import Text

from fsrf_live.stream.dashboard.cells import (
    DIM,
    HIGHEST,
    LOWEST,
    MINUS,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    RECOVERED,
    STRONG,
    Lines,
    framed,
    line,
)

_KEYS = (
    ("q", "quit"),
    ("space", "freeze the picture; the session goes on behind it"),
    ("1 2 3", "cut or restore text, audio, video"),
    ("f", "rehearse the next fault"),
    ("m M", "mark this moment; M asks for its name"),
    ("+ - 0", "rate the person by half a point, or 0"),
    ("?", "show or hide this"),
)
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    ("score", f"{LOWEST} most negative … {HIGHEST} most positive", STRONG),
    ("90 %", "the interval holds the truth nine times in ten", STRONG),
    ("▲ +0.40", "pulled the score up by so much", POSITIVE_COLOUR),
    (f"▼ {MINUS}0.40", "pulled it down; with no evidence they sum up", NEGATIVE_COLOUR),
    ("▒ 72 %", "missing, recovered; how far to trust that", RECOVERED),
    ("if lost", "the score if that device went now", STRONG),
    ("rest", "how well the person's rest is known so far", STRONG),
    ("wait", "the silence that ends an utterance: a setting", STRONG),
    ("rec.", "how often a source was opened again", STRONG),
)


def help_overlay(width: int, height: int) -> tuple[Lines, int, int]:
    """The help box and its place ``(lines, x, y)`` in the middle of the screen, below its first line."""
    lines = [_entry(key, meaning, STRONG) for key, meaning in _KEYS]
    lines += [line("")] + [_entry(*meaning) for meaning in _MEANINGS]
    wide = min(width, 62)
    tall = min(height - 1, len(lines) + 2)
    box = framed("help", line(("? closes", DIM)), lines, wide, tall) if tall > 2 and wide > 6 else []
    return box, (width - wide) // 2, max(1, (height - tall) // 2)


def _entry(key: str, meaning: str, style: str) -> Text:
    return line((f"{key:<9}", f"bold {style}" if style != STRONG else STRONG), meaning)
