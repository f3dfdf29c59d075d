"""A worker at work: one loop that hears the bus and its sessions, asks the core, and does what it says."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from fsrf_live.fsrf.common.errors import DataError, EngineError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.records import as_line
from fsrf_live.tools.fleet.bus import KEY_ROOT, MESSAGE_KEY, REQUEST_KEY, Bus
from fsrf_live.tools.fleet.core.catalogue import Stamp
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.messages import (
    Ask,
    Beat,
    Begin,
    Halt,
    Knowledge,
    Refuse,
    Reply,
    Say,
    StreamRequest,
    Warn,
)
from fsrf_live.tools.fleet.core.peers import BEAT_NS
from fsrf_live.tools.fleet.crew import Crew, Word
from fsrf_live.tools.fleet.load import MachineLoad
from fsrf_live.tools.fleet.wire import WIRE_VERSION, decode_message, encode_message
from fsrf_live.tools.hosting.hosts import StreamHosts

TICK_S = 0.1
SILENT_S = 10
"""A session that says nothing for so long hangs: it says each second how it fares, also while it loads."""
_PATIENCE_S = 1.0
MOST_HAPPENINGS = 10_000
"""What may wait for the loop. More is lost: beats, news and answers come again."""

Happening = Callable[[int], None]


def now_ns() -> int:
    """A clock that goes on while this process, or the whole machine, is stopped, and that nobody sets."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Node:
    """One worker of a fleet. `run` in the thread that made it."""

    def __init__(self, member: Member, bus: Bus, hosts: StreamHosts, say: Callable[[str], None]) -> None:
        """`hosts` run its sessions; `say` brings a line to the person at this worker."""
        self._member, self._bus, self._say = member, bus, say
        self._waiting: queue.Queue[Happening] = queue.Queue(MOST_HAPPENINGS)
        self._queries: dict[str, Any] = {}
        self._load = MachineLoad()
        self._news: dict[str, _News] = {}
        self._looked_ns: int | None = None
        self._crew = Crew(hosts, self._heard_session)

    def run(self, over: threading.Event) -> None:
        """Work until `over`; raises EngineError if this worker may not, or cannot, be one of this fleet."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._crew.close)
            stack.callback(self._bus.close)
            self._listen()
            stack.callback(self._leave)
            while not over.is_set():
                self._turn()

    def _leave(self) -> None:
        self._member.leave(now_ns())
        with contextlib.suppress(EngineError):
            self._act()

    def _turn(self) -> None:
        try:
            happening: Happening | None = self._waiting.get(timeout=TICK_S)
        except queue.Empty:
            happening = None
        self._look_for_others(now_ns())
        self._member.tick(now_ns(), self._load.look())  # first: it may have stood still until now
        self._act()
        if happening is not None:
            happening(now_ns())
        if self._waiting.empty():  # all that was said is heard
            self._end_silent(now_ns())
        self._act()
        self._crew.kill_late()

    def _look_for_others(self, at_ns: int) -> None:
        """Once a beat: a look at a door may take 50 ms, and there may be much to hear meanwhile."""
        if not self._member.has_joined and (self._looked_ns is None or at_ns - self._looked_ns >= BEAT_NS):
            self._looked_ns = at_ns
            self._member.expect(self._bus.others())

    # What comes in; in threads of Zenoh's, and of the sessions.

    def _listen(self) -> None:
        me = f"{KEY_ROOT}/worker/{self._member.me}"
        self._bus.subscribe(MESSAGE_KEY, self._heard_message)
        self._bus.subscribe(f"{KEY_ROOT}/worker/*/load", self._heard_message)
        self._bus.watch(f"{KEY_ROOT}/worker/*", lambda key: self._later(self._lost(key.rpartition("/")[2])))
        self._bus.answer(f"{me}/knows", lambda query: self._later(lambda _: self._tell(query)))
        self._bus.answer(REQUEST_KEY, self._heard_request)
        self._bus.live(me)

    def _later(self, happening: Happening) -> None:
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(happening)

    def _lost(self, worker: str) -> Happening:
        return lambda at_ns: self._member.lose(worker, at_ns)

    def _heard_message(self, payload: bytes) -> None:
        with contextlib.suppress(DataError):  # whoever may speak on the bus may speak nonsense
            message = decode_message(payload)
            self._later(lambda at_ns: self._member.hear(message, at_ns))

    def _heard_request(self, query: Any) -> None:
        request = None
        with contextlib.suppress(DataError):
            request = decode_message(query.payload.to_bytes() if query.payload is not None else b"")
        if isinstance(request, StreamRequest):
            self._later(lambda at_ns: self._request(request, query, at_ns))
        else:
            query.drop()

    def _heard_session(self, name: str, epoch: Stamp, word: Word, said: Mapping[str, Any]) -> None:
        happening = {
            "record": lambda _: self._emit(name, epoch, said),
            "health": lambda at_ns: self._fares(name, epoch, said, at_ns),
            "ended": lambda _: self._member.ended(name, epoch),
            "failed": lambda at_ns: self._died(name, epoch, str(said["reason"]), at_ns),
        }[word]
        if word in ("ended", "failed"):
            with contextlib.suppress(queue.Full):  # nobody says it again, but that it is silent is seen
                self._waiting.put(happening, timeout=_PATIENCE_S)
        else:
            self._later(happening)

    # In the loop.

    def _tell(self, query: Any) -> None:
        query.reply(query.key_expr, encode_message(self._member.tell()))
        query.drop()

    def _request(self, request: StreamRequest, query: Any, at_ns: int) -> None:
        self._queries[request.asked] = query
        self._member.request(request, at_ns)

    def _emit(self, name: str, epoch: Stamp, values: Mapping[str, Any]) -> None:
        """Publish a record, unless the stream is another's, or may be, at this moment."""
        news = self._news_of(name, epoch)
        if news is None:
            return
        record = {**self._head(name, epoch), "id": f"{name}/{epoch}/{news.name_of(values)}", **values}
        line = as_line(record)
        if self._member.may_emit(name, epoch, now_ns()):
            self._bus.put(f"{KEY_ROOT}/{name}/{values['type']}", line)

    def _fares(self, name: str, epoch: Stamp, said: Mapping[str, Any], at_ns: int) -> None:
        news = self._news_of(name, epoch)
        if news is None:
            return
        state = str(said["state"])
        told = {**news.told(at_ns)}
        self._member.fares(name, epoch, state, told)
        health = as_line({"type": "health", **self._head(name, epoch), **said, **told})
        if self._member.may_emit(name, epoch, now_ns()):
            self._bus.put(f"{KEY_ROOT}/{name}/health", health)

    def _died(self, name: str, epoch: Stamp, reason: str, at_ns: int) -> None:
        news = self._news.get(name)
        if news is not None and news.epoch == epoch:  # a newer session may have begun before this was heard
            del self._news[name]
        self._member.died(name, epoch, reason, at_ns)
        if self._member.may_emit(name, epoch, at_ns):
            self._say(f"stream {name}: {reason}; it is begun again")

    def _end_silent(self, at_ns: int) -> None:
        for name, news in list(self._news.items()):
            if at_ns - news.heard_ns > SILENT_S * NS:
                self._crew.halt(name)
                self._died(name, news.epoch, f"its process said nothing for {SILENT_S} s", at_ns)

    def _head(self, name: str, epoch: Stamp) -> Mapping[str, Any]:
        return {"version": WIRE_VERSION, "stream": name, "worker": self._member.me, "epoch": str(epoch)}

    def _news_of(self, name: str, epoch: Stamp) -> "_News | None":
        """None of a session that was ended: what it still says has no names that are its own."""
        news = self._news.get(name)
        if news is None or news.epoch != epoch:
            return None
        news.heard_ns = now_ns()
        return news

    def _act(self) -> None:
        for action in self._member.actions():
            if isinstance(action, Say):
                load = isinstance(action.message, Beat)
                key = f"{KEY_ROOT}/worker/{self._member.me}/load" if load else MESSAGE_KEY
                self._bus.put(key, encode_message(action.message))
            elif isinstance(action, Ask):
                self._bus.ask(f"{KEY_ROOT}/worker/{action.worker}/knows", "", self._heard_told)
            elif isinstance(action, Begin):
                self._news[action.name] = _News(action.epoch)
                self._crew.begin(action.name, action.epoch, action.spec)
            elif isinstance(action, Halt):
                self._crew.halt(action.name)
                self._news.pop(action.name, None)
            elif isinstance(action, Reply):
                self._reply(action)
            elif isinstance(action, Warn):
                self._say(action.text)
            elif isinstance(action, Refuse):
                raise EngineError(action.reason)

    def _heard_told(self, payload: bytes) -> None:
        with contextlib.suppress(DataError):
            told = decode_message(payload)
            if isinstance(told, Knowledge) and told.worker != self._member.me:
                self._later(lambda at_ns: self._member.hear(told, at_ns))

    def _reply(self, action: Reply) -> None:
        query = self._queries.pop(action.asked, None)
        if query is None:
            return
        if action.answer is not None:
            query.reply(query.key_expr, as_line({"version": WIRE_VERSION, **action.answer}))
        query.drop()


class _News:
    """What people are told of a session: its last reading, and since when."""

    def __init__(self, epoch: Stamp) -> None:
        self.epoch, self.heard_ns = epoch, now_ns()
        self._said = 0
        self._reading: Mapping[str, Any] | None = None
        self._reading_ns = 0

    def name_of(self, values: Mapping[str, Any]) -> str:
        """The name of a record within its epoch; another one for each."""
        self._said += 1
        if values["type"] != "reading":
            return f"{values['type']}/{self._said}"
        self._reading = {part: values.get(part) for part in ("score", "label", "unsure")}
        self._reading_ns = now_ns()
        return f"{values['window']}/{values['revision']}"

    def told(self, at_ns: int) -> Mapping[str, Any]:
        """As health and lists have it."""
        if self._reading is None:
            return {}
        return {"reading": self._reading, "age_s": round((at_ns - self._reading_ns) / NS, 1)}
