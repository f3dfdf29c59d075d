"""Rehearsed failure: what a user may ask for, as ``SOURCE:KIND[=VALUE][@START[+DURATION]]``.

    camera:unplug@5s+3s   mic:mute@2s   text:lag=2s   camera:freeze@4s+2s   mic:noise=10dB   *:drop=0.3

Times count from the beginning of the session. A fault without a start holds from the beginning, one without a
duration to the end. The kinds are in `stream.faults.kinds`.
"""

import math
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.faults.kinds import KINDS, Kind
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import ROLES, Frame, Role

Where = Role | Literal["*"]
ANYWHERE: tuple[Where, ...] = (*ROLES, "*")

FORM = "SOURCE:KIND[=VALUE][@START[+DURATION]]"
EXAMPLE = "camera:unplug@5s+3s"
REHEARSAL_S = 5.0
"""How long a fault of the round lasts: every kind shows by then, and is soon over."""

NUMBER = r"[+-]?\d+(?:\.\d+)?"
_UNITS = {unit for kind in KINDS.values() if kind.value for unit in kind.value.units}
SPEC = re.compile(
    rf"(?P<source>[a-z*]+):(?P<kind>[a-z]+)(?:=(?P<value>{NUMBER})(?P<unit>{'|'.join(sorted(_UNITS))})?)?"
    rf"(?:@(?P<start>{NUMBER})s?)?(?:\+(?P<duration>{NUMBER})s?)?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `kind` is a name in `KINDS`, `value` in the first of its units; times in s."""

    source: Where
    kind: str
    value: float | None = None
    start_s: float = 0.0
    duration_s: float | None = None

    @property
    def does(self) -> Kind:
        """What its kind does."""
        return KINDS[self.kind]

    @property
    def amount(self) -> float:
        """Its value; 0 for a kind that takes none."""
        return self.value or 0.0

    def concerns(self, role: Role) -> bool:
        """Say whether it is done to this source."""
        return self.source in (role, "*") and role in self.does.roles

    def active(self, time_s: float) -> bool:
        """Say whether it holds at `time_s` after the beginning."""
        return self.start_s <= time_s < self.end_s

    @property
    def end_s(self) -> float:
        """When it ends; infinity if it does not."""
        return math.inf if self.duration_s is None else self.start_s + self.duration_s

    def __str__(self) -> str:
        """Write the spec that gives this fault."""
        start = f"@{self.start_s:g}s" if self.start_s or self.duration_s is not None else ""
        duration = "" if self.duration_s is None else f"+{self.duration_s:g}s"
        return f"{self.source}:{written(self.kind, self.value)}{start}{duration}"


def written(kind: str, value: float | None) -> str:
    """A kind and its value as in a spec: ``mute``, ``noise=5dB``."""
    amount = KINDS[kind].value
    return kind if amount is None or value is None else f"{kind}={value:g}{amount.unit}"


def usual_faults(role: Role) -> Iterator[Fault]:
    """Every kind of fault that a source may have, with the value that a rehearsal takes."""
    for name, kind in KINDS.items():
        if role in kind.roles:
            yield Fault(role, name, kind.roles[role])


def examples() -> str:
    """Every kind with a usual value, for people: ``unplug, freeze, ... noise=5dB, ...``."""
    return ", ".join(_example(name) for name in KINDS)


def parse_fault(spec: str) -> Fault:
    """Read one spec; raises UsageError that says what is wrong with it."""
    match = SPEC.fullmatch(spec.strip())
    if match is None:
        raise UsageError(f"fault {spec!r} cannot be read: write {FORM}, as in {EXAMPLE}")
    source = next((where for where in ANYWHERE if where == match["source"]), None)
    name = match["kind"]
    if source is None:
        raise UsageError(
            f"fault {spec!r}: unknown source {match['source']!r}; there are {', '.join(ROLES)} and *"
        )
    if name not in KINDS:
        raise UsageError(f"fault {spec!r}: unknown kind {name!r}; there are {', '.join(KINDS)}")
    start, duration = float(match["start"] or 0), match["duration"]
    if start < 0 or (duration is not None and float(duration) <= 0):
        raise UsageError(f"fault {spec!r}: a start is not negative and a duration is longer than nothing")
    roles = KINDS[name].roles
    if source != "*" and source not in roles:
        raise UsageError(f"fault {spec!r}: {name} is for {' or '.join(roles)}, not for {source}")
    value = _value(spec, name, match["value"], match["unit"])
    return Fault(source, name, value, start, None if duration is None else float(duration))


def load_schedule(path: Path | str) -> list[Fault]:
    """Read faults from a YAML file: a list of specs, or a mapping whose key ``faults`` holds one.

    Raises UsageError if the file cannot be read, is not YAML, or holds something else.
    """
    import yaml

    try:
        loaded = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"fault schedule {path}: {error.strerror}; give a YAML file with a list of faults"
        ) from error
    except Exception as error:  # what PyYAML lets out has no base: of a date, a number, a depth
        raise UsageError(
            f"fault schedule {path} is not YAML: write a list of faults such as - {EXAMPLE}"
        ) from error
    specs = loaded.get("faults") if isinstance(loaded, dict) else loaded
    if not isinstance(specs, list) or not all(isinstance(spec, str) for spec in specs):
        raise UsageError(f"fault schedule {path} holds no list of faults: write lines such as - {EXAMPLE}")
    return [parse_fault(spec) for spec in specs]


