"""Which failures are rehearsed on a clip: every subset, each kind of fault on each source, a user's own."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fsrf_live.engines.common.contract import SUBSETS
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.faults.spec import Fault, Where, usual_faults
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import MODALITY_OF, ROLE_OF, ROLES, Role
from fsrf_live.stream.flow.records import SHOWN_AS
from fsrf_live.stream.windows.window import Span

Group = Literal["complete", "subset", "camera", "mic", "text", "given", "curve"]

BEGINS, ENDS = 0.2, 0.8
"""Which part of the clip a standard fault lasts for, so that it is seen to begin and to end."""
_SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to run the clip: with faults, or without some modalities from beginning to end."""

    name: str
    group: Group
    faults: tuple[Fault, ...] = ()
    without: frozenset[Modality] = frozenset()

    @property
    def span(self) -> Span:
        """From when to when anything is wrong, in ns; the whole time if it does not end."""
        if not self.faults:
            return 0, 2**63
        ends_s = max(fault.end_s for fault in self.faults)
        start_ns = round(min(fault.start_s for fault in self.faults) * NS)
        return start_ns, 2**63 if math.isinf(ends_s) else round(ends_s * NS)

    @property
    def dropped(self) -> Modality | None:
        """The one modality of which nothing is left; None if it is none or several, or something is."""
        if len(self.without) == 1:
            return next(iter(self.without))
        if len(self.faults) == 1 and self.faults[0].does.silences and self.faults[0].source != "*":
            return MODALITY_OF[self.faults[0].source]
        return None

    def touches(self, role: Role) -> bool:
        """Say whether a fault is done to this source."""
        return any(fault.concerns(role) for fault in self.faults)


def complete() -> Case:
    """Everything that the clip has."""
    return Case("complete", "complete")


def subset_cases(there: frozenset[Modality]) -> Iterator[Case]:
    """Every subset of what the clip has, but the whole of it and nothing."""
    for subset in sorted(SUBSETS, key=len, reverse=True):
        if subset and set(subset) < there:
            without = there - set(subset)
            names = [name for m, name in SHOWN_AS.items() if m in subset]
            yield Case(" + ".join(names) + " only", "subset", without=without)


def fault_cases(there: frozenset[Modality], duration_s: float) -> Iterator[Case]:
    """Each kind of fault on each source that the clip has, from `BEGINS` to `ENDS` of its time."""
    start_s, end_s = (round(share * duration_s, 1) for share in (BEGINS, ENDS))
    for role in ROLES:
        for fault in usual_faults(role) if MODALITY_OF[role] in there else ():
            lasting = replace(fault, start_s=start_s, duration_s=end_s - start_s)
            yield Case(str(fault), role, (lasting,))


def given_case(faults: Sequence[Fault]) -> Case:
    """The user's own faults, all together."""
    return Case("your faults", "given", tuple(faults))


def curve_cases(there: frozenset[Modality]) -> Iterator[Case]:
    """More and more of what each source gives is dropped, of each alone and of all, from beginning to end."""
    roles = [ROLE_OF[m] for m in MODALITIES if m in there]
    everything: tuple[Where, ...] = ("*",) if len(roles) > 1 else ()
    for source in (*roles, *everything):
        for share in _SHARES:
            fault = Fault(source, "drop", share)
            yield Case(str(fault), "curve", (fault,))
