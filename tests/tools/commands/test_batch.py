"""`fsrf analyze --out` as a user calls it: real rows, real processes, the shipped checkpoint."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from fsrf_live.tools.main import main
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.media import truncated, write_sound, write_video
from tests.doubles.waiting import until

ENGINE = ("--engine", "onnx")
GOOD, BROKEN = 13, 3


@pytest.fixture(scope="module", autouse=True)
def _built(cache_dir: Path) -> None:
    """Network and text encoder, compiled once."""
    assert main(["build"]) == 0


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts, sounds, a clip, three rows that are broken, and one that comes twice."""
    folder = tmp_path_factory.mktemp("many")
    write_sound(folder / "tone.wav", 0.5)
    write_sound(folder / "other.wav", 0.7)
    truncated(write_video(folder / "clip.mp4", sound_s=0.5), 0.3)
    (folder / "empty.mp4").touch()
    rows = [f",what number {number} says" for number in range(10)]
    rows[3:3] = [
        "tone.wav,",
        "gone.mp4,",
        "other.wav,",
        "empty.mp4,",
        "clip.mp4,",
        "cut-clip.mp4,",
        "tone.wav,",
    ]
    path = folder / "many.csv"
    path.write_text("\n".join(["media,text", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def whole(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What two processes give."""
    folder = tmp_path_factory.mktemp("whole")
    assert main([*batch(manifest, folder), "--workers", "2"]) == 0
    return results(folder)


def batch(manifest: Path, folder: Path) -> list[str]:
    return ["analyze", "--manifest", str(manifest), "--out", str(folder), *ENGINE]


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results").glob("*.jsonl")}


def heads(files: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    for content in files.values():
        yield json.loads(content.splitlines()[0])


def test_every_row_has_a_result_or_a_reason(whole: dict[str, bytes]) -> None:
    errors = {head["media"]: head["error"] for head in heads(whole) if head["error"] is not None}
    assert len(whole) == GOOD + BROKEN
    assert sorted(errors) == ["cut-clip.mp4", "empty.mp4", "gone.mp4"]
    assert all(len(error.splitlines()) == 1 for error in errors.values())
    assert all(b"latency" not in content for content in whole.values())


def test_shards_and_one_process_give_the_same_bytes(
    manifest: Path, whole: dict[str, bytes], tmp_path: Path, fsrf: Fsrf
) -> None:
    for shard in ("1/2", "2/2"):
        ran = fsrf(*batch(manifest, tmp_path), "--workers", "1", "--shard", shard)
        assert ran.code == 0
    assert results(tmp_path) == whole
    ran = fsrf(*batch(manifest, tmp_path), "--merge", str(tmp_path / "all.jsonl"))
    assert ran.line.startswith(f"0 rows done, {GOOD} were done before, {BROKEN} failed: ")
    records = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    summaries = [record for record in records if record["type"] == "summary"]
    assert [record["row"] for record in summaries] == list(range(1, GOOD + BROKEN + 2))
    assert [record["row"] for record in summaries if "error" in record] == [5, 7, 9]
    assert {**summaries[3], "row": 10} == summaries[9]


def test_a_cluster_gives_the_same_bytes(
    manifest: Path, whole: dict[str, bytes], tmp_path: Path, fsrf: Fsrf
) -> None:
    with one_worker() as cluster:
        ran = fsrf(*batch(manifest, tmp_path), "--dask", cluster.scheduler_address)
    assert (ran.code, results(tmp_path)) == (0, whole)


@contextmanager
def one_worker() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=50, host="127.0.0.1"
    ) as cluster:
        yield cluster


def test_files_of_the_working_directory_are_the_commands_by_processes_and_by_a_cluster(
    tmp_path: Path, fsrf: Fsrf, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, worker, lists = (tmp_path / name for name in ("command", "worker", "lists"))
    for folder in (command, worker, lists):
        folder.mkdir()
    for folder, seconds in ((command, 0.5), (worker, 0.7)):
        write_sound(folder / "tone.wav", seconds)
        (folder / "said.vtt").write_text(f"WEBVTT\n\n00:00.000 --> 00:0{seconds:.3f}\nso\n")
    write_sound(command / "alone.wav", 0.5)
    manifest = lists / "many.csv"
    manifest.write_text("media,captions\ntone.wav,\n,said.vtt\nalone.wav,\n")
    monkeypatch.chdir(command)
    ran = fsrf(*batch(manifest, tmp_path / "processes"), "--workers", "1")
    assert ran.line == "3 rows done, 0 were done before"
    with one_worker() as cluster:
        with Client(cluster) as client:
            client.run(os.chdir, str(worker))
        ran = fsrf(*batch(manifest, tmp_path / "cluster"), "--dask", cluster.scheduler_address)
    assert ran.line == "3 rows done, 0 were done before"
    assert results(tmp_path / "cluster") == results(tmp_path / "processes")


def test_killed_in_the_middle_it_leaves_no_worker_and_a_second_call_ends_it(
    manifest: Path, whole: dict[str, bytes], tmp_path: Path, fsrf: Fsrf
) -> None:
    command = [sys.executable, "-m", "fsrf_live.tools.main", *batch(manifest, tmp_path), "--workers", "2"]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL) as process:
        assert until(lambda: any((tmp_path / "results").glob("*.jsonl")), timeout_s=120)
        workers = children(process.pid)
        os.kill(process.pid, signal.SIGKILL)
    assert len(workers) >= 2
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), timeout_s=60)
    assert results(tmp_path).items() <= whole.items()
    assert fsrf(*batch(manifest, tmp_path)).code == 0
    assert results(tmp_path) == whole


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_ctrl_c_is_one_line_and_leaves_no_worker(manifest: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fsrf_live.tools.main", *batch(manifest, tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as process:
        assert until(lambda: any((tmp_path / "results").glob("*.jsonl")), timeout_s=120)
        workers = children(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "fsrf: interrupted\n")
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), timeout_s=60)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--text", "a", "--workers", "2"), "--workers is for a batch: give --manifest and --out too"),
        (("--text", "a", "--out", "DIR"), "--out is for a batch: give --manifest too"),
        (("--manifest", "many.csv", "--out", "DIR", "--jsonl", "-"), "leave out --jsonl and --sink"),
        (("--manifest", "many.csv", "--out", "DIR", "--shard", "5/4"), "give K/N, as 3/100"),
        (("--manifest", "many.csv", "--out", "DIR", "--shard", "1/4", "--merge", "a.csv"), "without --shard"),
        (("--manifest", "many.csv", "--out", "DIR", "--workers", "2", "--dask", "a"), "not allowed with"),
        (("--manifest", "many.csv", "--out", "DIR", "--merge", "all.xlsx"), "ends in .jsonl, .csv, .parquet"),
        (("--manifest", "many.csv", "--out", "DIR", "--merge", "many.csv"), "would write over many.csv"),
        (("--manifest", "many.csv", "--out", "DIR", "--merge", "/nowhere/a.csv"), "--merge /nowhere/a.csv: "),
        (("--manifest", "many.csv", "--out", "DIR", "--language", "klingon"), "the language 'klingon'"),
        (("a.mkv", "--subtitle-track", "1", "--text", "a"), "leave out --text, --captions and --asr"),
    ],
)
def test_what_makes_no_sense_is_refused(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("many.csv").write_text("text\na\n")
    ran = fsrf("analyze", *words)
    assert ran.code == 2
    assert says in ran.line
    assert not Path("DIR").exists()
