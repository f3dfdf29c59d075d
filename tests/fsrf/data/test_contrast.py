from collections import Counter

from fsrf_live.fsrf.data.contrast import (
    CONTRAST,
    Identity,
    contrast_rows,
    identity_rows,
    people_rows,
    polite_rows,
    signed_rows,
    standing_rows,
)
from fsrf_live.fsrf.data.plain import ABOUT_PEOPLE
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


def test_people_fill_the_templates_that_fit_them_and_formulas_stand_alone() -> None:
    rows = {row.text: row.label for row in identity_rows(PEOPLE)}
    own = {"An old person", "I am old", "She married an old person."}
    assert own <= rows.keys()
    assert rows.keys() - {"An old person broke the window.", "Ask Carla.", "Good evening."} == {
        text for text in rows if " old" in text and "window" not in text
    }
    assert len(rows) == 3 + len(ABOUT_PEOPLE)
    assert (rows["An old person broke the window."], rows["Ask Carla."], rows["Good evening."]) == (
        NEGATIVE,
        NEUTRAL,
        NEUTRAL,
    )


def test_sentences_that_stand_alone_come_in_every_class_and_once() -> None:
    rows = standing_rows()
    assert {row.label for row in rows} == {NEGATIVE, NEUTRAL, POSITIVE}
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.text == clean_text(row.text) for row in rows)


def test_other_people_take_the_place_of_somebody_and_the_score_stays() -> None:
    told = text_row("events", "I met a man whom someone knows.", 0.4, 0.7)
    made = people_rows([told, text_row("events", "It rained.", -1.0, 0.7)], PEOPLE, 3, 5)
    assert [row.text for row in made] == ["I met an old person whom someone knows."] * 3
    assert {(row.score, row.weight) for row in made} == {(told.score, told.weight)}
    assert people_rows([text_row("events", "It rained.", -1.0, 0.7)], PEOPLE, 3, 5) == []
    assert people_rows([told], [], 3, 5) == []


def test_emoji_follow_the_side_of_a_sentence_and_give_one_to_a_neutral_sentence() -> None:
    rows = [
        text_row("vader", text, score, 0.7) for text, score in (("Nice.", 1.5), ("Bad.", -1.5), ("So.", 0))
    ]
    made = {row.text.split()[0]: row for row in signed_rows(rows, 3, 5)}
    assert made["Nice"].score > 1.5
    assert made["Bad"].score < -1.5
    assert 0.5 < abs(made["So"].score) < 1.5
    assert all(len(row.text.split()) > 1 for row in made.values())


def test_politeness_is_added_and_nothing_else_changes() -> None:
    row = text_row("facts", "The shop is shut.", 0.0, 0.7)
    made = polite_rows([row] * 3, PEOPLE, 2, 5)
    assert len(made) == 2
    for one in made:
        assert row.text in one.text
        assert "Good evening" in one.text
        assert (one.score, one.weight) == (row.score, row.weight)
    assert polite_rows([row], [], 1, 5) == []
