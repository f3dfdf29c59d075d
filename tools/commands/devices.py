"""``fsrf devices``: what this machine can see, hear and compute with, by the names that options take."""

import argparse
import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.engines.common.names import ENGINES
from fsrf_live.stream.flow.text import printable
from fsrf_live.tools.shell import exits
from fsrf_live.tools.shell.messages import Messages
from fsrf_live.tools.shell.parsing import Subparsers, add_command

if TYPE_CHECKING:
    from fsrf_live.stream.sources.device import Device

_DESCRIPTION = (
    "Lists cameras, microphones, speech recognisers and engines, by the names that the options take."
)


def add(subparsers: Subparsers) -> None:
    """The command and its options."""
    parser = add_command(
        subparsers, "devices", "list cameras, microphones, recognisers and engines", description=_DESCRIPTION
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, messages: Messages) -> int:
    """Print the lists."""
    from fsrf_live.engines.common.shelf import INSTALL
    from fsrf_live.stream.sources.camera import NAMES_ARE_KNOWN, NUMBERS_ONLY, list_cameras
    from fsrf_live.stream.sources.portaudio import list_microphones

    show(
        "cameras (--camera)",
        [_camera(device) for device in list_cameras()],
        "none: --camera none goes without" if NAMES_ARE_KNOWN else NUMBERS_ONLY,
    )
    show(
        "microphones (--mic)",
        [f"{device.index}  {printable(device.name)}" for device in list_microphones()],
        "none: --mic none goes without",
    )
    show("speech recognition (--text asr)", recognisers(), f"none: {INSTALL}")
    show("engines (--engine)", engines(), "none: install onnxruntime")
    return exits.OK


def show(title: str, lines: Iterable[str], otherwise: str) -> None:
    """Print one list, or what to do about its being empty."""
    print(title)
    for line in list(lines) or [otherwise]:
        print(f"  {line}")


def recognisers() -> list[str]:
    """Speech models that are here, whole, with the engine that runs them."""
    from fsrf_live.engines.common.shelf import HERE, condition, models_root
    from fsrf_live.stream.speech.models import MODELS

    if importlib.util.find_spec("faster_whisper") is None:
        return []
    here = [model for model in MODELS.values() if condition(model.stored, models_root()) == HERE]
    return [
        f"whisper {m.name}  ({'English' if len(m.languages) == 1 else f'{len(m.languages)} languages'})"
        for m in here
    ]


def engines() -> list[str]:
    """Engines that are installed, in the order in which ``auto`` tries them."""
    return [f"{name}  {facts.about}" for name, facts in ENGINES.items() if facts.installed]


def _camera(device: "Device") -> str:
    path = Path(f"/dev/video{device.index}")
    allowed = not path.exists() or os.access(path, os.R_OK | os.W_OK)
    return f"{device.index}  {printable(device.name)}" + (
        "" if allowed else f"  (no permission for {path}: join the group video)"
    )
