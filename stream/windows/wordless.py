"""Voices without words, as coughs and laughter, are no speech, whatever the detector thinks. Pure logic."""

import re
from collections.abc import Sequence
from dataclasses import replace

from fsrf_live.stream.flow.items import Reason, Words
from fsrf_live.stream.windows.presence import trusted
from fsrf_live.stream.windows.window import Presence, Window

_SOUND = re.compile(r"(?:h+[aei]+)+h*|(?:h*m+)+")
"""What a recogniser makes of laughter and humming, without its signs."""


def without_wordless_voice(window: Window, shortest_ns: int) -> Window:
    """The window as it is read: less its voice, if that is no speech."""
    length_ns = window.end_ns - window.start_ns
    if not window.voices or is_speech(window.words, length_ns, shortest_ns):
        return window
    presence = {**window.presence, "audio": Presence(0.0, Reason.NO_SPEECH)}
    return replace(window, voices=(), presence=presence)


def is_speech(words: Sequence[Words], length_ns: int, shortest_ns: int) -> bool:
    """Whether a voice of some length is speech.

    It is not if all that was heard clearly is laughter or humming; if nothing was, it is unless it is shorter
    than `shortest_ns`, as most coughs are (`docs/voices.md`). Nothing is known until words have come; those
    of captions or of a keyboard are clear. With a `shortest_ns` of 0 every voice is speech.
    """
    heard = [
        word for each in words for (word, _), clear in zip(each.said, trusted(each), strict=True) if clear
    ]
    if heard and shortest_ns:
        return not all(map(_is_sound, heard))
    return not words or length_ns >= shortest_ns


def _is_sound(word: str) -> bool:
    return _SOUND.fullmatch("".join(filter(str.isalpha, word)).casefold()) is not None
