"""Figures of what a checkpoint says about people and texts that training never saw, and what is asked.

Pure: each case comes with the answer that a user would have got for it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.config import SCORE_HIGH, ModelConfig

NAMES = ("negative", "neutral", "positive")
NOT_NEGATIVE, MIXED, NOTHING = "not negative", "mixed", "nothing"
"""What a text may be expected to be beside the three classes; `NOTHING`: no score, or a neutral one."""
MOST_IF_MIXED = 1.0
_CLEARLY = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said of one case; all None if there was nothing to read."""

    score: float | None
    low: float | None
    high: float | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One case: which examination it is of, who or what group of texts it is from, what is true, the answer.

    `before` is the answer to the same without what the case is about (a formula, a modality), if that counts;
    `traits` are what is known of the person, such as ``female`` or ``aged 18 to 29``.
    """

    group: str
    person: str
    truth: str
    answer: Verdict
    before: Verdict | None = None
    traits: tuple[str, ...] = ()


Figure = Callable[[Sequence[Judged]], float]


@dataclass(frozen=True, slots=True)
class Demand:
    """A figure of one group of cases, and the bounds within which it is asked to be."""

    group: str
    what: str
    figure: Figure
    least: float | None = None
    most: float | None = None

    @property
    def asked(self) -> str:
        """The bounds as people write them."""
        if self.least is not None and self.most is not None:
            return f"{_short(self.least)} … {_short(self.most)}"
        if self.least is not None:
            return f"≥ {_short(self.least)}"
        return "" if self.most is None else f"≤ {_short(self.most)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a demand; `value` is None if that takes an answer, and none of the cases had one."""

    demand: Demand
    cases: int
    people: int
    value: float | None

    @property
    def missed(self) -> bool:
        """Whether the value lies beyond a bound."""
        least, most = self.demand.least, self.demand.most
        return self.value is not None and (
            (least is not None and self.value < least) or (most is not None and self.value > most)
        )


def mean_score(cases: Sequence[Judged]) -> float:
    """Of those that got one."""
    return float(np.mean([c.answer.score for c in cases if c.answer.score is not None]))


def called(label: str) -> Figure:
    """The share that is called so, of those that got an answer."""
    return lambda cases: _share(c.answer.label == label for c in cases if c.answer.label is not None)


def correct(cases: Sequence[Judged]) -> float:
    """The share whose answer is what it should be; no answer is wrong, unless none is expected."""
    return _share(map(is_right, cases))


def wrong(cases: Sequence[Judged]) -> float:
    """The rest of `correct`."""
    return 1.0 - correct(cases)


def still(cases: Sequence[Judged]) -> float:
    """The share that is called what it was before it was turned round, which its `truth` names."""
    return called(cases[0].truth)(cases) if cases else float("nan")


def recall(cases: Sequence[Judged]) -> float:
    """UAR over three classes; no answer is wrong."""
    truth = np.array([NAMES.index(c.truth) for c in cases])
    said = np.array([NAMES.index(c.answer.label) if c.answer.label in NAMES else -1 for c in cases])
    return metrics.unweighted_average_recall(truth, said)


def answered(cases: Sequence[Judged]) -> float:
    """The share that got a score at all."""
    return _share(c.answer.score is not None for c in cases)


def relabelled(cases: Sequence[Judged]) -> float:
    """The share that has another label than before."""
    return _share(c.answer.label != c.before.label for c in cases if c.before is not None)


def mean_move(cases: Sequence[Judged]) -> float:
    """Of the score from before, in points, whichever way."""
    pairs = [(c.answer.score, c.before.score) for c in cases if c.before is not None]
    return float(np.mean([abs(now - was) for now, was in pairs if now is not None and was is not None]))


def same_sign(cases: Sequence[Judged]) -> float:
    """The share whose score has the sign of its `truth`."""
    return _share(
        (c.answer.score > 0) == (c.truth == "positive") for c in cases if c.answer.score is not None
    )


