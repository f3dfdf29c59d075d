"""All texts for training on sentiment: rated corpora, pairs made for contrast, people in templates.

No sentence that is held out for testing or validation, or that stands in the list of cases for examination,
is ever read in training, whichever corpus it turns up in, as a row or as a row's twin. Texts are compared by
letters and digits alone, and one that is a part of the other counts as the same from 20 letters on; a
sentence that was written for training is left out too if it shares half of its words with a case. What is
made from frames is not held out: the same frame with other words would teach.
"""

import csv
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.contrast import CONTRAST, STANDING, contrast_rows, standing_rows
from fsrf_live.fsrf.data.counterfactual import (
    IDENTITY,
    POLITE,
    SIGNED,
    Identity,
    balanced,
    identity_rows,
    own_people,
    people_rows,
    polite_rows,
    signed_rows,
)
from fsrf_live.fsrf.data.text_clean import letters_and_digits, word_set
from fsrf_live.fsrf.data.text_corpora import TEXT_CORPORA, TextRow, class_of, records_of

WHO = "identity.csv.gz"
CASES = "behaviour.csv"
"""Cases for examination alone, with a column ``text``."""
_VALIDATION_SHARE = 0.03
_FRAMED = (CONTRAST, IDENTITY)
"""Corpora made from frames, all of whose rows teach."""
_PART_LETTERS = 20
"""Texts with fewer letters and digits are not looked for inside others: they are part of many by chance."""
_SEED = 20_261_130
_POLITE, _PEOPLE, _SIGNED = 8000, 8000, 4000
_VARIED = ("vader", "sst5", "emobank", "dynasent", "events", "facts", "service", CONTRAST, STANDING)
"""Corpora whose sentences also come with a formula of politeness, with other people, and with emoji."""
AN_EPOCH: Mapping[str, int] = {
    **{corpus.name: corpus.epoch for corpus in TEXT_CORPORA if corpus.epoch is not None},
    CONTRAST: 3000,
    STANDING: 10_000,
    IDENTITY: 3000,
    POLITE: 8000,
    SIGNED: 1200,
}
"""How many rows of a corpus are drawn for each epoch of training, at most; all of one that is not named."""


def load_text(folder: Path) -> list[TextRow]:
    """Every row of all corpora and of what is made for training, without duplicates and without leaks.

    A sentence rated in two corpora becomes one row with the mean of both scores, of the weight of both.
    Raises DataError if a file or a column is missing or a value cannot be read.
    """
    people = [*read_identities(folder / WHO), *own_people()]
    rated = [row for corpus in TEXT_CORPORA for row in corpus.load(folder)]
    made = [*contrast_rows(_SEED), *standing_rows(), *identity_rows(people, _SEED)]
    cases = examined_texts(folder / CASES)
    words = [word_set(case) for case in cases]
    separated = separate([*rated, *made], cases)
    rows = [row for row in separated if row.corpus != STANDING or not resembles(row.text, words)]
    told = balanced((row for row in rows if row.split == "train" and row.corpus in _VARIED), _SEED)
    varied = [
        *polite_rows(told, people, _POLITE, _SEED),
        *people_rows(told, people, _PEOPLE, _SEED),
        *signed_rows(told, _SIGNED, _SEED),
    ]
    return without([*rows, *varied], cases)


def load_corpora(folder: Path, names: Collection[str]) -> list[TextRow]:
    """The rows of some corpora alone, likewise."""
    return separate(row for corpus in TEXT_CORPORA if corpus.name in names for row in corpus.load(folder))


def read_identities(path: Path) -> list[Identity]:
    """The terms, names, templates and formulas that are for training; raises DataError."""
    return [
        Identity(r["text"], r["role"], r["kind"], {"is": r["is"], "np": r["np"]}, r["tone"])
        for r in records_of(path, ["text", "role", "kind", "is", "np", "tone", "split"])
        if r["split"] == "train"
    ]


def examined_texts(path: Path) -> list[str]:
    """The texts of a list of cases; none if there is no such file. Raises DataError.

    An emoji alone is a word rather than a sentence, and is not looked for: it has no letters.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [record["text"] or "" for record in csv.DictReader(file)]
    except FileNotFoundError:
        return []
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}): get the file again") from error


def resembles(text: str, cases: Iterable[frozenset[str]]) -> bool:
    """Whether at least half of all words of a text and of one of the cases are in both."""
    own = word_set(text)
    return any(2 * len(own & other) >= len(own | other) for other in cases if other)


def without(rows: Sequence[TextRow], cases: Iterable[str]) -> list[TextRow]:
    """The rows but those for training or validation that are held out or examined, also as a part.

    Nothing of validation is in training, and no case or row that its corpus holds out in either. Twins that
    are so are dropped.
    """
    apart = {key(text) for text in cases for key in (letters_and_digits, _spelt) if letters_and_digits(text)}
    held = [row for row in rows if row.split == "dev"]
    others = [row for row in rows if row.split != "dev"]
    apart |= {row.key for row in held}
    validation = _apart_from([row for row in others if row.split == "validation"], apart)
    apart |= {row.key for row in validation}
    return [*_apart_from([row for row in others if row.split == "train"], apart), *validation, *held]


def _apart_from(rows: list[TextRow], held: set[str]) -> list[TextRow]:
    """The rows that leak nothing of what is held out, without twins that do."""
    twins = {row.twin: letters_and_digits(row.twin) for row in rows if row.twin is not None}
    leaks = _leaks({*(row.key for row in rows), *twins.values()}, held)
    kept = [row for row in rows if row.key not in leaks]
    return [
        replace(row, twin=None) if row.twin is not None and twins[row.twin] in leaks else row for row in kept
    ]


def separate(rows: Iterable[TextRow], cases: Iterable[str] = ()) -> list[TextRow]:
    """One row for each sentence; a fixed 3 % of what was not made from frames set apart to validate.

    Nothing that is held out or among `cases` is in training (`without`). Duplicates within it become one row:
    the mean score, the summed weight, the corpus of the first.
    """
    held: dict[tuple[str, str], TextRow] = {}
    training: dict[str, list[TextRow]] = {}
    for row in rows:
        key = row.key
        if row.split == "dev" and key:
            held.setdefault((row.corpus, key), row)
        elif key:
            training.setdefault(key, []).append(row)
    return without([*(_joined(same, key) for key, same in training.items()), *held.values()], cases)


def _joined(same: list[TextRow], key: str) -> TextRow:
    weight = sum(row.weight for row in same)
    score = sum(row.weight * row.score for row in same) / weight
    drawn = zlib.crc32(key.encode()) % 10_000 < _VALIDATION_SHARE * 10_000
    return replace(
        same[0],
        score=score,
        label=class_of(score),
        weight=weight,
        split="validation" if drawn and same[0].corpus not in _FRAMED else "train",
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


def _spelt(text: str) -> str:
    """The key of a text whose emoji have become their names, as a row's have."""
    return letters_and_digits(clean_text(text))


def _windows(key: str) -> list[str]:
    """Every run of 20 letters of a key."""
    return [key[at : at + _PART_LETTERS] for at in range(len(key) - _PART_LETTERS + 1)]