class _Span(NamedTuple):
    """The faults that a source has from one moment to another, of all that there are."""

    of: tuple[Fault, ...]
    from_s: float
    until_s: float
    active: tuple[Fault, ...]


class FaultBoard:
    """The faults of a session; they may be added to while it runs. Thread-safe.

    `epoch_ns` is the beginning of the session on the clock; `still` is the picture that a frozen camera
    shows, however often it is opened again.
    """

    def __init__(self, faults: Sequence[Fault] = (), epoch_ns: int = 0) -> None:
        self.epoch_ns = epoch_ns
        self.still: Frame | None = None
        self._lock = threading.Lock()
        self._faults = tuple(faults)
        self._rehearsed = 0
        self._spans: dict[Role, _Span] = {}

    def active(self, role: Role, now_ns: int) -> tuple[Fault, ...]:
        """Give the faults that this source has now; cheap, since it is asked at every item."""
        time_s = (now_ns - self.epoch_ns) / NS
        span = self._spans.get(role)
        if span is None or span.of is not self._faults or not span.from_s <= time_s < span.until_s:
            span = self._spans[role] = _span(self._faults, role, time_s)
        return span.active

    def names(self, now_ns: int) -> tuple[str, ...]:
        """Write out the faults that hold now, for people."""
        time_s = (now_ns - self.epoch_ns) / NS
        return tuple(str(fault) for fault in self._faults if fault.active(time_s))

    def rehearse(self, now_ns: int) -> Fault:
        """Begin the next fault of a fixed round, now, for five seconds; returns it."""
        with self._lock:
            round_ = _round()
            fault = round_[self._rehearsed % len(round_)]
            self._rehearsed += 1
        hundredths = (now_ns - self.epoch_ns) // (NS // 100)
        fault = replace(fault, start_s=hundredths / 100, duration_s=REHEARSAL_S)
        self.add(fault)
        return fault

    def add(self, fault: Fault) -> None:
        """Add a fault; those that are over when it begins are forgotten."""
        with self._lock:
            running = (old for old in self._faults if old.end_s > fault.start_s)
            self._faults = (*running, fault)


def unplugged(fault: Fault) -> str:
    """The reason for which a source is lost that a fault has unplugged."""
    return f"unplugged (rehearsed: {fault})"


def _span(faults: tuple[Fault, ...], role: Role, time_s: float) -> _Span:
    concerning = [fault for fault in faults if fault.concerns(role)]
    turns = [turn for fault in concerning for turn in (fault.start_s, fault.end_s)]
    from_s = max((turn for turn in turns if turn <= time_s), default=-math.inf)
    until_s = min((turn for turn in turns if turn > time_s), default=math.inf)
    return _Span(faults, from_s, until_s, tuple(fault for fault in concerning if fault.active(time_s)))


def _round() -> list[Fault]:
    """The faults that a key of the dashboard rehearses one after another."""
    turns = [turn for kind in KINDS.values() for turn in kind.turns.items()]
    return [parse_fault(spec) for _, spec in sorted(turns)]


def _example(name: str) -> str:
    return written(name, next(iter(KINDS[name].roles.values())))


def _value(spec: str, name: str, text: str | None, unit: str | None) -> float | None:
    amount = KINDS[name].value
    if amount is None:
        if text is not None:
            raise UsageError(f"fault {spec!r}: {name} takes no value")
        return None
    if text is None:
        raise UsageError(f"fault {spec!r}: {name} needs a value, as in {_example(name)}")
    if unit is not None and unit not in amount.units:
        raise UsageError(f"fault {spec!r}: {name} is {amount.reads}, not in {unit}")
    value = float(text) / (1.0 if unit is None else amount.units[unit])
    if not amount.lowest <= value <= amount.highest:
        raise UsageError(f"fault {spec!r}: {name} is {amount.reads}")
    return value


def faults_of(specs: Sequence[str]) -> list[Fault]:
    """Faults from specs and YAML schedules; raises UsageError."""
    faults: list[Fault] = []
    for spec in specs:
        faults += load_schedule(spec) if spec.endswith((".yaml", ".yml")) else [parse_fault(spec)]
    return faults
