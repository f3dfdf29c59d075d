"""``fsrf baseline``: measures somebody's resting face and usual voice, and keeps them under a name."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.output import writable_folder
from fsrf_live.tools.shell.parsing import Subparsers, add_command, positive_seconds

if TYPE_CHECKING:
    from fsrf_live.stream.features.baseline import BaselineMeter
    from fsrf_live.stream.live.parts import Sources

SECONDS = 20.0
_DESCRIPTION = """\
Watches and listens for a while to somebody at rest who talks about something plain (count, read a page
aloud, and pause in between), and keeps means of the face's shape and of the voice under a name. 'fsrf live
--baseline NAME' then judges relative to them from the first second on; without, both are learned from what
passes by. No picture and no sound is kept."""

_EXAMPLES = (
    "fsrf baseline ada                             with the first camera and the default microphone",
    "fsrf baseline ada --mic none                  the face alone",
    "fsrf live --baseline ada",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "baseline",
        "measure somebody's resting face and usual voice",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("name", metavar="NAME", help="whose it is, or a .safetensors file to write")
    parser.add_argument("--camera", metavar="WHICH", help="as of 'fsrf live'")
    parser.add_argument("--mic", metavar="WHICH", help="as of 'fsrf live'")
    parser.add_argument("--media", metavar="FILE", help="a clip of that person, in place of the devices")
    parser.add_argument(
        "--seconds",
        metavar="S",
        type=positive_seconds,
        default=SECONDS,
        help=f"how long to watch and listen (default: {SECONDS:g})",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Measure, say how much there was of what, and keep it."""
    from fsrf_live.stream.features.baseline import baseline_path, write_baseline
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.live.opening import Wanted, sources_of
    from fsrf_live.stream.live.resting import measure_rest
    from fsrf_live.stream.reading.loading import bare_faces, bare_voices

    path, clock = baseline_path(args.name), MonotonicClock()
    writable_folder("NAME", path.parent)
    media = Path(args.media) if args.media else None
    sources = sources_of(Wanted(args.camera, args.mic, "none", media), clock)
    screen = sys.stderr.isatty()

    def report(since_s: float, meter: "BaselineMeter") -> None:
        if screen:
            print(f"\r{since_s:4.0f} of {args.seconds:g} s: {counted(meter)} ", end="", file=sys.stderr)

    meter = measure_rest(sources, bare_faces, bare_voices, clock, args.seconds, report)
    if screen:
        print(file=sys.stderr)
    baseline = meter.baseline()
    if baseline.face is None and baseline.voice is None:
        raise SourceError(f"too little to measure a rest by ({counted(meter)}): {advice(sources)}")
    write_baseline(path, baseline)
    kept = [name for name, part in (("face", baseline.face), ("voice", baseline.voice)) if part is not None]
    print(f"{' and '.join(kept)} kept in {path} ({counted(meter)})")
    return exits.OK


def counted(meter: "BaselineMeter") -> str:
    """What was seen and heard so far."""
    from fsrf_live.stream.flow.clock import NS
    from fsrf_live.stream.flow.items import HOP_NS

    return f"{meter.faces} faces, {meter.hops * HOP_NS / NS:.0f} s of speech"


def advice(sources: "Sources") -> str:
    """What to do if there was too little."""
    seen = "sit in the light before the camera" if sources.camera is not None else ""
    heard = "talk for five seconds or more" if sources.mic is not None else ""
    return " and ".join(part for part in (seen, heard) if part) + ", and measure again"
