"""A live table as Markdown, which also reads well on a terminal."""

from collections.abc import Mapping, Sequence

from fsrf.evaluation import LiveTable
from fsrf.modalities import SUBSETS

Row = Sequence[str]


def render(table: LiveTable) -> str:
    """Three tables: each modality on its own corpora, all subsets on composed samples, intervals."""
    alone = [
        [
            a.corpus,
            a.modality,
            str(a.rows),
            *(_figure(f, name) for f in (a.figures, a.constant, a.simple) for name in ("acc", "uar")),
        ]
        for a in table.alone
    ]
    names = ["+".join(subset) for subset in SUBSETS]
    composed = [
        [name, *(_figure(figures, key) for key in ("acc", "f1", "uar", "mae", "pearson"))]
        for name, figures in (
            *zip(names, table.subsets, strict=True),
            ("mean of the six incomplete", table.average),
            ("constant answer", table.constant),
        )
    ]
    intervals = [
        [name, _figure(figures, "coverage"), _figure(figures, "width", 2)]
        for name, figures in zip(names, table.intervals, strict=True)
    ]
    return "\n\n".join(
        [
            "Held-out parts of the corpora, one modality alone (3 classes; sst2: 2 classes)",
            grid(
                ["corpus", "modality", "rows", "acc", "uar", "constant acc", "uar", "simple acc", "uar"],
                alone,
            ),
            f"{table.samples} composed held-out samples whose parts agree (3 classes)",
            grid(["available", "acc", "f1", "uar", "mae", "pearson"], composed),
            f"90 % intervals on {table.samples} composed held-out samples of every kind",
            grid(["available", "coverage", "mean width"], intervals),
        ]
    )


def grid(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table whose columns line up; all but the first are set right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rule = [("-" * w if i == 0 else "-" * (w - 1) + ":") for i, w in enumerate(widths)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in (lines[0], rule, *lines[1:])
    )


def _figure(figures: Mapping[str, float], name: str, places: int = 3) -> str:
    return f"{figures[name]:.{places}f}" if name in figures else "-"
