"""A fleet on a fake clock: workers are killed, stopped, split and added by a seed, and keep their laws.

python -m tests.doubles.fleet [--seeds N] [--first SEED] prints the seed of the first that breaks a law.
"""

import argparse
import heapq
import itertools
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.messages import (
    Action,
    Ask,
    Begin,
    Halt,
    Refuse,
    Reply,
    Say,
    StreamRequest,
    Warn,
)
from fsrf_live.tools.fleet.core.peers import GONE_NS, LEASE_NS

MS = NS // 1000
TICK_NS = 100 * MS
WINDOW_NS = 250 * MS
CALM_S = 7.0
"""After the last disturbance all must be as it should: a lease, a join, and a few beats."""
LATEST_LINK_S = 2.5
"""How long workers of one machine may take to have a link: less than one that joins waits for it."""
UNDISTURBED_S = 6.0
"""For so long nothing has happened to two workers of which one joins: a lease, a join, and a few beats."""
STALE_S = (LEASE_NS - GONE_NS) / NS
"""How long an owner may go on beside a newer one: its lease, less what others wait once its link broke."""
TERMS = (("fsrf-live", "1"), ("checkpoint", "a"))


@dataclass
class SimWorker:
    """A worker's process, and its sessions: how many windows of each epoch were made, and wait to go out."""

    member: Member
    most: int
    ahead_ns: int
    stopped: bool = False
    dead: bool = False
    begun_ns: int = 0
    joined_ns: int | None = None
    disturbed_ns: int = 0
    sessions: dict[str, tuple[Stamp, int]] = field(default_factory=dict)
    waiting: list[tuple[str, Stamp, int]] = field(default_factory=list)
    inbox: list[Callable[[], None]] = field(default_factory=list)


