"""``fsrf serve --worker``: runs streams that others add, as one of a fleet of workers."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import FrameType
from typing import Any

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.address import BUS
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.parsing import add_engine, positive_number

MAX_STREAMS, MAX_LOAD = 6, 0.75
_OF_WORKERS = ("max_streams", "max_load", "bus", "zenoh_config", "engine", "precision", "checkpoint")


def add_worker(parser: argparse.ArgumentParser) -> Mapping[str, Any]:
    """``--worker`` and what goes with it: what each option is if it is not given, None in what is parsed."""
    parser.add_argument(
        "--worker", action="store_true", help="run streams of a fleet (see 'fsrf streams --help')"
    )
    parser.add_argument(
        "--max-streams",
        metavar="N",
        type=positive_number,
        default=MAX_STREAMS,
        help=f"with --worker: how many streams at once (default: {MAX_STREAMS})",
    )
    parser.add_argument(
        "--max-load",
        metavar="SHARE",
        type=_share,
        default=MAX_LOAD,
        help=f"with --worker: take none while the processors are busier; 1: always (default: {MAX_LOAD})",
    )
    add_bus(parser)
    add_engine(parser)
    unsaid = {name: parser.get_default(name) for name in _OF_WORKERS}
    parser.set_defaults(**dict.fromkeys(unsaid))
    return unsaid


def add_bus(parser: argparse.ArgumentParser) -> None:
    """``--bus`` and ``--zenoh-config``."""
    parser.add_argument(
        "--bus", metavar="ADDRESS", help=f"where the fleet meets, on this machine (default: {BUS})"
    )
    parser.add_argument(
        "--zenoh-config",
        metavar="FILE",
        help="a configuration of Zenoh: other machines, mutual TLS, who may do what (docs/fleet.md)",
    )


def run_worker(args: argparse.Namespace) -> int:
    """Work until Ctrl-C or SIGTERM; then the others have the streams."""
    from fsrf_live.tools.fleet.bus import check_worker_bus, open_worker_bus
    from fsrf_live.tools.fleet.session import OpenDescribed
    from fsrf_live.tools.fleet.worker import WorkerTerms, work
    from fsrf_live.tools.hosting.hosts import StreamHosts
    from fsrf_live.tools.shell.signature import signature_of

    if sys.platform != "linux":
        raise UsageError("--worker holds the processes of its sessions as only Linux can: run it there")
    choice = engine_choice(args)
    check_worker_bus(args.bus, args.zenoh_config)
    terms = WorkerTerms(args.max_streams, args.max_load, signature_of(choice.checkpoint))
    exits.say("loading engine and models")
    # Before it meets the others: who joins can take a stream at once.
    with closing(StreamHosts(OpenDescribed(choice), None)) as hosts, _ending() as over:
        work(open_worker_bus(args.bus, args.zenoh_config), hosts, terms, over, exits.say)
    return exits.OK


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """What Ctrl-C and SIGTERM set meanwhile."""
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        over.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0.0 < share <= 1.0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no share of the processors: give 0.75, or 1 for no limit"
        )
    return share
