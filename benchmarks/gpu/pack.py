"""Downloads wheels for the target, pinned by constraints.txt, and never torch: that is there, with CUDA."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.gpu.manifest import FILES, MANIFEST, Manifest, files_to_carry, split

PART_BYTES = 60_000_000
PACKAGES = (
    "numpy",
    "onnxruntime",
    "flatbuffers",
    "protobuf",
    "packaging",
    "platformdirs",
    "safetensors",
    "onnx",
    "ml-dtypes",
    "onnx-ir",
    "onnxscript",
    "typing-extensions",
    "tensorrt-rtx",
    "tensorrt-rtx-cu13",
    "tensorrt-rtx-cu13-bindings",
    "tensorrt-rtx-cu13-libs",
    "pytest",
    "pytest-timeout",
    "pluggy",
    "iniconfig",
    "pygments",
    "hypothesis",
    "sortedcontainers",
)
"""What engines, their export and the tests marked gpu import, with needs of needs: nothing is resolved."""
GLIBC = (17, 24, 27, 28, 31, 34)
"""The target's C library is at least of the last of these minor versions."""

Pip = Callable[[Sequence[str]], int]
"""Runs pip with arguments; gives its exit status."""


def pack(folder: Path, python: str, largest: int) -> int:
    """Fill a folder with a kit; 1 if a package could not be had, which the manifest tells too."""
    manifest = packed(folder, python, largest, pins_of(Path("constraints.txt").read_text()), _pip)
    carried = sum(wheel.bytes for wheel in manifest.wheels)
    print(f"{folder}: {len(files_to_carry(manifest))} files, {carried / 1e6:.0f} MB; see {FILES}")
    for name in manifest.missing:
        print(f"not packed: {name}", file=sys.stderr)
    return 1 if manifest.missing else 0


def packed(folder: Path, python: str, largest: int, pins: dict[str, str], pip: Pip) -> Manifest:
    """Download, cut, and write the lists."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.whl"), *folder.glob("*.whl.part*")):
        old.unlink()
    missing = [name for name in PACKAGES if not _fetched(name, pins, python, folder, pip)]
    wheels = tuple(split(path, largest) for path in sorted(folder.glob("*.whl")))
    manifest = Manifest(python, wheels, tuple(missing))
    (folder / MANIFEST).write_text(manifest.to_json())
    (folder / FILES).write_text("".join(f"{name}\n" for name in files_to_carry(manifest)))
    return manifest


def pins_of(text: str) -> dict[str, str]:
    """Version by name in a constraints file."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def download_words(requirement: str, python: str, folder: Path) -> list[str]:
    """Arguments of pip for a wheel of the target, without what it needs."""
    tag = "cp" + python.replace(".", "")
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in GLIBC] + ["manylinux2014_x86_64", "linux_x86_64"]
    words = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    words += ["--python-version", python, "--implementation", "cp"]
    for abi in (tag, "abi3", "none"):
        words += ["--abi", abi]
    for platform in platforms:
        words += ["--platform", platform]
    return [*words, requirement]


def _fetched(name: str, pins: dict[str, str], python: str, folder: Path, pip: Pip) -> bool:
    requirement = f"{name}=={pins[name]}" if name in pins else name
    if pip(download_words(requirement, python, folder)) == 0:
        return True
    # A package of sources alone: one without compiled parts can be built here for every machine.
    with tempfile.TemporaryDirectory() as building:
        if pip(["wheel", "--quiet", "--no-deps", "--wheel-dir", building, requirement]) != 0:
            return False
        built = list(Path(building).glob("*-none-any.whl"))
        for wheel in built:
            (folder / wheel.name).write_bytes(wheel.read_bytes())
        return bool(built)


def _pip(words: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode
