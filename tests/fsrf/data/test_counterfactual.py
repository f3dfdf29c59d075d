import re
from collections import Counter

from fsrf_live.fsrf.data.counterfactual import (
    Identity,
    balanced,
    identity_rows,
    own_people,
    people_rows,
    polite_rows,
    signed_rows,
)
from fsrf_live.fsrf.data.people import ABOUT_PEOPLE
from fsrf_live.fsrf.data.text_corpora import NEGATIVE, NEUTRAL, TextRow, text_row

NOBODY: dict[str, str] = {}
PEOPLE = [
    Identity("old", "term", "age", {"is": "old", "np": "an old person"}, ""),
    Identity("Carla", "name", "w", NOBODY, ""),
    Identity("{np} broke the window.", "template", "np", NOBODY, "negative"),
    Identity("Ask {name}.", "template", "name", NOBODY, "neutral"),
    Identity("good evening", "formula", "greeting", NOBODY, ""),
]


def test_people_fill_the_templates_that_fit_them_and_formulas_stand_alone() -> None:
    rows = {row.text: row.label for row in identity_rows(PEOPLE, 0)}
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


def test_other_people_take_the_place_of_somebody_and_the_score_stays() -> None:
    told = text_row("events", "I met a man whom someone knows.", 0.4, 0.7)
    made = people_rows([told], PEOPLE, 6, 5)
    assert [row.text for row in made[:3]] == ["I met an old person whom someone knows."] * 3
    assert {(row.score, row.weight) for row in made} == {(told.score, told.weight)}
    assert people_rows([told], [], 3, 5) == []
    assert people_rows([], PEOPLE, 3, 5) == []


def test_what_somebody_is_stands_beside_any_sentence_and_its_score_stays() -> None:
    told = text_row("events", "It rained.", -1.0, 0.7)
    made = people_rows([told], PEOPLE, 40, 5)
    assert all("old" in row.text and "It rained." in row.text for row in made)
    assert {(row.score, row.weight, row.twin) for row in made} == {(told.score, told.weight, told.text)}
    assert len({row.text for row in made}) > 5


def test_a_twin_differs_in_nothing_that_is_felt() -> None:
    """Twins of people are the same sentence with another person; those of politeness are the bare one."""
    young = Identity("young", "term", "age", {"is": "young", "np": "a young person"}, "")
    people = [*PEOPLE, young]

    def bare(text: str) -> str:
        return re.sub(r"\ban? (?:young|old)\b|\b(?:young|old)\b", "…", text, flags=re.IGNORECASE).lower()

    told = text_row("events", "A man sings to someone.", 0.4, 0.7)
    rows: list[TextRow] = [*identity_rows(people, 1), *people_rows([told], people, 30, 1)[:15]]
    pairs = [(row.text, row.twin) for row in rows if row.twin is not None]
    assert len(pairs) > 2 * len(ABOUT_PEOPLE)
    assert all(bare(text) == bare(twin) for text, twin in pairs)
    assert any(text != twin for text, twin in pairs)
    assert {row.twin for row in polite_rows([told], people, 1, 1)} == {told.text}


def test_terms_of_our_own_fit_behind_is_and_as_a_person() -> None:
    own = own_people()
    assert len({person.text for person in own}) == len(own) > 50
    assert all(person.fits["np"].split()[0] in {"a", "an"} for person in own)
    assert all(
        (fit.split()[0] == "an") == (fit.split()[1][0].lower() in "aeiou")
        for fit in (p.fits["np"] for p in own)
    )


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


def test_balanced_rows_have_as_many_of_each_class_as_of_the_rarest() -> None:
    rows = [
        text_row("sst5", f"row {n}", score, 1.0) for n, score in enumerate([2.0] * 5 + [0.0] * 3 + [-2.0] * 2)
    ]
    drawn = balanced(rows, 1)
    assert Counter(row.label for row in drawn) == {0: 2, 1: 2, 2: 2}
    assert set(drawn) <= set(rows)
    assert drawn == balanced(rows, 1)
    assert balanced([], 1) == []
