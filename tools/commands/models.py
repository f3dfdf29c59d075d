"""``fsrf models``: the models that come as data, what is here of them, and what could be fetched."""

import argparse
from typing import TYPE_CHECKING

from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from fsrf_live.stream.speech.models import SpeechModel

_DESCRIPTION = """\
Lists the models that come as data: whether each is on this machine and whole, how to get it, its size and
licence, and of those for speech the languages and the share of words that they get wrong if that was
measured. Nothing is fetched."""


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "models", "list the models, here or to be fetched", description=_DESCRIPTION
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Print the list."""
    from rich.table import Table

    from fsrf_live.engines.common.shelf import HERE, MISSING, condition, how_to_get, models_root
    from fsrf_live.stream.speech.models import MODELS
    from fsrf_live.tools.shell.catalogue import stored_models
    from fsrf_live.tools.shell.output import console

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("model", "languages", "size", "licence", "words wrong", "state"):
        table.add_column(column, overflow="fold")
    for model in stored_models().values():
        state = condition(model, models_root())
        advice = "" if state == HERE else f"{'' if state == MISSING else f'{state}; '}{how_to_get(model)}"
        speech = MODELS.get(model.name)
        languages, word_error = ("", "") if speech is None else (_languages(speech), speech.word_error)
        size = f"{model.bytes / 1e6:.0f} MB"
        table.add_row(model.name, languages, size, model.licence, word_error, advice or state)
    console().print(table)
    return exits.OK


def _languages(model: "SpeechModel") -> str:
    return "English" if len(model.languages) == 1 else f"{len(model.languages)}"
