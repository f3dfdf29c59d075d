"""The bus: what a fleet needs of Zenoh. Its callbacks come in threads of Zenoh's own."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.tools.fleet.address import BUS, DOORS, BusAddress, bus_address, safe_address

KEY_ROOT = "fsrf"
REQUEST_KEY = f"{KEY_ROOT}/fleet/request"
MESSAGE_KEY = f"{KEY_ROOT}/fleet/message"
ANSWER_S = 3.0
"""How long one question waits for its answers: they take two seconds on a machine that is very busy."""
_REACHED_S = 3.0
_LOOK_S = 0.02
_KNOCK_S = 0.05
_RETRY = {"period_init_ms": 100, "period_max_ms": 400, "period_increase_factor": 2}
"""A worker that begins at a door that was free waits for the others to come to it, and for nothing else."""
_KNOCKED = ("tcp", "tls", "ws")
"""Protocols whose listeners can be seen by connecting to them, without a word."""
_JSON = "application/json;fsrf-live/1"

HearPayload = Callable[[bytes], None]


class Bus:
    """A session of Zenoh. `close` it."""

    def __init__(
        self, zenoh: Any, config: Any, address: str, doors: Sequence[BusAddress] | None = None
    ) -> None:
        """Open it; raises SourceError. `doors` are those of the other workers, if they are known."""
        self._zenoh = zenoh
        self.address = address
        self._doors = doors
        try:
            self._session = zenoh.open(config)
        except zenoh.ZError as error:
            raise _unreached(address) from error
        self._held: list[Any] = []

    def put(self, key: str, payload: str) -> None:
        """Send a line; never waits: who is too slow for it misses it."""
        self._session.put(key, payload, encoding=_JSON)

    def subscribe(self, key: str, heard: HearPayload) -> None:
        """Hear what others send."""
        away = self._zenoh.Locality.REMOTE
        take = _payload_to(heard)
        self._held.append(self._session.declare_subscriber(key, take, allowed_origin=away))

    def answer(self, key: str, asked: Callable[[Any], None]) -> None:
        """Be asked: `asked` gets a query, and must `drop` it in the end."""
        self._held.append(self._session.declare_queryable(key, asked))

    def ask(self, key: str, payload: str, answered: HearPayload) -> None:
        """Ask all that answer this key; does not wait."""

        def take(reply: Any) -> None:
            if reply.ok is not None:
                answered(reply.ok.payload.to_bytes())

        target = self._zenoh.QueryTarget.ALL
        none = self._zenoh.ConsolidationMode.NONE
        self._session.get(key, take, payload=payload, target=target, consolidation=none, timeout=ANSWER_S)

    def ask_now(self, key: str, payload: str) -> bytes | None:
        """The first answer; None if there is none."""
        target = self._zenoh.QueryTarget.ALL
        for reply in self._session.get(key, payload=payload, target=target, timeout=ANSWER_S):
            if reply.ok is not None:
                answer: bytes = reply.ok.payload.to_bytes()
                return answer
        return None

    def live(self, key: str) -> None:
        """Let others see that this process lives; they see at once if it is killed."""
        self._held.append(self._session.liveliness().declare_token(key))

    def watch(self, keys: str, lost: Callable[[str], None]) -> None:
        """Be told of each key that lives no more."""

        def look(sample: Any) -> None:
            if sample.kind == self._zenoh.SampleKind.DELETE:
                lost(str(sample.key_expr))

        self._held.append(self._session.liveliness().declare_subscriber(keys, look, history=True))

    def others(self) -> int | None:
        """How many workers there are beside this one, whether it has a link to them or not.

        None if nobody can tell. One that hangs, and another program at the address of a door, count too.
        """
        return None if self._doors is None else sum(_is_held(door) for door in self._doors)

    def await_others(self) -> None:
        """Wait until anybody else is there; closes the bus and raises SourceError if nobody is."""
        info, until_s = self._session.info, time.monotonic() + _REACHED_S
        while not (info.peers_zid() or info.routers_zid()):
            if time.monotonic() > until_s:
                self.close()
                raise _unreached(self.address)
            time.sleep(_LOOK_S)

    def close(self) -> None:
        """Leave."""
        self._session.close()


def check_worker_bus(address: str | None, config_file: str | None) -> None:
    """Raise UsageError for what `open_worker_bus` would refuse."""
    zenoh = _library()
    if config_file is not None:
        _config_of(zenoh, config_file, address)
    else:
        safe_address(address or BUS)


def open_worker_bus(address: str | None, config_file: str | None) -> Bus:
    """The bus of a worker; raises UsageError, and SourceError if there can be none at that address.

    Without a file it is on this machine: a worker listens at a door after those of the others, if there is
    one, and connects to those before it. So of two workers one alone connects, the newer one at once: of two
    links that are made at the same moment, from both sides, each side drops the one that the other keeps.
    Gossip would tell of the others too, but tries each link once, and no more.
    """
    zenoh = _library()
    if config_file is not None:
        return Bus(zenoh, _config_of(zenoh, config_file, address), address or config_file)
    where = safe_address(address or BUS)
    door, bus = _at_a_door(zenoh, where)
    if door != where:  # somebody is at another one: is it a worker?
        bus.await_others()
    return bus


def _at_a_door(zenoh: Any, where: BusAddress) -> tuple[BusAddress, Bus]:
    doors, seen = where.doors(), where.protocol in _KNOCKED
    next_one = max((number + 1 for number, door in enumerate(doors) if seen and _is_held(door)), default=0)
    for number in (*range(next_one, len(doors)), *range(next_one)):
        door, others = doors[number], [*doors[:number], *doors[number + 1 :]]
        settings = {
            **_meeting(doors[:number]),
            "listen/endpoints": [str(door)],
            "listen/exit_on_failure": True,
        }
        with contextlib.suppress(SourceError):
            return door, Bus(zenoh, _config(zenoh, settings), str(where), others if seen else None)
    raise SourceError(f"no port of {where} and the {DOORS - 1} after it is free here: give another --bus")


def open_client_bus(address: str | None, config_file: str | None) -> Bus:
    """The bus for a question; raises UsageError, and SourceError if there is none."""
    zenoh = _library()
    if config_file is not None:
        config = _config_of(zenoh, config_file, address)
        config.insert_json5("listen/endpoints", "[]")
        bus = Bus(zenoh, config, address or config_file)
    else:
        where = safe_address(address or BUS)
        bus = Bus(zenoh, _config(zenoh, {**_meeting(where.doors()), "listen/endpoints": []}), str(where))
    bus.await_others()
    return bus


def _meeting(doors: Sequence[BusAddress]) -> dict[str, Any]:
    return {
        "mode": "peer",
        "connect/endpoints": [str(door) for door in doors],
        "connect/timeout_ms": -1,
        "connect/exit_on_failure": False,
        "connect/retry": _RETRY,
        "scouting/multicast/enabled": False,
        "scouting/gossip/enabled": False,
        # A worker that hangs takes connections still, and never says a word.
        "transport/unicast/open_timeout": 2000,
    }


def _is_held(door: BusAddress) -> bool:
    try:
        socket.create_connection((door.at.host, door.at.port), _KNOCK_S).close()
    except TimeoutError:  # so many wait at it already that no more are let in
        return True
    except OSError:
        return False
    return True


def _config(zenoh: Any, settings: dict[str, Any]) -> Any:
    config = zenoh.Config()
    for key, value in settings.items():
        config.insert_json5(key, json.dumps(value))
    return config


def _config_of(zenoh: Any, file: str, address: str | None) -> Any:
    try:
        config = zenoh.Config.from_file(Path(file))
        if address is not None:
            config.insert_json5("connect/endpoints", json.dumps([str(bus_address(address))]))
        return config
    except zenoh.ZError as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"--zenoh-config {file}: {reason}; see examples/fleet.json5") from error


def _library() -> Any:
    try:
        import zenoh
    except ImportError as error:
        raise UsageError(f"a fleet needs zenoh ({error}): pip install 'fsrf-live[fleet]'") from error
    return zenoh


def _payload_to(heard: HearPayload) -> Callable[[Any], None]:
    return lambda sample: heard(sample.payload.to_bytes())


def _unreached(address: str) -> SourceError:
    return SourceError(
        f"no fleet answers at {address}: is a worker there ('fsrf serve --worker --bus ADDRESS'), "
        "and may this program reach it?"
    )
