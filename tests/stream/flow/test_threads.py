"""The threads of a session, and processes beside them."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from fsrf_live.stream.flow.threads import (
    LONGEST_NAME,
    Threads,
    environment,
    limited_threads,
    module_command,
    name_this_thread,
)


def test_threads_run_until_they_are_told_to_leave() -> None:
    threads, names = Threads(), []

    def work() -> None:
        names.append(threading.current_thread().name)
        threads.over.wait(10)

    threads.run("worker", work)
    assert not threads.ended.is_set()
    threads.end()
    threads.join(10)
    assert names == ["worker"]
    assert threads.ended.is_set()
    threads.raise_once()


def test_a_mistake_in_one_ends_them_all_and_is_raised_once() -> None:
    threads = Threads()

    def fail() -> None:
        raise ValueError("first")

    threads.run("other", lambda: (threads.over.wait(10), None)[1])
    threads.run("fails", fail)
    threads.join(10)
    assert threads.over.is_set()
    assert threads.ended.is_set()
    with pytest.raises(ValueError, match="first"):
        threads.raise_once()
    threads.raise_once()


def test_the_kernel_knows_a_thread_by_what_fits_of_its_name() -> None:
    shown: list[str] = []

    def work() -> None:
        name_this_thread("a name that is too long")
        path = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
        shown.append(path.read_text().strip() if path.exists() else "a name that is")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert shown[0].strip() == "a name that is too long"[:LONGEST_NAME].strip()


def test_a_process_runs_the_module_that_this_one_has_and_not_what_lies_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "spoken.py").write_text(f"def main(): print({folder.name!r})")
    monkeypatch.syspath_prepend(ours)
    done = subprocess.run(module_command("spoken"), cwd=theirs, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ours"


def test_an_environment_lasts_as_long_as_its_block_and_what_the_user_has_set_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FSRF_TEST_SET", "by the user")
    monkeypatch.delenv("FSRF_TEST_UNSET", raising=False)
    with environment({"FSRF_TEST_SET": "1", "FSRF_TEST_UNSET": "2"}):
        assert (os.environ["FSRF_TEST_SET"], os.environ["FSRF_TEST_UNSET"]) == ("by the user", "2")
    assert os.environ["FSRF_TEST_SET"] == "by the user"
    assert "FSRF_TEST_UNSET" not in os.environ


def test_libraries_are_told_how_many_threads_they_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with limited_threads(3):
        assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OMP_NUM_THREADS" not in os.environ
