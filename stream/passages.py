"""A text of any length in passages that the text encoder reads whole: it sees 64 tokens, and no more."""

import re

_WIDE_END = re.compile(r"(?<=[\u3002\uff01\uff1f])")
_CLOSERS = "\"')]\u201d\u2019"
_ABBREVIATIONS = frozenset(["mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "prof.", "e.g.", "i.e."])
_MOST_WORDS = 40
_MOST_CHARACTERS = 240


def passages(text: str) -> list[str]:
    """A text in parts of at most 40 words and 240 characters; a text without words has none.

    Sentences stay whole, and with their neighbours, as far as they fit; nothing but white space is lost.
    """
    parts: list[str] = []
    for sentence in _sentences(text):
        longer = f"{parts[-1]} {sentence}" if parts else sentence
        if parts and _fits(longer):
            parts[-1] = longer
        else:
            parts.append(sentence)
    return parts


def _fits(text: str) -> bool:
    return len(text) <= _MOST_CHARACTERS and len(text.split()) <= _MOST_WORDS


def _sentences(text: str) -> list[str]:
    """The sentences of a text, each cut to parts within the limits."""
    parts: list[str] = []
    for line in text.splitlines():
        sentence: list[str] = []
        for word in filter(None, (part for run in line.split() for part in _WIDE_END.split(run))):
            sentence.append(word)
            if _ends(word):
                parts += _short(sentence)
                sentence = []
        parts += _short(sentence)
    return parts


def _ends(word: str) -> bool:
    """Whether a word is the last of its sentence; an initial or an abbreviation is not."""
    bare = word.rstrip(_CLOSERS)
    initial = len(bare) == 2 and bare[0].isalpha() and bare[1] == "."
    ends = bare.endswith((".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f"))
    return ends and not initial and bare.lower() not in _ABBREVIATIONS


def _short(words: list[str]) -> list[str]:
    """Words joined to parts within the limits, cut after a comma in the second half where there is one."""
    words = [w[at : at + _MOST_CHARACTERS] for w in words for at in range(0, len(w), _MOST_CHARACTERS)]
    parts: list[str] = []
    while words:
        count = _fitting(words)
        if count < len(words):
            commas = [n for n in range(count // 2, count) if words[n].endswith((",", ";", ":"))]
            count = commas[-1] + 1 if commas else count
        parts.append(" ".join(words[:count]))
        words = words[count:]
    return parts


def _fitting(words: list[str]) -> int:
    """How many of the first words make a part within the limits; at least one."""
    count, characters = 1, len(words[0])
    while count < min(len(words), _MOST_WORDS) and characters + 1 + len(words[count]) <= _MOST_CHARACTERS:
        characters += 1 + len(words[count])
        count += 1
    return count
