"""``fsrf transcribe``: what is said in a file, with its times, as captions to see and mend."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.output import writable, written_whole
from fsrf_live.tools.shell.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from fsrf_live.stream.flow.captions import CaptionFormat
    from fsrf_live.stream.flow.items import Words
    from fsrf_live.stream.sources.decoding import MediaInfo
    from fsrf_live.stream.speech.recogniser import Recogniser

_DESCRIPTION = """\
Recognises the speech in a file, on this machine, and writes it as captions: WebVTT on standard output, or
a file. 'fsrf analyze' and 'fsrf live' take captions that lie beside a media file under its name by
themselves."""

_EXAMPLES = (
    "fsrf transcribe talk.mp4 --vtt talk.vtt",
    "fsrf transcribe rede.wav --language de --srt rede.srt",
    "fsrf transcribe talk.wav --language auto",
)
LONG_S = 60.0
"""A file that is longer is recognised two utterances at a time; a second model would not pay for less."""


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers,
        "transcribe",
        "write what is said in a file as captions",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("media", metavar="MEDIA", help="a video or a sound file")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--vtt", metavar="FILE", help="write WebVTT captions to a file")
    where.add_argument("--srt", metavar="FILE", help="write SubRip captions to a file")
    parser.add_argument(
        "--language",
        metavar="L",
        default="en",
        help="what is spoken, as en, de or pl; auto tells it from each utterance (default: en)",
    )
    parser.add_argument("--model", metavar="NAME", help="the speech model to take (see 'fsrf models')")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Write the captions."""
    from fsrf_live.stream.sources.decoding import probe

    target = writable("--vtt", args.vtt) or writable("--srt", args.srt)
    info = probe(Path(args.media))
    if not info.audio:
        raise MediaError(f"{args.media}: there is no sound in it; give a video or a sound file with speech")
    form: CaptionFormat = "srt" if args.srt else "vtt"
    with _recognisers(args, info) as recognisers:
        cues = _cues(Path(args.media), recognisers)
        if target is None:
            _write(cues, form, sys.stdout)
        else:
            with written_whole(f"--{form}", target) as file:
                _write(cues, form, file)
    return exits.OK


@contextlib.contextmanager
def _recognisers(args: argparse.Namespace, info: "MediaInfo") -> "Iterator[list[Recogniser]]":
    """As many as pay; raises SourceError, UsageError."""
    from fsrf_live.stream.speech.opening import open_recogniser

    number = 1 if info.duration_s is not None and info.duration_s <= LONG_S else 2
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(contextlib.closing(open_recogniser(args.language, args.model)))
            for _ in range(number)
        ]


def _cues(media: Path, recognisers: "Sequence[Recogniser]") -> "Iterator[Words]":
    from fsrf_live.stream.clips.transcription import transcribe
    from fsrf_live.stream.reading.loading import make_voices
    from fsrf_live.stream.speech.captioning import cues_of

    for words in transcribe(media, make_voices(), recognisers):
        yield from cues_of(words)


def _write(cues: "Iterator[Words]", form: "CaptionFormat", file: TextIO) -> None:
    from fsrf_live.stream.flow.captions import caption_lines

    for piece in caption_lines(cues, form):
        file.write(piece)
        file.flush()
