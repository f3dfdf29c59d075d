"""``fsrf evaluate``: measures a checkpoint on held-out data, or compares models on one task."""

import argparse
import hashlib
import json
import tempfile
import time
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.commands.evaluation.comparison import SEEDS, compare_models
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.output import writable, writable_folder, written_whole
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_checkpoint,
    add_command,
    add_corpora,
    positive_number,
)

_DESCRIPTION = """\
ratings: the readings of a recording against what somebody rated while it ran (keys + and - of the
dashboard, 'fsrf mark --rating'): their error, how late the ratings are, and whether the intervals still hold.
people: what a checkpoint says about people, voices and texts that training never saw: resting and smiling
faces, natural talk, words against a face, and many kinds of sentences, each beside what is asked of it.

live: all figures of a checkpoint on held-out data: each modality on its own corpora beside a constant answer
and a simple method, all seven subsets on composed samples, and the calibration of the 90 % intervals, the
probabilities and the reliability of recovery.

composed, mosi, mosi-official, and mosi, mosei or sims with a feature FILE in MMSA's layout: FSRF, FIRF and
the baselines, trained with the same budget and several seeds, under the same stored masks. Finished
models are kept in the working folder, so an interrupted comparison goes on. With --checkpoint only that
checkpoint of 'fsrf train' is measured."""

