"""What another package adds by its entry points, end to end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import fsrf_live
from fsrf_live import Reading
from fsrf_live.fsrf.common.errors import UsageError
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.engines import RealShapes
from tests.tools.conftest import fsrf, torch_engine, untrained

__all__ = ["fsrf", "torch_engine", "untrained"]

DEMO = str(REPOSITORY / "demo" / "demo.mp4")
SILENT = ("--camera", "none", "--mic", "none")

pytestmark = pytest.mark.usefixtures("dummy_package")


def said(records: Iterator[object]) -> list[str]:
    return [record.text for record in records if isinstance(record, Reading)]


def test_a_source_and_a_sink_by_name_on_the_command_line(
    fsrf: Fsrf, torch_engine: tuple[str, ...], tmp_path: Path
) -> None:
    said = tmp_path / "said"
    ran = fsrf("live", *SILENT, "--text", "plugin:lines:good,bad", "--sink", f"scores:{said}", *torch_engine)
    assert ran.code == 0, ran.err
    assert [record["text"] for record in ran.records if record["type"] == "reading"] == ["good", "bad"]
    assert said.read_text() == "good\nbad\n"


def test_a_sink_by_name_for_analyze(fsrf: Fsrf, torch_engine: tuple[str, ...], tmp_path: Path) -> None:
    said = tmp_path / "said"
    assert fsrf("analyze", "--text", "good", "--sink", f"scores:{said}", *torch_engine).code == 0
    assert said.read_text() == "good\n"


def test_a_recogniser_by_name_on_the_command_line(fsrf: Fsrf, torch_engine: tuple[str, ...]) -> None:
    options = ("--media", DEMO, "--camera", "none", "--text", "asr:parrot", "--duration", "6")
    ran = fsrf("live", *options, *torch_engine)
    assert ran.code == 0, ran.err
    assert "pretty" in [record["text"] for record in ran.records if record["type"] == "reading"]


def test_a_recogniser_by_name_in_a_program() -> None:
    records = fsrf_live.analyze(DEMO, recognise="parrot", without=["video"], engine=RealShapes())
    assert "pretty" in said(records)


def test_a_source_and_a_sink_by_name_in_a_program(tmp_path: Path) -> None:
    file = tmp_path / "said"
    session = fsrf_live.listen(
        "none", "none", "plugin:lines:good,bad", engine=RealShapes(), sinks=[f"scores:{file}"]
    )
    with session:
        assert said(session) == ["good", "bad"]
    assert file.read_text() == "good\nbad\n"


def test_what_is_built_in_cannot_be_taken_over(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    with fsrf_live.listen(
        "none", "none", "plugin:lines:good", engine=RealShapes(), sinks=[f"jsonl:{file}"]
    ) as session:
        records = list(session)
    assert len(file.read_text().splitlines()) == len(records)


@pytest.mark.parametrize(
    ("option", "name", "problem"),
    [
        ("--sink", "broken", "broken of fsrf_dummy:NotThere cannot be loaded"),
        ("--sink", "pigeon", "none of the sinks is called 'pigeon': there is broken, csv, "),
        ("--text", "plugin:pigeon", "none of the sources is called 'pigeon': there is lines"),
        ("--text", "asr:pigeon", "none of the recognisers is called 'pigeon': there is parrot"),
    ],
)
def test_a_name_that_is_of_no_use_is_one_line(fsrf: Fsrf, option: str, name: str, problem: str) -> None:
    ran = fsrf("live", "--camera", "none", "--mic", "fake", option, name)
    assert ran.code == 2
    assert problem in ran.line


def test_a_source_of_another_modality_is_refused() -> None:
    with (
        pytest.raises(UsageError, match="dummy lines is a source of text"),
        fsrf_live.listen("plugin:lines:good", "none", "none"),
    ):
        pass
