"""`fsrf analyze` from its command line to its records, on files that the tests make."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.stream.flow.records import decode, encode
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.media import truncated, write_sound, write_still, write_video

GOLDEN = REPOSITORY / "tests" / "golden" / "analyze_text.jsonl"
LENGTH, WIDTH = 64, 384


class WordLengths:
    """A text encoder that costs nothing: one token a word, filled with the word's length."""

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        vectors = np.zeros((len(texts), LENGTH, WIDTH), np.float32)
        mask = np.zeros((len(texts), LENGTH), np.bool_)
        for row, text in enumerate(texts):
            for place, word in enumerate(text.split()[:LENGTH]):
                vectors[row, place] = len(word) / 10
                mask[row, place] = True
        return vectors, mask

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        vectors, mask = self.encode([text])
        mask[0, : len(clear)] &= clear
        return vectors[0] * mask[0, :, None], mask[0]

    def newest(self, text: str) -> str:
        return " ".join(text.split()[-LENGTH:])


@pytest.fixture(autouse=True)
def _quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.engines.text.select.load_text_encoder", lambda *_: WordLengths())


def shape(value: Any) -> Any:
    """A record with its numbers replaced by the names of their types."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return type(value).__name__ if isinstance(value, int | float) and not isinstance(value, bool) else value


def without_latency(out: str) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in out.splitlines()]
    for record in records:
        record.pop("latency_ms", None)
    return records


def test_the_records_of_a_text_are_those_of_the_golden_file(fsrf: Fsrf, torch_engine: Sequence[str]) -> None:
    ran = fsrf("analyze", *torch_engine, "--text", "What a day.", "--jsonl", "-")
    assert (ran.code, ran.err) == (0, "")
    lines = [json.dumps(shape(json.loads(line)), ensure_ascii=False) for line in ran.out.splitlines()]
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    said = {key: ran.records[0][key] for key in ("label", "unsure")}
    assert [json.loads(line) for line in lines] == [{**record, **said} for record in golden]
    assert [list(json.loads(line)) for line in lines] == [list(record) for record in golden]


def test_every_line_can_be_read_back(fsrf: Fsrf, torch_engine: Sequence[str]) -> None:
    ran = fsrf("analyze", *torch_engine, "--text", "What a day. And what a night!")
    assert [encode(decode(line)) for line in ran.out.splitlines()] == ran.out.splitlines()


def test_the_same_input_gives_the_same_records(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    clip = write_video(tmp_path / "clip.mp4", sound_s=1.0)
    first, second = (fsrf("analyze", *torch_engine, str(clip)) for _ in range(2))
    assert without_latency(first.out) == without_latency(second.out)
    assert first.records[-1]["type"] == "summary"


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_to_read_is_a_summary_that_says_why(
    fsrf: Fsrf, torch_engine: Sequence[str], text: str
) -> None:
    ran = fsrf("analyze", *torch_engine, "--text", text)
    assert ran.code == 0
    (summary,) = ran.records
    assert (summary["type"], summary["score"]) == ("summary", None)
    assert summary["reason"]


def test_text_of_any_kind_and_length_is_read(fsrf: Fsrf, torch_engine: Sequence[str]) -> None:
    for text in ("word " * 20_000, "🙂🙃 😀", "\ud83d", "<b>&amp;</b> \x1b[31m"):
        ran = fsrf("analyze", *torch_engine, "--text", text)
        assert (ran.code, ran.err, ran.records[-1]["type"]) == (0, "", "summary")


def test_a_file_takes_the_records_and_nothing_goes_to_standard_output(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    target = tmp_path / "out.jsonl"
    ran = fsrf("analyze", *torch_engine, "--text", "hello", "--jsonl", str(target))
    assert (ran.code, ran.out) == (0, "")
    assert json.loads(target.read_text(encoding="utf-8").splitlines()[-1])["type"] == "summary"


def test_a_manifest_gives_one_summary_a_row_and_failed_rows_their_error(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    write_still(tmp_path / "still.png")
    (tmp_path / "many.csv").write_text(
        "media,text\n,fine weather\nstill.png,\ngone.mp4,\n,\n", encoding="utf-8"
    )
    ran = fsrf("analyze", *torch_engine, "--manifest", str(tmp_path / "many.csv"))
    assert ran.code == 0
    assert [(record["type"], record["row"]) for record in ran.records] == [
        ("summary", row) for row in (1, 2, 3, 4)
    ]
    fine, still, gone, empty = ran.records
    assert fine["score"] is not None
    assert still["modalities"]["video"]["reason"] == "no_face"
    assert "gone.mp4" in gone["error"]
    assert (empty["score"], empty.get("error")) == (None, None)


def test_what_is_left_out_counts_as_missing(fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "sound.wav", seconds=0.5)
    ran = fsrf("analyze", *torch_engine, str(sound), "--text", "so it goes", "--without", "audio")
    modalities = ran.records[-1]["modalities"]
    assert modalities["audio"]["state"] == "missing"
    assert modalities["text"]["state"] == "present"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "nothing to analyse"),
        (("--asr",), "nothing to analyse"),
        (("--asr", "--captions", "a.vtt"), "not allowed with"),
        (("--text", "hallo", "--language", "tlh"), "no speech model knows the language 'tlh'"),
        (("clip.mp4", "--manifest", "many.csv"), "exclude one another"),
        (("--text", "hi", "--manifest", "many.csv"), "exclude one another"),
        (("--text", "hi", "--without", "smell"), "unknown modality 'smell'"),
        (("--text", "hi", "--engine", "steam"), "no engine 'steam': choose from auto"),
        (("--text", "hi", "--engine", "triton://10.0.0.7:8000"), "without TLS only a server on this machine"),
    ],
)
def test_what_makes_no_sense_is_refused(fsrf: Fsrf, words: tuple[str, ...], says: str) -> None:
    ran = fsrf("analyze", *words)
    assert ran.code == 2
    assert says in ran.line


def test_unreadable_media_is_one_line_before_anything_is_loaded(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("fsrf_live.engines.select.select_engine")
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.touch()
    text.write_text("no media at all")
    cut = truncated(write_video(tmp_path / "whole.mp4"), 0.3)
    for path in (tmp_path / "gone.mp4", empty, text, cut):
        ran = fsrf("analyze", str(path))
        assert ran.code == 4
        assert path.name in ran.line


@pytest.mark.parametrize(("rate_hz", "layout"), [(8_000, "mono"), (96_000, "mono"), (48_000, "7.1")])
def test_sound_of_any_rate_and_layout_is_heard(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path, rate_hz: int, layout: str
) -> None:
    sound = write_sound(tmp_path / "sound.wav", 0.5, rate_hz, layout)
    ran = fsrf("analyze", *torch_engine, str(sound))
    assert (ran.code, ran.err, ran.records[-1]["type"]) == (0, "", "summary")


def test_a_picture_of_one_pixel_has_no_face(fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path) -> None:
    ran = fsrf("analyze", *torch_engine, str(write_still(tmp_path / "dot.png", (1, 1))))
    assert ran.code == 0
    assert ran.records[-1]["modalities"]["video"]["state"] == "missing"


@pytest.mark.parametrize(
    ("captions", "code"),
    [
        (b"WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards\n\n00:00.500 --> 00:03.000\noverlapping\n", 0),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\ncaf\xe9\n".encode("latin-1"), 0),
        (b"", 4),
        (b"just some words", 4),
    ],
)
def test_captions_as_people_have_them(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path, captions: bytes, code: int
) -> None:
    path = tmp_path / "talk.vtt"
    path.write_bytes(captions)
    ran = fsrf("analyze", *torch_engine, "--captions", str(path))
    assert ran.code == code
    assert len(ran.err.splitlines()) <= 1


def test_a_checkpoint_that_is_none_is_one_line(fsrf: Fsrf, tmp_path: Path, untrained: Path) -> None:
    pickle, cut = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    pickle.write_bytes(b"\x80\x04K\x01.")
    cut.write_bytes(untrained.read_bytes()[:1000])
    for path, says in ((pickle, "pickle"), (cut, "cut off"), (tmp_path / "gone.safetensors", "No such file")):
        ran = fsrf("analyze", "--text", "hi", "--checkpoint", str(path))
        assert ran.code == 5
        assert says in ran.line


def test_a_file_that_cannot_be_written_is_one_line(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    ran = fsrf("analyze", *torch_engine, "--text", "hi", "--jsonl", str(tmp_path / "gone" / "out.jsonl"))
    assert ran.code == 2
    assert "out.jsonl: No such file" in ran.line


def test_a_full_disk_is_one_line_with_the_files_name(fsrf: Fsrf, torch_engine: Sequence[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    ran = fsrf("analyze", *torch_engine, "--text", "hi", "--jsonl", "/dev/full")
    assert (ran.code, ran.line) == (1, "fsrf: /dev/full: No space left on device")
