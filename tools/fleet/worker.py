"""Puts a worker together."""

import re
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from fsrf_live.tools.fleet.bus import Bus
from fsrf_live.tools.fleet.core.member import Member
from fsrf_live.tools.fleet.core.program import ProgramTerms
from fsrf_live.tools.fleet.node import Node
from fsrf_live.tools.hosting.hosts import StreamHosts


@dataclass(frozen=True, slots=True)
class WorkerTerms:
    """`most` streams at once, none more from a load of `max_load` on, by a program of these `terms`."""

    most: int
    max_load: float
    terms: ProgramTerms


def new_worker_name() -> str:
    """The name of a worker: this machine, and what no other worker has, now or later."""
    machine = re.sub(r"[^A-Za-z0-9_-]", "_", socket.gethostname())[:40] or "here"
    return f"{machine}-{secrets.token_hex(4)}"


def work(
    bus: Bus, hosts: StreamHosts, worker: WorkerTerms, over: threading.Event, say: Callable[[str], None]
) -> None:
    """Be a worker until `over`, then close the bus; raises EngineError if the fleet refuses it."""
    name = new_worker_name()
    say(f"worker {name} on {bus.address}, {worker.most} streams at most; Ctrl-C gives them to the others")
    member = Member(name, worker.most, worker.max_load, worker.terms)
    Node(member, bus, hosts, say).run(over)
