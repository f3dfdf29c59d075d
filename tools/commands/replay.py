"""``fsrf replay``: gives the readings of a recording again, byte for byte, or under new faults."""

import argparse
import logging
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_command,
    add_engine,
    add_faults,
    add_jsonl,
    add_sinks,
)

_DESCRIPTION = """\
Takes what `fsrf live --record DIR` wrote through the same path again. The readings are those of the session;
with --fault they are what they would have been; faults of raw sound need one made with --record-media."""

_EXAMPLES = (
    "fsrf replay monday",
    "fsrf replay monday --speed 4 --jsonl -",
    "fsrf replay monday --fault camera:unplug@10s+5s",
    "fsrf replay monday --fault mic:noise=10dB",
)
_LOG = logging.getLogger(__name__)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "replay", "replay a recorded session", description=_DESCRIPTION, examples=_EXAMPLES
    )
    parser.add_argument("folder", metavar="DIR", help="a folder that 'fsrf live --record' wrote")
    parser.add_argument(
        "--speed",
        metavar="X",
        type=float,
        help="so many times as fast as it was (default: as fast as it goes)",
    )
    add_faults(parser)
    add_engine(parser)
    add_jsonl(parser)
    add_sinks(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Replay to standard output, or to a table."""
    if args.speed is not None and not 0 < args.speed < float("inf"):
        raise UsageError("--speed must be above zero: 1 is as fast as it was")
    from fsrf_live.stream.faults.spec import faults_of
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.reading.loading import load_analyst, make_voices
    from fsrf_live.stream.recording.recorded import Recording
    from fsrf_live.stream.replay.relisten import Ears
    from fsrf_live.stream.replay.replay import Replay
    from fsrf_live.stream.speech.opening import open_recogniser
    from fsrf_live.tools.views.delivery import deliver

    clock = MonotonicClock()
    faults = faults_of(args.fault)
    recording = Recording(Path(args.folder))
    ears = Ears(make_voices, open_recogniser)
    made: tuple[Modality, ...] = ("text", "audio") if faults else ("text",)
    analyst = load_analyst(engine_choice(args, made, recording.language), clock)
    replay = Replay(recording, analyst, faults, ears)
    deliver(replay.run(clock, args.speed), args.jsonl, args.sink, title=args.folder)
    if replay.differing:
        _LOG.warning(
            "%d of %d answers differ from the recorded ones: another checkpoint, or another version",
            replay.differing,
            replay.differing + replay.agreeing,
        )
    return exits.OK
