"""The examples that the help of a command shows, as somebody who tries them out meets them."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from fsrf_live.stream.speech import opening
from fsrf_live.tools.main import build_parser
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_sound, write_video
from tests.doubles.recognisers import Dictation

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:00.500\nhow nice\n"
MANY = "--workers"
"""Starts processes of its own (`tests/tools/commands/test_batch.py`)."""


def examples(command: str) -> list[list[str]]:
    """What the help of a command shows to be written, without what is said about it."""
    _, _, shown = help_of(command).partition("examples:\n")
    lines = [line.strip().partition("  ")[0] for line in shown.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(f"fsrf {command} ")]


def help_of(command: str) -> str:
    (commands,) = (action for action in build_parser()._actions if action.dest == "command")
    assert isinstance(commands.choices, dict)
    return str(commands.choices[command].format_help())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the names that examples take, and somebody who understands them."""
    monkeypatch.chdir(tmp_path)
    write_video(Path("talk.mp4"), sound_s=1.0)
    Path("talk.vtt").write_text(CAPTIONS)
    for name in ("talk.wav", "rede.wav"):
        write_sound(Path(name), seconds=0.5)
    Path("many.csv").write_text("media,text\ntalk.wav,\n,what somebody says\n")
    monkeypatch.setattr(opening, "open_recogniser", lambda *args, **kwargs: Dictation())
    monkeypatch.setattr(opening, "recogniser_for", lambda language: Dictation)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "words",
    [e for name in ("transcribe", "analyze") for e in examples(name) if MANY not in e],
    ids=shlex.join,
)
def test_an_example_may_be_tried_twice(fsrf: Fsrf, torch_engine: Sequence[str], words: Sequence[str]) -> None:
    engine = torch_engine if "analyze" in words else ()
    first, second = fsrf(*words[1:], *engine), fsrf(*words[1:], *engine)
    assert (first.code, first.err) == (second.code, second.err) == (0, "")
    assert len(first.out.splitlines()) == len(second.out.splitlines())
