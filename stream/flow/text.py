"""A text of any length in passages that the text encoder reads whole: it sees 64 tokens, and no more.

How many tokens a text has only the encoder's tokenizer knows; here they are estimated, rather too high than
too low: of 17,000 passages of five corpora (film reviews, dialogue, comments, tweets) none had more than 64.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from fsrf_live.stream.flow.items import Words

_WIDE_END = re.compile(r"(?<=[\u3002\uff01\uff1f])")
_CLOSERS = "\"')]\u201d\u2019"
_ABBREVIATIONS = frozenset(["mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "prof.", "e.g.", "i.e."])
_MOST_TOKENS = 58
_TOKEN = re.compile(
    r"([a-z]{1,2})(?=\1)|(?=[b-df-hj-np-tv-xz]{0,3}[aeiouy])[a-z]{1,4}|(?<=[a-z])[a-z]{1,2}|[0-9]{1,2}|\S",
    re.ASCII | re.IGNORECASE,
)
"""What may be a token: up to four letters with a vowel among them, but at most two of what repeats itself or
has no vowel; up to two digits; one character of anything else."""


def passages(text: str) -> list[str]:
    """A text in parts of at most 58 tokens, as estimated; a text without words has none.

    Sentences stay whole, and with their neighbours, as far as they fit; nothing but white space is lost.
    """
    parts: list[str] = []
    whole = 0
    for sentence, tokens in _sentences(text):
        whole += tokens
        if parts and whole <= _MOST_TOKENS:
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
            whole = tokens
    return parts


def spread(text: str, start_ns: int, end_ns: int) -> list[Words]:
    """The passages of a text one after the other, each for as long as its share of the characters."""
    parts = passages(text)
    whole, said = sum(map(len, parts)), 0
    spoken = []
    for part in parts:
        begun_ns = start_ns + (end_ns - start_ns) * said // whole
        said += len(part)
        spoken.append(Words(begun_ns, start_ns + (end_ns - start_ns) * said // whole, part))
    return spoken


def newest(text: str) -> str:
    """The last words of a text, of at most 58 tokens as estimated; the last of a word that has more."""
    tokens, start = 0, len(text)
    for at, count in reversed(list(_tokens(text))):
        tokens += count
        if tokens > _MOST_TOKENS:
            break
        start = at
    kept = text[start:]
    cut = start > 0 and not text[start - 1].isspace()
    return kept.split(maxsplit=1)[-1] if cut and kept else kept


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Where each piece of a text begins, and how many tokens it may be."""
    for match in _TOKEN.finditer(text):
        piece = match[0]
        yield match.start(), 1 if piece.isascii() else _tokens_of(piece)


def _tokens_of(character: str) -> int:
    """How many tokens a character beyond ASCII may be: the encoder reads a symbol, as an emoji, by name."""
    if unicodedata.category(character) == "So":
        return max(1, len(_TOKEN.findall(unicodedata.name(character, ""))))
    return sum(not unicodedata.combining(part) for part in unicodedata.normalize("NFKD", character)) or 1


def _count(text: str) -> int:
    return sum(count for _, count in _tokens(text))


def _sentences(text: str) -> Iterator[tuple[str, int]]:
    """The sentences of a text, each cut to parts within the limit, with their tokens."""
    for line in text.splitlines():
        sentence: list[str] = []
        for word in filter(None, (part for run in line.split() for part in _WIDE_END.split(run))):
            sentence.append(word)
            if _ends(word):
                yield from _short(sentence)
                sentence = []
        yield from _short(sentence)


def _ends(word: str) -> bool:
    """Whether a word is the last of its sentence; an initial or an abbreviation is not."""
    bare = word.rstrip(_CLOSERS)
    initial = len(bare) == 2 and bare[0].isalpha() and bare[1] == "."
    ends = bare.endswith((".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f"))
    return ends and not initial and bare.lower() not in _ABBREVIATIONS


def _short(words: list[str]) -> Iterator[tuple[str, int]]:
    """Words joined to parts within the limit, cut after a comma in the second half if there is one."""
    words = [part for word in words for part in _cut(word)]
    counts = [_count(word) for word in words]
    while words:
        number = _fitting(counts)
        if number < len(words):
            commas = [n for n in range(number // 2, number) if words[n].endswith((",", ";", ":"))]
            number = commas[-1] + 1 if commas else number
        yield " ".join(words[:number]), sum(counts[:number])
        words, counts = words[number:], counts[number:]


def _cut(word: str) -> Iterator[str]:
    """A word in parts within the limit."""
    begun, tokens = 0, 0
    for at, count in _tokens(word):
        tokens += count
        if tokens > _MOST_TOKENS:
            yield word[begun:at]
            begun, tokens = at, count
    yield word[begun:]


def _fitting(counts: list[int]) -> int:
    """How many of the first words make a part within the limit; at least one."""
    number, tokens = 1, counts[0]
    while number < len(counts) and tokens + counts[number] <= _MOST_TOKENS:
        tokens += counts[number]
        number += 1
    return number


def agreed_and_rest(words: Words) -> tuple[str, str]:
    """The text of words in two parts: what may be relied on, and what the next answer may take back."""
    if not words.provisional:
        return words.text.strip(), ""
    said, agreed = words.text.split(), words.agreed or 0
    return " ".join(said[:agreed]), " ".join(said[agreed:])


def agreed_part(words: Words) -> list[Words]:
    """Words that an open utterance is known to have so far; none if two answers do not agree on any."""
    text, _ = agreed_and_rest(words)
    confidences = words.confidences[: len(text.split())]
    part = replace(words, text=text, confidences=confidences, spoken_to_ns=None, agreed=None)
    return [part] if text else []


ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")


def as_shown(text: str) -> str:
    """Each line as a terminal shows it: `printable`, and from its last carriage return on."""
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    """Take out terminal commands and control characters, and make every stretch of white space one blank."""
    bare = ESCAPE.sub("", text)
    kept = (each for each in bare if each.isspace() or unicodedata.category(each) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())
