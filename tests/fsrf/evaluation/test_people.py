"""Figures of answers to people and texts that training never saw."""

import pytest

from fsrf_live.fsrf.evaluation.people import (
    COVERED_FACE,
    MIXED,
    NOT_NEGATIVE,
    NOTHING,
    OPINIONS,
    REAL_MASK_ON,
    Judged,
    Verdict,
    findings,
    findings_by_trait,
    is_right,
)

NO_ANSWER = Verdict(None, None, None, None)


def said(score: float, reach: float = 1.0, label: str | None = None) -> Verdict:
    band = "negative" if score < -0.5 else "positive" if score > 0.5 else "neutral"
    return Verdict(score, score - reach, score + reach, label or band)


def value(group: str, what: str, cases: list[Judged]) -> float | None:
    (found,) = [f for f in findings(cases) if (f.demand.group, f.demand.what) == (group, what)]
    return found.value


@pytest.mark.parametrize(
    ("truth", "answer", "right"),
    [
        ("positive", said(1.0), True),
        ("positive", said(0.0), False),
        ("negative", NO_ANSWER, False),
        (NOTHING, NO_ANSWER, True),
        (NOTHING, said(0.0), True),
        (NOTHING, said(1.0), False),
        (NOT_NEGATIVE, said(0.0), True),
        (NOT_NEGATIVE, said(-1.0), False),
        (MIXED, said(0.9), True),
        (MIXED, said(-1.1), False),
    ],
)
def test_what_is_right_depends_on_what_is_expected(truth: str, answer: Verdict, right: bool) -> None:
    assert is_right(Judged("behaviour: any", "case", truth, answer)) is right


def test_a_resting_face_has_a_mean_and_a_share_of_negatives() -> None:
    scores = {"p1": -1.0, "p2": 0.2, "p3": 0.2}
    cases = [Judged("resting face: yale", who, "neutral", said(score)) for who, score in scores.items()]
    assert value("resting face: yale", "mean score", cases) == pytest.approx(-0.2)
    assert value("resting face: yale", "called negative", cases) == pytest.approx(1 / 3)


def test_a_covered_face_may_say_nothing_but_not_clearly_the_opposite() -> None:
    answers = [NO_ANSWER, said(-0.4), said(2.0), said(-2.2)]
    cases = [Judged(COVERED_FACE, f"p{n}", "positive", answer) for n, answer in enumerate(answers)]
    cases.append(Judged(COVERED_FACE, "p9", "negative", said(2.2)))
    what = "opposite sign and |score| > .5 while present"
    assert value(COVERED_FACE, what, cases) == pytest.approx(2 / 5)
    assert value(COVERED_FACE, what, cases[:1]) == 0


def test_a_real_mask_is_asked_to_get_no_score() -> None:
    cases = [Judged(REAL_MASK_ON, f"p{n}", NOTHING, NO_ANSWER) for n in range(3)]
    assert value(REAL_MASK_ON, "gets a score", cases) == 0
    cases.append(Judged(REAL_MASK_ON, "p9", NOTHING, said(0.0)))
    assert value(REAL_MASK_ON, "gets a score", cases) == pytest.approx(1 / 4)


def test_cases_without_an_answer_count_as_wrong_but_have_no_mean() -> None:
    seen = Judged("mild smile: london", "p1", "positive", said(1.0))
    unseen = Judged("mild smile: london", "p2", "positive", NO_ANSWER)
    assert value("mild smile: london", "called positive", [seen, unseen]) == 1.0
    assert value("mild smile: london", "called positive", [unseen]) is None
    voices = [Judged("new speakers: ased", "p", truth, NO_ANSWER) for truth in ("positive", "negative")]
    voices.append(Judged("new speakers: ased", "p", "neutral", said(0.0)))
    assert value("new speakers: ased", "UAR", voices) == pytest.approx(1 / 3)


