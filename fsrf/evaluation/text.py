"""A live table as Markdown, which also reads well on a terminal."""

from collections.abc import Mapping

from fsrf_live.fsrf.common.markdown import grid
from fsrf_live.fsrf.common.modalities import SUBSET_NAMES
from fsrf_live.fsrf.evaluation.live import LiveTable


def render_tables(table: LiveTable) -> str:
    """Five tables: each modality on its own corpora, all subsets on composed samples, intervals, recovery."""
    alone = [
        [
            a.corpus,
            a.modality,
            str(a.rows),
            *(_figure(f, name) for f in (a.figures, a.constant, a.simple) for name in ("acc", "uar")),
        ]
        for a in table.alone
    ]
    composed = [
        [name, *(_figure(figures, key) for key in table.average)]
        for name, figures in (
            *zip(SUBSET_NAMES, table.subsets, strict=True),
            ("mean of the six incomplete", table.average),
            ("constant answer", table.constant),
        )
    ]
    intervals = [
        [name, _figure(figures, "coverage"), _figure(figures, "width", 2)]
        for name, figures in zip(SUBSET_NAMES, table.intervals, strict=True)
    ]
    recovery = [
        [r.subset, r.missing, *(_figure(r.figures, key, 2) for key in ("told", "found", "moved", "spearman"))]
        for r in table.recovery
    ]
    return "\n\n".join(
        [
            "Held-out parts of the corpora, one modality alone (3 classes; sst2: 2 classes)",
            grid(
                ["corpus", "modality", "rows", "acc", "uar", "constant acc", "uar", "simple acc", "uar"],
                alone,
            ),
            f"{table.samples} composed held-out samples whose parts agree (3 classes)",
            grid(["available", *table.average], composed),
            f"90 % intervals on {table.samples} composed held-out samples of every kind",
            grid(["available", "coverage", "mean width"], intervals),
            f"{table.samples} such samples each with altered voices: the share of voices that turn to "
            "the opposite, coverage and mean width",
            _conditions(table),
            f"Recovery on {table.samples} samples of every kind: how far the score stays, foretold and found",
            grid(["available", "recovered", "foretold", "found", "score moves", "spearman"], recovery),
        ]
    )


def _conditions(table: LiveTable) -> str:
    rows = [
        [c.condition, f"{c.turned:.3f}", *(_coverage(figures) for figures in c.intervals.values())]
        for c in table.conditions
    ]
    return grid(["voices", "turned", *table.conditions[0].intervals], rows)


def _coverage(figures: Mapping[str, float]) -> str:
    return f"{figures['coverage']:.3f} {figures['width']:.2f}"


def _figure(figures: Mapping[str, float], name: str, places: int = 3) -> str:
    return f"{figures[name]:.{places}f}" if name in figures else "-"
