"""``fsrf streams``: adds streams to a fleet, shows them, moves them, stops them."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fsrf_live.tools.commands.fleet.worker import add_bus
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command, add_language

if TYPE_CHECKING:
    from fsrf_live.tools.fleet.client import FleetClient

_DESCRIPTION = """\
Streams of a fleet: one camera, microphone and text each, run by one of the workers that 'fsrf serve --worker'
started. A worker that dies or hangs loses its streams to the others. Readings are on the bus, at
fsrf/STREAM/reading (docs/fleet.md)."""

_EXAMPLES = (
    "fsrf streams add door --camera rtsp://10.0.0.7/video --mic none",
    "fsrf streams add talk --media talk.mp4 --loop",
    "fsrf streams list",
    "fsrf streams move door lab2                  to the worker whose name has 'lab2' in it",
    "fsrf streams top                             a live table; JSON lines where there is no terminal",
)
_LOOK_S = 1.0


def add(subparsers: Subparsers) -> None:
    """The command, and what it does."""
    parser = add_command(
        subparsers,
        "streams",
        "add, show, move and stop streams of a fleet",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    adding = _act(acts, "add", "a new stream", _add)
    _named(adding)
    for part, what in (
        ("camera", "its camera, as in 'fsrf live', as the worker sees it (default: none)"),
        ("mic", "its microphone (default: none)"),
        ("text", "its text (default: captions beside the media, else what the microphone hears)"),
        ("media", "a file that is played, under its name at the worker"),
    ):
        adding.add_argument(f"--{part}", metavar="FILE" if part == "media" else "WHICH", help=what)
    adding.add_argument("--loop", action="store_true", help="play the media again and again")
    add_language(adding)
    _json(_act(acts, "list", "workers and streams", _list))
    moving = _act(acts, "move", "a stream to another worker", _move)
    _named(moving)
    moving.add_argument("worker", metavar="WORKER", help="its name, or a part of it that no other has")
    _named(_act(acts, "stop", "a stream, for good", _stop))
    _json(_act(acts, "top", "workers and streams, again and again", _top))
    parser.set_defaults(run=run)


def _act(
    acts: Subparsers, name: str, summary: str, do: "Callable[[FleetClient, argparse.Namespace], None]"
) -> Any:
    parser = add_command(acts, name, summary)
    add_bus(parser)
    parser.set_defaults(do=do)
    return parser


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name of the stream")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON lines, as where there is no terminal")


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Ask the fleet one thing, or the same again and again."""
    from fsrf_live.tools.fleet.bus import open_client_bus
    from fsrf_live.tools.fleet.client import FleetClient

    with contextlib.closing(open_client_bus(args.bus, args.zenoh_config)) as bus:
        args.do(FleetClient(bus), args)
    return exits.OK


def _add(client: "FleetClient", args: argparse.Namespace) -> None:
    from fsrf_live.tools.fleet.session import description

    _say(client.ask("add", args.name, spec=description(vars(args))))


def _move(client: "FleetClient", args: argparse.Namespace) -> None:
    _say(client.ask("move", args.name, worker=args.worker))


def _stop(client: "FleetClient", args: argparse.Namespace) -> None:
    _say(client.ask("stop", args.name))


def _list(client: "FleetClient", args: argparse.Namespace) -> None:
    from fsrf_live.tools.fleet.table import fleet_table
    from fsrf_live.tools.shell.output import console

    said = client.ask("list")
    if _is_for_people(args):
        console().print(fleet_table(said))
    else:
        _print_lines(said)


def _top(client: "FleetClient", args: argparse.Namespace) -> None:
    from fsrf_live.stream.flow.outputs import reader_gone
    from fsrf_live.tools.shell.output import console

    if not _is_for_people(args):
        while not reader_gone(sys.stdout):
            _print_lines(client.ask("list"))
            time.sleep(_LOOK_S)
        return
    from rich.live import Live

    from fsrf_live.tools.fleet.table import fleet_table

    with Live(console=console(), screen=True, auto_refresh=False) as live:
        while True:
            live.update(fleet_table(client.ask("list")), refresh=True)
            time.sleep(_LOOK_S)


def _is_for_people(args: argparse.Namespace) -> bool:
    from fsrf_live.tools.shell.output import is_terminal

    return not args.json and is_terminal(sys.stdout)


def _print_lines(said: Mapping[str, Any]) -> None:
    from fsrf_live.stream.flow.records import as_line

    for line in _lines(said):
        print(as_line(line), flush=True)


def _lines(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """One object a worker, and one a stream."""
    from fsrf_live.tools.fleet.session import shown

    yield from ({"type": "worker", **worker} for worker in said["workers"])
    for stream in said["streams"]:
        yield {"type": "stream", **stream, "spec": shown(stream["spec"])}


def _say(said: Mapping[str, Any]) -> None:
    where = f" at worker {said['worker']}" if said.get("worker") else ""
    room = ": no worker has room; it is taken as soon as one has" if said["state"] == "waiting" else ""
    print(f"stream {said['stream']} is {said['state']}{where}{room}")
