"""What a page of figures says of its making."""

import subprocess

import pytest

from tools.provenance import command_line, commit


def test_the_command_line_leaves_out_the_folders_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ["/bin/fsrf", "evaluate", "live", "--data", "/home/me", "--report", "my docs", "--json", "a b"]
    monkeypatch.setattr("sys.argv", typed)
    assert command_line() == "fsrf evaluate live --data DATA --report DIR --json 'a b'"


def test_without_a_repository_the_version_stands_for_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(128, "git")

    monkeypatch.setattr(subprocess, "run", fail)
    assert commit().startswith("of version ")
