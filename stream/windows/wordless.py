"""A voice that coughs or laughs is no speech, whatever the detector of voice thinks. Pure logic."""

import re
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from fsrf_live.stream.flow.items import Reason, Words
from fsrf_live.stream.windows.presence import trusted
from fsrf_live.stream.windows.window import Presence, Window

_SOUND = re.compile(r"(?:h+[aei]+)+h*|(?:h*m+)+")
"""What a recogniser makes of laughter and humming, without its signs."""
_SOON_NS = 600_000_000
"""A voice that still sounds is not judged by how it sounds before: its first word may begin like a sigh."""


def without_wordless_voice(window: Window, shortest_ns: int) -> Window:
    """The window as it is read: less its voice, if that is no speech; with a `shortest_ns` of 0 as it is."""
    if not window.voices or not shortest_ns:
        return window
    length_ns = window.end_ns - window.start_ns
    enough = window.final or length_ns >= _SOON_NS
    speechlike = fmean(hop.speechlike for hop in window.voices) if enough else 0.0
    if is_speech(window.words, speechlike, length_ns, shortest_ns):
        return window
    presence = {**window.presence, "audio": Presence(0.0, Reason.NO_SPEECH)}
    return replace(window, voices=(), presence=presence)


def is_speech(words: Sequence[Words], speechlike: float, length_ns: int, shortest_ns: int) -> bool:
    """Whether a voice of some length is speech.

    Clear words decide, those of captions or of a keyboard too: it is unless all of them are laughter or
    humming. Without any it is no speech if `speechlike` is below 0, as its hops are on the whole, or if words
    have come and it is shorter than `shortest_ns`, as most coughs are (`docs/voices.md`).
    """
    heard = [
        word for each in words for (word, _), clear in zip(each.said, trusted(each), strict=True) if clear
    ]
    if heard:
        return not all(map(_is_sound, heard))
    return speechlike >= 0 and (not words or length_ns >= shortest_ns)


def _is_sound(word: str) -> bool:
    return _SOUND.fullmatch("".join(filter(str.isalpha, word)).casefold()) is not None
