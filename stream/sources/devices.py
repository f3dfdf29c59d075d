"""Which cameras and microphones the system has."""

from pathlib import Path

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device
from fsrf_live.stream.sources.portaudio import exclusive, inputs, started

VIDEO_FOR_LINUX = Path("/sys/class/video4linux")


def list_cameras(folder: Path = VIDEO_FOR_LINUX) -> list[Device]:
    """List the cameras by Video4Linux, in order of their number; empty where the system has no such list."""
    found = []
    for entry in folder.glob("video*") if folder.is_dir() else ():
        number = entry.name.removeprefix("video")
        try:
            name = (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
            index = (entry / "index").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if number.isdigit() and index == "0":
            found.append(Device(int(number), name))
    return sorted(found, key=lambda device: device.index)


def list_microphones() -> list[Device]:
    """List what can be recorded from; empty where there is no sound system.

    It asks PortAudio, so it must not be called while a microphone is open in this process.
    """
    try:
        with exclusive():
            audio = started()
            try:
                return inputs(audio)
            finally:
                audio.terminate()
    except SourceError:
        return []
