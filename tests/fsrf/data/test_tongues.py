import csv
import gzip
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.tongues import draw_tongues

TALK = {"en": "It's good.", "de": "Es ist gut.", "it": "Va bene.", "zh": "很好。"}


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [
        {
            "id": f"train:{talk}:0:{lang}",
            "text": f"{text} {talk}",
            "lang": lang,
            "emotion": emotion,
            "split": split,
        }
        for talk, (emotion, split) in enumerate([("none", "train"), ("happiness", "train"), ("anger", "dev")])
        for lang, text in TALK.items()
    ]
    lone = {"id": "train:9:0:de", "text": "Allein.", "lang": "de", "emotion": "none", "split": "train"}
    write(tmp_path, "dailydialog", [*lines, lone])
    tweets = [
        {
            "id": f"{lang}:{at}",
            "text": f"RT @user {at}",
            "sentiment": "negative",
            "lang": lang,
            "split": "train",
        }
        for lang in ("german", "hindi")
        for at in range(3)
    ]
    write(tmp_path, "umsab", tweets)
    return tmp_path


def test_a_line_knows_its_english_original_and_lines_that_lack_a_language_teach_nothing(folder: Path) -> None:
    teach, measure = draw_tongues(folder, 0)
    talk = {(row.language, row.original) for row in teach if row.corpus == "dailydialog"}
    assert talk == {(lang, f"It's good. {line}") for lang in TALK for line in (0, 1)}
    assert {row.label for row in teach if row.original == "It's good. 1"} == {2}
    assert {(row.label, row.original) for row in measure} == {(0, "It's good. 2")}
    assert {row.text for row in measure} == {f"{text} 2" for text in TALK.values()}


def test_tweets_have_labels_and_no_original(folder: Path) -> None:
    teach, _ = draw_tongues(folder, 0)
    tweets = {(row.language, row.label, row.original) for row in teach if row.corpus == "umsab"}
    assert tweets == {("de", 0, None), ("hi", 0, None)}


def test_the_seed_decides_what_is_drawn(folder: Path) -> None:
    assert draw_tongues(folder, 0) == draw_tongues(folder, 0)
    assert any(draw_tongues(folder, seed) != draw_tongues(folder, 0) for seed in range(1, 9))


def test_a_corpus_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"dailydialog\.csv\.gz is missing"):
        draw_tongues(tmp_path, 0)


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        ("dailydialog", {"text": "a", "lang": "en"}, "has no column id, emotion, split"),
        ("umsab", {"text": "a", "lang": "catalan", "sentiment": "neutral", "split": "train"}, "in catalan"),
        ("umsab", {"text": "a", "lang": "german", "sentiment": "joy", "split": "train"}, "that is joy"),
    ],
)
def test_what_is_not_of_a_corpus_is_one_clear_line(
    folder: Path, name: str, row: dict[str, str], says: str
) -> None:
    write(folder, name, [row])
    with pytest.raises(DataError, match=f"{name}.* {says}.*get the file again"):
        draw_tongues(folder, 0)
