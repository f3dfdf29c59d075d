"""What options may hold."""

import argparse
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.tools.shell.parsing import (
    add_metrics,
    add_sinks,
    modality_list,
    positive_seconds,
    seconds_or_none,
)


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
