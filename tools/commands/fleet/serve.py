"""``fsrf serve --worker``: this machine works for a fleet."""

import argparse

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.commands.fleet.worker import add_worker, run_worker
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command

_DESCRIPTION = """\
Runs streams that 'fsrf streams add' gives to a fleet, until Ctrl-C. The first worker opens the bus; others
join it. Streams of a worker that dies or hangs go to the others."""

_EXAMPLES = (
    "fsrf serve --worker                          a worker on this machine; start as many as you like",
    "fsrf serve --worker --max-streams 20",
    "fsrf serve --worker --zenoh-config fleet.json5     one of a fleet over several machines",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "serve", "work for a fleet of live streams", description=_DESCRIPTION, examples=_EXAMPLES
    )
    add_worker(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Work until Ctrl-C."""
    if not args.worker:
        raise UsageError("serve does nothing by itself: give --worker")
    return run_worker(args)
