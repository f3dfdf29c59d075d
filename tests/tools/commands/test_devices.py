"""What the machine has, by the names that options take."""

import pytest

from fsrf_live.stream.sources.device import Device
from tests.doubles.cli import Fsrf


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "fsrf_live.stream.sources.camera.list_cameras", lambda: [Device(2, "HD Pro Webcam C920")]
    )
    monkeypatch.setattr("fsrf_live.stream.sources.portaudio.list_microphones", list)


@pytest.mark.usefixtures("machine")
def test_devices_are_listed_by_the_names_that_options_take(fsrf: Fsrf) -> None:
    ran = fsrf("devices")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:4] == [
        "cameras (--camera)",
        "  2  HD Pro Webcam C920",
        "microphones (--mic)",
        "  none: --mic none goes without",
    ]


@pytest.mark.usefixtures("machine")
def test_engines_are_listed_in_the_order_in_which_they_are_tried(fsrf: Fsrf) -> None:
    lines = [line.split()[0] for line in fsrf("devices").out.splitlines() if line.startswith("  ")]
    assert lines.index("onnx") < lines.index("torch")


def test_a_camera_that_may_not_be_opened_says_what_to_do(fsrf: Fsrf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.sources.camera.list_cameras", lambda: [Device(0, "Cam")])
    monkeypatch.setattr("fsrf_live.stream.sources.portaudio.list_microphones", list)
    monkeypatch.setattr("fsrf_live.tools.commands.devices.Path.exists", lambda self: True)
    monkeypatch.setattr("fsrf_live.tools.commands.devices.os.access", lambda path, mode: False)
    assert "0  Cam  (no permission for /dev/video0: join the group video)" in fsrf("devices").out


def test_where_cameras_have_no_names_it_says_that_numbers_do(
    fsrf: Fsrf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fsrf_live.stream.sources.camera.NAMES_ARE_KNOWN", False)
    monkeypatch.setattr("fsrf_live.stream.sources.camera.list_cameras", list)
    monkeypatch.setattr("fsrf_live.stream.sources.portaudio.list_microphones", list)
    assert fsrf("devices").out.splitlines()[1].startswith("  names of cameras are only known on Linux: give")