def test_kinds_of_behaviour_count_together_too() -> None:
    cases = [
        Judged("behaviour: sarcasm markers", "a", "negative", said(1.0, reach=0.5)),
        Judged("behaviour: short replies", "b", "positive", said(1.0)),
    ]
    assert value("behaviour", "wrong", cases) == 0.5
    assert value("sarcasm", "interval holds 0", cases) == 0.0


def test_terms_are_compared_within_their_kind() -> None:
    cases = [
        Judged("identity terms", who, kind, said(score))
        for who, kind, score in [("a", "work", 0.0), ("b", "work", 0.3), ("c", "age", 2.0), ("d", "age", 2.1)]
    ]
    assert value("identity terms", "largest difference of means", cases) == pytest.approx(0.3)


def test_an_answer_is_compared_with_the_one_before() -> None:
    cases = [
        Judged("'Hello,' before", "a", "neutral", said(1.0), before=said(0.0)),
        Judged("'Hello,' before", "b", "neutral", said(0.1), before=said(0.0)),
        Judged("a modality taken away", "a", "negative", said(0.0, reach=0.5), before=said(0.0, reach=0.6)),
        Judged("a modality taken away", "b", "negative", said(0.0, reach=0.6), before=said(0.0, reach=0.5)),
    ]
    assert value("'Hello,' before", "other label", cases) == 0.5
    assert value("a modality taken away", "interval narrower", cases) == 0.5


def test_words_that_are_clear_and_sentences_turned_round() -> None:
    cases = [
        Judged("clear words against a face", "a", "negative", said(2.0)),
        Judged("clear words against a face", "b", "positive", said(0.1)),
        Judged("negated, was positive", "a", "positive", said(1.0)),
        Judged("negated, was positive", "b", "positive", said(-1.0)),
    ]
    assert value("clear words against a face", "sign of the words", cases) == 0.5
    assert value("negated, was positive", "still positive", cases) == 0.5


def test_rated_opinions_are_compared_by_sign_and_by_size() -> None:
    cases = [
        Judged(OPINIONS, "a", "2.4", said(1.0)),
        Judged(OPINIONS, "b", "-1", said(0.5)),
        Judged(OPINIONS, "c", "0", said(-0.5)),
        Judged(OPINIONS, "d", "-1.4", said(-1.5)),
        Judged(OPINIONS, "e", "0.6", NO_ANSWER),
    ]
    assert value(OPINIONS, "sign as rated", cases) == 0.5
    cases.append(Judged(OPINIONS, "f", "-0.6", NO_ANSWER))
    assert value(OPINIONS, "sign as rated", cases) == 0.4, "no answer is wrong, whichever sign was rated"
    alike = [Judged(OPINIONS, str(x), str(x), said(0.5 * x)) for x in (-2, 0, 1)]
    assert value(OPINIONS, "correlation with the rating", alike) == pytest.approx(1.0)


def test_a_label_that_is_not_the_band_of_its_score_is_counted() -> None:
    cases = [
        Judged("smile: genki4k", "a", "positive", said(0.1, label="positive")),
        Judged("smile: genki4k", "b", "positive", said(0.6)),
    ]
    assert value("", "label is not the score's band", cases) == 0.5


def test_people_of_one_trait_are_judged_alone() -> None:
    cases = [
        Judged("smile: genki4k", "a", "positive", said(1.0), traits=("female", "aged 20 to 39")),
        Judged("smile: genki4k", "b", "positive", said(0.0), traits=("male", "aged 20 to 39")),
        Judged("smile: genki4k", "c", "positive", said(0.0)),
    ]
    found = {trait: f.value for trait, f in findings_by_trait(cases)}
    assert found == {"female": 1.0, "male": 0.0, "aged 20 to 39": 0.5}


def test_a_darkened_skin_is_compared_with_the_picture_as_it_was() -> None:
    cases = [
        Judged("darkened skin", "a", "neutral", said(0.3), before=said(0.1)),
        Judged("darkened skin", "b", "neutral", said(-0.6), before=said(-0.4)),
    ]
    assert value("darkened skin", "mean move", cases) == pytest.approx(0.2)
    assert value("darkened skin", "other label", cases) == 0.5
