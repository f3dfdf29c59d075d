"""Rows whose people, politeness or signs are changed, and whose score must stay or move as it should.

Whoever a person is makes no difference: fillings of one template all have its score (counterfactual data: Lu
et al. 2018, arXiv 1807.11714). Formulas of politeness leave a sentence's score as it is; emoji do not. A row
that says nothing new has a `twin`, which training reads beside it and gives the same answer (counterfactual
logit pairing: Garg et al. 2019, arXiv 1809.10610).
"""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fsrf_live.fsrf.data.people import ABOUT_PEOPLE, MORE_PEOPLE, SIGNS
from fsrf_live.fsrf.data.text_clean import begun
from fsrf_live.fsrf.data.text_corpora import TextRow, text_row

IDENTITY, POLITE, SIGNED = "identity", "polite", "signed"
_TONES: Mapping[str, float] = {"neutral": 0.0, "positive": 1.9, "negative": -1.9}
_FORMULAS: Mapping[str, float] = {"thanks": 0.4, "greeting": 0.15}
"""Scores of formulas of politeness by themselves; other kinds say nothing."""
_SOMEBODY = re.compile(
    r"\b(?:someone|somebody|an? (?:man|woman|guy|girl|boy|person|lady|friend|colleague|teacher|doctor|kid))\b"
)
_TOLD = (
    "I'm {is}. {text}", "{text} I'm {is}, by the way.", "My flatmate is {is}. {text}",
    "{text} And yes, I am {is}.", "I went with {np}. {text}", "{text} I sat with {np}.",
    "Just so you know, I am {is}. {text}",
    "{text} That's what {np} told me.", "Beside me was {np}. {text}", "I'm {is}, and {text}",
)  # fmt: skip
"""Ways to say, beside a sentence, who somebody is."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A row of the list of people: a `term`, a `name`, a `template` of one `kind`, or a polite `formula`."""

    text: str
    role: str
    kind: str
    fits: Mapping[str, str]
    tone: str


def own_people() -> list[Identity]:
    """Terms of our own beside those of the list of people."""
    return [Identity(own, "term", "own", {"is": own, "np": np}, "") for own, np in MORE_PEOPLE]


def balanced(rows: Iterable[TextRow], seed: int) -> list[TextRow]:
    """As many of the rows of each class as there are of the rarest."""
    classes: dict[int, list[TextRow]] = {}
    for row in rows:
        classes.setdefault(row.label, []).append(row)
    rarest = min(map(len, classes.values()), default=0)
    rng = random.Random(seed)
    return [row for label in sorted(classes) for row in rng.sample(classes[label], rarest)]


def identity_rows(people: Sequence[Identity], seed: int) -> list[TextRow]:
    """Every template with every person that fits it, all of one template with one score; and all formulas.

    The twin of a row is the same template with another person.
    """
    rng = random.Random(seed)
    rows = []
    told = [(_TONES[p.tone], p.text, p.kind == "name") for p in _of_role(people, "template")]
    for score, template, of_name in told + [(score, text, False) for score, text in ABOUT_PEOPLE]:
        texts = _fillings(template, _of_role(people, "name" if of_name else "term"))
        rng.shuffle(texts)
        twins = [*texts[1:], *texts[:1]] if len(texts) > 1 else [None] * len(texts)
        rows += [
            text_row(IDENTITY, text, score, 1.0, twin=twin) for text, twin in zip(texts, twins, strict=True)
        ]
    for formula in _of_role(people, "formula"):
        rows.append(text_row(POLITE, f"{begun(formula.text)}.", _FORMULAS.get(formula.kind, 0.0), 0.6))
    return rows


def people_rows(rows: Sequence[TextRow], people: Sequence[Identity], count: int, seed: int) -> list[TextRow]:
    """Some of the rows again, half with other people in somebody's place, half beside what one is.

    The score stays. Counterfactual data from sentences that people wrote (Zmigrod et al. 2019, arXiv
    1906.04571), without what the grammar of other languages asks.
    """
    rng = random.Random(seed)
    terms = _of_role(people, "term")
    if not terms or not rows:
        return []
    speaking = [row for row in rows if _SOMEBODY.search(row.text)]
    made = []
    for row in (rng.choice(speaking) for _ in range(count // 2 if speaking else 0)):
        one, other = rng.sample(terms, 2) if len(terms) > 1 else (terms[0], terms[0])
        text, twin = (_with_somebody(row.text, person) for person in (one, other))
        made.append(text_row(IDENTITY, text, row.score, row.weight, twin=twin if other is not one else None))
    for row in (rng.choice(rows) for _ in range(count - len(made))):
        fits = rng.choice(terms).fits
        text = begun(_put(rng.choice(_TOLD), {**fits, "text": row.text}))
        made.append(text_row(IDENTITY, text, row.score, row.weight, twin=row.text))
    return made


def signed_rows(rows: Sequence[TextRow], count: int, seed: int) -> list[TextRow]:
    """Some of the rows again with emoji or emoticons of their sign behind them, which a neutral one takes."""
    rng = random.Random(seed)
    made = []
    for row in rng.sample(rows, min(count, len(rows))):
        sign, marks = rng.choice(SIGNS) if row.label == 1 else SIGNS[int(row.score < 0)]
        score = 0.6 * sign if row.label == 1 else row.score + 0.15 * sign
        text = f"{row.text.rstrip('.')} {' '.join(rng.choices(marks, k=rng.randint(1, 2)))}"
        made.append(text_row(SIGNED, text, score, row.weight))
    return made


def polite_rows(rows: Sequence[TextRow], people: Sequence[Identity], count: int, seed: int) -> list[TextRow]:
    """Some of the rows again, with a formula of politeness before or after them: their score stays."""
    rng = random.Random(seed)
    formulas = _of_role(people, "formula")
    if not formulas:
        return []
    made = []
    for row in rng.sample(rows, min(count, len(rows))):
        formula = rng.choice(formulas)
        before = formula.kind in ("greeting", "filler") or (formula.kind != "farewell" and rng.random() < 0.3)
        end = row.text[-1:] if row.text[-1:] in ".!?" else "."
        said = f"{begun(formula.text)}{rng.choice('.!,') if before else rng.choice('.!')}"
        text = f"{said} {row.text}" if before else f"{row.text.rstrip('.!?')}{end} {said}"
        made.append(text_row(POLITE, text, row.score, row.weight, twin=row.text))
    return made


def _fillings(template: str, people: Iterable[Identity]) -> list[str]:
    """The template with each of the people who fit it."""
    fits = [{"name": person.text} if person.role == "name" else person.fits for person in people]
    return [begun(_put(template, fit)) for fit in fits if all(fit.values())]


def _with_somebody(text: str, person: Identity) -> str:
    """The text with that person in the first place of somebody."""
    return begun(_SOMEBODY.sub(lambda _: person.fits["np"], text, count=1))


def _put(template: str, fits: Mapping[str, str]) -> str:
    for slot, fit in fits.items():
        template = template.replace("{" + slot + "}", fit)
    return template


def _of_role(people: Iterable[Identity], role: str) -> list[Identity]:
    return [person for person in people if person.role == role]
