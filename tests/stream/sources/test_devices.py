from pathlib import Path

import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.flow.clock import MonotonicClock
from fsrf_live.stream.sources import camera as camera_module
from fsrf_live.stream.sources.camera import Camera, list_cameras
from fsrf_live.stream.sources.device import Device, Found


def add(folder: Path, number: int, name: str, index: int = 0) -> None:
    entry = folder / f"video{number}"
    entry.mkdir()
    (entry / "name").write_text(f"{name}\n")
    (entry / "index").write_text(f"{index}\n")


def test_cameras_are_listed_once_each_in_order(tmp_path: Path) -> None:
    add(tmp_path, 10, "Capture Card")
    add(tmp_path, 2, "HD Webcam")
    add(tmp_path, 3, "HD Webcam", index=1)
    (tmp_path / "video4").mkdir()
    assert list_cameras(tmp_path) == [Device(2, "HD Webcam"), Device(10, "Capture Card")]


def test_no_list_is_an_empty_list(tmp_path: Path) -> None:
    assert list_cameras(tmp_path / "none") == []


def test_a_camera_is_looked_for_by_name_after_it_was_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [Device(0, "HD Webcam"), Device(2, "Other")]
    monkeypatch.setattr(camera_module, "list_cameras", lambda: there)
    memory = Found()
    with pytest.raises(SourceError, match="'HD Webcam' cannot be opened"):
        Camera("0", MonotonicClock(), memory).open()
    assert memory.name == "HD Webcam"
    there[:] = [Device(2, "Other")]
    with pytest.raises(SourceError, match="no camera is called 'HD Webcam'"):
        Camera("0", MonotonicClock(), memory).open()
