"""The page about a live checkpoint: tables, the reliability diagram, and the figures beside them."""

from pathlib import Path

from fsrf_live.fsrf.common.markdown import printed_by, report_in, write_page
from fsrf_live.fsrf.common.modalities import SUBSET_NAMES
from fsrf_live.fsrf.common.pictures import reliability_diagram, save_svg
from fsrf_live.fsrf.evaluation.live import LiveTable
from fsrf_live.fsrf.evaluation.text import render_tables

_NAME = "evaluation"
DRAWN = ("text", "audio", "video", "text+audio+video")
"""Subsets in the reliability diagram."""
_NOTES = """\
All rows are held out of training, and no speaker is in two splits; seed 0. `simple` is what simple methods
reach on the same data: a frozen sentence vector and an MLP; mesh landmarks and an MLP; MFCC and pitch
statistics and a support vector machine. These figures cannot be compared with the papers' tables on
CMU-MOSEI and CH-SIMS. The recipe was settled while these figures were seen, so they are a little better than
new data would give; weights and intervals come from other rows. No sentence of a composed sample is made
from a frame, and none teaches, also as a part of twenty letters or more; a checkpoint that was trained before
that rule, as the one that ships, has learned phrases of some of SST's.

A composed sample puts together a sentence, a voice and a face of one valence. Sentences of three stars in
SST are not among them: they mean that good and bad balance, which is not neutral talk. (With them, a
checkpoint that was right in .827 of the complete samples was right in .873 of those without.) In each class
and split a corpus of voices is weighted by the square root of its whole size. Intervals were fitted by five
siblings of the network, each asked about the fifth of the speakers that it had never heard. `ece` is the
expected calibration error of the likeliest class's probability in ten bins.

The reliability of a recovery foretells how far the score moves once the missing part is there: 1 if not at
all, 0 by the width of the scale or more."""


def write_live_report(
    folder: Path, command: str, commit: str, table: LiveTable, checkpoint: str, seconds: float
) -> Path:
    """Write ``evaluation.md``, ``.json`` and the diagram; returns the page's path. Raises DataError.

    `checkpoint` says which one was measured, `seconds` is the processor time that it took.
    """
    diagram = f"{_NAME}-reliability.svg"
    groups = {n: rows for n, rows in zip(SUBSET_NAMES, table.reliability, strict=True) if n in DRAWN}
    how = f"{printed_by(command, commit)}; {checkpoint}; {seconds:.0f} processor seconds"
    parts = [
        "# Evaluation of the live checkpoint",
        f"{how}. All figures: [{_NAME}.json]({_NAME}.json).",
        _NOTES,
        render_tables(table),
        f"![Reliability of the probabilities by what is available]({diagram})",
    ]
    with report_in(folder):
        save_svg(reliability_diagram(groups, (), "composed samples whose parts agree"), folder / diagram)
        return write_page(folder, _NAME, parts, table.to_dict())
