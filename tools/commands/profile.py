"""``fsrf profile``: plays a clip through the live pipeline, and says where the time went."""

import argparse
import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.output import writable, written_whole
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_command,
    add_engine,
    positive_number,
    positive_seconds,
)

if TYPE_CHECKING:
    from fsrf_live.engines.common.contract import Engine, TextEncoder
    from fsrf_live.stream.flow.clock import Clock
    from fsrf_live.stream.live.opening import Wanted
    from fsrf_live.stream.live.parts import Makers, Sources
    from fsrf_live.tools.profiling.probe import Probe
    from fsrf_live.tools.profiling.profiling import Profile
    from fsrf_live.tools.profiling.tracing import Tracer

_DESCRIPTION = """\
Plays a clip in real time through the pipeline of `live`, drops the warm-up, and prints how long after the
intended moment readings came and what that was spent on, CPU by thread, memory, drops, and how many such
streams this machine would carry. Waits that a setting costs are kept apart from processing. Captions beside
the media are taken by themselves; without any there is no text, unless --asr is given."""

_EXAMPLES = (
    "fsrf profile talk.mp4",
    "fsrf profile talk.mp4 --trace talk.json       open it at ui.perfetto.dev",
    "fsrf profile talk.mp4 --streams 6 --json      six streams in one process, micro-batched",
    "fsrf profile talk.mp4 --streams 8 --processes 8     each in a process of its own",
    "fsrf profile talk.mp4 --duration 600          in a loop for ten minutes",
)
NO_DEVICE = "none"


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "profile",
        "say where the milliseconds and the CPU go",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("media", metavar="MEDIA", help="a video or a sound file, played in real time")
    words = parser.add_mutually_exclusive_group()
    words.add_argument("--captions", metavar="FILE", help="a .vtt or .srt file: what is said, and when")
    words.add_argument("--asr", action="store_true", help="recognise the speech in the media")
    add_engine(parser)
    parser.add_argument(
        "--streams",
        metavar="N",
        type=positive_number,
        default=1,
        help="so many streams of the media at once (default: 1)",
    )
    parser.add_argument(
        "--processes",
        metavar="P",
        type=positive_number,
        help="host the streams in so many processes, forked from one that has loaded what they share; "
        "Linux only (default: all in this process, with one engine)",
    )
    parser.add_argument(
        "--duration",
        metavar="S",
        type=positive_seconds,
        help="play it in a loop, and measure for so many seconds (default: play it once)",
    )
    parser.add_argument(
        "--trace", metavar="FILE.json", help="write a trace that ui.perfetto.dev and chrome://tracing open"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON record instead of tables")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Profile what the options say."""
    from fsrf_live.stream.sources.decoding import probe
    from fsrf_live.tools.profiling.record import encode_profile
    from fsrf_live.tools.profiling.trace_file import write_trace
    from fsrf_live.tools.profiling.tracing import Tracer, nvtx_ranges
    from fsrf_live.tools.shell.memory import share_pool

    share_pool()
    _check(args)
    if probe(args.media).still:
        raise UsageError(f"{args.media} is a picture, which has no time: give a video or a sound file")
    trace = writable("--trace", args.trace)
    tracer = Tracer(nvtx_ranges()) if trace is not None else None
    measured = _measure(args, tracer) if args.processes is None else _measure_elsewhere(args)
    if tracer is not None and trace is not None:
        with written_whole("--trace", trace) as file:
            write_trace(tracer, file)
    if args.json:
        print(encode_profile(measured))
    else:
        from fsrf_live.tools.shell.output import console
        from fsrf_live.tools.views.profile_tables import profile_view

        console().print(profile_view(measured, args.media, trace))
    return exits.OK


def _check(args: argparse.Namespace) -> None:
    """Refuse what is no caption file, and what does not go together; raises UsageError."""
    from fsrf_live.stream.sources.captions import SUFFIXES

    if args.processes is not None and sys.platform != "linux":
        raise UsageError("--processes is measured by what Linux says of processes: leave it out here")
    if args.processes is not None and args.trace is not None:
        raise UsageError("--trace traces the threads of this process: leave --processes out")
    if args.captions is not None and Path(args.captions).suffix.lower() not in SUFFIXES:
        raise UsageError(f"--captions {args.captions}: give a file that ends in .vtt or .srt")


def _measure_elsewhere(args: argparse.Namespace) -> "Profile":
    """In processes that are forked from one which has loaded what they share."""
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.live.opening import sources_of
    from fsrf_live.tools.hosting.hosts import StreamHosts
    from fsrf_live.tools.hosting.live_streams import OpenLiveStreams
    from fsrf_live.tools.hosting.numbered import NumberedStreams
    from fsrf_live.tools.profiling.elsewhere import profile_elsewhere

    clock, wanted = MonotonicClock(), _wanted(args)
    sources_of(wanted, clock)  # what is wrong with a file is told before anything is loaded
    with contextlib.closing(StreamHosts(OpenLiveStreams(engine_choice(args)), args.processes)) as hosts:
        streams = NumberedStreams(hosts, wanted)
        return profile_elsewhere(streams, args.streams, clock, duration_s=args.duration)


def _measure(args: argparse.Namespace, tracer: "Tracer | None") -> "Profile":
    """One stream has an engine to itself, as in `live`; several share one that batches, and an encoder."""
    from fsrf_live.engines.batching import BatchingEngine, batch_sizes
    from fsrf_live.fsrf.common.config import ENGLISH
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.live.session import LiveSession
    from fsrf_live.stream.reading.loading import SharedTextEncoder, load_encoder, load_engine_of
    from fsrf_live.tools.profiling.profiling import profile

    clock = MonotonicClock()
    sources = [_sources(args, clock) for _ in range(args.streams)]
    choice = engine_choice(args)
    with contextlib.ExitStack() as stack:
        engine: Engine
        batches: Mapping[int, int] = {}
        if args.streams == 1:
            engine = load_engine_of(choice)
        else:
            shared = BatchingEngine(lambda batch: load_engine_of(choice, batch), batch_sizes(args.streams))
            engine, batches = stack.enter_context(contextlib.closing(shared)), shared.runs
        reads = sources[0].text is not None or args.asr
        encoder = SharedTextEncoder(load_encoder(choice, engine.config, warm=reads), frozenset(ENGLISH))
        makers = _makers(engine, encoder, clock, tracer)

        def make(stream: int, probe: "Probe") -> LiveSession:
            return LiveSession(sources[stream], makers(stream), clock, journal=probe)

        measured = profile(make, args.streams, clock, tracer=tracer, duration_s=args.duration)
    return replace(measured, batches=dict(batches))


def _sources(args: argparse.Namespace, clock: "Clock") -> "Sources":
    from fsrf_live.stream.live.opening import sources_of

    return sources_of(_wanted(args), clock)


def _wanted(args: argparse.Namespace) -> "Wanted":
    from fsrf_live.stream.live.opening import ASR, Wanted

    media = Path(args.media)
    text = ASR if args.asr else args.captions
    if text is None and _captions(media) is None:
        text = NO_DEVICE
    return Wanted(None, None, text, media, loop=args.duration is not None)


def _captions(media: Path) -> Path | None:
    from fsrf_live.stream.sources.captions import captions_beside

    return captions_beside(media)


def _makers(
    engine: "Engine", encoder: "TextEncoder", clock: "Clock", tracer: "Tracer | None"
) -> "Callable[[int], Makers]":
    """What makes the heavy parts of a stream, traced if there is a tracer."""
    from fsrf_live.stream.live.parts import Makers
    from fsrf_live.stream.reading.analyst import Analyst
    from fsrf_live.stream.reading.loading import make_faces, make_voices
    from fsrf_live.tools.profiling.tracing import TracedEncoder, TracedEngine, TracedFaces, TracedVoices

    def makers(stream: int) -> Makers:
        if tracer is None:
            return Makers(lambda: Analyst(engine, encoder, clock), make_faces, make_voices)
        traced_engine = TracedEngine(engine, tracer, stream)
        traced_encoder = TracedEncoder(encoder, tracer, stream)
        return Makers(
            lambda: Analyst(traced_engine, traced_encoder, clock),
            lambda: TracedFaces(make_faces(), tracer, stream),
            lambda: TracedVoices(make_voices(), tracer, stream),
        )

    return makers