def sign_agrees(cases: Sequence[Judged]) -> float:
    """Acc-2 of MOSI: the share whose score has the sign of its rated one; those rated 0 do not count.

    No answer is wrong.
    """
    pairs = [(float(c.truth), c.answer.score) for c in cases if float(c.truth) != 0]
    return _share(score is not None and (rated > 0) == (score > 0) for rated, score in pairs)


def correlation(cases: Sequence[Judged]) -> float:
    """Pearson's, of scores and rated ones."""
    rated, score = np.array(_rated(cases)).T
    return metrics.pearson(rated, score)


def _rated(cases: Sequence[Judged]) -> list[tuple[float, float]]:
    """The rated score, which `truth` is as a number, and the one found; no answer is 0."""
    return [(float(c.truth), c.answer.score or 0.0) for c in cases]


def narrower(cases: Sequence[Judged]) -> float:
    """The share whose interval is narrower than before, when a modality more was there."""
    widths = [(width(c.answer), width(c.before)) for c in cases if c.before is not None]
    return _share(now < was - 1e-3 for now, was in widths if now is not None and was is not None)


def opposite(cases: Sequence[Judged]) -> float:
    """The share whose score is of the other sign than its `truth`, and clearly; no score is none."""
    sign = {"positive": 1, "negative": -1}
    return _share((c.answer.score or 0.0) * sign[c.truth] < -_CLEARLY for c in cases)


def spans_nothing(cases: Sequence[Judged]) -> float:
    """The share whose interval holds 0."""
    return _share(
        c.answer.low <= 0 <= c.answer.high
        for c in cases
        if c.answer.low is not None and c.answer.high is not None
    )


def spread_of_means(cases: Sequence[Judged]) -> float:
    """The largest difference between the means of two people of one truth (here: terms of one kind)."""
    means: dict[str, list[float]] = {}
    for kind in {c.truth for c in cases}:
        people = {c.person for c in cases if c.truth == kind}
        means[kind] = [mean_score([c for c in cases if (c.truth, c.person) == (kind, who)]) for who in people]
    return max(max(of) - min(of) for of in means.values())


def contradicted(cases: Sequence[Judged]) -> float:
    """The share whose label is not the band of its score."""
    border = ModelConfig().neutral
    return _share(
        c.answer.label != NAMES[int(metrics.three_classes(np.array([c.answer.score]), border)[0])]
        for c in cases
        if c.answer.score is not None
    )


def width(answer: Verdict) -> float | None:
    """Of the interval, in score points."""
    return None if answer.low is None or answer.high is None else answer.high - answer.low


def is_right(case: Judged) -> bool:
    """Whether the answer is what is expected."""
    answer = case.answer
    if case.truth == NOTHING or answer.score is None:
        return case.truth == NOTHING and answer.label in (None, "neutral")
    if case.truth == MIXED:
        return abs(answer.score) <= MOST_IF_MIXED
    if case.truth == NOT_NEGATIVE:
        return answer.label != "negative"
    return answer.label == case.truth


EVERYTHING = ""
"""The group of all cases."""
COVERED_FACE, REAL_MASK_ON = "covered face", "real mask on"
BEHAVIOUR = "behaviour: "
OPINIONS = "spoken opinions: mosi"
RESTING, TALK, NEW_VOICES, NEVER_HEARD = (
    "resting face: ",
    "natural voice: ",
    "new speakers: ",
    "never heard: ",
)


