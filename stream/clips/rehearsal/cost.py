"""What a failure costs: a case compared with the complete run, window by window of the latter.

A window of the complete run is a stretch of time. What a case says of that stretch is the average of its own
readings, weighted by how long each lies in it. Only stretches that the failure reached are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.clips.rehearsal.cases import Case
from fsrf_live.stream.clips.rehearsal.run import CaseRun
from fsrf_live.stream.faults.spec import Fault
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import MODALITY_OF, ROLES, Role, State
from fsrf_live.stream.flow.records import Reading

_STRONG = 1.0
"""From this score on, up or down, a stretch is strong."""
ROUNDING = 1e-6
"""Widths that are no farther apart are the same: averages of equal numbers differ in their last digits."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window of the complete run, and what a case says of the same time."""

    complete: Reading
    score: float
    low: float
    high: float
    label: str

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.complete.end_s - self.complete.start_s

    @property
    def moved(self) -> float:
        """How far the score is from the complete run's."""
        return abs(self.score - self.complete.score)

    @property
    def inside(self) -> bool:
        """Whether the complete run's score lies in the case's interval."""
        return self.low <= self.complete.score <= self.high

    @property
    def widened(self) -> bool:
        """Whether the interval is wider than the complete run's."""
        return self.high - self.low > self.complete.high - self.complete.low + ROUNDING

    @property
    def strong(self) -> bool:
        """Whether the complete run is sure of a sign here, and has every modality to tell it by."""
        whole = all(self.complete.modalities[m].state == "present" for m in MODALITIES)
        return whole and abs(self.complete.score) >= _STRONG


@dataclass(frozen=True, slots=True)
class Cost:
    """What one case costs; averages are weighted by time, and None if nothing can be compared.

    `of` stretches were reached by the failure; `stretches` are those with a reading of the case. `noticed_s`
    is the longest time from a fault's beginning to its source being stalled or lost, `back_s` that from its
    end to the first reading with its modality; None if no source was missed. `unnoticed` and `not_back`
    count sources whose failure was never seen, or never over.
    """

    case: Case
    stretches: tuple[Stretch, ...]
    of: int
    noticed_s: float | None
    back_s: float | None
    unnoticed: int
    not_back: int

    @property
    def windows(self) -> int:
        """How many stretches have a reading."""
        return len(self.stretches)

    @property
    def score(self) -> float | None:
        """The case's score."""
        return self._mean([s.score for s in self.stretches])

    @property
    def complete(self) -> float | None:
        """The complete run's score."""
        return self._mean([s.complete.score for s in self.stretches])

    @property
    def moved(self) -> float | None:
        """How far the scores are apart on average."""
        return self._mean([s.moved for s in self.stretches])

    @property
    def most(self) -> float | None:
        """How far the scores are apart at most."""
        return max((s.moved for s in self.stretches), default=None)

    @property
    def width(self) -> float | None:
        """How wide the case's interval is."""
        return self._mean([s.high - s.low for s in self.stretches])

    @property
    def complete_width(self) -> float | None:
        """How wide the complete run's interval is."""
        return self._mean([s.complete.high - s.complete.low for s in self.stretches])

    @property
    def inside(self) -> int:
        """In how many stretches the complete run's score stayed inside the case's interval."""
        return sum(s.inside for s in self.stretches)

    @property
    def relabelled(self) -> int:
        """How many stretches have another label."""
        return sum(s.label != s.complete.label for s in self.stretches)

    def _mean(self, values: Sequence[float]) -> float | None:
        seconds = sum(s.seconds for s in self.stretches)
        if not seconds:
            return None
        return sum(v * s.seconds for v, s in zip(values, self.stretches, strict=True)) / seconds


