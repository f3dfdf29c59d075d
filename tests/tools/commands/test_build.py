from pathlib import Path

from fsrf_live.engines.triton.repository import ServedVersion
from fsrf_live.tools.commands.build import served_line
from tests.doubles.cli import Fsrf


def test_a_plan_for_another_card_is_none_for_a_server(fsrf: Fsrf, tmp_path: Path) -> None:
    ran = fsrf("build", "--triton", str(tmp_path / "models"), "--target", "sm89")
    assert ran.code == 2
    assert "--triton and --target exclude one another" in ran.line
    assert not (tmp_path / "models").exists()


def test_each_model_of_a_repository_is_a_line() -> None:
    made, kept = (ServedVersion("fsrf", 2, 3_500_000, unchanged=there) for there in (False, True))
    assert served_line(made) == "model fsrf, version 2: written, 3.5 MB"
    assert served_line(kept) == "model fsrf, version 2: was there already, 3.5 MB"
