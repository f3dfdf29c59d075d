from pathlib import Path

from fsrf_live.fsrf.evaluation.people import Judged, Verdict, findings, findings_by_trait
from fsrf_live.fsrf.evaluation.people_page import render_people, write_people_report

POSITIVE, NEUTRAL = Verdict(1.0, 0.0, 2.0, "positive"), Verdict(0.0, -1.0, 1.0, "neutral")


def of_thousand(right: int) -> str:
    said = [POSITIVE] * right + [NEUTRAL] * (1000 - right)
    cases = [Judged("smile: genki4k", str(n), "positive", answer) for n, answer in enumerate(said)]
    return " ".join(render_people(findings(cases)).split())


def test_what_just_misses_a_bound_is_seen_to_miss_it() -> None:
    assert "| 0.947 | ≥ .95, missed |" in of_thousand(947)
    assert "| 0.950 | ≥ .95 |" in of_thousand(950)
    assert "missed" not in of_thousand(950)


def test_the_page_says_what_is_asked(tmp_path: Path) -> None:
    cases = [Judged("resting face: yale", "p", "neutral", NEUTRAL, traits=("female",))]
    found, by_trait = findings(cases), findings_by_trait(cases)
    page = write_people_report(tmp_path, "fsrf evaluate people", "abc", found, by_trait, "checkpoint x")
    text = page.read_text(encoding="utf-8")
    assert "| resting face: yale |" in text
    assert "-.15 … .15" in text
    assert render_people(findings(cases)) in text
    assert "| female | 0.000 |" in " ".join(text.split())
    assert (tmp_path / "people.json").is_file()
