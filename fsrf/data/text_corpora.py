"""Text corpora with a valence, each from gzipped CSVs: how labels become scores, and how far they count.

Scores are on one scale (`fsrf.common.config`). Means of raters are stretched to it; SST's stars become the
mean that VADER's raters gave to sentences of that many stars (`STARS`; 3 stars are neutral by definition).
Classes take the scores of the tables below: the sign is the class's own, the size a rough norm, which is why
such rows weigh less. A label that says whom or what somebody judges (news, restaurants) counts less than one
that says how the speaker feels. What is said in service, in an encyclopaedia or in the plot of a film is
neutral for who says it.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN, SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.text_clean import letters_and_digits, unescape, untokenise

TextSplit = Literal["train", "validation", "dev"]

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
STARS = {"1": -2.4, "2": -1.6, "3": 0.0, "4": 1.6, "5": 2.4}
GOEMOTIONS = {
    "admiration": 2.2, "amusement": 1.6, "approval": 1.0, "caring": 1.4, "desire": 1.0, "excitement": 2.2,
    "gratitude": 1.2, "joy": 2.4, "love": 2.4, "optimism": 1.4, "pride": 2.0, "relief": 1.4,
    "anger": -2.2, "annoyance": -1.5, "disappointment": -1.8, "disapproval": -1.3, "disgust": -2.2,
    "embarrassment": -1.4, "fear": -1.8, "grief": -2.4, "nervousness": -1.2, "remorse": -1.6, "sadness": -2.0,
    "neutral": 0.0,
}  # fmt: skip
"""Thanks are mostly a form of politeness: less positive than any other feeling that the corpus names."""
MELD = {"joy": 1.9, "anger": -1.7, "disgust": -1.7, "sadness": -1.7, "fear": -1.5, "neutral": 0.0}
TWEETEVAL = {"negative": -1.7, "neutral": 0.0, "positive": 1.7}
SITUATIONS = {
    "joy": 1.9, "anger": -1.8, "disgust": -1.7, "sadness": -1.9, "fear": -1.6, "shame": -1.5, "guilt": -1.4,
}  # fmt: skip
CHATS = {"happy": 1.9, "sad": -1.8, "angry": -1.9}
DIALOGUE = {"happiness": 1.6, "anger": -1.8, "disgust": -1.7, "sadness": -1.7, "fear": -1.5, "none": 0.0}
STRENGTHS = {
    "strong negative": -2.3, "negative": -1.7, "neutral": 0.0, "positive": 1.7, "strong positive": 2.3,
}  # fmt: skip
NEWS = {"negative": -1.2, "neutral": 0.0, "positive": 1.2, "mixed": 0.0}
OPINION = 1.7
"""Of a sentence whose only opinions are good, on the products or dishes that it names."""
NEGATED = {"positive": -1.0, "negative": 0.6}
"""What is left when a rule has negated a sentence of that label: the opposite, and milder."""
SARCASTIC = -0.8
"""Of what is meant as scorn and could be meant as it stands."""
SERVICE_TALK = {"plain": 0.0, "polite": 0.1, "charged": 0.0, "problem": -1.0}
_PLACEHOLDERS = {"[NAME]": "Alex", "[RELIGION]": "church"}

_Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextRow:
    """One labelled text.

    `score` within the scale; `label` 0 negative, 1 neutral, 2 positive; `weight` is how far the label can be
    trusted; `split` is ``train``, ``validation`` (set apart by this program) or ``dev`` (by its corpus).
    `twin` is a text that says no more and no less of feeling, so that it must get the same answer.
    """

    text: str
    score: float
    label: int
    weight: float
    corpus: str
    split: TextSplit
    twin: str | None = None

    @property
    def key(self) -> str:
        """Letters and digits of the text: rows with the same key are the same sentence."""
        return letters_and_digits(self.text)


@dataclass(frozen=True, slots=True)
class TextCorpus:
    """One corpus: its files, which say their split by name or by a column, and its rows' scores.

    `score` gives a record's score, None to leave it out; `text` the text as its writer saw it. `held` is
    False if the held-out rows are parts of other corpora's rows, so that they cannot be told apart by text.
    `epoch` rows are drawn for each epoch of training (None: all), `packed` for the pack of sentences.
    """

    name: str
    columns: str
    score: Callable[[_Record], float | None]
    weight: float
    epoch: int | None = None
    packed: int | None = 1000
    text: Callable[[_Record], str] = lambda record: unescape(record["text"])
    files: Mapping[str, TextSplit | None] | None = None
    held: bool = True

    def load(self, folder: Path) -> list[TextRow]:
        """All of its rows; raises DataError if a file or a column is missing or a value cannot be read."""
        rows: list[TextRow] = []
        for file, split in (self.files or {self.name: None}).items():
            rows += self._rows(folder / f"{file}.csv.gz", split)
        return rows

    def _rows(self, path: Path, split: TextSplit | None) -> Iterator[TextRow]:
        columns = ["text", *self.columns.split(), *(() if split else ("split",))]
        for number, record in enumerate(records_of(path, columns), start=2):
            try:
                score, text = self.score(record), self.text(record)
            except (KeyError, ValueError, AttributeError, TypeError, ZeroDivisionError) as error:
                raise DataError(f"{path}, record {number}: {error} is not a value of this corpus") from error
            own: TextSplit = split or ("train" if record["split"] == "train" else "dev")
            if score is not None and (own == "train" or self.held):
                yield text_row(self.name, text, score, self.weight, own)


def text_row(
    corpus: str, text: str, score: float, weight: float, split: TextSplit = "train", twin: str | None = None
) -> TextRow:
    """A row of a text, and of its twin, as they are read live; its score cut to the scale."""
    within = max(SCORE_LOW, min(SCORE_HIGH, score))
    same = None if twin is None else clean_text(twin)
    return TextRow(clean_text(text), within, class_of(within), weight, corpus, split, same)


def class_of(score: float) -> int:
    """Class of a score: neutral within ±`NEUTRAL_WITHIN`, as `metrics.three_classes` tells it."""
    return NEUTRAL if abs(score) <= NEUTRAL_WITHIN else POSITIVE if score > 0 else NEGATIVE


def _named(record: _Record) -> str:
    text = unescape(record["text"])
    for mark, word in _PLACEHOLDERS.items():
        text = text.replace(mark, word)
    return text


def _goemotions(record: _Record) -> float | None:
    if record["groups"] not in {"negative", "neutral", "positive"}:
        return None
    return max((GOEMOTIONS[emotion] for emotion in record["emotions"].split()), key=abs)


def _votes(record: _Record) -> float:
    return 1.9 * (int(record["positive"]) - int(record["negative"])) / 5


def _event(record: _Record) -> float:
    """Raters of an event agree little, and call most of what people do a little good: here it is neutral."""
    intended = float(record["valence"]) - 3
    reaction = float(record["reaction_valence"]) if record["reaction_valence"] else 0.0
    good = 0.45 * (intended - 0.7) + 0.3 * (reaction - 0.9)
    bad = 0.45 * intended + 0.3 * reaction
    return 1.8 * max(0.0, good - 0.2) + 1.5 * min(0.0, bad + 0.2)


def _opinions(record: _Record) -> float | None:
    good, bad, plain = (int(record[name]) for name in ("positive", "negative", "neutral"))
    return OPINION * (good - bad) / (good + bad + 0.5 * plain) if good + bad + plain else None


def _product(record: _Record) -> float | None:
    return {"positive": OPINION, "negative": -OPINION}.get(record["sentiment"])


def _reversed(record: _Record) -> float:
    if record["negated"] == "1":
        return NEGATED[record["of"]]
    return TWEETEVAL[record["sentiment"]]


def _dialogue(record: _Record) -> float | None:
    return DIALOGUE.get(record["emotion"]) if record["lang"] == "en" else None


TEXT_CORPORA: tuple[TextCorpus, ...] = (
    TextCorpus(
        "sst5", "stars", lambda r: STARS[r["stars"]], 1.0, packed=None,
        text=lambda r: unescape(untokenise(r["text"])), files={"sst5_train": "train", "sst5_dev": "dev"},
    ),
    TextCorpus("vader", "valence", lambda r: float(r["valence"]), 1.0, None, 7000),
    TextCorpus(
        "goemotions", "emotions groups", _goemotions, 0.5, 4000, 2000,
        text=_named, files={"goemotions_train": "train", "goemotions_dev": "dev"},
    ),
    TextCorpus(
        "meld", "emotion", lambda r: MELD.get(r["emotion"]), 0.3, 1000, 1500,
        files={"meld_train": "train", "meld_dev": "dev"},
    ),
    TextCorpus(
        "tweeteval", "sentiment", lambda r: TWEETEVAL[r["sentiment"]], 0.7, packed=None,
        files={"tweeteval_val": "train"},
    ),
    TextCorpus("emobank", "valence", lambda r: 2.0 * (float(r["valence"]) - 3), 0.7, 3000, 2000),
    TextCorpus("events", "valence reaction_valence", _event, 0.4, 4000, 2500),
    TextCorpus("situations", "emotion", lambda r: SITUATIONS[r["emotion"]], 0.6, 1500),
    TextCorpus("facebook", "valence", lambda r: 0.7 * (float(r["valence"]) - 5), 0.6, 1500),
    TextCorpus("dynasent", "positive negative", _votes, 0.8, 4000, 2500),
    TextCorpus("sst_phrases", "stars", lambda r: STARS[r["stars"]], 0.5, None, 1500, held=False),
    TextCorpus("uci_negated", "sentiment negated of", _reversed, 0.7, None, 3000),
    TextCorpus("imdb_edits", "sentiment", lambda r: 0.9 * TWEETEVAL[r["sentiment"]], 0.25, 1200),
    TextCorpus("challenge", "sentiment", lambda r: STRENGTHS[r["sentiment"]], 0.8),
    TextCorpus("reviews", "sentiment", _product, 0.6, 1000),
    TextCorpus("aspects", "positive neutral negative", _opinions, 0.5, 1500, 1000),
    TextCorpus("newsmtsc", "sentiment", lambda r: NEWS[r["sentiment"]], 0.3, 1000),
    TextCorpus("phrasebank", "sentiment", lambda r: 0.7 * NEWS[r["sentiment"]], 0.3, 600, 500),
    TextCorpus("facts", "source", lambda r: 0.0, 0.6, 2500, 2000),
    TextCorpus("service", "kind", lambda r: SERVICE_TALK[r["kind"]], 0.6, 3000, 2500),
    TextCorpus("emocontext", "emotion", lambda r: CHATS.get(r["emotion"]), 0.3, 800, 500),
    TextCorpus(
        "sarcasm", "sarcastic", lambda r: SARCASTIC if r["sarcastic"] == "1" else None, 0.3, 1200, 500
    ),
    TextCorpus("dailydialog", "emotion lang", _dialogue, 0.25, 1200, 1000),
    TextCorpus("words", "valence", lambda r: 0.75 * float(r["valence"]), 0.25, 1200, 500),
)  # fmt: skip


def records_of(path: Path, columns: list[str]) -> Iterator[dict[str, str]]:
    """The rows of a gzipped CSV that has at least these columns; raises DataError."""
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
