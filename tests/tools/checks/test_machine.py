"""What the doctor finds, and what it says to do."""

import sys
from importlib import metadata
from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device
from fsrf_live.tools.checks import machine
from fsrf_live.tools.checks.machine import Check
from fsrf_live.tools.shell import exits
from tests.doubles.cli import Fsrf


def test_the_pins_of_this_python_are_read(tmp_path: Path) -> None:
    pins = tmp_path / "constraints.txt"
    pins.write_text(
        "# why\nnumpy==1.26.4\nav==18.1.0 ; python_version >= '3.10'\nav==17.0.0 ; python_version < '3.10'\n"
    )
    assert machine.pinned_versions(pins) == {"numpy": "1.26.4", "av": "18.1.0"}


def test_without_the_pins_nothing_is_compared(tmp_path: Path) -> None:
    assert machine.pinned_versions(tmp_path / "gone.txt") == {}


def test_another_version_is_a_warning_and_a_missing_library_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def version(name: str) -> str:
        if name == "rich":
            raise metadata.PackageNotFoundError(name)
        return {"torch": "2.13.0+cpu", "numpy": "2.0.0"}.get(name, "1.0")

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(machine, "pinned_versions", lambda pins: {"torch": "2.13.0", "numpy": "1.26.4"})
    found = {check.name: check for check in machine.check_libraries()}
    assert found["torch"].status == "ok"
    assert (found["numpy"].status, found["numpy"].detail) == ("warn", "2.0.0, tested with 1.26.4")
    assert (found["rich"].status, found["rich"].hint) == ("fail", "run 'make setup'")


def test_an_unknown_python_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.check_python().status == "ok"
    monkeypatch.setattr(sys, "version_info", (3, 15, 0))
    assert machine.check_python().status == "fail"


def test_a_check_that_raises_is_its_failure_and_no_more() -> None:
    def refuses() -> Check:
        raise SourceError("no model")

    def breaks() -> Check:
        raise ValueError("odd")

    assert machine.guarded("ears", refuses, 3) == Check("ears", "fail", "no model", code=3)
    assert machine.guarded("ears", breaks, 3).detail == "ValueError: odd"


def test_a_cache_that_cannot_be_written_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    check = machine.check_cache()
    assert check.status == "warn"
    assert "FSRF_CACHE_DIR" in check.hint


def test_a_cache_without_room_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSRF_CACHE_DIR", str(tmp_path))
    assert machine.check_cache().status == "ok"
    monkeypatch.setattr(machine, "ROOM_NEEDED_MB", 10**12)
    assert machine.check_cache().status == "warn"


def test_a_camera_without_permission_names_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.sources.camera.list_cameras", lambda: [Device(0, "Cam")])
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "video" in machine.check_cameras().hint
    monkeypatch.setattr("os.access", lambda path, mode: True)
    assert machine.check_cameras() == Check("cameras", "ok", "Cam")


def test_no_microphone_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsrf_live.stream.sources.portaudio.list_microphones", list)
    assert machine.check_microphones().status == "warn"


def test_the_models_inside_the_wheels_work() -> None:
    assert machine.check_voice_activity().status == "ok"
    assert machine.check_face_mesh().status == "ok"


def test_the_doctor_gives_the_code_of_the_first_failure(
    fsrf: Fsrf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("fsrf_live.tools.checks.machine.check_libraries", lambda: iter(()))
    for name in ("face_mesh", "voice_activity", "recognition", "cameras", "microphones"):
        monkeypatch.setattr(f"fsrf_live.tools.checks.machine.check_{name}", lambda: Check("x", "ok", "fine"))
    ran = fsrf("doctor", "--checkpoint", str(tmp_path / "gone.safetensors"))
    assert ran.code == exits.NO_ENGINE
    assert "fail  checkpoint: cannot read the checkpoint" in ran.out
    assert ran.out.splitlines()[-1].endswith("0 warnings, 1 failures")
