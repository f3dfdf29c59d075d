import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.metrics import three_classes
from fsrf_live.fsrf.data import text_corpora as corpora
from fsrf_live.fsrf.data.contrast import CONTRAST
from fsrf_live.fsrf.data.counterfactual import IDENTITY
from fsrf_live.fsrf.data.text import load_corpora, load_text, read_identities, resembles, separate, without
from fsrf_live.fsrf.data.text_clean import letters_and_digits, word_set
from fsrf_live.fsrf.data.text_corpora import (
    NEGATIVE,
    NEUTRAL,
    POSITIVE,
    TEXT_CORPORA,
    TextRow,
    TextSplit,
    class_of,
)

# Of every corpus a row or two; the last column of those below is the split.
FILES = {
    "emobank": [["text", "valence", "split"], ["a plain day at the office", "3", "train"]],
    "events": [
        ["text", "valence", "reaction_valence", "split"],
        ["I win the cup.", "5", "2.4", "train"],
        ["I lose the cup.", "1", "", "train"],
        ["I lift the cup.", "4", "1.6", "train"],
    ],
    "situations": [["text", "emotion", "split"], ["When I was found out.", "shame", "train"]],
    "facebook": [["text", "valence", "split"], ["off to the lake", "7", "train"]],
    "dynasent": [["text", "positive", "negative", "split"], ["we came back twice", "5", "0", "train"]],
    "sst_phrases": [["text", "stars", "split"], ["not bad", "4", "train"], ["not good", "2", "dev"]],
    "uci_negated": [
        ["text", "sentiment", "negated", "of", "split"],
        ["It doesn't hold a charge.", "", "1", "positive", "train"],
        ["It holds a charge.", "positive", "0", "positive", "train"],
    ],
    "imdb_edits": [["text", "sentiment", "split"], ["what a cast", "positive", "train"]],
    "challenge": [["text", "sentiment", "split"], ["no words for it", "strong negative", "train"]],
    "reviews": [["text", "sentiment", "split"], ["no opinion here", "none", "train"]],
    "aspects": [
        ["text", "positive", "neutral", "negative", "split"],
        ["good fish and slow waiters", "1", "0", "1", "train"],
    ],
    "newsmtsc": [["text", "sentiment", "split"], ["the mayor was blamed", "negative", "train"]],
    "phrasebank": [["text", "sentiment", "split"], ["sales rose", "positive", "train"]],
    "facts": [["text", "source", "split"], ["the battle was fought in autumn", "wikipedia", "train"]],
    "service": [["text", "kind", "split"], ["my card was stolen", "problem", "train"]],
    "emocontext": [["text", "emotion", "split"], ["and you", "others", "train"]],
    "sarcasm": [["text", "sarcastic", "split"], ["great, rain again", "1", "train"]],
    "dailydialog": [
        ["text", "emotion", "lang", "split"],
        ["See you at six.", "none", "en", "train"],
        ["Bis um sechs.", "none", "de", "train"],
    ],
    "words": [["text", "valence", "split"], ["awful", "-2", "train"]],
    "identity": [
        ["text", "role", "kind", "is", "np", "split", "tone"],
        ["deaf", "term", "body", "deaf", "a deaf person", "train", ""],
        ["tall", "term", "body", "tall", "a tall person", "train", ""],
        ["The driver is {is}.", "template", "is", "", "", "train", "neutral"],
        ["The cook is {is}.", "template", "is", "", "", "dev", "neutral"],
        ["thanks a lot", "formula", "thanks", "", "", "train", ""],
    ],
    "sst5_train": [["id", "text", "stars"], ["0", "It 's a fine film .", "4"], ["1", "A dull affair .", "1"]],
    "sst5_dev": [["id", "text", "stars"], ["0", "It wo n't leave anyone cold , and rightly so .", "4"]],
    "vader": [
        ["id", "text", "valence", "split"],
        ["f:0", "It's a fine film.", "2.4", "train"],
        ["f:1", "It won't leave anyone cold, and rightly so", "3.1", "train"],
        ["t:2", "AMAZING \U0001f60d", "3.6", "train"],
        ["t:3", "held out tweet", "-1", "dev"],
    ],
    "goemotions_train": [
        ["id", "text", "emotions", "groups"],
        ["a", "thanks [NAME], so happy", "joy approval", "positive"],
        ["b", "mixed", "joy anger", "negative positive"],
    ],
    "goemotions_dev": [["id", "text", "emotions", "groups"], ["c", "so sad", "sadness", "negative"]],
    "meld_train": [
        ["id", "text", "emotion", "sentiment"],
        ["m", "What?", "surprise", "negative"],
        ["n", "I am at work.", "neutral", "neutral"],
    ],
    "meld_dev": [["id", "text", "emotion", "sentiment"], ["o", "Go away!", "anger", "negative"]],
    "tweeteval_val": [["id", "text", "sentiment"], ["t", "this &amp; that", "neutral"]],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, records in FILES.items():
        write(tmp_path, name, records)
    return tmp_path


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> list[TextRow]:
    """The rows of `FILES`, which take a second to make."""
    whole = tmp_path_factory.mktemp("corpora")
    for name, records in FILES.items():
        write(whole, name, records)
    return load_text(whole)


def write(folder: Path, name: str, records: list[list[str]]) -> None:
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(records)


def row(content: str, score: float = 1.0, split: TextSplit = "train", corpus: str = "vader") -> TextRow:
    return TextRow(content, score, class_of(score), 1.0, corpus, split)


def test_every_corpus_becomes_rows_on_one_scale(loaded: list[TextRow]) -> None:
    rows = {r.text: r for r in loaded}
    assert rows["AMAZING smiling face with heart-shaped eyes"].score == 3.0
    assert rows["A dull affair."].score == corpora.STARS["1"]
    assert rows["thanks Alex, so happy"].score == corpora.GOEMOTIONS["joy"]
    assert rows["this & that"].label == NEUTRAL
    assert rows["Go away!"].split == "dev"
    assert rows["I win the cup."].label == POSITIVE
    assert rows["I lose the cup."].label == NEGATIVE
    assert rows["I lift the cup."].label == NEUTRAL
    assert rows["good fish and slow waiters"].score == 0
    assert rows["It doesn't hold a charge."].score == corpora.NEGATED["positive"]
    assert rows["my card was stolen"].label == NEGATIVE
    for left_out in ("mixed", "What?", "no opinion here", "and you", "Bis um sechs.", "not good"):
        assert left_out not in rows


def test_whoever_a_template_is_about_it_has_one_score(loaded: list[TextRow]) -> None:
    about = {r.text: r.score for r in loaded if r.corpus == "identity"}
    assert about["The driver is deaf."] == about["The driver is tall."] == 0.0
    of_one, of_other = (
        {text.replace(term, "…"): score for text, score in about.items() if term in text.split()}
        for term in ("deaf", "tall")
    )
    assert all(score == of_other[text] for text, score in of_one.items() if text in of_other)


def test_a_polite_formula_leaves_a_sentence_its_score(loaded: list[TextRow]) -> None:
    rows = loaded
    score = {r.key: r.score for r in rows if r.corpus not in {"polite", "signed"}}
    polite = [r for r in rows if r.corpus == "polite" and r.key != "thanksalot"]
    bare = [r.key.replace("thanksalot", "") for r in polite]
    assert len(polite) > 100
    assert [score[key] for key in bare if key in score] == [
        r.score for r, key in zip(polite, bare, strict=True) if key in score
    ]


def test_some_corpora_can_be_read_alone(folder: Path) -> None:
    assert {r.corpus for r in load_corpora(folder, {"meld", "facts"})} == {"meld", "facts"}
    assert len({corpus.name for corpus in TEXT_CORPORA}) == len(TEXT_CORPORA)


def test_a_list_of_people_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "identity.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"identity\.csv\.gz cannot be read"):
        read_identities(folder / "identity.csv.gz")


def test_a_sentence_rated_twice_is_one_row_with_the_mean(loaded: list[TextRow]) -> None:
    same = [r for r in loaded if r.text == "It's a fine film."]
    assert [(r.score, r.weight) for r in same] == [((corpora.STARS["4"] + 2.4) / 2, 2.0)]


def test_no_held_out_sentence_is_in_training_not_even_as_a_twin(loaded: list[TextRow]) -> None:
    held = {r.key for r in loaded if r.split == "dev"}
    training = [r for r in loaded if r.split != "dev"]
    assert len(held) == 4
    assert not held & {r.key for r in training}
    assert not held & {letters_and_digits(r.twin) for r in training if r.twin is not None}


@pytest.mark.parametrize(
    ("case", "alike"),
    [
        ("Not too shabby", True),
        ("It isn't too shabby, or so they say", False),
        ("not too shabby at all!", True),
        ("\U0001f60d", False),
        ("", False),
    ],
)
def test_a_sentence_resembles_a_case_with_which_it_shares_half_of_the_words(case: str, alike: bool) -> None:
    assert resembles("Not too shabby at all.", [word_set(case)]) == alike


def test_no_case_for_examination_is_in_training(folder: Path) -> None:
    events = [*FILES["events"], ["Just landed \U0001f60d", "5", "2.4", "train"]]
    write(folder, "events", events)
    cases = [
        ["id", "text"], ["a", "i win the cup"], ["b", "\U0001f60d"], ["c", "just landed \U0001f60d"],
        ["d", "I am deaf."], ["e", "The store sells bread, milk and newspapers."],
    ]  # fmt: skip
    with (folder / "behaviour.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(cases)
    rows = load_text(folder)
    texts = {r.text for r in rows} | {r.twin for r in rows if r.twin is not None}
    assert not any("I win the cup" in text for text in texts), "nor beside a formula, or what somebody is"
    assert not texts & {
        "The shop sells bread and milk.",
        "I am deaf",
        "Just landed smiling face with heart-shaped eyes",
    }
    assert {"I lose the cup.", "AMAZING smiling face with heart-shaped eyes"} <= texts


@pytest.mark.parametrize("content", [b"id,text\n\xff\xfe,x", b"id,said\na,b\n"])
def test_a_list_of_cases_that_cannot_be_read_is_named(folder: Path, content: bytes) -> None:
    (folder / "behaviour.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"behaviour\.csv cannot be read"):
        load_text(folder)


@pytest.mark.parametrize(
    ("training", "kept"),
    [
        ("a long sentence that is held out", False),
        ("A LONG sentence -- that is held out!", False),
        ("He said: a long sentence that is held out, and left", False),
        ("long sentence that is held", False),
        ("a long sentence that is not held out", True),
        ("held out", True),
    ],
)
def test_a_training_sentence_that_overlaps_a_held_out_one_goes(training: str, kept: bool) -> None:
    rows = separate([row(training), row("A long sentence that is held out.", split="dev", corpus="sst5")])
    assert any(r.split != "dev" for r in rows) == kept


def test_a_fixed_small_part_of_training_is_set_apart() -> None:
    rows = [row(f"sentence number {n}") for n in range(3000)]
    apart = [r.text for r in separate(rows) if r.split == "validation"]
    assert 50 < len(apart) < 130
    assert apart == [r.text for r in separate(rows) if r.split == "validation"]


@pytest.mark.parametrize(
    ("training", "kept"),
    [
        ("sentence number 13", False),
        ("number 13", True),
        ("A long sentence number thirteen was apart", False),
    ],
)
def test_training_has_no_part_of_what_is_set_apart(training: str, kept: bool) -> None:
    apart = [
        replace(row("Sentence number 13."), split="validation"),
        replace(row("A long sentence number thirteen."), split="validation"),
    ]
    left = without([row(training), *apart], [])
    assert [r.text for r in left if r.split == "train"] == [training] * kept
    assert [r for r in left if r.split == "validation"] == apart


def test_what_is_set_apart_is_no_part_of_what_a_corpus_holds_out() -> None:
    apart = replace(row("A long sentence number thirteen."), split="validation")
    held = row("A long sentence number thirteen, it says.", split="dev")
    assert without([apart, held], []) == [held]


def test_what_is_made_from_frames_is_not_set_apart() -> None:
    rows = [row(f"{c} number {n}", corpus=c) for n in range(3000) for c in (CONTRAST, IDENTITY)]
    assert {r.split for r in separate(rows)} == {"train"}


def test_texts_without_letters_are_dropped() -> None:
    assert separate([row("?!"), row("...", split="dev")]) == []


@pytest.mark.parametrize(
    ("score", "label"), [(0.51, POSITIVE), (0.5, NEUTRAL), (0.0, NEUTRAL), (-0.5, NEUTRAL), (-0.51, NEGATIVE)]
)
def test_scores_within_half_a_point_are_neutral(score: float, label: int) -> None:
    assert class_of(score) == label == int(three_classes(np.array([score]), NEUTRAL_WITHIN)[0])


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "meld_dev.csv.gz").unlink()
    with pytest.raises(DataError, match=r"meld_dev\.csv\.gz is missing"):
        load_text(folder)


def test_a_missing_column_is_named(folder: Path) -> None:
    write(folder, "vader", [["id", "text", "split"], ["0", "a", "train"]])
    with pytest.raises(DataError, match="no column valence"):
        load_text(folder)


@pytest.mark.parametrize("value", ["x", ""])
def test_a_value_that_cannot_be_read_is_named_with_its_record(folder: Path, value: str) -> None:
    write(
        folder,
        "vader",
        [["id", "text", "valence", "split"], ["0", "a", "1", "train"], ["1", "b", value, "dev"]],
    )
    with pytest.raises(DataError, match="record 3"):
        load_text(folder)


def test_a_truncated_file_is_named(folder: Path) -> None:
    path = folder / "vader.csv.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match="cannot be read"):
        load_text(folder)
