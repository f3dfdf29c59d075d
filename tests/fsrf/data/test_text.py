import csv
import gzip
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data import text
from fsrf_live.fsrf.data.text import NEGATIVE, NEUTRAL, POSITIVE, TextRow, class_of, load_text, separate

FILES = {
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


def write(folder: Path, name: str, records: list[list[str]]) -> None:
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(records)


def row(content: str, score: float = 1.0, split: text.TextSplit = "train", corpus: str = "vader") -> TextRow:
    return TextRow(content, score, class_of(score), 1.0, corpus, split)


def test_every_corpus_becomes_rows_on_one_scale(folder: Path) -> None:
    rows = {r.text: r for r in load_text(folder)}
    assert rows["AMAZING smiling face with heart-shaped eyes"].score == 3.0
    assert rows["A dull affair."].score == text.STARS["1"]
    assert rows["thanks Alex, so happy"].score == text.GOEMOTIONS["joy"]
    assert rows["this & that"].label == NEUTRAL
    assert rows["Go away!"].split == "dev"
    assert "mixed" not in rows
    assert "What?" not in rows


def test_a_sentence_rated_twice_is_one_row_with_the_mean(folder: Path) -> None:
    same = [r for r in load_text(folder) if r.text == "It's a fine film."]
    assert [(r.score, r.weight) for r in same] == [((text.STARS["4"] + 2.4) / 2, 2.0)]


def test_no_held_out_sentence_is_in_training(folder: Path) -> None:
    rows = load_text(folder)
    held = {r.key for r in rows if r.split == "dev"}
    assert len(held) == 4
    assert not held & {r.key for r in rows if r.split != "dev"}


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


def test_texts_without_letters_are_dropped() -> None:
    assert separate([row("?!"), row("...", split="dev")]) == []


@pytest.mark.parametrize(
    ("score", "label"), [(0.5, POSITIVE), (0.49, NEUTRAL), (-0.49, NEUTRAL), (-0.5, NEGATIVE)]
)
def test_scores_within_half_a_point_are_neutral(score: float, label: int) -> None:
    assert class_of(score) == label


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
