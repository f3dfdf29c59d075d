"""`fsrf live` from its command line: which sources it takes, and how it ends."""

import contextlib
import io
import json
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.flow.clock import FakeClock
from fsrf_live.stream.flow.items import State, Words
from fsrf_live.stream.flow.sinks import SINKS, TO_FILES
from fsrf_live.stream.flow.snapshot import Snapshot, SourceView
from fsrf_live.stream.live import composing
from fsrf_live.stream.live.opening import Wanted, sources_of
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import HEADER
from fsrf_live.stream.sources.captions import CaptionFile
from fsrf_live.stream.sources.device import Device
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.files import Looped, SoundFile, VideoFile
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.tools.commands.live import Watch
from fsrf_live.tools.main import main
from tests.conftest import REPOSITORY
from tests.doubles.cli import Fsrf
from tests.doubles.media import write_sound, write_video
from tests.doubles.mosquitto import free_port
from tests.doubles.recognisers import Dictation

DEMO = REPOSITORY / "demo" / "demo.mp4"
NOTHING = Wanted(camera="none", mic="none", text=None, media=None)
VTT = "WEBVTT\n\n00:00.000 --> 00:00.500\nhow nice\n"


def made(spec: SourceSpec | None) -> object:
    return None if spec is None else type(spec.make())


@pytest.fixture
def no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a camera and without a microphone."""
    monkeypatch.setattr(
        "fsrf_live.stream.live.opening._camera_problem", lambda spec: f"there is no camera {spec}"
    )
    monkeypatch.setattr("fsrf_live.stream.live.opening._mic_problem", lambda spec: "there is no microphone")


@pytest.fixture
def all_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with every device that is asked for."""
    monkeypatch.setattr("fsrf_live.stream.live.opening._camera_problem", lambda spec: None)
    monkeypatch.setattr("fsrf_live.stream.live.opening._mic_problem", lambda spec: None)


@pytest.mark.usefixtures("all_devices")
def test_by_default_it_takes_the_first_camera_the_default_microphone_and_recognises_speech() -> None:
    sources = sources_of(Wanted(None, None, None, None), FakeClock())
    assert sources.camera is not None
    assert sources.mic is not None
    assert (sources.camera.name, sources.mic.name) == ("camera 0", "microphone default")
    assert sources.recogniser is not None
    assert (sources.text, sources.epoch) == (None, None)


