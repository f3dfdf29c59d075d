"""``fsrf analyze``: one clip, sound file, picture or text, or many of them by a manifest."""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.commands.batch import add_batch, check_batch, run_batch
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.choices import engine_choice
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import (
    Subparsers,
    add_command,
    add_engine,
    add_jsonl,
    add_language,
    add_sinks,
    add_tracks,
    any_text,
    modality_list,
)

if TYPE_CHECKING:
    from fsrf_live.fsrf.common.errors import FsrfError
    from fsrf_live.stream.clips.offline import Job, Offline
    from fsrf_live.stream.flow.records import Record

_DESCRIPTION = """\
Analyses a file as fast as the machine goes, by the same path that `live` takes, and ends with a summary.
Captions (.vtt, .srt) that lie beside a media file under its name are taken by themselves. On a terminal the
answer is a table; elsewhere, and with --jsonl, it is JSON lines."""

_EXAMPLES = (
    "fsrf analyze talk.mp4",
    "fsrf analyze talk.mp4 --without video --jsonl talk.jsonl",
    "fsrf analyze talk.wav --asr",
    'fsrf analyze --text "I loved every minute of it"',
    "fsrf analyze --manifest many.csv --jsonl -",
    "fsrf analyze --manifest many.csv --out DIR --workers 4 --merge all.csv",
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "analyze",
        "analyse a clip, a sound file, a picture or a text",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("media", nargs="?", metavar="MEDIA", help="a video, a sound file or a picture")
    parser.add_argument(
        "--manifest",
        metavar="FILE.csv",
        help="many at once: columns media, text, captions, each optional; one summary a row",
    )
    words = parser.add_mutually_exclusive_group()
    words.add_argument("--text", metavar="STRING", type=any_text, help="what is said, in MEDIA or by itself")
    words.add_argument("--captions", metavar="FILE", help="a .vtt or .srt file: what is said, and when")
    words.add_argument("--asr", action="store_true", help="recognise the speech in the media")
    add_language(parser)
    parser.add_argument(
        "--without",
        metavar="LIST",
        type=modality_list,
        default=frozenset(),
        help="modalities to leave out, as if they were missing: video,audio,text",
    )
    add_tracks(parser)
    add_engine(parser)
    add_jsonl(parser)
    add_sinks(parser)
    add_batch(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Analyse what the options say."""
    from fsrf_live.stream.speech.opening import language_of_text

    _check(args)
    language = language_of_text(args.language)
    if args.out is not None:
        return run_batch(args)
    from fsrf_live.stream.clips.job import Job
    from fsrf_live.stream.clips.jobs import job_of, read_manifest
    from fsrf_live.stream.sources.decoding import probe
    from fsrf_live.stream.sources.media.container import Tracks
    from fsrf_live.tools.shell.keeping import keep_what_is_read
    from fsrf_live.tools.views.delivery import deliver

    with contextlib.ExitStack() as stack:
        if args.manifest:
            rows = read_manifest(Path(args.manifest), args.without, hear=args.asr, language=language)
            keep_what_is_read(args, (file for row in rows if isinstance(row, Job) for file in row.files))
            offline = stack.enter_context(_offline(args, rows))
            records: Iterator[Record] = offline.manifest(rows)
        else:
            media, captions, tracks = _path(args.media), _path(args.captions), Tracks.of(args)
            job = job_of(
                media, args.text, captions, args.without, hear=args.asr, tracks=tracks, language=language
            )
            if job.media is not None:
                probe(job.media, tracks)  # before anything heavy is loaded
            offline = stack.enter_context(_offline(args, [job]))
            records = offline.analyze(job)
        deliver(records, args.jsonl, args.sink, title=args.media or "text", rows=bool(args.manifest))
    return exits.OK


def _check(args: argparse.Namespace) -> None:
    """Refuse combinations that make no sense; raises UsageError."""
    check_batch(args)
    if args.media is None and any((args.video_track, args.audio_track, args.subtitle_track)):
        raise UsageError("--video-track, --audio-track and --subtitle-track choose in MEDIA: give one")
    if args.subtitle_track is not None and (args.text is not None or args.captions is not None or args.asr):
        raise UsageError("--subtitle-track says what is said: leave out --text, --captions and --asr")
    if args.manifest:
        for option in ("media", "captions"):
            if getattr(args, option):
                raise UsageError(f"--manifest and {option} exclude one another: put it into the manifest")
        if args.text is not None:
            raise UsageError("--manifest and --text exclude one another: put it into the manifest")
    elif args.media is None and args.text is None and args.captions is None:
        raise UsageError(
            "nothing to analyse: give MEDIA, --text, --captions or --manifest (see 'fsrf analyze --help')"
        )
    elif args.asr and args.media is None:
        raise UsageError("--asr needs MEDIA whose speech it can recognise")


def _offline(
    args: argparse.Namespace, jobs: "Sequence[Job | FsrfError]"
) -> "contextlib.AbstractContextManager[Offline]":
    """Load the engine; the text encoder is loaded now if any job has text."""
    from fsrf_live.stream.clips.job import Job
    from fsrf_live.stream.clips.offline import open_offline
    from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE, recogniser_for

    reads = args.asr or any(isinstance(job, Job) and (job.text or job.captions) for job in jobs)
    recogniser = recogniser_for(args.language or DEFAULT_LANGUAGE) if args.asr else None
    return open_offline(engine_choice(args, language=args.language), recogniser, warm_text=bool(reads))


def _path(name: str | None) -> Path | None:
    return None if name is None else Path(name)
