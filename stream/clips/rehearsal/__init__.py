"""Rehearsed failure of a whole clip: many cases side by side, and what each of them costs."""

from fsrf_live.stream.clips.rehearsal.cases import (
    Case,
    complete,
    curve_cases,
    fault_cases,
    given_case,
    subset_cases,
)
from fsrf_live.stream.clips.rehearsal.cost import Cost, Dropout, cost_of, dropout_of
from fsrf_live.stream.clips.rehearsal.run import CaseRun, Rehearsal

__all__ = [
    "Case",
    "CaseRun",
    "Cost",
    "Dropout",
    "Rehearsal",
    "complete",
    "cost_of",
    "curve_cases",
    "dropout_of",
    "fault_cases",
    "given_case",
    "subset_cases",
]
