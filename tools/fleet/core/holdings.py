"""The streams that this worker runs: takes them, keeps them alive, and gives them up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.catalogue import Catalogue, Stamp, StreamClaim, StreamEntry
from fsrf_live.tools.fleet.core.messages import Action, Begin, Halt, Holding, News, Say

FIRST_PAUSE_NS, LONGEST_PAUSE_NS = NS // 2, 30 * NS
"""Before a session that has died is begun again; each time twice as long."""
STEADY_NS = 60 * NS
"""A session that has lived for so long starts with the shortest pause again."""
SETTLE_NS = 5 * NS
"""What a session costs is not yet seen in the load before that."""


@dataclass(slots=True)
class _Run:
    epoch: Stamp
    of: Stamp
    begun_ns: int
    state: str = "starting"
    restarts: int = 0
    deaths: int = 0
    again_ns: int | None = None
    news: Mapping[str, Any] = field(default_factory=dict)


class Holdings:
    """By name: since which epoch, and how it fares. What is to be done about it is appended to `actions`."""

    def __init__(self, me: str, catalogue: Catalogue, actions: list[Action]) -> None:
        self._me, self._catalogue, self._actions = me, catalogue, actions
        self._runs: dict[str, _Run] = {}

    def __len__(self) -> int:
        return len(self._runs)

    def epoch_of(self, name: str) -> Stamp | None:
        """The epoch in which this worker runs the stream; None if it does not."""
        run = self._runs.get(name)
        return None if run is None else run.epoch

    def projected(self, load: float, now_ns: int) -> float:
        """The load once sessions that were begun just now show in it, if each costs what the others do."""
        young = sum(now_ns - run.begun_ns < SETTLE_NS for run in self._runs.values())
        settled = len(self._runs) - young
        return load + young * (load / settled if settled else 0.0)

    def told(self) -> Iterator[Holding]:
        """As the others hear of them."""
        for name, run in sorted(self._runs.items()):
            yield Holding(name, run.epoch, run.of, run.state, run.restarts, run.news)

    def claim(self, name: str, now_ns: int) -> None:
        """Run a stream in a new epoch, whoever runs it now; its windows are counted anew."""
        entry = self._catalogue.get(name)
        if entry is None:
            return
        before, epoch = self._runs.get(name), self._catalogue.next_stamp(self._me)
        restarts, deaths = (before.restarts, before.deaths) if before is not None else (0, 0)
        self._runs[name] = _Run(epoch, entry.version, now_ns, restarts=restarts, deaths=deaths)
        self._take(entry, StreamClaim(epoch, entry.version))
        self._actions.append(Begin(name, epoch, entry.spec))

    def settle(self, name: str) -> None:
        """Give a stream up if it is another's by now, or nobody wants it as it was."""
        entry = self._catalogue.get(name)
        claim = None if entry is None else entry.claim
        if entry is None or claim is None:
            return
        run = self._runs.get(name)
        if run is not None and (
            entry.owner != self._me or (claim.epoch, entry.version) != (run.epoch, run.of)
        ):
            del self._runs[name]
            self._actions.append(Halt(name, run.epoch))
        if claim.epoch.by == self._me and not claim.ended and name not in self._runs:
            self._take(entry, replace(claim, ended=True))

    def drop_all(self) -> None:
        """Give everything up."""
        for name, run in self._runs.items():
            self._actions.append(Halt(name, run.epoch))
            entry = self._catalogue.get(name)
            if entry is not None:
                self._take(entry, StreamClaim(run.epoch, run.of, ended=True))
        self._runs.clear()

    def fares(self, name: str, epoch: Stamp, state: str, news: Mapping[str, Any]) -> None:
        """What a session says of itself; one of an earlier epoch has nothing to say."""
        run = self._runs.get(name)
        if run is not None and run.epoch == epoch and run.again_ns is None:
            run.state, run.news = state, news

    def died(self, name: str, epoch: Stamp, reason: str, now_ns: int) -> None:
        """A session is no more: another one follows after a pause."""
        run = self._runs.get(name)
        if run is None or run.epoch != epoch or run.again_ns is not None:
            return
        run.deaths = 0 if now_ns - run.begun_ns >= STEADY_NS else run.deaths
        run.again_ns = now_ns + min(FIRST_PAUSE_NS << min(run.deaths, 16), LONGEST_PAUSE_NS)
        run.deaths += 1
        run.restarts += 1
        run.state, run.news = "restarting", {**run.news, "reason": reason}

    def begin_again(self, now_ns: int) -> None:
        """Begin those anew whose pause is over."""
        for name, run in list(self._runs.items()):
            if run.again_ns is not None and now_ns >= run.again_ns:
                self.claim(name, now_ns)

    def _take(self, entry: StreamEntry, claim: StreamClaim) -> None:
        self._catalogue.claim(entry.name, claim)
        self._actions.append(Say(News(self._me, (self._catalogue.get(entry.name) or entry,))))
