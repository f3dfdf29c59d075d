"""From what the command line says to openers: each call of one makes a fresh source, not yet open.

Files are looked into at once, so that a wrong name is told at once; devices are not: they may come later.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.fsrf.common.errors import MediaError, UsageError
from fsrf_live.stream.flow.clock import Clock, Epoch
from fsrf_live.stream.sources.camera import Camera, is_address
from fsrf_live.stream.sources.captions import SUFFIXES, CaptionFile, captions_beside, read_captions
from fsrf_live.stream.sources.decoding import MediaInfo, probe, probe_whole
from fsrf_live.stream.sources.device import Found
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.files import Looped, SoundFile, VideoFile
from fsrf_live.stream.sources.microphone import Microphone
from fsrf_live.stream.sources.network import NetworkCamera
from fsrf_live.stream.sources.source import Opener, Source
from fsrf_live.stream.sources.stdin import StandardInput

NONE, FAKE, STDIN = "none", "fake", "stdin"


@dataclass(frozen=True, slots=True)
class MediaOpeners:
    """What a media file, and the captions beside it, can be opened as; None where it has no such part."""

    video: Opener | None
    audio: Opener | None
    text: Opener | None
    info: MediaInfo
    captions: Path | None


def open_media(
    path: Path | str, clock: Clock, epoch: Epoch, captions: Path | str | None = None, *, loop: bool = False
) -> MediaOpeners:
    """Prepare a media file with its captions (those beside it by default), to be played for ever if `loop`.

    Raises MediaError, also where a file that is to be looped does not say how long it lasts.
    """
    info = probe_whole(path) if loop else probe(path)
    if loop and not info.duration_s:
        raise MediaError(f"{path} does not tell how long it lasts: it cannot be played in a loop")
    beside = Path(captions) if captions is not None else captions_beside(path)
    if beside is not None:
        read_captions(beside)

    def played(make: Callable[[Epoch], Source]) -> Opener:
        if loop and info.duration_s:
            period_s = info.duration_s
            return lambda: Looped(make, clock, epoch, period_s)
        return lambda: make(epoch)

    return MediaOpeners(
        video=played(lambda at: VideoFile(path, clock, at)) if info.video else None,
        audio=played(lambda at: SoundFile(path, clock, at)) if info.audio else None,
        text=None if beside is None else played(lambda at: CaptionFile(beside, clock, at)),
        info=info,
        captions=beside,
    )


def open_camera(spec: str, clock: Clock, epoch: Epoch) -> Opener | None:
    """Prepare a camera: an index, a name, an address, a file, ``fake``, or ``none`` (gives None).

    Raises MediaError where it names a file that holds no pictures.
    """
    if spec == NONE:
        return None
    if spec == FAKE:
        return lambda: FakeCamera(clock)
    if _is_file(spec):
        if not probe(spec).video:
            raise MediaError(f"{spec} holds no pictures: give it as --mic, or give a video")
        return lambda: VideoFile(spec, clock, epoch)
    if spec.lower().startswith(("http://", "https://")):
        return lambda: NetworkCamera(spec, clock)
    memory = Found()
    return lambda: Camera(spec, clock, memory)


def open_microphone(spec: str, clock: Clock, epoch: Epoch) -> Opener | None:
    """Prepare a microphone: ``default``, an index, a name, a file, ``fake``, or ``none`` (gives None).

    Raises MediaError where it names a file that holds no sound.
    """
    if spec == NONE:
        return None
    if spec == FAKE:
        return lambda: FakeMicrophone(clock)
    if _is_file(spec):
        if not probe(spec).audio:
            raise MediaError(f"{spec} holds no sound: give it as --camera, or give a file with sound")
        return lambda: SoundFile(spec, clock, epoch)
    memory = Found()
    return lambda: Microphone(spec, clock, memory)


def open_text(spec: str, clock: Clock, epoch: Epoch) -> Opener | None:
    """Prepare a source of text: ``stdin``, a caption file, or ``none`` (gives None).

    Raises MediaError where the captions cannot be read, UsageError where it is none of these.
    """
    if spec == NONE:
        return None
    if spec == STDIN:
        return lambda: StandardInput(clock)
    if Path(spec).suffix.lower() not in SUFFIXES:
        raise UsageError(f"--text {spec}: give asr, stdin, none, or a file that ends in .vtt or .srt")
    read_captions(spec)
    return lambda: CaptionFile(spec, clock, epoch)


def _is_file(spec: str) -> bool:
    """Say whether this means a file: one that exists, or a name with an ending that no device has."""
    if is_address(spec) or spec.startswith("/dev/") or spec.isdigit():
        return False
    path = Path(spec)
    return path.is_file() or (
        len(path.suffix) in (3, 4, 5) and path.suffix[1:].isalnum() and " " not in path.suffix
    )
