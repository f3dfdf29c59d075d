"""The page about people and texts that training never saw: two tables, and the figures beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fsrf_live.fsrf.common.markdown import grid, printed_by, report_in, write_page
from fsrf_live.fsrf.evaluation.people import Finding

_NOTES = """\
Cases that training never saw, put to the program as files and lines, as a user would put them: pictures, and
sounds without their words, and texts. Of each corpus a fifth of the people is kept for this (by a hash of
corpus and person), of a corpus with fewer than twelve people everybody, and of texts the rows marked `dev`;
at most 400 cases of each group, always the same. `found` is to lie within `asked`; where it does not,
`missed` stands beside it. Press photos that are called neutral are not asked about: a quarter of them frown,
and many speak."""
_TRAITS = """\
The same figures for people of whom a corpus says their age, gender or ethnicity; of the terms, the largest
difference within one kind. So few people show coarse faults alone. What a darker skin changes stands above:
those pictures with half of their lightness."""


def write_people_report(
    folder: Path,
    command: str,
    commit: str,
    found: Sequence[Finding],
    by_trait: Sequence[tuple[str, Finding]],
    checkpoint: str,
) -> Path:
    """Write ``people.md`` and ``people.json``; returns the page's path. Raises DataError.

    `checkpoint` says which one was asked.
    """
    parts = [
        "# People and texts that training never saw",
        f"{printed_by(command, commit)}; {checkpoint}. All figures: [people.json](people.json).",
        _NOTES,
        render_people(found),
        "## By who they are",
        _TRAITS,
        render_traits(by_trait),
    ]
    with report_in(folder):
        return write_page(folder, "people", parts, as_figures(found, by_trait))


def render_traits(found: Sequence[tuple[str, Finding]]) -> str:
    """The table of findings by trait."""
    rows = [
        [f.demand.group, f.demand.what, trait, _written(f), str(f.people)]
        for trait, f in sorted(found, key=lambda one: (one[1].demand.group, one[1].demand.what))
    ]
    return grid(["group", "figure", "of", "found", "people"], rows)


def render_people(found: Sequence[Finding]) -> str:
    """The table of all findings, each that misses a bound marked."""
    rows = [
        [
            f.demand.group or "all of these",
            f.demand.what,
            _written(f),
            f"{f.demand.asked}, missed" if f.missed else f.demand.asked,
            str(f.cases),
            str(f.people),
        ]
        for f in found
    ]
    return grid(["group", "figure", "found", "asked", "cases", "people"], rows)


def as_figures(
    found: Sequence[Finding], by_trait: Sequence[tuple[str, Finding]]
) -> Mapping[str, Mapping[str, object]]:
    """The findings as plain values, by group and figure, and trait."""
    return {
        f"{f.demand.group or 'all'}{', ' if trait else ''}{trait}: {f.demand.what}": {
            "value": None if f.value is None else round(f.value, 4),
            "least": f.demand.least,
            "most": f.demand.most,
            "cases": f.cases,
            "people": f.people,
        }
        for trait, f in [*(("", f) for f in found), *by_trait]
    }


def _written(found: Finding) -> str:
    # A bound has two decimals: with no more a figure just beyond it would look as if it held.
    return "-" if found.value is None else f"{found.value:.3f}"
