"""What the leader does: gives streams without an owner to workers that have room, and answers requests.

Nothing depends on there being one leader: two of them cost at most a claim that loses to a higher one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fsrf_live.stream.flow.clock import NS
from fsrf_live.tools.fleet.core.catalogue import Catalogue, Stamp, StreamClaim, StreamEntry, problem_of_name
from fsrf_live.tools.fleet.core.messages import Action, Beat, Declined, News, Offer, Reply, Say, StreamRequest

OFFER_NS = NS
"""How long a worker may take to answer an offer; then another one gets it."""
MOVE_NS = 2 * NS
"""Less than who asks waits for an answer (`fleet.bus.ANSWER_S`), so that the refusal still reaches them."""


@dataclass(frozen=True, slots=True)
class _Pending:
    to: str
    until_ns: int
    claim: StreamClaim | None


@dataclass(frozen=True, slots=True)
class _Move:
    to: str
    until_ns: int
    asked: str


@dataclass(frozen=True, slots=True)
class _Unseen:
    reply: Reply
    until_ns: int


class Leader:
    """Offers that wait for an answer, and requests that do. What is to be done is appended to `actions`."""

    def __init__(self, me: str, catalogue: Catalogue, actions: list[Action]) -> None:
        self._me, self._catalogue, self._actions = me, catalogue, actions
        self._offers: dict[str, _Pending] = {}
        self._moves: dict[str, _Move] = {}
        self._unseen: dict[Stamp, _Unseen] = {}

    def reset(self) -> None:
        """Somebody else leads."""
        self._offers.clear()

    def place(self, orphans: Iterable[StreamEntry], beats: Sequence[Beat], now_ns: int) -> list[Offer]:
        """Offers for streams that nobody runs; those for which there is no room wait."""
        self._offers = {name: offer for name, offer in self._offers.items() if now_ns < offer.until_ns}
        taken, offers = self._taken(beats), []
        for entry in orphans:
            if entry.name in self._offers:
                continue
            free = [beat for beat in beats if beat.rank and beat.free and len(taken[beat.worker]) < beat.most]
            if not free:
                break
            best = min(free, key=lambda beat: _crowding(beat, len(taken[beat.worker])))
            taken[best.worker].add(entry.name)
            self._offers[entry.name] = _Pending(best.worker, now_ns + OFFER_NS, entry.claim)
            offers.append(Offer(self._me, best.worker, entry, forced=False))
        return offers

    def settle(self, now_ns: int) -> None:
        """Forget offers that were taken; answer those who have waited for that, or for long enough."""
        for name, offer in list(self._offers.items()):
            entry = self._catalogue.get(name)
            if entry is None or entry.claim != offer.claim:
                del self._offers[name]
        for name, move in list(self._moves.items()):
            if self._owner(name) == move.to:
                self._end_move(name, {"stream": name, "state": "moved", "worker": move.to})
            elif now_ns >= move.until_ns:
                self._end_move(name, {"refused": f"worker {move.to} does not answer: move it again"})
        for version, unseen in list(self._unseen.items()):
            if now_ns >= unseen.until_ns:
                self.seen(version)

    def declined(self, message: Declined) -> None:
        """A worker takes an offer not; the stream is offered anew with the next turn."""
        offer, move = self._offers.get(message.name), self._moves.get(message.name)
        if offer is not None and offer.to == message.worker:
            del self._offers[message.name]
        if move is not None and move.to == message.worker:
            reason = f"worker {message.worker} does not take it: {message.reason}"
            self._end_move(message.name, {"refused": reason})

    def seen(self, version: Stamp) -> None:
        """Another worker has a description: it outlives this one, so that who asked for it may know."""
        unseen = self._unseen.pop(version, None)
        if unseen is not None:
            self._actions.append(unseen.reply)

    # Requests. Each gives the answer, None if that comes later; what it decides is in the catalogue then.

    def add(self, request: StreamRequest) -> Mapping[str, Any] | None:
        """A new stream; the answer is `placed`, once it is offered to somebody."""
        before, problem = self._catalogue.get(request.name), problem_of_name(request.name)
        if problem is not None:
            return {"refused": problem}
        if before is not None and before.wish == "wanted":
            if before.asked == request.asked:  # the command asks again if no answer has come
                return self.placed(request.name)
            where = f" at worker {before.owner}" if before.owner else ""
            why = f"stream {request.name} is there already{where}: stop it first, or choose another name"
            return {"refused": why}
        claim = None if before is None else before.claim
        version = self._catalogue.next_stamp(self._me)
        self.decide(StreamEntry(request.name, version, "wanted", request.spec, request.asked, claim))
        return None

    def stop(self, request: StreamRequest) -> Mapping[str, Any] | None:
        """A stream that nobody wants any more."""
        entry = self._catalogue.get(request.name)
        if entry is not None and entry.wish == "stopped" and entry.asked == request.asked:
            return self.placed(request.name)
        if entry is None or entry.wish == "stopped":
            return _unknown(request.name)
        version = self._catalogue.next_stamp(self._me)
        self.decide(replace(entry, version=version, wish="stopped", spec="", asked=request.asked))
        return None

    def move(self, request: StreamRequest, beats: Sequence[Beat], now_ns: int) -> Offer | Mapping[str, Any]:
        """The offer to a worker to take a stream from whoever runs it, or the answer."""
        entry = self._catalogue.get(request.name)
        if entry is None or entry.wish != "wanted":
            return _unknown(request.name)
        beat = _worker_called(request.worker, beats)
        if isinstance(beat, str):
            return {"refused": beat}
        if entry.owner == beat.worker:
            return {"stream": request.name, "state": "moved", "worker": beat.worker}
        if len(beat.holdings) >= beat.most:
            full = f"worker {beat.worker} has no room ({len(beat.holdings)} of {beat.most} streams)"
            return {"refused": f"{full}: move or stop one of them first"}
        older = self._moves.get(request.name)
        if older is not None and older.asked != request.asked:
            self._end_move(request.name, {"refused": f"it is moved to worker {beat.worker} meanwhile"})
        self._moves[request.name] = _Move(beat.worker, now_ns + MOVE_NS, request.asked)
        return Offer(self._me, beat.worker, entry, forced=True)

    def placed(self, name: str) -> Mapping[str, Any]:
        """Where a stream is, for who has asked for it."""
        entry, offer = self._catalogue.get(name), self._offers.get(name)
        if entry is None or entry.wish != "wanted":
            return {"stream": name, "state": "stopped"}
        worker = entry.owner or (offer.to if offer is not None else None)
        return {"stream": name, "state": "waiting" if worker is None else "starting", "worker": worker}

    def answer_once_seen(self, request: StreamRequest, now_ns: int) -> None:
        """Say where the stream is as soon as another worker knows of it too."""
        entry = self._catalogue.get(request.name)
        if entry is not None:
            reply = Reply(request.asked, self.placed(request.name))
            self._unseen[entry.version] = _Unseen(reply, now_ns + OFFER_NS)

    def decide(self, entry: StreamEntry) -> None:
        """Take a new version of a stream, and tell the others."""
        self._catalogue.merge(entry)
        self._actions.append(Say(News(self._me, (self._catalogue.get(entry.name) or entry,))))

    def _end_move(self, name: str, answer: Mapping[str, Any]) -> None:
        self._actions.append(Reply(self._moves.pop(name).asked, answer))

    def _owner(self, name: str) -> str | None:
        entry = self._catalogue.get(name)
        return None if entry is None else entry.owner

    def _taken(self, beats: Sequence[Beat]) -> dict[str, set[str]]:
        """The streams of each worker: those that it runs, those that it claims, those that it is offered."""
        taken = {beat.worker: {holding.name for holding in beat.holdings} for beat in beats}
        for entry in self._catalogue.wanted():
            if entry.owner in taken:
                taken[entry.owner].add(entry.name)
        for name, offer in self._offers.items():
            if offer.to in taken:
                taken[offer.to].add(name)
        return taken


def _crowding(beat: Beat, taken: int) -> tuple[float, int, str]:
    return max(beat.load, taken / beat.most), taken, beat.worker


def _unknown(name: str) -> Mapping[str, Any]:
    return {"refused": f"no stream is called {name!r}: 'fsrf streams list' shows those there are"}


def _worker_called(text: str, beats: Sequence[Beat]) -> Beat | str:
    """The one worker with this name, or with this part of it; else why there is none."""
    exact = [beat for beat in beats if beat.worker == text]
    found = exact or [beat for beat in beats if text and text in beat.worker]
    if len(found) == 1:
        return found[0]
    names = ", ".join(sorted(beat.worker for beat in beats))
    return f"{'several workers are' if found else 'no worker is'} called {text!r}: there is {names}"
