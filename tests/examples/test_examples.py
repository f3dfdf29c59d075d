"""Each example runs, and so does each cell of the notebook."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.doubles.media import write_video

EXAMPLES = REPOSITORY / "examples"
SAYS = {
    "analyze_file": "all of it: ",
    "engine_on_arrays": "[",
    "live_with_fault": "camera is lost",
    "own_sink": "over",
    "own_source": "I loved every minute of it",
    "with_asyncio": " s: ",
}
"""What each of them prints, among other things."""
FOLLOWING = {"websocket_client"}
"""These follow a session that runs already: tests/stream/sinks has them."""


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two seconds with captions."""
    clip = write_video(tmp_path_factory.mktemp("talk") / "talk.mkv", sound_s=2.0)
    clip.with_suffix(".vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.500\nhow nice this is\n")
    return clip


def test_every_example_is_run() -> None:
    assert sorted({*SAYS, *FOLLOWING}) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs(
    name: str, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [name, str(talk)])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert SAYS[name] in capsys.readouterr().out


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(EXAMPLES)
    notebook = json.loads((EXAMPLES / "tour.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"] == [[]] * len(cells)
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "tour.ipynb", "exec"), names)
    assert "positive" in capsys.readouterr().out