_EXAMPLES = (
    "fsrf evaluate people --data DATA",
    "fsrf evaluate ratings recordings/2026-11-29",
    "fsrf evaluate live --data DATA",
    "fsrf evaluate live --data DATA --report docs",
    "fsrf evaluate live --data DATA --checkpoint mine.safetensors --json out.json",
    "fsrf evaluate mosi --data DATA --report DIR",
    "fsrf evaluate composed --data DATA --ablation --report DIR",
    "fsrf evaluate mosei unaligned_50.pkl --seeds 3",
    "fsrf evaluate sims unaligned_39.pkl --checkpoint mine.safetensors",
)
LIVE, PEOPLE, RATINGS = "live", "people", "ratings"
COMPARING = ("--models", "--ablation", "--seeds")
"""Options of comparisons only."""
SAMPLES = 2000
"""As in the tables of the shipped checkpoint."""


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    from fsrf_live.tools.commands.tasks import names

    every = (PEOPLE, LIVE, RATINGS, *names())
    parser = add_command(
        subparsers,
        "evaluate",
        "measure a checkpoint, or compare models, on held-out data",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("what", choices=every, metavar="WHAT", help=f"one of {', '.join(every)}")
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="your feature file in MMSA's layout; of ratings, a recording"
    )
    add_corpora(parser, required=False)
    add_checkpoint(parser)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.add_argument(
        "--samples",
        metavar="N",
        type=positive_number,
        help=f"live: of each kind of composed samples (default: {SAMPLES})",
    )
    parser.add_argument(
        "--seeds", metavar="N", type=positive_number, help=f"trainings of each model (default: {SEEDS})"
    )
    parser.add_argument("--models", metavar="NAMES", help="only these, by the tables' names, with commas")
    parser.add_argument(
        "--ablation",
        action="store_true",
        help="also train FSRF without each part, and with those that are off",
    )
    parser.add_argument("--report", metavar="DIR", help="write a page with tables and pictures there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Measure a checkpoint, or compare models."""
    if args.what == RATINGS:
        return _ratings(args)
    _check(args)
    _check_outputs(args)
    if args.what == PEOPLE:
        return _people(args)
    return _live(args) if args.what == LIVE else _compare(args)


def _check(args: argparse.Namespace) -> None:
    """Refuse options that do not go together; raises UsageError."""
    comparing = [name for name in COMPARING if getattr(args, name.removeprefix("--")) not in (None, False)]
    if args.samples is not None and args.what == PEOPLE:
        raise UsageError("--samples is for live: people has cases of its own")
    if args.what == PEOPLE and (args.threads != 1 or args.work is not None):
        raise UsageError("people asks case after case, and keeps none: leave out --threads and --work")
    if args.what not in (LIVE, PEOPLE):
        if args.samples is not None:
            raise UsageError(f"--samples is for live: {args.what} has samples of its own")
        if args.checkpoint is not None and comparing:
            raise UsageError(
                f"--checkpoint is measured as it is, without {comparing[0]}: leave one of them out"
            )
        return
    if args.file is not None or comparing:
        extra = "FILE" if args.file is not None else comparing[0]
        raise UsageError(f"{args.what} takes no {extra}: that is for comparisons")
    if args.data is None:
        raise UsageError(f"{args.what} needs --data, the folder of the corpora (see docs/data.md)")


def _check_outputs(args: argparse.Namespace) -> None:
    """Refuse what could not be written, before any work; raises UsageError, DataError without matplotlib."""
    writable("--json", args.json)
    if args.report is not None:
        from fsrf_live.fsrf.common.pictures import figure

        writable_folder("--report", args.report)
        figure()


def _compare(args: argparse.Namespace) -> int:
    from fsrf_live.fsrf.research.pages.report import run_figures

    summary = compare_models(args)
    if args.json:
        _write(Path(args.json), json.dumps(run_figures(summary), indent=1) + "\n")
    return exits.OK


def _live(args: argparse.Namespace) -> int:
    """Make the packs that are missing, evaluate, and print the tables."""
    import torch

    from fsrf_live.fsrf.common.checkpoint import read_checkpoint
    from fsrf_live.fsrf.common.config import check_features
    from fsrf_live.fsrf.common.modalities import MODALITIES
    from fsrf_live.fsrf.evaluation.live import evaluate_live
    from fsrf_live.fsrf.evaluation.report import write_live_report
    from fsrf_live.fsrf.evaluation.text import render_tables
    from fsrf_live.fsrf.network.inference import load_model
    from fsrf_live.stream.reading.loading import checkpoint_path
    from fsrf_live.tools.corpora.packs import conditions_of, packs_of
    from fsrf_live.tools.shell.output import say_on_screen
    from fsrf_live.tools.shell.provenance import command_line, commit

    torch.set_num_threads(args.threads)
    checkpoint = checkpoint_path(args.checkpoint)
    stored = read_checkpoint(checkpoint)
    check_features(stored.config, MODALITIES)
    packs, conditions = packs_of(args, stored.group("adapter")), conditions_of(args)
    started = time.process_time()
    table = evaluate_live(load_model(checkpoint), packs, conditions, args.samples or SAMPLES)
    print(render_tables(table))
    if args.json:
        _write(Path(args.json), json.dumps(table.to_dict(), indent=1) + "\n")
    if args.report:
        seconds = time.process_time() - started
        which = f"checkpoint {checkpoint.name}, SHA-256 {_digest(checkpoint)}"
        page = write_live_report(Path(args.report), command_line(), commit(), table, which, seconds)
        say_on_screen()(f"report: {page}")
    return exits.OK


def _people(args: argparse.Namespace) -> int:
    """Ask about everybody who was kept back, and print the table."""
    from fsrf_live.fsrf.evaluation.people import findings, findings_by_trait
    from fsrf_live.fsrf.evaluation.people_page import as_figures, render_people, write_people_report
    from fsrf_live.stream.clips.offline import open_offline
    from fsrf_live.stream.reading.loading import checked_choice
    from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE, recogniser_for
    from fsrf_live.tools.corpora.covered_cases import examine_covered
    from fsrf_live.tools.corpora.examination import Examiner, examine
    from fsrf_live.tools.shell.output import say_on_screen
    from fsrf_live.tools.shell.provenance import command_line, commit

    say, choice = say_on_screen(), checked_choice("auto", args.checkpoint)
    ears = recogniser_for(DEFAULT_LANGUAGE)
    with tempfile.TemporaryDirectory() as work, open_offline(choice, ears, warm_text=True) as offline:
        data, folder, examiner = Path(args.data), Path(work), Examiner(offline)
        cases = [*examine(data, folder, examiner, say), *examine_covered(data, folder, examiner, say)]
    found = findings(cases)
    print(render_people(found))
    by_trait = findings_by_trait(cases) if args.json or args.report else []
    if args.json:
        _write(Path(args.json), json.dumps(as_figures(found, by_trait), indent=1) + "\n")
    if args.report:
        which = f"checkpoint {choice.checkpoint.name}, SHA-256 {_digest(choice.checkpoint)}"
        page = write_people_report(Path(args.report), command_line(), commit(), found, by_trait, which)
        say(f"report: {page}")
    return exits.OK


def _ratings(args: argparse.Namespace) -> int:
    """Compare the readings of a recording with what somebody rated meanwhile."""
    from fsrf_live.fsrf.evaluation.ratings import HeldRating, ReadStretch, against_ratings, render_ratings
    from fsrf_live.stream.recording.account import brief_account, held_ratings
    from fsrf_live.stream.recording.recorded import Recording

    others = ("data", "work", "checkpoint", "samples", "seeds", "models", "ablation", "report")
    given = any(getattr(args, name) not in (None, False) for name in others) or args.threads != 1
    if given or args.file is None:
        raise UsageError(
            "ratings takes a recording, and of the options --json alone: fsrf evaluate ratings DIR"
        )
    writable("--json", args.json)
    recording = Recording(Path(args.file))
    account = brief_account(recording, recording.records())
    found = against_ratings(
        [ReadStretch(r.start_s, r.end_s, r.score, r.low, r.high) for r in account.readings],
        [HeldRating(one.start_s, one.end_s, one.rating) for one in held_ratings(account)],
        account.duration_s,
    )
    if found is None:
        raise UsageError(f"no reading of {args.file} was rated: rate with + and - while a session runs")
    print(render_ratings(found))
    if args.json:
        _write(Path(args.json), json.dumps(found.to_dict(), indent=1) + "\n")
    return exits.OK


def _digest(checkpoint: Path) -> str:
    """The first twelve hexadecimal digits."""
    return hashlib.sha256(checkpoint.read_bytes()).hexdigest()[:12]


def _write(path: Path, text: str) -> None:
    with written_whole("--json", path) as file:
        file.write(text)
