"""The end of a run: what all final readings said together."""

from collections.abc import Mapping
from copy import deepcopy

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.items import Reason
from fsrf_live.stream.flow.records import ModalityReading, Reading, Summary
from fsrf_live.stream.reading.answer import MeanAnswer, state_of
from fsrf_live.stream.reading.evidence import INSTANT_S, evidence_of

NOTHING_READ = "no window had anything to read"
"""Why a run has nothing to say, if its engine was there all the time."""


class Summariser:
    """Weighs final readings by their evidence. Memory is bounded: only sums, and the newest revision's part.

    A later revision of a window takes the place of the one before. Readings that had nothing to go by count
    as windows, but not towards the score.
    """

    def __init__(self) -> None:
        self._settled = _Sums()
        self._recent: dict[int, Reading] = {}

    def add(self, reading: Reading) -> None:
        """Count a reading; partial ones are passed over."""
        if not reading.final:
            return
        self._recent[reading.window] = reading
        if len(self._recent) > REVISABLE:
            self._settled.add(self._recent.pop(min(self._recent)))

    def summary(self, duration_s: float, reason: str = NOTHING_READ) -> Summary:
        """The summary of a run of `duration_s`; `reason` says why, if there was nothing to say."""
        sums = deepcopy(self._settled)
        for reading in self._recent.values():
            sums.add(reading)
        return sums.summary(duration_s, reason)


REVISABLE = 128
"""How many windows may still get revisions; the sync buffer keeps fewer."""


class _Sums:
    def __init__(self) -> None:
        self.windows = 0
        self.seconds = 0.0
        self.mean = MeanAnswer()
        self.coverage: dict[Modality, float] = dict.fromkeys(MODALITIES, 0.0)
        self.contribution: dict[Modality, float] = dict.fromkeys(MODALITIES, 0.0)
        self.recovery: dict[Modality, float] = dict.fromkeys(MODALITIES, 0.0)
        self.missing: dict[Modality, float] = dict.fromkeys(MODALITIES, 0.0)
        self.reasons: dict[Modality, dict[Reason, float]] = {m: {} for m in MODALITIES}

    def add(self, reading: Reading) -> None:
        seconds = max(INSTANT_S, reading.end_s - reading.start_s)
        self.windows += 1
        self.seconds += seconds
        weight = evidence_of(reading)
        self.mean.add(reading, weight)
        for m, part in reading.modalities.items():
            self._add_modality(m, part, seconds, weight)

    def _add_modality(self, m: Modality, part: ModalityReading, seconds: float, weight: float) -> None:
        self.coverage[m] += seconds * part.coverage
        self.contribution[m] += weight * part.contribution
        if part.recovery is not None:
            self.recovery[m] += seconds * part.recovery
            self.missing[m] += seconds
        if part.reason is not None:
            cost = seconds * (1 - part.coverage)
            self.reasons[m][part.reason] = self.reasons[m].get(part.reason, 0.0) + cost

    def summary(self, duration_s: float, reason: str) -> Summary:
        modalities = {m: self._modality(m) for m in MODALITIES} if self.windows else {}
        return self.mean.summary(duration_s, self.windows, modalities, reason)

    def _modality(self, m: Modality) -> ModalityReading:
        coverage = self.coverage[m] / self.seconds
        reasons: Mapping[Reason, float] = self.reasons[m]
        state = state_of(coverage)
        reason = None if state == "present" else max(reasons, key=lambda r: reasons[r], default=None)
        recovery = None if state != "missing" or not self.missing[m] else self.recovery[m] / self.missing[m]
        contribution = self.contribution[m] / self.mean.weight if self.mean.weight else 0.0
        return ModalityReading(state, reason, coverage, contribution, recovery)
