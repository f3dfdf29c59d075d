"""``fsrf simulate``: rehearses every failure on a clip and says what each one costs."""

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_command,
    add_engine,
    add_faults,
    add_jsonl,
    add_tracks,
)

if TYPE_CHECKING:
    from fsrf_live.stream.clips.job import Job
    from fsrf_live.stream.clips.rehearsal import Case, Rehearsal
    from fsrf_live.stream.faults.spec import Fault

_log = logging.getLogger(__name__)

_DESCRIPTION = """\
Runs a clip with all modalities, with every smaller set of them, under each kind of fault on each
source, and under your own faults together, in one go and faster than real time. Each case is compared with
the complete run in the windows that the failure reached: the score, how far it moved at most, how wide the
interval became, in how many windows the complete score stayed inside it, how many labels changed, how long it
took to notice the failure and, after it, to use the modality again."""

_EXAMPLES = (
    "fsrf simulate talk.mp4",
    "fsrf simulate talk.mp4 --fault camera:unplug@5s+3s --fault mic:noise=10dB",
    "fsrf simulate talk.mp4 --fault schedule.yaml --report what-it-costs",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "simulate",
        "rehearse every failure on a clip, and see what it costs",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("media", metavar="MEDIA", help="a video or a sound file")
    parser.add_argument(
        "--captions", metavar="FILE", help="what is said, and when (default: the captions beside the media)"
    )
    add_faults(parser)
    parser.add_argument(
        "--report", metavar="DIR", help="write a page, tables and pictures there, with curves of degradation"
    )
    add_tracks(parser)
    add_engine(parser)
    add_jsonl(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Rehearse, compare and show."""
    from fsrf_live.fsrf.common.pictures import figure
    from fsrf_live.stream.clips.rehearsal import cost_of
    from fsrf_live.stream.faults.spec import faults_of
    from fsrf_live.tools.shell.output import (
        STANDARD_OUTPUT,
        console,
        for_people,
        writable,
        writable_folder,
    )
    from fsrf_live.tools.views.simulation_report import write_lines, write_rehearsal
    from fsrf_live.tools.views.simulation_tables import view

    faults = faults_of(args.fault)
    people = for_people(args.jsonl)
    folder = None if args.report is None else writable_folder("--report", args.report)
    if folder is not None:
        figure()  # without matplotlib it is told now
    job = _job(args)
    if args.jsonl != STANDARD_OUTPUT:
        writable("--jsonl", args.jsonl)
    rehearsal = _rehearsal(args, job)
    cases = _cases(rehearsal, faults, curves=folder is not None)
    with _progress(rehearsal.info.duration_s or 0.0, len(cases)) as progress:
        runs = rehearsal.run(cases, progress)
    costs = [cost_of(run, runs[0]) for run in runs]
    if args.jsonl is not None or not people:
        write_lines(costs, args.jsonl)
    if people:
        console().print(view(costs, Path(args.media).name, rehearsal.info.duration_s or 0.0))
    if folder is not None:
        write_rehearsal(folder, Path(args.media).name, runs, costs)
    return exits.OK


def _job(args: argparse.Namespace) -> "Job":
    """Probe the files before anything is loaded or written; raises MediaError."""
    from fsrf_live.stream.clips.jobs import job_of
    from fsrf_live.stream.sources.decoding import probe_whole
    from fsrf_live.stream.sources.media.container import Tracks

    media = Path(args.media)
    captions = None if args.captions is None else Path(args.captions)
    tracks = Tracks.of(args)
    info = probe_whole(media, tracks)
    if not info.duration_s:
        raise MediaError(f"{media} has no known duration, so faults cannot be placed in it: give a clip")
    for line in info.others:
        _log.warning(line)
    return job_of(media, None, captions, frozenset(), hear=False, tracks=tracks)


def _rehearsal(args: argparse.Namespace, job: "Job") -> "Rehearsal":
    """Load the engine, the encoder and the extractors."""
    from fsrf_live.stream.clips.job import OfflineMakers
    from fsrf_live.stream.clips.rehearsal import Rehearsal
    from fsrf_live.stream.flow.clock import MonotonicClock
    from fsrf_live.stream.reading.loading import (
        load_analyst,
        make_faces,
        make_stills,
        make_voices,
    )

    clock = MonotonicClock()
    analyst = load_analyst(engine_choice(args), clock, warm_text=bool(job.captions))
    makers = OfflineMakers(faces=make_faces, stills=make_stills, voices=make_voices)
    return Rehearsal(job, analyst, makers, clock)


def _cases(rehearsal: "Rehearsal", faults: "list[Fault]", *, curves: bool) -> "list[Case]":
    from fsrf_live.stream.clips.rehearsal import complete, curve_cases, fault_cases, given_case, subset_cases

    there = rehearsal.there
    cases = [complete(), *subset_cases(there), *fault_cases(there, rehearsal.info.duration_s or 0.0)]
    if faults:
        cases.append(given_case(faults))
    return [*cases, *(curve_cases(there) if curves else ())]


@contextmanager
def _progress(duration_s: float, cases: int) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(f"{cases} cases", total=duration_s)
        yield lambda time_s: bar.update(task, completed=min(time_s, duration_s))
