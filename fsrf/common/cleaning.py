"""What of a text an encoder reads. Pure functions."""

import unicodedata

_QUOTES = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc", "'"), **dict.fromkeys("\u201c\u201d", '"'), "\u2026": "..."}
    | dict.fromkeys("\u2013\u2014", "-")
)
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn"}


def clean_text(text: str) -> str:
    """What the encoder reads, both in training and live: one line, plain quotes, emoji as their names.

    The encoder's vocabulary has no emoji; their Unicode names ("loudly crying face") it can read. Invisible
    characters, lone surrogates among them, are dropped.
    """
    return " ".join("".join(map(_spell, text.translate(_QUOTES))).split())


def _spell(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    category = unicodedata.category(character)
    if category in _UNSEEN:
        return character if category == "Mn" and not "\ufe00" <= character <= "\ufe0f" else ""
    if category == "Sk" and ord(character) > 0xFFFF:  # a skin tone
        return ""
    if category == "So" and ord(character) > 0x2190:
        return f" {unicodedata.name(character, '').lower()} "
    return character
