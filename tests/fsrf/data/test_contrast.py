from collections import Counter

from fsrf_live.fsrf.data.contrast import CONTRAST, Identity, contrast_rows, identity_rows, polite_rows
from fsrf_live.fsrf.data.text_clean import clean_text
from fsrf_live.fsrf.data.text_corpora import NEGATIVE, NEUTRAL, POSITIVE, text_row

NOBODY: dict[str, str] = {}
PEOPLE = [
    Identity("old", "term", "age", {"is": "old", "np": "an old person"}, ""),
    Identity("Carla", "name", "w", NOBODY, ""),
    Identity("{np} broke the window.", "template", "np", NOBODY, "negative"),
    Identity("Ask {name}.", "template", "name", NOBODY, "neutral"),
    Identity("good evening", "formula", "greeting", NOBODY, ""),
]


def test_contrast_comes_in_every_class_and_is_the_same_for_a_seed() -> None:
    rows = contrast_rows(1)
    classes = Counter(row.label for row in rows)
    assert min(classes[label] for label in (NEGATIVE, NEUTRAL, POSITIVE)) > 400
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


def test_people_fill_the_templates_that_fit_them_and_formulas_stand_alone() -> None:
    rows = {row.text: row.label for row in identity_rows(PEOPLE)}
    assert rows == {
        "An old person broke the window.": NEGATIVE,
        "Ask Carla.": NEUTRAL,
        "Good evening.": NEUTRAL,
    }


def test_politeness_is_added_and_nothing_else_changes() -> None:
    row = text_row("facts", "The shop is shut.", 0.0, 0.7)
    made = polite_rows([row] * 3, PEOPLE, 2, 5)
    assert len(made) == 2
    for one in made:
        assert row.text in one.text
        assert "Good evening" in one.text
        assert (one.score, one.weight) == (row.score, row.weight)
    assert polite_rows([row], [], 1, 5) == []
