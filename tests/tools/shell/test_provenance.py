"""What a page of figures says of its making."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from fsrf_live.tools.shell.provenance import command_line, commit


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (
            "live --data /home/me --report 'my docs' --json 'a b'",
            "live --data DATA --report DIR --json 'a b'",
        ),
        ("live --data=/home/me --work=../w --report=docs", "live --data=DATA --work=WORK --report=DIR"),
        ("live --checkpoint /home/me/mine.st --json=/tmp/x.json", "live --checkpoint mine.st --json=x.json"),
        ("mosei /home/me/mine.pkl --ablation", "mosei mine.pkl --ablation"),
        ("mosei --ablation /home/me/mine.pkl --seeds 3", "mosei --ablation mine.pkl --seeds 3"),
        ("composed --models FSRF,shared/private", "composed --models FSRF,shared/private"),
    ],
)
def test_the_command_line_leaves_out_the_folders_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, typed: str, shown: str
) -> None:
    monkeypatch.setattr("sys.argv", ["/bin/fsrf", "evaluate", *shlex.split(typed)])
    assert command_line() == f"fsrf evaluate {shown}"


def test_without_a_repository_the_version_stands_for_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(128, "git")

    monkeypatch.setattr(subprocess, "run", fail)
    assert commit().startswith("of version ")


def test_code_that_is_no_part_of_the_repository_round_it_is_known_by_its_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=me", "-c", "user.email=me", *words], cwd=tmp_path, check=True)

    for name in ("theirs.py", "installed.py"):
        (tmp_path / name).write_text("")
    git("init", "--quiet")
    git("add", "theirs.py")
    git("commit", "--quiet", "--message", "something")
    monkeypatch.setattr("fsrf_live.tools.shell.provenance.__file__", str(tmp_path / "installed.py"))
    assert commit().startswith("of version ")
    monkeypatch.setattr("fsrf_live.tools.shell.provenance.__file__", str(tmp_path / "theirs.py"))
    assert not commit().startswith("of version ")
