"""`fsrf profile` from its command line, on a clip of seconds."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fsrf_live.stream.flow.snapshot import Percentiles
from fsrf_live.tools.hosting import live_streams
from fsrf_live.tools.profiling.profiling import Profile
from fsrf_live.tools.views.profile_tables import profile_view
from tests.doubles import hosted
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_still, write_video

PART = Percentiles(12, 8.25, 20.0, 30.0, 40.0, 41.0)
PARTS = dict.fromkeys(("wait", "features", "engine", "emit", "processing", "total"), PART)
MEASURED = Profile(
    engine="onnx",
    streams=2,
    seconds=37.0,
    parts=PARTS,
    partial={},
    each=[PART, PART],
    cpu_seconds_per_second=0.2,
    stages={"faces": 0.15, "core": 0.05},
    peak_memory_mb=450.4,
    drops={"camera": 7, "mic": 0},
    cores=2,
    growth_ms=-0.4,
    batches={4: 1, 1: 30, 2: 5},
)


def drawn(profile: Profile, trace: Path | None = None) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(profile_view(profile, "talk.mp4", trace))
    return capture.get()


def test_the_tables_say_everything_in_eighty_columns() -> None:
    text = drawn(MEASURED, Path("t.json"))
    for part in (
        "talk.mp4: 2 streams for 37.0 s, engine onnx",
        "processing",
        "8.2",
        "the price of a setting",
        "none after the warm-up",
        "faces",
        "0.150",
        "peak memory: 450 MB",
        "drops: camera 7\n",
        "about 7 such streams",
        "-0.4 ms",
        "30 of 1, 5 of 2, 1 of 4",
        "trace: t.json",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_clip_is_profiled_and_traced(fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path) -> None:
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    trace = tmp_path / "trace.json"
    ran = fsrf("profile", str(clip), *torch_engine, "--duration", "1.5", "--trace", str(trace), "--json")
    assert (ran.code, ran.err) == (0, "")
    (record,) = ran.records
    assert (record["type"], record["engine"], record["streams"]) == ("profile", "torch", 1)
    assert record["seconds"] >= 1.5
    assert {event["ph"] for event in json.loads(trace.read_text())["traceEvents"]} >= {"M", "X"}


def test_the_table_of_streams_in_processes_tells_their_memory() -> None:
    text = drawn(replace(MEASURED, processes=2, memory_mb=871.1, further_stream_mb=64.5))
    assert "talk.mp4: 2 streams in 2 processes for 37.0 s" in text
    assert "memory of all processes: 871 MB, 64 MB for each stream but the first" in text


def test_streams_are_profiled_in_processes(fsrf: Fsrf, tmp_path: Path, own_hosts: None) -> None:
    captions = tmp_path / "talk.vtt"
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    captions.write_text("WEBVTT\n\n00:00:00.100 --> 00:00:00.900\nA good day.\n")
    ran = fsrf("profile", str(clip), "--streams", "3", "--processes", "2", "--duration", "2", "--json")
    assert (ran.code, ran.err) == (0, "")
    (record,) = ran.records
    assert (record["engine"], record["streams"], record["processes"]) == ("fake", 3, 2)
    assert record["partial_parts"]["processing"]["count"] > 0
    assert record["cpu_seconds_per_second"] > 0
    assert 0 < record["further_stream_mb"] < record["memory_mb"]
    assert set(record["drops"]) >= {"camera", "mic", "text", "features", "readings"}


@pytest.fixture
def own_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts whose engine and text encoder cost nothing; all else is real."""
    monkeypatch.setattr(live_streams, "OpenLiveStreams", lambda choice: hosted.live_opening)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("profile", "nowhere.mp4"), 4, "does not exist"),
        (("profile", "PICTURE"), 2, "is a picture"),
        (("profile", "CLIP", "--trace", "/nowhere/t.json"), 2, "choose a file that can be written"),
        (("profile", "CLIP", "--streams", "0"), 2, "above zero"),
        (("profile", "CLIP", "--processes", "0"), 2, "above zero"),
        (("profile", "CLIP", "--processes", "2", "--trace", "OLD"), 2, "leave --processes out"),
        (("profile", "nowhere.mp4", "--processes", "2"), 4, "does not exist"),
        (("profile", "CLIP", "--asr", "--captions", "x.vtt"), 2, "not allowed"),
        (("profile", "CLIP", "--captions", "nowhere.vtt"), 4, "nowhere.vtt"),
        (("profile", "CLIP", "--captions", "stdin"), 2, "--captions stdin: give a file that ends in .vtt"),
        (("profile", "CLIP", "--captions", "asr"), 2, "--captions asr: give a file that ends in .vtt"),
        (("profile", "CLIP", "--captions", "none"), 2, "--captions none: give a file that ends in .vtt"),
        (("profile", "CLIP", "--captions", "nowhere.vtt", "--trace", "OLD"), 4, "nowhere.vtt"),
        (("profile", "CLIP", "--checkpoint", "nowhere", "--trace", "OLD"), 5, "nowhere"),
    ],
)
def test_what_cannot_be_profiled_is_told_in_one_line(
    fsrf: Fsrf, tmp_path: Path, words: Sequence[str], code: int, complaint: str
) -> None:
    files = {
        "CLIP": str(write_video(tmp_path / "talk.mkv", sound_s=0.5)),
        "PICTURE": str(write_still(tmp_path / "face.png")),
        "OLD": str(tmp_path / "old.json"),
    }
    (tmp_path / "old.json").write_text("mine")
    ran = fsrf(*(files.get(word, word) for word in words))
    assert ran.code == code
    assert complaint in ran.line
    assert (tmp_path / "old.json").read_text() == "mine"