def cost_of(run: CaseRun, complete: CaseRun) -> Cost:
    """Compare a case with the complete run of the same clip."""
    start_s, end_s = (moment / NS for moment in run.case.span)
    reached = [r for r in complete.finals if r.start_s < end_s and r.end_s > start_s]
    stretches = [stretch for r in reached if (stretch := _stretch(r, run.finals)) is not None]
    missed = [outage for fault in run.case.faults for outage in _outages(fault, run)]
    noticed = [outage.noticed_s for outage in missed if outage.noticed_s is not None]
    back = [outage.back_s for outage in missed if outage.back_s is not None]
    return Cost(
        case=run.case,
        stretches=tuple(stretches),
        of=len(reached),
        noticed_s=max(noticed, default=None),
        back_s=max(back, default=None),
        unnoticed=sum(outage.noticed_s is None for outage in missed),
        not_back=sum(outage.noticed_s is not None and outage.back_s is None for outage in missed),
    )


@dataclass(frozen=True, slots=True)
class Dropout:
    """What any single dropout costs in stretches of which the complete run is sure.

    `strong` counts comparisons with a strong stretch, `kept` those that keep its sign, `widened` those whose
    interval is wider; `most` is how far a score moved at most, in case `worst`.
    """

    strong: int
    kept: int
    most: float
    worst: str
    widened: int


def dropout_of(costs: Sequence[Cost]) -> Dropout | None:
    """Sum up the cases in which nothing is left of one modality; None if there is none."""
    dropouts = [cost for cost in costs if cost.case.dropped is not None and cost.stretches]
    strong = [(s, cost) for cost in dropouts for s in cost.stretches if s.strong]
    if not strong:
        return None
    most, worst = max(((s.moved, cost.case.name) for s, cost in strong), key=lambda pair: pair[0])
    return Dropout(
        strong=len(strong),
        kept=sum(s.score * s.complete.score > 0 for s, _ in strong),
        most=most,
        worst=worst,
        widened=sum(s.widened for s, _ in strong),
    )


def _stretch(complete: Reading, finals: Sequence[Reading]) -> Stretch | None:
    shares = [(min(r.end_s, complete.end_s) - max(r.start_s, complete.start_s), r) for r in finals]
    shares = [(seconds, r) for seconds, r in shares if seconds > 0]
    total = sum(seconds for seconds, _ in shares)
    if not total:
        return None
    score, low, high = (
        sum(seconds * value for (seconds, _), value in zip(shares, values, strict=True)) / total
        for values in zip(*((r.score, r.low, r.high) for _, r in shares), strict=True)
    )
    return Stretch(complete, score, low, high, max(shares, key=lambda share: share[0])[1].label)


@dataclass(frozen=True, slots=True)
class _Outage:
    noticed_s: float | None
    back_s: float | None


def _outages(fault: Fault, run: CaseRun) -> list[_Outage]:
    """What was seen of one fault, for each source that it is done to and that should be missed for it."""
    roles = [role for role in ROLES if fault.concerns(role) and any(e.source == role for e in run.events)]
    return [_outage(fault, role, run) for role in roles if _is_missed(fault, role)]


def _is_missed(fault: Fault, role: Role) -> bool:
    """Whether the source gives nothing, or always the same, under this fault."""
    loses_all = fault.does.loses and fault.amount >= 1
    return fault.does.silences or (loses_all and role != "text")  # text never stalls: people pause


def _outage(fault: Fault, role: Role, run: CaseRun) -> _Outage:
    events = [event for event in run.events if event.source == role]
    gone = [e for e in events if e.state in (State.STALLED, State.LOST) and fault.active(e.time_s)]
    if not gone:
        return _Outage(None, None)
    noticed_s = gone[0].time_s - fault.start_s
    live = [e.time_s for e in events if e.state is State.LIVE and e.time_s >= fault.end_s]
    if not live:
        return _Outage(noticed_s, None)
    back = [at_s for at_s, r in run.readings if at_s >= live[0] and _has(r, role)]
    return _Outage(noticed_s, back[0] - fault.end_s if back else None)


def _has(reading: Reading, role: Role) -> bool:
    return reading.modalities[MODALITY_OF[role]].state != "missing"
