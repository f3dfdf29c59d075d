"""What the commands' parsers share: errors in one line, help that keeps its line breaks, common options."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol

from fsrf_live.engines.common.names import ENGINE_NAMES, PRECISIONS
from fsrf_live.engines.triton.address import SERVER_FORM, checked_engine
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that raises UsageError instead of printing its usage and leaving.

    A blank value is refused, except where the type is `any_text`: it is that of an unset variable of a shell,
    and would be taken as if nothing had been given.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", HelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError, with the command to ask for help."""
        raise UsageError(f"{message} (see '{self.prog} --help')")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """What argparse asks for the values of one argument: it has no public door for all types of them."""
        of_a_command = action.nargs == argparse.PARSER  # which looks at its own arguments
        if action.type is not any_text and not of_a_command and not all(map(str.strip, arg_strings)):
            raise argparse.ArgumentError(action, "its value is blank, as that of an unset variable: give one")
        return super()._get_values(action, arg_strings)


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Help at a width that people read, options in one column."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=100)


class Subparsers(Protocol):
    """What a command needs of ``add_subparsers()``."""

    def add_parser(self, name: str, **kwargs: Any) -> Any:
        """Add a command."""


def add_command(
    subparsers: Subparsers, name: str, summary: str, *, description: str = "", examples: Sequence[str] = ()
) -> Parser:
    """A parser for one command, with its examples at the end of its help."""
    epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples) if examples else None
    parser = subparsers.add_parser(name, help=summary, description=description or summary, epilog=epilog)
    assert isinstance(parser, Parser)
    add_debug(parser)
    return parser


def add_debug(parser: argparse.ArgumentParser) -> None:
    """``--debug``, which may stand before or after the command."""
    parser.add_argument(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the trace of an error and what the libraries below print",
    )


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """``--checkpoint``."""
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="a .safetensors made by 'fsrf train' (default: the one that ships)",
    )


def add_corpora(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """``--data``, ``--work`` and ``--threads``."""
    parser.add_argument(
        "--data",
        metavar="DIR",
        required=required,
        help="folder with text/, faces/, audio/ and mosi/ (see docs/data.md)",
    )
    parser.add_argument(
        "--work", metavar="DIR", help="where what was made is kept (default: 'training' in the cache folder)"
    )
    parser.add_argument(
        "--threads",
        metavar="N",
        type=positive_number,
        default=1,
        help="how many processors are used at once (default: 1)",
    )


def add_jsonl(parser: argparse.ArgumentParser) -> None:
    """``--jsonl``."""
    parser.add_argument(
        "--jsonl", metavar="FILE|-", help="write JSON lines to a file, or - for standard output"
    )


def add_tracks(parser: argparse.ArgumentParser) -> None:
    """``--video-track``, ``--audio-track`` and ``--subtitle-track``."""
    for kind, what in (("video", "pictures"), ("audio", "sound"), ("subtitle", "subtitles")):
        parser.add_argument(
            f"--{kind}-track",
            metavar="N",
            type=positive_number,
            help=f"which track of {what} in the media is read, from 1 on (default: the file's own choice)",
        )


def add_sinks(parser: argparse.ArgumentParser) -> None:
    """``--sink``, which may be repeated."""
    parser.add_argument(
        "--sink",
        metavar="NAME[:TARGET]",
        action="append",
        type=sink_spec,
        default=[],
        help="bring the records there too, as csv:FILE or lsl; may be repeated (all of them: docs/sinks.md)",
    )


def add_metrics(parser: argparse.ArgumentParser) -> None:
    """``--metrics``, which is a sink under a name of its own."""
    parser.add_argument(
        "--metrics",
        dest="sink",
        metavar="[HOST:]PORT",
        action="append",
        type="metrics:{}".format,
        help="let Prometheus scrape how the session fares, as --sink metrics:PORT does",
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    """``--language`` of what is spoken or written; None if it is not given."""
    parser.add_argument(
        "--language",
        metavar="L",
        help="what is spoken or written, as en, de or pl; auto tells it from each utterance or text "
        "(default: en for speech, auto for text). What the text encoder does not read is shown, and missing "
        "for the answer",
    )


def add_faults(parser: argparse.ArgumentParser) -> None:
    """``--fault``, which may be repeated."""
    option = parser.add_argument(
        "--fault",
        metavar="SPEC",
        action="append",
        default=[],
        help="rehearse a failure, %(written)s, or give a .yaml with a list of them; may be repeated",
    )
    vars(option)["written"] = _FaultHelp()


class _FaultHelp:
    """How a fault is written; put together when help is shown, because the table of kinds imports numpy."""

    def __str__(self) -> str:
        from fsrf_live.stream.faults.spec import EXAMPLE, FORM, examples

        return f"written {FORM}, as in {EXAMPLE} (kinds: {examples()})"


def add_engine(parser: argparse.ArgumentParser) -> None:
    """``--engine``, ``--precision`` and ``--checkpoint``."""
    parser.add_argument(
        "--engine",
        metavar="E",
        type=checked_engine,
        default="auto",
        help=f"what runs the model: {', '.join(ENGINE_NAMES)}, or a server, {SERVER_FORM}; "
        "auto takes the fastest that works here (default: auto)",
    )
    add_precision(parser)
    add_checkpoint(parser)


def add_precision(parser: argparse.ArgumentParser) -> None:
    """``--precision``."""
    parser.add_argument(
        "--precision", choices=PRECISIONS, default="fp32", help="of TensorRT plans (default: fp32)"
    )


def any_text(text: str) -> str:
    """The text as it is, also if it is blank: it says nothing, or whoever takes it says what is wrong."""
    return text


def modality_list(text: str) -> frozenset[str]:
    """``video,audio`` → {'video', 'audio'}; raises ArgumentTypeError on any other word."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(names - set(MODALITIES))
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown modality {unknown[0]!r}: choose from {', '.join(MODALITIES)}"
        )
    return names


def sink_spec(text: str) -> str:
    """``NAME[:TARGET]``; raises UsageError if there is no sink of that name."""
    from fsrf_live.stream.flow.sinks import check_sink

    return check_sink(text)


def positive_number(text: str) -> int:
    """A whole number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def port_number(text: str) -> int:
    """A port of this machine; raises ArgumentTypeError for anything else, as for another address."""
    if not text.isdecimal() or not 0 < int(text) < 2**16:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port from 1 to 65535, and it listens on this machine only (127.0.0.1): "
            "reach it from elsewhere by a tunnel"
        )
    return int(text)


def positive_seconds(text: str) -> float:
    """Seconds above zero; a trailing ``s`` is allowed."""
    seconds = _seconds(text)
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above zero")
    return seconds


def seconds_or_none(text: str) -> float:
    """Seconds above zero, or 0 for never; a trailing ``s`` is allowed."""
    seconds = _seconds(text)
    if not 0.0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds: give one above zero, or 0 for never"
        )
    return seconds


def _seconds(text: str) -> float:
    """The number, or one that is none (NaN)."""
    try:
        return float(text.removesuffix("s"))
    except ValueError:
        return float("nan")