def test_a_file_brings_its_pictures_its_sound_and_the_captions_beside_it(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    (tmp_path / "talk.vtt").write_text(VTT)
    sources = sources_of(Wanted(None, None, None, clip), FakeClock())
    assert [made(o) for o in (sources.camera, sources.mic, sources.text)] == [
        VideoFile,
        SoundFile,
        CaptionFile,
    ]
    assert sources.recogniser is None
    assert sources.epoch is not None


def test_a_looped_file_has_no_end(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    sources = sources_of(Wanted(None, None, "none", clip, loop=True), FakeClock())
    assert (made(sources.camera), made(sources.mic)) == (Looped, Looped)
    assert sources.epoch is not None
    assert sources.duration_s is None


def test_a_file_without_captions_is_listened_to(tmp_path: Path) -> None:
    sources = sources_of(Wanted(None, None, None, write_sound(tmp_path / "talk.wav")), FakeClock())
    assert (made(sources.camera), made(sources.mic), made(sources.text)) == (None, SoundFile, None)
    assert sources.recogniser is not None


def test_an_option_takes_the_place_of_the_medias_part(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    sources = sources_of(Wanted("none", "fake", "none", clip), FakeClock())
    assert (made(sources.camera), made(sources.mic)) == (None, FakeMicrophone)
    assert (sources.text, sources.recogniser, sources.epoch) == (None, None, None)


def test_text_none_does_not_recognise() -> None:
    sources = sources_of(replace(NOTHING, mic="fake", camera="fake", text="none"), FakeClock())
    assert (made(sources.camera), sources.text, sources.recogniser) == (FakeCamera, None, None)


def test_nothing_at_all_is_a_wrong_command_line() -> None:
    with pytest.raises(UsageError, match="nothing to listen to"):
        sources_of(NOTHING, FakeClock())


def test_recognition_without_sound_is_a_wrong_command_line() -> None:
    with pytest.raises(UsageError, match="needs sound"):
        sources_of(replace(NOTHING, camera="fake", text="asr"), FakeClock())


@pytest.mark.usefixtures("no_devices")
def test_speech_is_recognised_in_the_language_that_was_asked_for() -> None:
    spoken = replace(NOTHING, camera="none", mic="fake", text="asr")
    for language in (None, "de", "auto"):
        assert sources_of(replace(spoken, language=language), FakeClock()).recogniser is not None
    with pytest.raises(UsageError, match="'tlh'"):
        sources_of(replace(spoken, language="tlh"), FakeClock())


@pytest.mark.usefixtures("no_devices")
def test_the_language_may_be_that_of_text_too_but_not_of_nothing() -> None:
    written = replace(NOTHING, camera="none", text="stdin")
    for language in (None, "de", "auto"):
        assert sources_of(replace(written, language=language), FakeClock()).text is not None
    with pytest.raises(UsageError, match="'tlh'"):
        sources_of(replace(written, language="tlh"), FakeClock())
    with pytest.raises(UsageError, match="--language is that of words, and none are listened to"):
        sources_of(replace(NOTHING, camera="fake", text="none", language="de"), FakeClock())


def test_without_any_device_it_says_what_to_do(fsrf: Fsrf) -> None:
    ran = fsrf("live")
    assert ran.code == 3
    for part in ("no camera 0", "no microphone", "fsrf devices", "--camera none", "make demo"):
        assert part in ran.line


@pytest.mark.usefixtures("no_devices")
@pytest.mark.parametrize(
    "wanted", [replace(NOTHING, camera="C920", mic="fake"), replace(NOTHING, mic="Yeti")]
)
def test_a_device_that_was_named_must_be_there(wanted: Wanted) -> None:
    with pytest.raises(SourceError, match=r"no (camera|microphone)"):
        sources_of(wanted, FakeClock())


@pytest.mark.usefixtures("no_devices")
def test_a_default_device_may_be_missing_where_another_source_is_there() -> None:
    sources = sources_of(Wanted(None, "fake", "none", None), FakeClock())
    assert sources.camera is not None


def test_a_camera_name_that_means_two_is_refused_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Device(0, "Cam left"), Device(2, "Cam right")]
    monkeypatch.setattr("fsrf_live.stream.live.opening.list_cameras", lambda: both)
    with pytest.raises(SourceError, match="'Cam left', 'Cam right'"):
        sources_of(replace(NOTHING, camera="cam", mic="fake"), FakeClock())


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--media", "gone.mp4"), 4, "gone.mp4 does not exist"),
        (("--camera", "none", "--mic", "fake", "--text", "song.mp3"), 2, ".vtt or .srt"),
        (("--fault", "camera:melt"), 2, "unknown kind 'melt'"),
        (("--fault", "moon:unplug"), 2, "unknown source 'moon'"),
        (("--fault", "camera:unplug@-3s"), 2, "not negative"),
        (("--fault", "gone.yaml"), 2, "gone.yaml"),
        (("--duration", "0"), 2, "above zero"),
        (("--words-every", "-1"), 2, "give one above zero, or 0 for never"),
        (("--words-every", "nan"), 2, "'nan' is not a number of seconds"),
        (("--words-every", "often"), 2, "'often' is not a number of seconds"),
        (("--page", "0.0.0.0:8770"), 2, "lets other machines in, and that needs TLS: give --tls-cert"),
        (("--page", "--tls-cert", "cert.pem"), 2, "belong together: give both"),
        (("--tls-cert", "cert.pem", "--tls-key", "key.pem"), 2, "give --page"),
        (("--page", "--tls-cert", "gone.pem", "--tls-key", "gone.pem"), 2, "gone.pem"),
        (("--camera", "fake", "--mic", "none", "--blur"), 2, "record them with --record-media"),
        (("--page", "0"), 2, "a port from 1 to 65535"),
        (("--page", "65536"), 2, "a port from 1 to 65535"),
        (("--camera", "browser"), 2, "fsrf live --page --camera browser"),
        (("--camera", "none", "--mic", "browser"), 2, "fsrf live --page --mic browser"),
        (("--loop", "--camera", "fake", "--mic", "none"), 2, "give one with --media"),
        (("--camera", "fake", "--mic", "none", "--sink", "mqtt://broker..local"), 2, "is no address"),
        (("--camera", "fake", "--mic", "none", "--sink", "osc://a..b:9"), 2, "is no address"),
        (("--camera", "fake", "--mic", "none", "--sink", f"otlp://{'a' * 64}:9"), 2, "is no address"),
        (("--camera", "fake", "--mic", "none", "--engine", "tritons://a..b:9"), 2, "is no address"),
        (("--page", "a..b:8770"), 2, "is no address"),
        (("--camera", "fake", "--mic", "none", "--checkpoint", "gone.safetensors"), 5, "gone.safetensors"),
    ],
)
def test_what_cannot_work_is_one_line_with_its_code(
    fsrf: Fsrf, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = fsrf("live", *words)
    assert ran.code == code
    assert says in ran.line


def test_a_page_on_a_port_in_use_costs_nothing_but_one_line(fsrf: Fsrf, tmp_path: Path) -> None:
    folder, fakes = tmp_path / "recording", ("--camera", "fake", "--mic", "none", "--text", "none")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = fsrf("live", *fakes, "--page", str(port), "--record", str(folder))
    assert ran.code == 2
    assert f"--page {port}: " in ran.line
    assert f"give another port, as --page {port + 1}" in ran.line
    assert not folder.exists()


OF_SINKS = {
    "lsl": ("lsl", "pylsl"),
    "mqtt": ("mqtt://127.0.0.1", "paho.mqtt.client"),
    "ws": ("ws:8765", "websockets.asyncio.server"),
    "osc": ("osc://127.0.0.1:9", "pythonosc.osc_bundle_builder"),
    "metrics": ("metrics:9464", "prometheus_client"),
    "otlp": ("otlp://127.0.0.1:4318", "opentelemetry.sdk.trace"),
    "parquet": ("parquet:new", "pyarrow"),
}
"""What stands for each sink that needs a library, and the library."""
LIBRARIES = [
    ("--lsl-markers", "pylsl"),
    ("--lsl-markers stimuli", "pylsl"),
    *((f"--sink {spec}", module) for spec, module in OF_SINKS.values()),
    ("--metrics 9464", "prometheus_client"),
    *(("--page 8770", module) for module in ("starlette", "uvicorn", "websockets")),
]
OLD = {"old.csv": "of an earlier session", "old.jsonl": "of another"}


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sequence[str]]:
    """A session that records and writes over files of earlier ones; nothing is to come of it."""
    monkeypatch.chdir(tmp_path)
    for name, text in OLD.items():
        Path(name).write_text(text)
    devices = ("--camera", "fake", "--mic", "none", "--text", "none")
    yield ("live", *devices, "--sink", "csv:old.csv", "--jsonl", "old.jsonl", "--record", "recordings/monday")
    assert {path.name: path.read_text() for path in Path().iterdir()} == OLD


