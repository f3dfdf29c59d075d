"""Text corpora with a valence: VADER, SST-5, GoEmotions, MELD, TweetEval, from one folder of gzipped CSVs.

Scores are on one scale (`fsrf.common.config`). VADER's are the mean of 20 or more raters, cut at its ends.
SST's stars become the mean that VADER's raters gave to sentences of that many stars (`STARS`; 3 stars are
neutral by definition).
Corpora with classes take the scores of `GOEMOTIONS`, `MELD` and `TWEETEVAL`: the sign is the class's own, the
size a rough norm, which is why such rows weigh less (`WEIGHTS`).

No sentence that a corpus holds out for testing is ever a training row, whichever corpus it turns up in; texts
are compared by letters and digits alone, and one that is a part of the other counts as the same.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.text_clean import clean_text, letters_and_digits, unescape, untokenise

TextSplit = Literal["train", "validation", "dev"]

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
STARS = {"1": -2.4, "2": -1.6, "3": 0.0, "4": 1.6, "5": 2.4}
GOEMOTIONS = {
    "admiration": 2.2, "amusement": 1.6, "approval": 1.0, "caring": 1.4, "desire": 1.0, "excitement": 2.2,
    "gratitude": 2.2, "joy": 2.4, "love": 2.4, "optimism": 1.4, "pride": 2.0, "relief": 1.4,
    "anger": -2.2, "annoyance": -1.5, "disappointment": -1.8, "disapproval": -1.3, "disgust": -2.2,
    "embarrassment": -1.4, "fear": -1.8, "grief": -2.4, "nervousness": -1.2, "remorse": -1.6, "sadness": -2.0,
    "neutral": 0.0,
}  # fmt: skip
MELD = {"joy": 1.9, "anger": -1.7, "disgust": -1.7, "sadness": -1.7, "fear": -1.5, "neutral": 0.0}
TWEETEVAL = {"negative": -1.7, "neutral": 0.0, "positive": 1.7}
WEIGHTS = {"vader": 1.0, "sst5": 1.0, "goemotions": 0.5, "meld": 0.3, "tweeteval": 0.7}
_NEUTRAL_WITHIN = 0.5
_VALIDATION_SHARE = 0.03
_PART_LETTERS = 20
"""Texts with fewer letters and digits are not looked for inside others: they are part of many by chance."""
_PLACEHOLDERS = {"[NAME]": "Alex", "[RELIGION]": "church"}


@dataclass(frozen=True, slots=True)
class TextRow:
    """One labelled text.

    `score` within the scale; `label` 0 negative, 1 neutral, 2 positive; `weight` is how far the label can be
    trusted; `split` is ``train``, ``validation`` (a part of training, set apart) or ``dev`` (held out).
    """

    text: str
    score: float
    label: int
    weight: float
    corpus: str
    split: TextSplit

    @property
    def key(self) -> str:
        """Letters and digits of the text: rows with the same key are the same sentence."""
        return letters_and_digits(self.text)


def load_text(folder: Path) -> list[TextRow]:
    """Every row of the five corpora, without duplicates and without leaks between splits.

    A sentence rated in both VADER and SST becomes one row with the mean of both scores, of twice the weight.
    Raises DataError if a file or a column is missing or a value cannot be read.
    """
    rows = [
        row
        for load in (load_sst5, load_vader, load_goemotions, load_meld, load_tweeteval)
        for row in load(folder)
    ]
    return separate(rows)


def load_sst5(folder: Path) -> list[TextRow]:
    """Stanford Sentiment Treebank, un-tokenised."""

    def row(record: dict[str, str], split: TextSplit) -> TextRow:
        return _row("sst5", unescape(untokenise(record["text"])), STARS[record["stars"]], split)

    return [
        *_load(folder / "sst5_train.csv.gz", "stars", lambda record: row(record, "train")),
        *_load(folder / "sst5_dev.csv.gz", "stars", lambda record: row(record, "dev")),
    ]


def load_vader(folder: Path) -> list[TextRow]:
    """VADER's rated tweets, film and product snippets, and editorials, by the file's own split."""

    def row(record: dict[str, str]) -> TextRow:
        split: TextSplit = "train" if record["split"] == "train" else "dev"
        score = max(SCORE_LOW, min(SCORE_HIGH, float(record["valence"])))
        return _row("vader", unescape(record["text"]), score, split)

    return _load(folder / "vader.csv.gz", "valence split", row)


def load_goemotions(folder: Path) -> list[TextRow]:
    """Reddit comments; those with mixed or ambiguous emotions are left out."""

    def row(record: dict[str, str], split: TextSplit) -> TextRow | None:
        if record["groups"] not in {"negative", "neutral", "positive"}:
            return None
        scores = [GOEMOTIONS[emotion] for emotion in record["emotions"].split()]
        text = unescape(record["text"])
        for mark, word in _PLACEHOLDERS.items():
            text = text.replace(mark, word)
        return _row("goemotions", text, max(scores, key=abs), split)

    return [
        *_load(folder / "goemotions_train.csv.gz", "emotions groups", lambda record: row(record, "train")),
        *_load(folder / "goemotions_dev.csv.gz", "emotions groups", lambda record: row(record, "dev")),
    ]


def load_meld(folder: Path) -> list[TextRow]:
    """Lines of a television series; surprise has no valence of its own and is left out."""

    def row(record: dict[str, str], split: TextSplit) -> TextRow | None:
        if record["emotion"] == "surprise":
            return None
        return _row("meld", unescape(record["text"]), MELD[record["emotion"]], split)

    return [
        *_load(folder / "meld_train.csv.gz", "emotion", lambda record: row(record, "train")),
        *_load(folder / "meld_dev.csv.gz", "emotion", lambda record: row(record, "dev")),
    ]


def load_tweeteval(folder: Path) -> list[TextRow]:
    """Tweets in three classes (the corpus's validation part, here for training)."""

    def row(record: dict[str, str]) -> TextRow:
        return _row("tweeteval", unescape(record["text"]), TWEETEVAL[record["sentiment"]], "train")

    return _load(folder / "tweeteval_val.csv.gz", "sentiment", row)


def separate(rows: Iterable[TextRow]) -> list[TextRow]:
    """One row for each sentence; nothing held out in training; a fixed 3 % of training set apart to validate.

    Duplicates within training become one row: the mean score, the summed weight, the corpus of the first.
    """
    held: dict[tuple[str, str], TextRow] = {}
    training: dict[str, list[TextRow]] = {}
    for row in rows:
        key = row.key
        if row.split == "dev" and key:
            held.setdefault((row.corpus, key), row)
        elif key:
            training.setdefault(key, []).append(row)
    leaks = _leaks(training.keys(), {key for _, key in held})
    kept = [_joined(same, key) for key, same in training.items() if key not in leaks]
    return kept + list(held.values())


def class_of(score: float) -> int:
    """Class of a score: neutral within ±0.5."""
    return NEUTRAL if abs(score) < _NEUTRAL_WITHIN else POSITIVE if score > 0 else NEGATIVE


def _joined(same: list[TextRow], key: str) -> TextRow:
    weight = sum(row.weight for row in same)
    score = sum(row.weight * row.score for row in same) / weight
    validation = zlib.crc32(key.encode()) % 10_000 < _VALIDATION_SHARE * 10_000
    return replace(
        same[0],
        score=score,
        label=class_of(score),
        weight=weight,
        split="validation" if validation else "train",
    )


def _leaks(training: Iterable[str], held: set[str]) -> set[str]:
    """Training keys that equal, hold, or are part of a held-out key (parts of 20 letters or more)."""
    starts: dict[str, list[str]] = {}
    for key in held:
        starts.setdefault(key[:_PART_LETTERS], []).append(key)
    windows = {window for key in held for window in _windows(key)}
    blob = "|".join(held)

    def leaks(key: str) -> bool:
        part_of_held = key[:_PART_LETTERS] in windows and key in blob
        return (
            key in held
            or part_of_held
            or any(part in key for w in _windows(key) for part in starts.get(w, ()))
        )

    return {key for key in training if leaks(key)}


def _windows(key: str) -> list[str]:
    """Every run of 20 letters of a key."""
    return [key[at : at + _PART_LETTERS] for at in range(len(key) - _PART_LETTERS + 1)]


def _row(corpus: str, text: str, score: float, split: TextSplit) -> TextRow:
    return TextRow(clean_text(text), score, class_of(score), WEIGHTS[corpus], corpus, split)


def _load(path: Path, columns: str, row: Callable[[dict[str, str]], TextRow | None]) -> list[TextRow]:
    rows: list[TextRow] = []
    for number, record in enumerate(_records(path, ["text", *columns.split()]), start=2):
        try:
            made = row(record)
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise DataError(f"{path}, record {number}: {error} is not a value of this corpus") from error
        if made is not None:
            rows.append(made)
    return rows


def _records(path: Path, columns: list[str]) -> Iterator[dict[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path} has no column {', '.join(missing)}: get the file again")
            yield from reader
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing: the text corpora belong in that folder") from error
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}): get the file again") from error
