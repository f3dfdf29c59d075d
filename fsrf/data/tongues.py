"""Texts in several languages: what is said in English too (XDailyDialog), and what has labels (UMSAB).

Files as `docs/data.md` says. A line of a talk teaches by what the network makes of its English original, a
tweet by its label. Rows of split dev are for measuring.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.text_clean import without_signs
from fsrf_live.fsrf.data.text_corpora import records_of

EMOTIONS = {"happiness": 2, "none": 1, "anger": 0, "disgust": 0, "fear": 0, "sadness": 0}
"""Surprise has no valence of its own."""
TALK_LANGUAGES = ("en", "de", "it", "zh")
"""Of the talk."""
SENTIMENTS = {"negative": 0, "neutral": 1, "positive": 2}
CODES = {
    "arabic": "ar", "french": "fr", "german": "de", "hindi": "hi", "italian": "it", "portuguese": "pt",
    "spanish": "es",
}  # fmt: skip
PLAIN_TALK, PLAIN_DEV = 2200, 300
"""Lines without an emotion that teach, and that measure: nine in ten are, and most say nothing."""
TWEETS, TWEETS_DEV = 400, 200
"""Of each language."""
HEARD = 0.3
"""The share of teaching texts that are shown as a recogniser may write them."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """A text in `language`; `label` 0 negative, 1 neutral, 2 positive, None if it has none.

    `original` is the English text that it translates, or itself; None if there is none.
    """

    text: str
    language: str
    label: int | None
    original: str | None
    corpus: str


def draw_tongues(folder: Path, seed: int) -> tuple[list[Tongue], list[Tongue]]:
    """What teaches, and what measures; the rows of split dev never teach. Raises DataError.

    Of the talk all lines with an emotion and some without, each in every language; of each language some
    tweets. `HEARD` of what teaches is without capitals and signs.
    """
    rng = random.Random(seed)
    talk = _talk(folder / "dailydialog.csv.gz")
    teach = _lines(talk, "train", PLAIN_TALK, rng, lambda emotion: emotion != "none")
    measure = _lines(talk, "dev", PLAIN_DEV, rng, lambda emotion: EMOTIONS.get(emotion) in (0, 2))
    tweets: dict[tuple[str, str], list[Tongue]] = defaultdict(list)
    for tweet, split in _tweets(folder / "umsab.csv.gz"):
        tweets[tweet.language, split].append(tweet)
    for (_, split), own in tweets.items():
        if split == "train":
            teach += rng.sample(own, min(TWEETS, len(own)))
        else:
            measure += own[:TWEETS_DEV]
    return [_written(row, rng) for row in teach], measure


_Talk = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Rows of lines, by line and language."""


def _talk(path: Path) -> _Talk:
    """Lines in the order of their names."""
    lines: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in records_of(path, ["id", "text", "lang", "emotion", "split"]):
        lines[row["id"].rpartition(":")[0]][row["lang"]] = row
    return {line: lines[line] for line in sorted(lines)}


def _lines(
    talk: _Talk, split: str, plain: int, rng: random.Random, feels: Callable[[str], bool]
) -> list[Tongue]:
    """The lines of a split that feel something, and some that do not, in all their languages.

    Lines that teach must be there in every language.
    """
    own = {line: said for line, said in talk.items() if "en" in said and said["en"]["split"] == split}
    if split == "train":
        own = {line: said for line, said in own.items() if len(said) == len(TALK_LANGUAGES)}
    feeling = [line for line, said in own.items() if feels(said["en"]["emotion"])]
    others = [line for line, said in own.items() if said["en"]["emotion"] == "none"]
    chosen = feeling + rng.sample(others, min(plain, len(others)))
    return [
        Tongue(row["text"], language, EMOTIONS.get(row["emotion"]), own[line]["en"]["text"], "dailydialog")
        for line in chosen
        for language, row in own[line].items()
    ]


def _written(row: Tongue, rng: random.Random) -> Tongue:
    text = clean_text(row.text)
    heard = without_signs(text) if rng.random() < HEARD else ""
    return replace(row, text=heard or text)


def _tweets(path: Path) -> Iterator[tuple[Tongue, str]]:
    """Each with its split."""
    for row in records_of(path, ["text", "lang", "sentiment", "split"]):
        language, label = CODES.get(row["lang"]), SENTIMENTS.get(row["sentiment"])
        if language is None or label is None:
            what = f"a tweet in {row['lang']} that is {row['sentiment']}"
            raise DataError(f"{path} has {what}: get the file again")
        yield Tongue(row["text"], language, label, None, "umsab"), row["split"]
