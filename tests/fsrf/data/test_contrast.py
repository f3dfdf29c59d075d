from collections import Counter
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.contrast import CONTRAST, contrast_rows, standing_rows
from fsrf_live.fsrf.data.text_corpora import NEGATIVE, NEUTRAL, POSITIVE


def test_contrast_comes_in_every_class_and_is_the_same_for_a_seed() -> None:
    rows = contrast_rows(1)
    classes = Counter(row.label for row in rows)
    assert min(classes[label] for label in (NEGATIVE, NEUTRAL, POSITIVE)) > 300
    assert rows == contrast_rows(1)
    assert rows != contrast_rows(2)


def test_a_word_of_feeling_stands_in_sentences_of_either_sign() -> None:
    for word in ("delightful", "tedious"):
        signs = {row.label for row in contrast_rows(1) if f" {word}" in row.text}
        assert {NEGATIVE, POSITIVE} <= signs


def test_every_sentence_is_whole() -> None:
    for row in contrast_rows(1):
        assert "{" not in row.text
        assert row.text == clean_text(row.text)
        assert row.text[0].isupper()
        assert (row.corpus, row.split) == (CONTRAST, "train")


def test_a_sentence_is_felt_clearly_or_not_at_all() -> None:
    assert not [row for row in standing_rows() if 0.2 < abs(row.score) < 0.5]


@pytest.mark.parametrize("content", [None, "text\nno score\n", "score\tkind\ttext\nmuch\tidiom\tFine.\n"])
def test_sentences_that_cannot_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    said = tmp_path / "said.tsv"
    if content is not None:
        said.write_text(content)
    monkeypatch.setattr("fsrf_live.fsrf.data.contrast.SAID", said)
    with pytest.raises(DataError, match=r"said\.tsv cannot be read"):
        standing_rows()


def test_sentences_that_stand_alone_come_in_every_class_and_once() -> None:
    rows = standing_rows()
    assert {row.label for row in rows} == {NEGATIVE, NEUTRAL, POSITIVE}
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.text == clean_text(row.text) for row in rows)
