"""What options may hold."""

import argparse
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.tools.main import build_parser
from fsrf_live.tools.shell.parsing import (
    add_metrics,
    add_sinks,
    modality_list,
    positive_seconds,
    seconds_or_none,
)
from tests.doubles.cli import Fsrf

MAY_BE_BLANK = {("analyze", "text"), ("mark", "name")}
"""A text that says nothing, and a name that has its own message."""
BLANKS = ("", " ", "\t", "\n")


def arguments(
    parser: argparse.ArgumentParser, *words: str
) -> Iterator[tuple[tuple[str, ...], argparse.Action]]:
    """Every argument of every command that takes a value, behind the words of what comes before it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield from arguments(command, *words, name)
        elif action.nargs != 0:
            yield words, action
            if not action.option_strings:
                words = (*words, next(iter(action.choices or ["x"])))


PARSER = build_parser()
ARGUMENTS = [found for found in arguments(PARSER) if (found[0][0], found[1].dest) not in MAY_BE_BLANK]


@pytest.mark.parametrize(("words", "action"), ARGUMENTS, ids=lambda part: str(getattr(part, "dest", part)))
def test_a_blank_value_is_none_for_it_is_that_of_an_unset_variable(
    words: tuple[str, ...], action: argparse.Action
) -> None:
    long = [option for option in action.option_strings if option.startswith("--")]
    before = [[option] for option in action.option_strings] or [[]]
    given = [[*option, blank] for option in before for blank in BLANKS]
    for more in [*given, *([f"{option}={blank}"] for option in long for blank in BLANKS)]:
        with pytest.raises(UsageError, match="its value is blank") as refused:
            PARSER.parse_args([*words, *more])
        named = "/".join(action.option_strings) or action.metavar
        assert str(refused.value).startswith(f"argument {named}: ")


def test_every_option_with_a_value_is_looked_at() -> None:
    looked_at = {(words[0], option) for words, action in ARGUMENTS for option in action.option_strings}
    assert len(looked_at) > 100
    assert {("live", "--record"), ("streams", "--bus"), ("evaluate", "--report")} <= looked_at


def test_a_blank_value_is_one_line_with_its_code(fsrf: Fsrf) -> None:
    ran = fsrf("live", "--camera", "fake", "--mic", "none", "--record", "")
    assert ran.code == 2
    assert ran.line.startswith("fsrf: argument --record: its value is blank, as that of an unset variable")


@pytest.mark.parametrize("blank", BLANKS)
def test_a_text_may_be_blank_and_a_value_that_may_be_left_out_is(blank: str) -> None:
    assert PARSER.parse_args(["analyze", "--text", blank]).text == blank
    assert PARSER.parse_args(["live", "--lsl-markers"]).lsl_markers == ""


@given(st.lists(st.sampled_from(MODALITIES)))
def test_any_list_of_modalities_is_its_set(names: list[str]) -> None:
    assert modality_list(", ".join(names)) == frozenset(names)


def test_an_unknown_modality_is_named_with_those_there_are() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"'smell'.*text, audio, video"):
        modality_list("video,smell")


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_seconds_above_zero_are_taken_with_or_without_their_unit(seconds: float) -> None:
    assert positive_seconds(repr(seconds)) == positive_seconds(f"{seconds!r}s") == seconds
    assert seconds_or_none(repr(seconds)) == seconds_or_none(f"{seconds!r}s") == seconds


def test_zero_seconds_are_taken_if_they_mean_never() -> None:
    assert seconds_or_none("0") == seconds_or_none("0s") == 0


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "", "soon", "5m", str(-math.inf)])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="seconds above zero"):
        positive_seconds(text)
    if text != "0":
        with pytest.raises(argparse.ArgumentTypeError, match="give one above zero, or 0 for never"):
            seconds_or_none(text)


def test_metrics_are_a_sink_under_a_name_of_their_own() -> None:
    parser = argparse.ArgumentParser()
    add_sinks(parser)
    add_metrics(parser)
    args = parser.parse_args(["--sink", "csv:talk.csv", "--metrics", "127.0.0.1:9464"])
    assert args.sink == ["csv:talk.csv", "metrics:127.0.0.1:9464"]
    assert parser.parse_args(["--metrics", "9464"]).sink == ["metrics:9464"]