class SimFleet:
    """Time passes in `run`. Everything random comes from the seed."""

    def __init__(self, seed: int, loss: float) -> None:
        """`loss` is the share of messages that nobody gets."""
        self.seed, self.chance, self.loss = seed, random.Random(seed), loss
        self.now_ns = 1000 * NS
        self.workers: dict[str, SimWorker] = {}
        self.emitted: dict[tuple[str, str, int], str] = {}
        self.last_ns: dict[str, int] = {}
        self.longest_ns: dict[str, int] = {}
        self.newest: dict[str, tuple[Stamp, int]] = {}
        self.said = 0
        self._apart_ns = 0
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.warnings: list[str] = []
        self.refused: list[str] = []
        self.kept: dict[str, int] = {}
        self._unwanted: set[str] = set()
        self._islands: dict[str, int] = {}
        self._linked_ns: dict[frozenset[str], int] = {}
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    # The world.

    def join(
        self,
        name: str,
        most: int,
        terms: tuple[tuple[str, str], ...] = TERMS,
        linked_after_s: Callable[[], float] = lambda: 0.0,
    ) -> SimWorker:
        """A worker begins; its clock shows something else than that of all others.

        Who asks reaches it at once, each other worker when their link is there.
        """
        ahead_ns = self.chance.randrange(3600 * NS)
        for other in self.living():
            self._linked_ns[frozenset((name, other))] = self.now_ns + round(linked_after_s() * NS)
        worker = SimWorker(Member(name, most, 0.75, terms), most, ahead_ns, begun_ns=self.now_ns)
        self.workers[name] = worker
        self._islands[name] = 0
        self.later(self.chance.randrange(TICK_NS), lambda: self._tick(worker))
        return worker

    def kill(self, name: str) -> None:
        """As by kill -9: links break at once. What nobody else knows is gone with it."""
        others = [_wanted_of(self.workers[other]) for other in self.living() if other != name]
        for stream in _wanted_of(self.workers[name]).difference(*others):
            self.kept.pop(stream, None)
        self.workers[name].dead = True
        self.workers[name].sessions.clear()
        self._break_links(name)

    def stop(self, name: str) -> None:
        """As by SIGSTOP: its sessions go on in their processes, and what they say waits."""
        self.workers[name].stopped = True
        self._disturb([name])

    def wake(self, name: str) -> None:
        """As by SIGCONT: what waited of its sessions is looked at first, the time last."""
        worker = self.workers[name]
        if worker.dead or not worker.stopped:
            return
        worker.stopped = False
        self._disturb([name])
        for record in worker.waiting:
            self._emit(worker, *record)
        worker.waiting.clear()
        inbox, worker.inbox = worker.inbox, []
        for hear in inbox:
            hear()
        self._tick_once(worker)

    def split(self, islands: Mapping[str, int], *, noticed: bool) -> None:
        """Workers of different islands hear nothing of each other; `noticed`: their links break."""
        before, self._islands = self._islands, {name: islands.get(name, 0) for name in self._islands}
        self._disturb(self.living())
        if noticed:
            for name, other in itertools.permutations(self.living(), 2):
                if before[name] == before[other] and self._islands[name] != self._islands[other]:
                    self._lose(self.workers[name], other)

    def heal(self) -> None:
        """All hear each other again."""
        self._apart_ns = self.now_ns if any(self._islands.values()) else self._apart_ns
        self._islands = dict.fromkeys(self._islands, 0)
        self._disturb(self.living())

    def flap(self, name: str) -> None:
        """Its links break and come back; nothing else happens to it."""
        self._break_links(name)

    def ask(self, request: StreamRequest, island: int = 0) -> None:
        """As the command does: all that can be reached are asked, again and again until one answers."""
        if request.kind == "stop":
            self._unwanted.add(request.name)
            self.kept.pop(request.name, None)
        for name in self.living():
            worker = self.workers[name]
            if self._islands[name] == island and not worker.stopped:
                self.later(self._delay(), partial(self._request, worker, request))
        self.later(NS, lambda: None if request.asked in self.answers else self.ask(request, island))

    def _request(self, worker: SimWorker, request: StreamRequest) -> None:
        self._handle(worker, lambda: worker.member.request(request, self.now_ns + worker.ahead_ns))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until_ns = self.now_ns + round(seconds * NS)
        while self._events and self._events[0][0] <= until_ns:
            self.now_ns, _, event = heapq.heappop(self._events)
            event()
        self.now_ns = until_ns

    def living(self) -> list[str]:
        """The workers that are not dead."""
        return [name for name, worker in self.workers.items() if not worker.dead]

    def running(self) -> dict[str, list[str]]:
        """Which workers run each stream."""
        found: dict[str, list[str]] = {}
        for name in self.living():
            for stream in self.workers[name].sessions:
                found.setdefault(stream, []).append(name)
        return found

    # The laws.

    def check_calm(self) -> None:
        """Some time after the last disturbance: all know the same, and run what is wanted and fits."""
        living = [self.workers[name] for name in self.living()]
        for worker in living:
            forgotten = sorted(self.kept.keys() - _wanted_of(worker))
            assert not forgotten, self._broken(f"{worker.member.me} has forgotten {forgotten}")
        told = [{entry.name: entry for entry in worker.member.tell().entries} for worker in living]
        assert all(known == told[0] for known in told), self._broken("workers know different things")
        wanted = {name for name, entry in told[0].items() if entry.wish == "wanted"}
        running, room = self.running(), sum(worker.most for worker in living)
        assert running.keys() <= wanted, self._broken(f"orphans: {running.keys() - wanted}")
        twice = {name: owners for name, owners in running.items() if len(owners) > 1}
        assert not twice, self._broken(f"two owners: {twice}")
        assert len(running) == min(room, len(wanted)), self._broken(
            f"{len(running)} of {len(wanted)} run, room {room}"
        )
        silent = [name for name in running if self.now_ns - self.last_ns.get(name, 0) > 2 * WINDOW_NS]
        assert not silent, self._broken(f"nothing is said of {silent}")

    def _check_learnt(self, worker: SimWorker) -> None:
        """Who has just come knows what was there before, as those do who joined before and are in reach."""
        if worker.joined_ns is not None or not worker.member.has_joined:
            return
        since_ns = worker.begun_ns
        worker.joined_ns = self.now_ns
        known = _wanted_of(worker)
        for other in [self.workers[name] for name in self.living()]:
            if other.stopped or not other.member.has_joined or not self._reaches(worker, other):
                continue
            if other.joined_ns is None or other.joined_ns > since_ns:
                continue
            if self.now_ns - max(worker.disturbed_ns, other.disturbed_ns) < UNDISTURBED_S * NS:
                continue
            before = {name for name, acknowledged_ns in self.kept.items() if acknowledged_ns < since_ns}
            missing = (before & _wanted_of(other)) - known
            assert not missing, self._broken(
                f"{worker.member.me} has joined, and knows nothing of {sorted(missing)}"
            )

    def _disturb(self, names: Iterable[str]) -> None:
        for name in names:
            self.workers[name].disturbed_ns = self.now_ns

    def _broken(self, law: str) -> str:
        return f"seed {self.seed}, {self.now_ns / NS - 1000:.2f} s: {law}"

    def _emit(self, worker: SimWorker, name: str, epoch: Stamp, window: int) -> None:
        if not worker.member.may_emit(name, epoch, self.now_ns + worker.ahead_ns):
            return
        me, identity = worker.member.me, (name, str(epoch), window)
        assert identity not in self.emitted, self._broken(f"{identity} comes twice")
        assert epoch.by == me, self._broken(f"{me} emits in an epoch of {epoch.by}")
        self.emitted[identity] = me
        gap_ns = self.now_ns - self.last_ns.get(name, self.now_ns)
        self.longest_ns[name] = max(self.longest_ns.get(name, 0), gap_ns)
        self.last_ns[name] = self.now_ns
        self._check_stale(name, epoch)

    def _check_stale(self, name: str, epoch: Stamp) -> None:
        newest, since_ns = self.newest.get(name, (epoch, self.now_ns))
        if epoch >= newest:
            self.newest[name] = (epoch, self.now_ns if epoch > newest else since_ns)
            return
        rival = self.workers[newest.by].sessions.get(name)
        if rival is None or rival[0] != newest:
            return
        if any(self._islands.values()) or self.workers[newest.by].stopped:  # nobody can tell of the newer one
            self._apart_ns = self.now_ns
        apart_ns = self._apart_ns
        limit_ns = max(since_ns, apart_ns) + round(STALE_S * NS)
        assert self.now_ns <= limit_ns, self._broken(f"{name}: {epoch} goes on beside {newest}")

    # Inside.

    def later(self, in_ns: int, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now_ns + in_ns, next(self._numbers), event))

    def _delay(self) -> int:
        return self.chance.randrange(1, 40) * MS

    def _tick(self, worker: SimWorker) -> None:
        if worker.dead:
            return
        if not worker.stopped:
            self._tick_once(worker)
        self.later(TICK_NS, lambda: self._tick(worker))

    def _tick_once(self, worker: SimWorker) -> None:
        if not worker.member.has_joined:
            here = self._islands[worker.member.me]
            worker.member.expect(sum(self._islands[name] == here for name in self.living()) - 1)
        worker.member.tick(self.now_ns + worker.ahead_ns, 0.1)
        self._check_learnt(worker)
        self._act(worker)

    def _handle(self, worker: SimWorker, hear: Callable[[], None]) -> None:
        """As the loop of a worker does: the time first."""
        if worker.dead:
            return
        if worker.stopped:
            worker.inbox.append(lambda: self._handle(worker, hear))
            return
        self._tick_once(worker)
        hear()
        self._act(worker)

    def _act(self, worker: SimWorker) -> None:
        for action in worker.member.actions():
            if isinstance(action, Say):
                self._say(worker, action.message)
            elif isinstance(action, Ask):
                self._ask(worker, action.worker)
            elif isinstance(action, Begin):
                self._begin(worker, action)
            elif isinstance(action, Halt):
                ours = worker.sessions.get(action.name)
                if ours is not None and ours[0] == action.epoch:
                    del worker.sessions[action.name]
            else:
                self._tell(worker, action)

    def _begin(self, worker: SimWorker, action: Begin) -> None:
        worker.sessions[action.name] = (action.epoch, 0)
        assert len(worker.sessions) <= worker.most, self._broken(f"{worker.member.me} runs too many")
        self.later(WINDOW_NS, lambda: self._window(worker, action.name, action.epoch))

    def _tell(self, worker: SimWorker, action: Action) -> None:
        """What people see."""
        if isinstance(action, Reply) and action.answer is not None:
            self._answer_request(action.asked, action.answer)
        elif isinstance(action, Warn):
            self.warnings.append(action.text)
        elif isinstance(action, Refuse):
            self.refused.append(action.reason)
            worker.dead = True

    def _answer_request(self, asked: str, answer: Mapping[str, Any]) -> None:
        stream = answer.get("stream")
        if asked not in self.answers and answer.get("state") in ("starting", "waiting"):
            self.kept |= {} if stream in self._unwanted else {str(stream): self.now_ns}
        self.answers.setdefault(asked, answer)

    def _window(self, worker: SimWorker, name: str, epoch: Stamp) -> None:
        session = worker.sessions.get(name)
        if worker.dead or session is None or session[0] != epoch:
            return
        worker.sessions[name] = (epoch, session[1] + 1)
        if worker.stopped:
            worker.waiting.append((name, epoch, session[1]))
        else:
            self._emit(worker, name, epoch, session[1])
        self.later(WINDOW_NS, lambda: self._window(worker, name, epoch))

    def _say(self, worker: SimWorker, message: Any) -> None:
        self.said += 1
        for name in self.living():
            if name != worker.member.me:
                self._bring(worker, self.workers[name], message)

    def _bring(self, worker: SimWorker, other: SimWorker, message: Any) -> None:
        def arrive() -> None:
            if self._reaches(worker, other):
                self._handle(other, lambda: other.member.hear(message, self.now_ns + other.ahead_ns))

        if self._reaches(worker, other) and self.chance.random() >= self.loss:
            self.later(self._delay(), arrive)

    def _ask(self, worker: SimWorker, whom: str) -> None:
        other = self.workers[whom]
        if not other.dead and self._reaches(worker, other):
            answer = partial(self._answer, other, worker)
            self.later(self._delay(), partial(self._handle, other, answer))

    def _answer(self, other: SimWorker, worker: SimWorker) -> None:
        self._bring(other, worker, other.member.tell())

    def _reaches(self, worker: SimWorker, other: SimWorker) -> bool:
        me, them = worker.member.me, other.member.me
        linked = self._linked_ns.get(frozenset((me, them)), 0) <= self.now_ns
        return linked and self._islands[me] == self._islands[them]

    def _break_links(self, name: str) -> None:
        for other in self.living():
            if other != name and self._islands[other] == self._islands[name]:
                self._lose(self.workers[other], name)
                if not self.workers[name].dead:
                    self._lose(self.workers[name], other)

    def _lose(self, worker: SimWorker, other: str) -> None:
        self.later(
            self._delay(),
            lambda: self._handle(worker, lambda: worker.member.lose(other, self.now_ns + worker.ahead_ns)),
        )