def test_every_sink_that_needs_a_library_is_known() -> None:
    assert OF_SINKS.keys() == SINKS.keys() - {*TO_FILES}


@pytest.mark.parametrize(("option", "module"), LIBRARIES)
def test_a_library_that_is_missing_costs_nothing_but_one_line(
    fsrf: Fsrf, recording: Sequence[str], monkeypatch: pytest.MonkeyPatch, option: str, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    ran = fsrf(*recording, *option.split())
    assert ran.code == 2
    assert "pip install 'fsrf-live[" in ran.line


def test_nor_does_a_sink_that_cannot_be_had(fsrf: Fsrf, recording: Sequence[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = fsrf(*recording, "--sink", f"ws:{taken.getsockname()[1]}")
    assert ran.code == 2
    assert "choose another target" in ran.line


def view(
    source: str,
    state: State,
    reason: str | None = None,
    age_s: float | None = None,
    rehearsed: bool = False,
) -> SourceView:
    return SourceView(source, "video", source, state, reason, 0.0, age_s, 0, 0, rehearsed=rehearsed)


def snapshot(*views: SourceView) -> Snapshot:
    return Snapshot(0.0, None, None, (), views, "", {}, "", (), False, None)


def test_a_session_none_of_whose_devices_ever_opened_is_unusable() -> None:
    views = [
        view("camera", State.RECONNECTING, "refused"),
        view("mic", State.LOST, "gone"),
        view("text", State.LIVE),
    ]
    watch = Watch(lambda: snapshot(*views))
    assert watch.look().ended
    assert watch.unusable == "refused; gone"


@pytest.mark.parametrize(
    "other",
    [
        view("mic", State.STARTING),
        view("mic", State.LIVE, age_s=0.1),
        view("mic", State.LOST, "pulled out", age_s=3.0),
        view("mic", State.RECONNECTING, "as the user asked", rehearsed=True),
    ],
)
def test_one_source_that_may_work_or_once_did_is_enough(other: SourceView) -> None:
    watch = Watch(lambda: snapshot(view("camera", State.LOST, "refused"), other))
    assert not watch.look().ended
    assert watch.unusable is None


def test_a_device_that_a_browser_has_still_to_give_is_waited_for() -> None:
    waiting = view("camera", State.LOST, "waiting for a browser")
    refused = view("mic", State.LOST, "refused")
    watch = Watch(lambda: snapshot(waiting, refused), ["camera"])
    assert not watch.look().ended
    assert watch.unusable is None


def test_a_device_that_is_unplugged_by_rehearsal_from_the_start_comes_when_that_is_over(
    fsrf: Fsrf, torch_engine: Sequence[str]
) -> None:
    fake = ("--camera", "fake", "--mic", "none", "--text", "none", "--duration", "2")
    ran = fsrf("live", *fake, "--fault", "*:unplug@0s+1s", *torch_engine)
    assert (ran.code, ran.err) == (0, "")
    states = [record["state"] for record in ran.records if record["type"] == "event"]
    assert states[0] == "lost"
    assert "live" in states


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[LiveSession]:
    """Those that are put together from now on."""
    made: list[LiveSession] = []

    class Watched(LiveSession):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self)

    monkeypatch.setattr(composing, "LiveSession", Watched)
    return made


@contextlib.contextmanager
def read_by_nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard output is a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", pipe)
        patch.setattr(sys, "stderr", io.StringIO())
        yield


@pytest.mark.parametrize(
    ("outputs", "ends_early"),
    [
        (("--jsonl", "{folder}/a.jsonl"), False),
        (("--sink", "jsonl:{folder}/a.jsonl"), False),
        (("--sink", "csv:{folder}/a.csv"), False),
        (("--record", "{folder}/recording"), False),
        (("--page", "{port}"), False),
        (("--jsonl", "-", "--sink", "csv:{folder}/a.csv"), False),
        ((), True),
        (("--jsonl", "-"), True),
    ],
)
def test_without_a_reader_of_its_standard_output_it_ends_early_only_if_it_tells_nobody_else(
    sessions: list[LiveSession],
    torch_engine: Sequence[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outputs: Sequence[str],
    ends_early: bool,
) -> None:
    given = [word.format(folder=tmp_path, port=free_port()) for word in outputs]
    lasts_s = 600.0 if ends_early else 1.0
    fake = ("--camera", "fake", "--mic", "none", "--text", "none", "--duration", str(lasts_s))
    with read_by_nobody(monkeypatch):
        assert main(["live", *fake, *given, *torch_engine]) == 0
    (summary,) = (session.stop() for session in sessions)
    assert summary is not None
    assert (summary.duration_s < lasts_s) == ends_early


def test_a_camera_that_refuses_ends_a_session_that_has_nothing_else(
    fsrf: Fsrf, torch_engine: Sequence[str]
) -> None:
    ran = fsrf(
        "live",
        "--camera",
        "http://user:secret@127.0.0.1:9/video",
        "--mic",
        "none",
        "--text",
        "none",
        *torch_engine,
    )
    assert ran.code == 3
    assert "cannot be opened" in ran.line
    assert "secret" not in ran.line + ran.out


def test_a_file_is_played_recorded_and_replayed_the_same(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    sound = write_sound(tmp_path / "talk.wav", seconds=0.8)
    folder = str(tmp_path / "recording")
    options = ("--text", "none", "--record", folder, "--fault", "mic:noise=20dB")
    ran = fsrf("live", "--media", str(sound), *options, *torch_engine)
    assert (ran.code, ran.err) == (0, "")
    assert ran.records[-1]["type"] == "summary"
    again = fsrf("replay", folder, *torch_engine)
    assert (again.code, again.err) == (0, "")
    assert again.out == ran.out


@pytest.mark.parametrize(("every", "shown"), [("0", False), ("0.5s", True)])
def test_words_are_recognised_while_somebody_speaks_as_often_as_is_asked_and_replayed_so(
    fsrf: Fsrf,
    torch_engine: Sequence[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    every: str,
    shown: bool,
) -> None:
    monkeypatch.setattr("fsrf_live.stream.live.opening.recogniser_for", lambda language: Dictation)
    folder = tmp_path / "recording"
    speech = ("--media", str(DEMO), "--camera", "none", "--text", "asr", "--duration", "3.5")
    ran = fsrf("live", *speech, "--words-every", every, "--record", str(folder), *torch_engine)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads((folder / HEADER).read_text())["windows"]["words_every_s"] == float(every.rstrip("s"))
    steps = [step for step in Recording(folder).steps() if isinstance(step, Words)]
    assert any(words.text for words in steps)
    assert any(words.provisional and words.spoken_to_ns is None for words in steps) == shown
    again = fsrf("replay", str(folder), *torch_engine)
    assert (again.code, again.err, again.out) == (0, "", ran.out)


def test_a_recording_is_never_written_over(fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "talk.wav", seconds=0.3)
    words = (
        "live",
        "--media",
        str(sound),
        "--text",
        "none",
        *torch_engine,
        "--record",
        str(tmp_path / "one"),
    )
    assert fsrf(*words).code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    ran = fsrf(*words)
    assert ran.code == 4
    assert str(tmp_path / "one") in ran.line
    assert {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()} == before


def test_raw_media_are_recorded_only_where_that_is_asked_for(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path
) -> None:
    clip = write_video(tmp_path / "talk.mkv", sound_s=1.0)
    (tmp_path / "talk.vtt").write_text(VTT)
    words = ("live", "--media", str(clip), *torch_engine, "--record")
    assert fsrf(*words, str(tmp_path / "without")).code == 0
    assert not list((tmp_path / "without").glob("media.*"))
    ran = fsrf(*words, str(tmp_path / "with"), "--record-media")
    assert (ran.code, ran.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "with").glob("media.*")) == ["media.mkv", "media.vtt"]
    again = fsrf("replay", str(tmp_path / "with"), *torch_engine)
    assert (again.code, again.out) == (0, ran.out)
    noisy = ("--fault", "mic:noise=10dB", *torch_engine)
    assert fsrf("replay", str(tmp_path / "with"), *noisy).records[-1]["type"] == "summary"
    refused = fsrf("replay", str(tmp_path / "without"), *noisy)
    assert refused.code == 2
    assert "record with --record-media" in refused.line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--camera", "fake", "--mic", "fake"), "--record DIR"),
        (("--camera", "none", "--mic", "none", "--text", "stdin", "--record", "DIR"), "no camera and no"),
    ],
)
def test_raw_media_without_a_folder_or_a_device_are_a_wrong_command_line(
    fsrf: Fsrf, tmp_path: Path, words: Sequence[str], message: str
) -> None:
    given = [str(tmp_path / "new") if word == "DIR" else word for word in words]
    ran = fsrf("live", *given, "--record-media")
    assert ran.code == 2
    assert message in ran.line
    assert list(tmp_path.iterdir()) == []


def test_replaying_what_is_no_recording_is_one_line(fsrf: Fsrf, tmp_path: Path) -> None:
    ran = fsrf("replay", str(tmp_path))
    assert ran.code == 4
    assert str(tmp_path) in ran.line


@pytest.mark.parametrize("speed", ["0", "-1", "nan"])
def test_a_speed_is_above_zero(fsrf: Fsrf, speed: str, tmp_path: Path) -> None:
    assert fsrf("replay", str(tmp_path), "--speed", speed).code == 2


def test_lines_from_standard_input_end_with_their_pipe(
    fsrf: Fsrf, torch_engine: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("")
    with lines.open() as pipe:
        monkeypatch.setattr(
            "fsrf_live.stream.sources.stdin.StandardInput.__init__.__defaults__", (pipe.fileno(),)
        )
        ran = fsrf("live", "--camera", "none", "--mic", "none", "--text", "stdin", *torch_engine)
    assert ran.code == 0
    assert json.loads(ran.out.splitlines()[-1])["score"] is None


def test_where_cameras_have_no_names_only_a_number_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.live.opening.NAMES_ARE_KNOWN", False)
    assert sources_of(replace(NOTHING, camera="3"), FakeClock()).camera is not None
    with pytest.raises(SourceError, match="only known on Linux: give a number"):
        sources_of(replace(NOTHING, camera="FaceTime"), FakeClock())
