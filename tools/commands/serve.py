"""``fsrf serve``: recordings in a browser, or a worker of a fleet."""

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.address import THIS_MACHINE, Address
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.commands.fleet.worker import add_worker, run_worker
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command, port_number

_DESCRIPTION = """\
Shows what `fsrf live --record DIR` recorded in a browser on this machine: a list of the recordings in a
folder, and each with its curve, words, outages, markers and ratings, and with pictures and sound if it was
made with --record-media. Markers and ratings can be edited; what was recorded stays as it is. Needs
fsrf-live[page].

With --worker it runs streams that 'fsrf streams add' gives to a fleet, until Ctrl-C. The first worker opens
the bus; others join it. Streams of a worker that dies or hangs go to the others. Needs fsrf-live[fleet]."""

_EXAMPLES = (
    "fsrf serve recordings                        all recordings in that folder",
    "fsrf serve recordings/monday --port 9000     one of them",
    "fsrf serve --worker                          a worker on this machine; start as many as you like",
    "fsrf serve --worker --max-streams 20",
    "fsrf serve --worker --zenoh-config fleet.json5     one of a fleet over several machines",
)
VIEWER_PORT = 8780


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "serve",
        "show recordings in a browser, or work for a fleet of live streams",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help="a folder that 'fsrf live --record' wrote, or one with such folders in it",
    )
    parser.add_argument(
        "--port", metavar="N", type=port_number, help=f"of 127.0.0.1 (default: {VIEWER_PORT})"
    )
    parser.set_defaults(run=partial(run, add_worker(parser)))


def run(unsaid: Mapping[str, Any], args: argparse.Namespace, messages: Messages) -> int:
    """Serve until Ctrl-C. `unsaid` are the options of workers, and what they are if they are not given."""
    given = {name: getattr(args, name) for name in unsaid if getattr(args, name) is not None}
    if args.worker:
        if args.folder is not None or args.port is not None:
            raise UsageError("--worker shows no recordings: leave DIR and --port out")
        return run_worker(argparse.Namespace(**{**vars(args), **unsaid, **given}))
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(f"{options}: a worker of a fleet alone has that; give --worker, or leave it out")
    if args.folder is None:
        raise UsageError("serve needs a folder that 'fsrf live --record' wrote, or --worker")
    return _view(Path(args.folder), args.port or VIEWER_PORT)


def _view(folder: Path, port: int) -> int:
    from fsrf_live.stream.page.opening import listen_on, need_libraries

    need_libraries()
    from fsrf_live.stream.viewer.server import ViewerServer

    address = Address(THIS_MACHINE, port)
    viewer = listen_on("--port", address, lambda: ViewerServer(folder, port))
    exits.say(f"the recordings are at {viewer.address} (works once); Ctrl-C ends this")
    viewer.serve()
    return exits.OK