def _wanted_of(worker: SimWorker) -> set[str]:
    return {entry.name for entry in worker.member.tell().entries if entry.wish == "wanted"}


class Chaos:
    """What happens to a fleet for a while, by its seed."""

    def __init__(self, fleet: SimFleet) -> None:
        self._fleet, self._chance = fleet, fleet.chance
        self._numbers = itertools.count()
        self._streams: list[str] = []
        for _ in range(self._chance.randint(2, 6)):
            self._join()

    def rage(self, disturbances: int) -> None:
        """So many disturbances, then calm, and the laws of it."""
        fleet = self._fleet
        kinds = [
            self._kill,
            self._stop,
            self._split,
            self._flap,
            self._join,
            self._add,
            self._add,
            self._burst,
        ]
        kinds += [self._remove, self._move]
        for _ in range(disturbances):
            self._chance.choice(kinds)()
            fleet.run(self._chance.expovariate(1.0))
        self._calm()

    def _calm(self) -> None:
        fleet = self._fleet
        fleet.heal()
        for name in fleet.living():
            fleet.wake(name)
        if not fleet.living():
            self._join()
        fleet.loss = 0.0
        fleet.run(CALM_S)
        fleet.check_calm()

    def _join(self) -> None:
        if len(self._fleet.living()) < 7:
            latest_s = self._chance.choice((0.0, 0.5, LATEST_LINK_S))
            most = self._chance.randint(1, 6)
            self._fleet.join(
                f"w{next(self._numbers)}",
                most,
                linked_after_s=lambda: self._chance.uniform(0.0, latest_s),
            )

    def _kill(self) -> None:
        if len(self._fleet.living()) > 1:
            self._fleet.kill(self._chance.choice(self._fleet.living()))

    def _stop(self) -> None:
        name, fleet = self._chance.choice(self._fleet.living()), self._fleet
        fleet.stop(name)
        fleet.later(round(self._chance.uniform(0.1, 6.0) * NS), lambda: fleet.wake(name))

    def _split(self) -> None:
        islands = {name: self._chance.randrange(3) for name in self._fleet.living()}
        self._fleet.split(islands, noticed=self._chance.random() < 0.5)
        self._fleet.later(round(self._chance.uniform(0.2, 8.0) * NS), self._fleet.heal)

    def _flap(self) -> None:
        self._fleet.flap(self._chance.choice(self._fleet.living()))

    def _add(self) -> None:
        self._streams.append(f"s{next(self._numbers)}")
        self._request("add", self._streams[-1], spec="{}")

    def _burst(self) -> None:
        for _ in range(self._chance.randint(5, 30)):
            self._add()

    def _remove(self) -> None:
        if self._streams:
            self._request("stop", self._chance.choice(self._streams))

    def _move(self) -> None:
        if self._streams:
            self._request(
                "move", self._chance.choice(self._streams), worker=self._chance.choice(self._fleet.living())
            )

    def _request(self, kind: Any, name: str, spec: str = "", worker: str = "") -> None:
        request = StreamRequest(kind, f"r{next(self._numbers)}", name, spec, worker)
        self._fleet.ask(request, self._chance.randrange(3))


def main() -> None:
    """Try seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args()
    for seed in range(args.first, args.first + args.seeds):
        fleet = SimFleet(seed, loss=0.02)
        chaos = Chaos(fleet)
        for _ in range(3):
            chaos.rage(20)
            fleet.loss = 0.02
    print(f"{args.seeds} seeds: all laws kept")


if __name__ == "__main__":
    main()
