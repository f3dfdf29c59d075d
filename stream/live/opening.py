"""From the options of ``fsrf live`` to its sources, with a clear word where there is none."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.flow.clock import Clock, Epoch
from fsrf_live.stream.live.parts import Sources
from fsrf_live.stream.sources.camera import Camera, is_address, list_cameras
from fsrf_live.stream.sources.captions import CaptionFile
from fsrf_live.stream.sources.device import choose
from fsrf_live.stream.sources.files import Looped, SoundFile, VideoFile
from fsrf_live.stream.sources.microphone import Microphone
from fsrf_live.stream.sources.opening import (
    STDIN,
    MediaOpeners,
    open_camera,
    open_media,
    open_microphone,
    open_text,
)
from fsrf_live.stream.sources.portaudio import exclusive, find_input, started
from fsrf_live.stream.sources.source import Opener
from fsrf_live.stream.speech.opening import open_recogniser

DEFAULT_CAMERA, DEFAULT_MIC = "0", "default"
ASR = "asr"
FILES = (VideoFile, SoundFile, CaptionFile, Looped)
WHAT_TO_DO = "see 'fsrf devices', leave one out with --camera none or --mic none, or try 'make demo'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options ask for. A default device may be missing as long as another source is there."""

    camera: str | None
    mic: str | None
    text: str | None
    media: Path | None
    loop: bool = False

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Wanted":
        """From parsed options."""
        media = Path(args.media) if args.media else None
        return cls(args.camera, args.mic, args.text, media, args.loop)


def sources_of(wanted: Wanted, clock: Clock) -> Sources:
    """The sources of a session; raises MediaError, SourceError, UsageError."""
    if wanted.loop and wanted.media is None:
        raise UsageError("--loop plays a file again and again: give one with --media")
    epoch = Epoch(clock)
    media = open_media(wanted.media, clock, epoch, loop=wanted.loop) if wanted.media is not None else None
    camera = _or_media(wanted.camera, DEFAULT_CAMERA, media, "video")
    mic = _or_media(wanted.mic, DEFAULT_MIC, media, "audio")
    openers = _Openers(
        camera=open_camera(camera, clock, epoch) if isinstance(camera, str) else camera,
        mic=open_microphone(mic, clock, epoch) if isinstance(mic, str) else mic,
    )
    text, hears = _text(wanted.text, media, openers.mic, clock, epoch)
    if openers.camera is None and openers.mic is None and text is None:
        raise UsageError("there is nothing to listen to: give --camera, --mic, --media or --text stdin")
    _check_devices(wanted, openers, other=wanted.text == STDIN)
    plays = any(
        opener is not None and isinstance(opener(), FILES) for opener in (openers.camera, openers.mic, text)
    )
    return Sources(
        camera=openers.camera,
        mic=openers.mic,
        text=text,
        recogniser=open_recogniser if hears else None,
        epoch=epoch if plays else None,
        duration_s=None if media is None or wanted.loop else media.info.duration_s,
    )


@dataclass(frozen=True, slots=True)
class _Openers:
    camera: Opener | None
    mic: Opener | None


def _or_media(wanted: str | None, default: str, media: MediaOpeners | None, part: str) -> str | Opener | None:
    """What was asked for; else the media's part, where there is media; else the default device."""
    if wanted is not None:
        return wanted
    if media is None:
        return default
    return media.video if part == "video" else media.audio


def _text(
    wanted: str | None, media: MediaOpeners | None, mic: Opener | None, clock: Clock, epoch: Epoch
) -> tuple[Opener | None, bool]:
    """The source of text, and whether it is speech recognition of the microphone."""
    if wanted is None:
        beside = media.text if media is not None else None
        return beside, beside is None and mic is not None
    if wanted != ASR:
        return open_text(wanted, clock, epoch), False
    if mic is None:
        raise UsageError("--text asr needs sound to recognise: give --mic or a MEDIA that has sound")
    return None, True


def _check_devices(wanted: Wanted, openers: _Openers, *, other: bool) -> None:
    """Raise SourceError where a device that was named is not there, or where no source is there at all.

    PortAudio takes a while to look, so it is asked only where the answer matters.
    """
    camera, mic = _made(openers.camera), _made(openers.mic)
    problems = []
    usable = other or any(
        source is not None and not isinstance(source, Camera | Microphone) for source in (camera, mic)
    )
    if isinstance(camera, Camera):
        problem = _camera_problem(wanted.camera or DEFAULT_CAMERA)
        _refuse_if_named(wanted.camera, problem)
        usable = usable or problem is None
        problems += [problem] if problem else []
    if isinstance(mic, Microphone) and (wanted.mic not in (None, DEFAULT_MIC) or not usable):
        problem = _mic_problem(wanted.mic or DEFAULT_MIC)
        _refuse_if_named(wanted.mic, problem)
        usable = usable or problem is None
        problems += [problem] if problem else []
    elif isinstance(mic, Microphone):
        usable = True
    if not usable and problems:
        raise SourceError(f"{'; '.join(problems)}; {WHAT_TO_DO}")


def _made(opener: Opener | None) -> object:
    return opener() if opener is not None else None


def _refuse_if_named(wanted: str | None, problem: str | None) -> None:
    if wanted is not None and problem is not None:
        raise SourceError(f"{problem}; {WHAT_TO_DO}")


def _camera_problem(spec: str) -> str | None:
    """Why a camera cannot be there; None where it can."""
    if is_address(spec) or sys.platform != "linux":
        return None
    if spec.startswith("/") or spec.isdigit():
        path = Path(spec if spec.startswith("/") else f"/dev/video{spec}")
        return None if path.exists() else f"there is no camera {spec} ({path} does not exist)"
    try:
        choose("camera", spec, list_cameras())
    except SourceError as error:
        return str(error)
    return None


def _mic_problem(spec: str) -> str | None:
    """Why a microphone cannot be had; None where it can."""
    try:
        with exclusive():
            audio = started()
            try:
                find_input(audio, spec, None)
            finally:
                audio.terminate()
    except SourceError as error:
        return str(error)
    return None
