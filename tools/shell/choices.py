"""From parsed options to what the rooms below take."""

from argparse import Namespace
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality

if TYPE_CHECKING:
    from fsrf_live.stream.features.baseline import Rest
    from fsrf_live.stream.live.opening import Wanted
    from fsrf_live.stream.page.browser.device import LentRole
    from fsrf_live.stream.reading.loading import EngineChoice


def engine_choice(
    args: Namespace, made: Collection[Modality] = MODALITIES, language: str | None = None
) -> "EngineChoice":
    """What ``--engine``, ``--precision`` and ``--checkpoint`` say, checked; raises CheckpointError.

    `language` is that of the words, if it was given: it chooses the text encoder.
    """
    from fsrf_live.stream.reading.loading import checked_choice

    return checked_choice(args.engine, args.checkpoint, args.precision, made, language)


def wanted_of(args: Namespace) -> "Wanted":
    """What ``--camera``, ``--mic``, ``--text``, ``--media`` and ``--loop`` say."""
    from fsrf_live.stream.live.opening import Wanted
    from fsrf_live.stream.sources.media.container import Tracks

    media = Path(args.media) if args.media else None
    return Wanted(args.camera, args.mic, args.text, media, args.loop, Tracks.of(args), args.language)


def asked_of_browsers(args: Namespace) -> "list[LentRole]":
    """The devices that ``--camera browser`` and ``--mic browser`` ask of the page."""
    from fsrf_live.stream.sources.opening import BROWSER

    roles: list[LentRole] = []
    if args.camera == BROWSER:
        roles.append("camera")
    if args.mic == BROWSER:
        roles.append("mic")
    return roles


def baseline_of(name: str | None) -> "Rest":
    """What ``--baseline`` names; raises UsageError and RecordingError."""
    from fsrf_live.stream.features.baseline import NOTHING_KNOWN, baseline_path, read_baseline

    return NOTHING_KNOWN if name is None else read_baseline(baseline_path(name))
