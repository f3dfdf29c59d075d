"""What a marker may be called, and where one may come from: one law for keys, programs and networks.

A rating is a marker with a value: what somebody who watches thinks of the person from this moment on.
"""

import math
import unicodedata
from typing import Literal, get_args

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import UsageError

MarkerSource = Literal["key", "page", "lsl", "command", "python", "viewer"]
MARKER_SOURCES: tuple[MarkerSource, ...] = get_args(MarkerSource)
LONGEST_MARKER = 1024
"""Bytes of its UTF-8: a marker names a moment, and every sink must be able to take it."""
RATING = "rating"
"""The name of a marker that holds one."""

_FORBIDDEN = ("Cc", "Cs", "Zl", "Zp")
"""Control characters, halves of surrogate pairs, separators of lines and paragraphs."""


def checked_marker(name: str) -> str:
    """The name of a marker without blanks around it; raises UsageError if it can be none."""
    bare = name.strip(" ")
    if not bare:
        raise UsageError("a marker needs a name: give some text, as 'stimulus 3'")
    if any(unicodedata.category(character) in _FORBIDDEN for character in bare):
        raise UsageError("a marker holds control characters: give one line of plain text")
    length = len(bare.encode())
    if length > LONGEST_MARKER:
        raise UsageError(f"a marker of {length} bytes is too long: give at most {LONGEST_MARKER}")
    return bare


def checked_rating(value: float) -> float:
    """A rating on the scale of scores, without a negative zero; raises UsageError if it is none."""
    if not (math.isfinite(value) and SCORE_LOW <= value <= SCORE_HIGH):
        raise UsageError(f"a rating of {value:g} is none: give a number from {SCORE_LOW:g} to {SCORE_HIGH:g}")
    return value + 0.0
