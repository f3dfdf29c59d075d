"""``fsrf mark``: names this moment of a session that runs in another terminal."""

import argparse

from fsrf_live.fsrf.common.config import SCORE_HIGH, SCORE_LOW
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command, any_text

_DESCRIPTION = """\
Sets a marker in a session of `fsrf live` that runs on this machine, under your name. It is in its records,
in its recording and at its sinks, with the time at which this command reached the session."""

_EXAMPLES = (
    "fsrf mark 'stimulus 3'",
    "fsrf mark --rating -1.5                      a negative moment begins",
    "fsrf mark begin --session 4711               of several sessions that one; without it, the newest",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "mark",
        "name this moment of a running session",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "name",
        metavar="TEXT",
        nargs="?",
        type=any_text,
        help="what the moment is called: a line of at most 1024 bytes (not needed with --rating)",
    )
    parser.add_argument(
        "--rating",
        metavar="SCORE",
        type=float,
        help=f"what you think of the person from now on, from {SCORE_LOW:g} to {SCORE_HIGH:g} "
        "(see 'fsrf evaluate ratings')",
    )
    parser.add_argument(
        "--session", metavar="PID", help="the process of the session, if there are several (default: newest)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Set one marker."""
    from fsrf_live.stream.flow.markers import RATING
    from fsrf_live.stream.live.door import send_marker

    try:
        name = args.name if args.name is not None else RATING if args.rating is not None else ""
        session, time_s = send_marker(name, args.rating, args.session)
    except OSError as error:
        raise UsageError(f"no session can be reached ({error}): start one with 'fsrf live'") from error
    print(f"marked {time_s:.3f} s of session {session}")
    return exits.OK
