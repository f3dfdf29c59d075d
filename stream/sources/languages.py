"""Which language a text is in, told from its letters.

Captions, standard input and ``--text`` do not say it; recognised speech does. A text that shows little ("ok",
a name) is in the language of the texts before it, at first English.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.text import spread

FIRST = "en"
ADVANTAGE = 6.0
"""How many nats better another language must fit than that of the texts before (`benchmarks.languages`)."""
BEGINNING = 4_000
"""So many letters of a text tell what most of it is in."""

Fits = Mapping[str, float]
"""How well a text fits each language: the logarithm of its probability, in nats."""
Tell = Callable[[str], str]
"""Two-letter code of the language of a text."""


def told(fitting: Fits, before: str) -> str:
    """The language that a text fits best, if that of the texts before it has the advantage."""
    return max(fitting, key=lambda language: fitting[language] + ADVANTAGE * (language == before))


class Teller:
    """Tells the languages of one source's texts, one after the other. Not thread-safe."""

    def __init__(self, fits_of: Callable[[str], Fits]) -> None:
        self._fits_of = fits_of
        self._before = FIRST

    def tell(self, text: str) -> str:
        """Two-letter code of the language of the next text."""
        self._before = told(self._fits_of(text), self._before)
        return self._before


def teller(language: str | None) -> Tell:
    """What tells the languages of a source's texts: always `language`, or, if that is None, by their letters.

    The first text takes .3 s more, for loading.
    """
    return Teller(fits).tell if language is None else lambda text: language


def in_languages(words: Iterable[Words], language: str | None) -> list[Words]:
    """Words in order of time, in passages, each with its language, as `teller` tells it.

    The text before the first of them is the beginning of them all: a file of captions may begin with a name.
    """
    words = list(words)
    if not words:
        return []
    tell = teller(language)
    tell(" ".join(each.text for each in words)[:BEGINNING])
    parts = (part for each in words for part in in_passages(each, tell))
    return sorted(parts, key=lambda part: (part.end_ns, part.start_ns))


def in_passages(words: Words, tell: Tell) -> Iterator[Words]:
    """The passages of words one after the other, each with its language.

    A text is told before it is cut: how much of it is read whole depends on the language.
    """
    parts = spread(replace(words, language=tell(words.text[:BEGINNING])))
    for part in parts:
        yield part if len(parts) == 1 else replace(part, language=tell(part.text))


def fits(text: str) -> Fits:
    """Of 97 languages, by naive Bayes on sequences of bytes (Lui and Baldwin 2012, langid.py, ACL)."""
    return dict(_identifier().rank(text))


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_pickled_model(MODEL_FILE)