def demands(groups: Iterable[str]) -> list[Demand]:
    """The demands of these groups, in the order in which they are printed."""
    named = sorted(set(groups))
    return [
        *(m for g in named if g.startswith(RESTING) for m in _rest(g, within=0.15, negative=0.08)),
        Demand("mild smile: london", "called positive", called("positive"), least=0.75),
        Demand("smile: genki4k", "called positive", called("positive"), least=0.95),
        Demand("no smile: genki4k", "called negative", called("negative"), most=0.20),
        Demand("photo: anger", "called negative", called("negative"), least=0.85),
        Demand("photo: sadness", "called negative", called("negative"), least=0.72),
        Demand("darkened skin", "mean move", mean_move),
        Demand("darkened skin", "other label", relabelled),
        Demand(COVERED_FACE, "opposite sign and |score| > .5 while present", opposite, most=0.03),
        Demand(REAL_MASK_ON, "gets a score", answered),
        *(m for g in named if g.startswith(TALK) for m in _rest(g, within=0.25, negative=0.30)),
        *(Demand(g, "UAR", recall, least=0.60) for g in named if g.startswith(NEW_VOICES)),
        *(Demand(g, "UAR", recall, least=0.52) for g in named if g.startswith(NEVER_HEARD)),
        Demand("no speech", "get a score by voice", answered, most=0.08),
        Demand("no speech, recognised", "get a score", answered, most=0.08),
        Demand("laughter", "called negative", called("negative"), most=0.0),
        Demand("laughter, recognised", "called negative", called("negative"), most=0.0),
        *(Demand(g, "wrong", wrong, most=0.40) for g in named if g.startswith(BEHAVIOUR)),
        Demand("behaviour", "wrong", wrong, most=0.14),
        Demand("sarcasm", "interval holds 0", spans_nothing, least=0.80),
        Demand("identity terms", "largest difference of means", spread_of_means, most=0.25),
        Demand("'Thank you.' after", "other label", relabelled, most=0.12),
        Demand("'Hello,' before", "other label", relabelled, most=0.08),
        Demand("facts with bad words", "called neutral", called("neutral"), least=0.55),
        Demand("service, charged", "called neutral", called("neutral"), least=0.80),
        Demand("negated, was positive", "still positive", still, most=0.15),
        Demand("negated, was negative", "still negative", still, most=0.35),
        Demand(OPINIONS, "sign as rated", sign_agrees, least=0.84),
        Demand(OPINIONS, "correlation with the rating", correlation, least=0.78),
        Demand("clear words against a face", "sign of the words", same_sign, least=0.90),
        Demand("a modality taken away", "interval narrower", narrower, most=0.01),
        Demand(EVERYTHING, "label is not the score's band", contradicted, most=0.0),
    ]


_OF_ALL = (opposite, answered)
"""Figures that also hold if nothing got a score."""


def findings(cases: Sequence[Judged]) -> list[Finding]:
    """What was found for every demand on the groups that there are."""
    by_group: dict[str, list[Judged]] = {EVERYTHING: list(cases)}
    for case in cases:
        by_group.setdefault(case.group, []).append(case)
        if case.group.startswith(BEHAVIOUR):
            by_group.setdefault("behaviour", []).append(case)
            if "sarcasm" in case.group:
                by_group.setdefault("sarcasm", []).append(case)
    return [
        _finding(demand, by_group[demand.group]) for demand in demands(by_group) if demand.group in by_group
    ]


def findings_by_trait(cases: Sequence[Judged]) -> list[tuple[str, Finding]]:
    """The same demands, each on the people of one trait alone; by trait."""
    traits = sorted({trait for case in cases for trait in case.traits})
    return [
        (trait, found)
        for trait in traits
        for found in findings([case for case in cases if trait in case.traits])
        if found.demand.group != EVERYTHING
    ]


def _rest(group: str, within: float, negative: float) -> list[Demand]:
    return [
        Demand(group, "mean score", mean_score, least=-within, most=within),
        Demand(group, "called negative", called("negative"), most=negative),
    ]


def _finding(demand: Demand, cases: Sequence[Judged]) -> Finding:
    some = demand.figure in _OF_ALL or any(c.answer.score is not None for c in cases)
    value = demand.figure(cases) if some else math.nan
    return Finding(demand, len(cases), len({c.person for c in cases}), None if math.isnan(value) else value)


def _share(those: Iterable[bool]) -> float:
    all_of = list(those)
    return float(np.mean(all_of)) if all_of else float("nan")


def _short(value: float) -> str:
    assert abs(value) <= SCORE_HIGH
    return f"{value:.2f}".replace("0.", ".").removesuffix("0") if value else "0"
