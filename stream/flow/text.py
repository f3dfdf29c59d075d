"""A text of any length in passages that the text encoder reads whole: it sees 64 tokens, and no more.

How many tokens a text has only the encoder's tokenizer knows; here they are estimated, rather too high than
too low: of 17,000 passages of five corpora (film reviews, dialogue, comments, tweets) none had more than 64.
Of 76,000 passages of dialogue and tweets in the other languages that are read (`docs/languages.md`) four had
more.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from fsrf_live.fsrf.common.config import ENGLISH
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
_TOKEN_OF_MANY = re.compile(rf"[\u0370-\u064a\u066e-\u06d3]{{2,3}}|{_TOKEN.pattern}", _TOKEN.flags)
"""The same for the encoder of many languages: up to three letters of an alphabet from Greek to Arabic too."""


def passages(text: str, language: str | None) -> list[str]:
    """A text in parts of at most 58 tokens, as estimated; a text without words has none.

    Sentences stay whole, and with their neighbours, as far as they fit; nothing but white space is lost.
    `language` is the two-letter code, None if it is not known: another encoder reads what is not English.
    """
    parts: list[str] = []
    whole, token = 0, _TOKEN if language is None or language in ENGLISH else _TOKEN_OF_MANY
    for sentence, tokens in _sentences(text, token):
        whole += tokens
        if parts and whole <= _MOST_TOKENS:
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
            whole = tokens
    return parts


def spread(words: Words) -> list[Words]:
    """The passages of words one after the other, each for as long as its share of the characters."""
    parts = passages(words.text, words.language)
    whole, said, length_ns = sum(map(len, parts)), 0, words.end_ns - words.start_ns
    spoken = []
    for part in parts:
        begun_ns = words.start_ns + length_ns * said // whole
        said += len(part)
        end_ns = words.start_ns + length_ns * said // whole
        spoken.append(replace(words, start_ns=begun_ns, end_ns=end_ns, text=part))
    return spoken


def _tokens(text: str, token: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Where each piece of a text begins, and how many tokens it may be."""
    for match in token.finditer(text):
        piece = match[0]
        yield match.start(), _tokens_of(piece) if len(piece) == 1 and not piece.isascii() else 1


def _tokens_of(character: str) -> int:
    """How many tokens a character beyond ASCII may be: the encoder reads a symbol, as an emoji, by name."""
    if unicodedata.category(character) == "So":
        return max(1, len(_TOKEN.findall(unicodedata.name(character, ""))))
    return sum(not unicodedata.combining(part) for part in unicodedata.normalize("NFKD", character)) or 1


def _count(text: str, token: re.Pattern[str]) -> int:
    return sum(count for _, count in _tokens(text, token))


def _sentences(text: str, token: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """The sentences of a text, each cut to parts within the limit, with their tokens."""
    for line in text.splitlines():
        sentence: list[str] = []
        for word in filter(None, (part for run in line.split() for part in _WIDE_END.split(run))):
            sentence.append(word)
            if _ends(word):
                yield from _short(sentence, token)
                sentence = []
        yield from _short(sentence, token)


def _ends(word: str) -> bool:
    """Whether a word is the last of its sentence; an initial or an abbreviation is not."""
    bare = word.rstrip(_CLOSERS)
    initial = len(bare) == 2 and bare[0].isalpha() and bare[1] == "."
    ends = bare.endswith((".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f"))
    return ends and not initial and bare.lower() not in _ABBREVIATIONS


def _short(words: list[str], token: re.Pattern[str]) -> Iterator[tuple[str, int]]:
    """Words joined to parts within the limit, cut after a comma in the second half if there is one."""
    words = [part for word in words for part in _cut(word, token)]
    counts = [_count(word, token) for word in words]
    while words:
        number = _fitting(counts)
        if number < len(words):
            commas = [n for n in range(number // 2, number) if words[n].endswith((",", ";", ":"))]
            number = commas[-1] + 1 if commas else number
        yield " ".join(words[:number]), sum(counts[:number])
        words, counts = words[number:], counts[number:]


def _cut(word: str, token: re.Pattern[str]) -> Iterator[str]:
    """A word in parts within the limit."""
    begun, tokens = 0, 0
    for at, count in _tokens(word, token):
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
