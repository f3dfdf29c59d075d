"""``fsrf build``: makes every compiled form of a checkpoint ahead of time, so that commands start sooner."""

import argparse
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_checkpoint, add_command, add_precision

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from fsrf_live.engines.build import BuildReport
    from fsrf_live.engines.triton.repository import ServedVersion

_DESCRIPTION = """\
Exports the network and the text encoder to ONNX and, with an NVIDIA card or a --target, compiles TensorRT
plans. Results are kept in the user's cache folder by their fingerprints and are not built twice. After it,
'live' and 'analyze' start without loading torch."""

_EXAMPLES = (
    "fsrf build",
    "fsrf build --target sm89 --target sm120 --precision fp16     for other cards, on any machine",
    "fsrf build --triton models     then: tritonserver --model-repository=models",
)
_LOG = logging.getLogger(__name__)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "build", "compile the engines ahead of time", description=_DESCRIPTION, examples=_EXAMPLES
    )
    parser.add_argument(
        "--target",
        metavar="NAME",
        action="append",
        default=[],
        help="a card to compile for, such as sm89, or portable; may be repeated (default: this machine's)",
    )
    parser.add_argument(
        "--triton",
        metavar="DIR",
        type=Path,
        help="only write the network into DIR as a model repository of a Triton server: ONNX, and a plan if "
        "TensorRT and its card are here",
    )
    add_precision(parser)
    add_checkpoint(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Build, with a progress bar on a terminal, and print what was built."""
    from fsrf_live.tools.shell.output import console

    if args.triton is not None and args.target:
        raise UsageError("--triton and --target exclude one another: a plan for a server is for its own card")
    lines = _build(args) if args.triton is None else _serve(args)
    for line in lines:
        console().print(line, soft_wrap=True)
    return exits.OK


def _build(args: argparse.Namespace) -> list[str]:
    from fsrf_live.engines.build import build
    from fsrf_live.stream.reading.loading import checkpoint_path, plan_cache

    with _bar() as bar:
        reports = build(
            checkpoint_path(args.checkpoint),
            args.target,
            args.precision,
            progress=_shown_on(bar),
            report=_LOG.info,
            cache=plan_cache(),
        )
    return [report_line(report) for report in reports]


def _serve(args: argparse.Namespace) -> list[str]:
    from fsrf_live.engines.serving import write_repository
    from fsrf_live.stream.reading.loading import checkpoint_path, plan_cache

    with _bar() as bar:
        show = _shown_on(bar)
        versions = write_repository(
            checkpoint_path(args.checkpoint),
            args.triton,
            args.precision,
            progress=lambda phase, share: show("model repository", phase, share),
            report=_LOG.info,
            cache=plan_cache(),
        )
    return [served_line(version) for version in versions]


def served_line(version: "ServedVersion") -> str:
    """What lies in a model repository, in one line."""
    how = "was there already" if version.unchanged else "written"
    return f"model {version.name}, version {version.number}: {how}, {version.bytes / 1e6:.1f} MB"


def report_line(report: "BuildReport") -> str:
    """What was built, in one line."""
    how = "was there already" if report.cached else f"made in {report.seconds:.1f} s"
    megabytes = report.bytes / 1e6
    return (
        f"{report.name} {report.target} {report.precision}: {how}, {report.layers} layers, {megabytes:.1f} MB"
    )


def _shown_on(bar: "Progress") -> Callable[[str, str, float], None]:
    """What moves the bar: the name of what is built, the phase, the share that is done."""
    tasks: dict[str, TaskID] = {}

    def show(what: str, phase: str, share: float) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=1.0)
        bar.update(tasks[what], completed=share, description=f"{what}: {phase}")

    return show


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
