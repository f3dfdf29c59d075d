"""Text as people type it and as recognisers write it. Pure functions; nothing here imports torch."""

import html
import random
import re
import unicodedata

from fsrf_live.fsrf.common.cleaning import clean_text

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_OTHER = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

_UNTOKENISE = (
    (re.compile(r"-LRB-"), "("),
    (re.compile(r"-RRB-"), ")"),
    (re.compile(r"``\s*|\s*''"), '"'),
    (re.compile(r"`\s*"), "'"),
    (re.compile(r"\s+(n't|'(?:s|re|ve|ll|d|m)\b)", re.IGNORECASE), r"\1"),
    (re.compile(r"\s+([,.;:!?)\]%]|\.\.\.)"), r"\1"),
    (re.compile(r"([(\[$])\s+"), r"\1"),
    (re.compile(r"\s+'(?=\s|$)"), "'"),
)

_CONFUSED: dict[str, tuple[str, ...]] = {
    "a": ("the", "of"), "an": ("and", "in"), "and": ("an", "in"), "are": ("or", "our"), "as": ("is", "has"),
    "at": ("that", "it"), "be": ("been", "by"), "but": ("that", "bought"), "by": ("buy", "but"),
    "for": ("four", "from"), "from": ("for", "form"), "he": ("she", "the"), "here": ("hear", "her"),
    "i": ("a", "eye"), "in": ("and", "an"), "is": ("as", "his"), "it": ("that", "at"), "its": ("it's", "is"),
    "it's": ("its", "is"), "know": ("no", "now"), "new": ("knew", "no"), "of": ("a", "have"),
    "on": ("an", "and"), "one": ("won", "on"), "or": ("are", "for"), "our": ("are", "or"),
    "see": ("sea", "the"), "so": ("sow", "some"),
    "that": ("at", "but"), "the": ("a", "that"), "their": ("there", "the"), "there": ("their", "they're"),
    "they": ("the", "day"), "this": ("his", "that's"), "to": ("two", "too"), "too": ("to", "two"),
    "was": ("is", "us"), "we": ("he", "be"), "were": ("where", "are"), "with": ("would", "whether"),
    "you": ("to", "your"), "your": ("you're", "you"), "you're": ("your", "you are"),
}  # fmt: skip
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ANY = tuple(sorted(_CONFUSED))


def letters_and_digits(text: str) -> str:
    """The key by which texts are compared: lower-case letters and digits alone."""
    return _OTHER.sub("", unicodedata.normalize("NFKC", text).lower())


def word_set(text: str) -> frozenset[str]:
    """The words of a text, in lower case."""
    return frozenset(_WORD.findall(clean_text(text).lower()))


def begun(text: str) -> str:
    """The text with a capital."""
    return text[:1].upper() + text[1:]


def untokenise(text: str) -> str:
    """A treebank sentence as people type it: ``It 's good , is n't it ?`` gives ``It's good, isn't it?``."""
    for pattern, replacement in _UNTOKENISE:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


def unescape(text: str) -> str:
    """A scraped text as its writer saw it: HTML entities, backslash escapes and doubled quotes undone."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), html.unescape(html.unescape(text)))
    return text.replace('\\"', '"').replace('""', '"').replace("''", '"').strip()


def as_recognised(text: str, rng: random.Random) -> str:
    """The text as a speech recogniser may write it: lower case, no punctuation, words wrong or lost.

    The share of such words is drawn for each text, from none to about one in six. At least one word is left.
    """
    words = [word for token in _WORD.findall(clean_text(text).lower()) for word in _spoken(token)]
    rate = max(0.0, rng.uniform(-0.08, 0.16))
    heard = [said for word in words if (said := _heard(word, rate, rng))]
    return " ".join(heard or words)


def without_signs(text: str) -> str:
    """The words of a text in any language, in lower case."""
    return " ".join(_WORD.findall(text.lower()))


def _spoken(token: str) -> list[str]:
    return [_NUMBERS[int(token)]] if token.isascii() and token.isdigit() and int(token) <= 10 else [token]


def _heard(word: str, rate: float, rng: random.Random) -> str:
    if rng.random() >= rate:
        return word
    kind = rng.random()
    if kind < 0.4:
        return ""
    if kind < 0.7 or len(word) < 4:
        return rng.choice(_CONFUSED.get(word, _ANY))
    return word[:-1] if rng.random() < 0.5 else word[: len(word) // 2] + " " + word[len(word) // 2 :]
