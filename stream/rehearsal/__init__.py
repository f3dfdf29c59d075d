"""Rehearsed failure of a whole clip: many cases side by side, and what each of them costs."""

from stream.rehearsal.cases import Case, complete, curve_cases, fault_cases, given_case, subset_cases
from stream.rehearsal.cost import Cost, Dropout, cost_of, dropout_of
from stream.rehearsal.run import Rehearsal, Run

__all__ = [
    "Case",
    "Cost",
    "Dropout",
    "Rehearsal",
    "Run",
    "complete",
    "cost_of",
    "curve_cases",
    "dropout_of",
    "fault_cases",
    "given_case",
    "subset_cases",
]
