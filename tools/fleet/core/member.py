"""One worker of a fleet: hears the others, decides what it runs and, while it leads, who runs the rest."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.catalogue import Catalogue, Stamp, StreamClaim, StreamEntry
from fsrf_live.tools.fleet.core.holdings import Holdings
from fsrf_live.tools.fleet.core.leader import Leader
from fsrf_live.tools.fleet.core.listing import listing
from fsrf_live.tools.fleet.core.messages import (
    Action,
    Ask,
    Beat,
    Declined,
    Knowledge,
    News,
    Offer,
    Refuse,
    Reply,
    Say,
    Seen,
    StreamRequest,
    Warn,
)
from fsrf_live.tools.fleet.core.peers import BEAT_NS, OWN_LEASE_NS, Peers
from fsrf_live.tools.fleet.core.program import ProgramTerms, program_difference, signature_for

LISTEN_NS, JOIN_NS = 4 * NS // 10, NS
"""A worker that joins listens for at least one beat of each other, and for longer if all are new."""
UNHEARD_NS = 3 * NS
"""So long it waits for others that should be there and say nothing: links take a while, and one may hang."""
ASK_AGAIN_NS = NS // 2


class Member:
    """Not thread-safe. `tick` ten times a second, and before anything else; then do what `actions` gives.

    Times are of this worker's own clock, and are never sent: that of another one may show anything.
    """

    def __init__(self, me: str, most: int, max_load: float, terms: ProgramTerms) -> None:
        """`most` streams at once; no more while the load is `max_load`, if that is less than 1, or higher."""
        self.me = me
        self._most, self._max_load, self._terms = most, max_load, terms
        self._signature = signature_for(terms)
        self._actions: list[Action] = []
        self._catalogue, self._peers = Catalogue(), Peers()
        self._holdings = Holdings(me, self._catalogue, self._actions)
        self._leader = Leader(me, self._catalogue, self._actions)
        self._rank = 0
        self._joining_ns: int | None = None
        self._told: dict[str, int] = {}
        self._expected: int | None = None
        self._was_there = False
        self._said_ns: int | None = None
        self._has_met = False
        self._load = 0.0
        self._asked_ns: dict[str, int] = {}
        self._strangers: set[str] = set()
        self._foreign: dict[str, int] = {}

    @property
    def has_joined(self) -> bool:
        """Whether it knows the streams, and may lead, answer and be given some."""
        return self._rank > 0

    def expect(self, others: int | None) -> None:
        """How many others there are, heard or not; None if nobody can tell. Say it until it has joined."""
        self._expected = others

    def actions(self) -> list[Action]:
        """What is to be done now, in order; each is given once."""
        actions = list(self._actions)
        self._actions.clear()
        return actions

    def may_emit(self, name: str, epoch: Stamp, now_ns: int) -> bool:
        """Whether a record of this epoch may go out. Ask at the last moment before it does."""
        return self._holdings.epoch_of(name) == epoch and not self._has_lapsed(now_ns)

    def leads(self, now_ns: int) -> bool:
        """Whether this worker shares the streams out: the one that has been there for longest does."""
        others = [(beat.rank, beat.worker) for beat in self._peers.beats(now_ns) if beat.rank]
        return self._rank > 0 and (self._rank, self.me) <= min(others, default=(self._rank, self.me))

    def tell(self) -> Knowledge:
        """What it knows, for who asks."""
        return Knowledge(self.me, self._rank, self._terms, tuple(self._catalogue))

    def tick(self, now_ns: int, load: float) -> None:
        """Time goes on; `load` in [0, 1] is that of this machine."""
        self._load = load
        if self._has_lapsed(now_ns):
            self._give_up(now_ns)
        if not self._rank:
            self._join(now_ns)
        self._holdings.begin_again(now_ns)
        if self._said_ns is None or now_ns - self._said_ns >= BEAT_NS:
            self._beat(now_ns)
        if self.leads(now_ns):
            self._place(now_ns)
        else:
            self._leader.reset()
        self._leader.settle(now_ns)

    def leave(self, now_ns: int) -> None:
        """Give everything to the others, on purpose."""
        self._stand_down()
        self._beat(now_ns)

    def lose(self, worker: str, now_ns: int) -> None:
        """The link to a worker has broken."""
        self._peers.lose(worker, now_ns)

    # What becomes of its own sessions.

    def fares(self, name: str, epoch: Stamp, state: str, news: Mapping[str, Any]) -> None:
        """A session tells how it is."""
        self._holdings.fares(name, epoch, state, news)

    def died(self, name: str, epoch: Stamp, reason: str, now_ns: int) -> None:
        """A session is no more, and should be."""
        self._holdings.died(name, epoch, reason, now_ns)

    def ended(self, name: str, epoch: Stamp) -> None:
        """A session has come to the end of its media."""
        entry = self._catalogue.get(name)
        if entry is not None and self._holdings.epoch_of(name) == epoch:
            self._leader.decide(replace(entry, version=self._catalogue.next_stamp(self.me), wish="ended"))
            self._holdings.settle(name)

    # What people ask.

    def request(self, request: StreamRequest, now_ns: int) -> None:
        """Answer a request if this worker leads."""
        if not self.leads(now_ns):
            self._actions.append(Reply(request.asked, None))
            return
        said = self._answer(request, now_ns)
        self._leader.settle(now_ns)
        if isinstance(said, Offer):
            self._send(said, now_ns)
        elif said is not None:
            self._actions.append(Reply(request.asked, said))

    def _answer(self, request: StreamRequest, now_ns: int) -> Mapping[str, Any] | Offer | None:
        if request.kind == "list":
            return listing(self._catalogue, self._beats(now_ns), self.me)
        if request.kind == "move":
            return self._leader.move(request, self._beats(now_ns), now_ns)
        said = self._leader.add(request) if request.kind == "add" else self._leader.stop(request)
        if said is not None:
            return said
        self._holdings.settle(request.name)
        self._place(now_ns)
        if not any(self._peers.beats(now_ns)):
            return self._leader.placed(request.name)
        self._leader.answer_once_seen(request, now_ns)
        return None

    # The others.

    def hear(self, message: Any, now_ns: int) -> None:
        """Take what another worker says."""
        if isinstance(message, Beat):
            self._hear_beat(message, now_ns)
        elif isinstance(message, Knowledge):
            self._hear_told(message, now_ns)
        elif isinstance(message, News):
            new = [entry.version for entry in message.entries if self._merge(entry, now_ns)]
            self._actions += [Say(Seen(self.me, version)) for version in new if version.by == message.worker]
        elif isinstance(message, Offer):
            self._hear_offer(message, now_ns)
        elif isinstance(message, Declined):
            self._leader.declined(message)
        elif isinstance(message, Seen):
            self._leader.seen(message.of)

    def _hear_beat(self, beat: Beat, now_ns: int) -> None:
        if beat.signature != self._signature:
            if not self._rank:
                self._foreign[beat.worker] = beat.rank
            if beat.worker not in self._strangers:
                self._ask(beat.worker, now_ns)
            return
        self._peers.hear(beat, now_ns)
        self._has_met = True
        for holding in beat.holdings:
            if self._catalogue.claim(holding.name, StreamClaim(holding.epoch, holding.of)):
                self._holdings.settle(holding.name)
        if beat.digest != self._catalogue.digest:
            self._ask(beat.worker, now_ns)

    def _ask(self, worker: str, now_ns: int) -> None:
        self._asked_ns = {name: at for name, at in self._asked_ns.items() if now_ns - at < ASK_AGAIN_NS}
        if worker not in self._asked_ns:
            self._asked_ns[worker] = now_ns
            self._actions.append(Ask(worker))

    def _hear_told(self, told: Knowledge, now_ns: int) -> None:
        if dict(told.terms) != dict(self._terms):
            self._meet_stranger(told)
            return
        self._told[told.worker] = told.rank
        for entry in told.entries:
            self._merge(entry, now_ns)

    def _meet_stranger(self, told: Knowledge) -> None:
        part, ours, theirs = program_difference(self._terms, told.terms)
        if not self._rank and told.rank and not self._told:
            refusal = f"{part} {ours} is here, but this fleet runs with {theirs}: install the same"
            self._actions.append(Refuse(refusal))
        elif self._rank and told.worker not in self._strangers:
            warning = f"worker {told.worker} is none of this fleet: it has {part} {theirs}, not {ours}"
            self._actions.append(Warn(warning))
            self._strangers.add(told.worker)

    def _hear_offer(self, offer: Offer, now_ns: int) -> None:
        self._merge(offer.entry, now_ns)
        entry = self._catalogue.get(offer.entry.name)
        if offer.to != self.me or entry is None:
            return
        if entry.version == offer.entry.version and self._is_owned(entry, now_ns, by_others=not offer.forced):
            self._actions.append(Say(News(self.me, (entry,))))  # whoever offers it does not know that
            return
        problem = self._problem_with(entry, offer, now_ns)
        if problem is None:
            self._holdings.claim(entry.name, now_ns)
        else:
            self._send(Declined(self.me, entry.name, problem), now_ns)

    def _problem_with(self, entry: StreamEntry, offer: Offer, now_ns: int) -> str | None:
        """Why an offer is not taken; None if it is."""
        if not self._rank:
            return "it has not joined yet"
        if entry.version != offer.entry.version or entry.wish != "wanted":
            return "the stream has changed meanwhile"
        if len(self._holdings) >= self._most:
            return f"it runs {len(self._holdings)} streams already"
        if not offer.forced and not self._is_free(now_ns):
            return f"its load is {self._load:.2f}"
        return None

    def _is_owned(self, entry: StreamEntry, now_ns: int, *, by_others: bool) -> bool:
        owner = entry.owner
        return owner == self.me or (by_others and owner is not None and self._peers.lives(owner, now_ns))

    def _merge(self, entry: StreamEntry, now_ns: int) -> bool:
        """Take what is known of a stream; True if its description was news."""
        before = self._catalogue.get(entry.name)
        if not self._catalogue.merge(entry):
            return False
        after = self._catalogue.get(entry.name)
        if after is None:  # over for so long that nobody keeps it
            return False
        if after.owner not in (None, self.me) and (before is None or before.claim != after.claim):
            self._peers.presume(str(after.owner), now_ns)
        self._holdings.settle(entry.name)
        return before is None or before.version != after.version

    def _send(self, message: Offer | Declined, now_ns: int) -> None:
        """Tell all; what is meant for this worker is heard here."""
        if isinstance(message, Offer) and message.to == self.me:
            self._hear_offer(message, now_ns)
            return
        if isinstance(message, Declined):
            self._leader.declined(message)
        self._actions.append(Say(message))

    # Its own part.

    def _place(self, now_ns: int) -> None:
        orphans = [e for e in self._catalogue.wanted() if not self._is_owned(e, now_ns, by_others=True)]
        for offer in self._leader.place(orphans, self._beats(now_ns), now_ns):
            self._send(offer, now_ns)

    def _beats(self, now_ns: int) -> list[Beat]:
        return [self._word(now_ns), *self._peers.beats(now_ns)]

    def _word(self, now_ns: int) -> Beat:
        holdings, free = tuple(self._holdings.told()), self._is_free(now_ns)
        digest = self._catalogue.digest
        return Beat(self.me, self._rank, self._most, self._load, free, self._signature, digest, holdings)

    def _is_free(self, now_ns: int) -> bool:
        return self._max_load >= 1.0 or self._holdings.projected(self._load, now_ns) < self._max_load

    def _beat(self, now_ns: int) -> None:
        self._said_ns = now_ns
        self._actions.append(Say(self._word(now_ns)))

    def _join(self, now_ns: int) -> None:
        """Join once all that have joined told what they know since, and who is missing had time to be heard.

        One that has been of the fleet before knows its streams, and waits for nobody for long. If a fleet of
        another program alone is there, its answer comes first: it says what differs, and refuses this worker.
        """
        if self._joining_ns is None:
            self._joining_ns = now_ns
        waited_ns = now_ns - self._joining_ns
        heard = list(self._peers.beats(now_ns))
        joined = {beat.worker for beat in heard if beat.rank}
        untold = sorted(joined - {worker for worker, rank in self._told.items() if rank})
        if not self._told and waited_ns < UNHEARD_NS:
            untold += [worker for worker, rank in self._foreign.items() if rank]
        for worker in untold:
            self._ask(worker, now_ns)
        there = len(heard) + len(self._foreign)
        complete = bool(joined) if self._expected is None else there >= self._expected
        patience_ns = (LISTEN_NS if joined else JOIN_NS) if complete else UNHEARD_NS
        learnt = not untold and waited_ns >= patience_ns
        if learnt or (self._was_there and waited_ns >= JOIN_NS):
            self._rank = 1 + max(self._peers.highest_rank, *self._told.values(), 0)
            self._joining_ns, self._was_there = None, True
            self._foreign.clear()

    def _has_lapsed(self, now_ns: int) -> bool:
        """Whether others may have taken its streams because it stood still for too long.

        Whoever was ever met may be there still, and only be out of hearing.
        """
        return self._said_ns is not None and self._has_met and now_ns - self._said_ns >= OWN_LEASE_NS

    def _give_up(self, now_ns: int) -> None:
        if len(self._holdings):
            still_s = (now_ns - (self._said_ns or now_ns)) / NS
            warning = f"this worker stood still for {still_s:.1f} s: others may have its streams now"
            self._actions.append(Warn(warning))
        self._stand_down()
        self._said_ns = None

    def _stand_down(self) -> None:
        self._holdings.drop_all()
        self._leader.reset()
        self._told.clear()
        self._rank, self._joining_ns = 0, None
