"""``fsrf export``: a recording for ELAN, statistics, players, a data set, or people."""

import argparse
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.output import writable_folder, writing
from fsrf_live.tools.shell.parsing import Subparsers, add_command

_DESCRIPTION = """\
Writes what `fsrf live --record DIR` recorded for other programs: eaf (ELAN), csv and parquet (pandas, R), vtt
(captions), bids (a folder in the manner of the Brain Imaging Data Structure), html (a report to read)."""

_EXAMPLES = (
    "fsrf export monday --to exports               exports/monday.eaf, .csv, .vtt, .bids and .html",
    "fsrf export monday --to exports --as eaf,html",
)
USUAL = "eaf,csv,vtt,bids,html"
"""What needs no extra."""


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "export",
        "write a recording for ELAN, statistics and people",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that 'fsrf live --record' wrote")
    parser.add_argument(
        "--to", metavar="FOLDER", required=True, help="where to write; made if it is not there"
    )
    parser.add_argument(
        "--as",
        dest="formats",
        metavar="FORMATS",
        default=USUAL,
        help=f"with commas, of eaf, csv, parquet, vtt, bids, html (default: {USUAL})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Write the files, and name them."""
    from fsrf_live.stream.export.export import FORMATS, export_account
    from fsrf_live.stream.recording.account import account_of
    from fsrf_live.stream.recording.recorded import Recording

    formats = [name.strip() for name in args.formats.split(",") if name.strip()]
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(f"--as {args.formats}: choose from {', '.join(FORMATS)}")
    account = account_of(Recording(Path(args.folder)))
    folder = writable_folder("--to", args.to)
    with writing("--to", args.to, "choose a folder with room to write"):
        for path in export_account(account, folder, formats):
            print(path)
    return exits.OK
