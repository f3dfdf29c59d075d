"""From what a user names to the description of a source; no source is made here, and none is opened.

Files are looked into at once, so that a wrong name is reported before anything is loaded. Devices are not:
they may be plugged in later.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fsrf_live.fsrf.common.errors import MediaError, UsageError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock, Epoch
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.camera import Camera, camera_name, is_address, redacted
from fsrf_live.stream.sources.captions import SUFFIXES, CaptionFile, Given, captions_beside, read_captions
from fsrf_live.stream.sources.decoding import MediaInfo, probe, probe_whole
from fsrf_live.stream.sources.device import Found
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.sources.files import Looped, SoundFile, VideoFile
from fsrf_live.stream.sources.media.container import ANY_TRACKS, Tracks
from fsrf_live.stream.sources.microphone import Microphone, microphone_name
from fsrf_live.stream.sources.source import Source, SourceSpec
from fsrf_live.stream.sources.stdin import StandardInput
from fsrf_live.stream.sources.subtitles import read_subtitles

NONE, FAKE, STDIN, BROWSER = "none", "fake", "stdin", "browser"
NO_PAGE = "is that of a browser, which opens the page of a live session: fsrf live --page --{option} browser"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MediaSources:
    """The parts of a media file and the captions beside it, as sources; None for a part that it lacks."""

    video: SourceSpec | None
    audio: SourceSpec | None
    text: SourceSpec | None
    info: MediaInfo
    captions: Path | None


def open_media(
    path: Path | str,
    clock: Clock,
    epoch: Epoch,
    captions: Path | str | None = None,
    *,
    loop: bool = False,
    tracks: Tracks = ANY_TRACKS,
    language: str | None = None,
) -> MediaSources:
    """Prepare a media file with its captions, to be played for ever if `loop`.

    By default the captions are those beside it, else its own subtitles; a track of these that is asked for
    comes first. `language` is theirs (None: told from each). Raises MediaError, also if a loop has no end.
    """
    info = probe(path, tracks)
    if loop or info.duration_s is None:
        info = probe_whole(path, tracks)
    if loop and not info.duration_s:
        raise MediaError(f"{path} does not say how long it lasts: it cannot be played in a loop")
    for line in info.others:
        _log.warning(line)
    beside = None if tracks.subtitle is not None else captions_beside(path)
    beside = Path(captions) if captions is not None else beside
    read: Callable[[str], list[Words]] = read_captions
    if beside is None:
        read = partial(read_subtitles, tracks=tracks)
    source = str(path if beside is None else beside)
    spoken, given = read(source), Given()

    def played(modality: Modality, file: Path | str, make: Callable[[Epoch], Source]) -> SourceSpec:
        if loop and info.duration_s:
            period_s = info.duration_s
            return SourceSpec("file", modality, str(file), lambda: Looped(make, clock, epoch, period_s))
        return SourceSpec("file", modality, str(file), lambda: make(epoch))

    return MediaSources(
        video=played("video", path, lambda at: VideoFile(path, clock, at, tracks)) if info.video else None,
        audio=played("audio", path, lambda at: SoundFile(path, clock, at, tracks)) if info.audio else None,
        text=played("text", source, lambda at: CaptionFile(source, clock, at, read, language, given))
        if spoken or beside
        else None,
        info=info,
        captions=beside,
    )


def open_camera(spec: str, clock: Clock, epoch: Epoch) -> SourceSpec | None:
    """Prepare a camera: an index, a name, an address, a file, ``fake``, or ``none`` (gives None).

    Raises MediaError if it names a file that holds no pictures, UsageError for ``browser`` without a page.
    """
    if spec == NONE:
        return None
    if spec == BROWSER:
        raise UsageError(f"--camera {BROWSER} {NO_PAGE.format(option='camera')}")
    if spec == FAKE:
        return SourceSpec("fake", "video", FakeCamera.name, lambda: FakeCamera(clock))
    if _is_file(spec):
        if not probe(spec).video:
            raise MediaError(f"{spec} holds no pictures: give it as --mic, or give a video")
        return SourceSpec("file", "video", spec, lambda: VideoFile(spec, clock, epoch))
    if spec.lower().startswith(("http://", "https://")):
        # Its HTTP and TLS take 13 ms to import, which only those with such a camera should wait for.
        from fsrf_live.stream.sources.network import NetworkCamera

        return SourceSpec("device", "video", redacted(spec), lambda: NetworkCamera(spec, clock))
    memory = Found()
    return SourceSpec("device", "video", camera_name(spec), lambda: Camera(spec, clock, memory))


def open_microphone(spec: str, clock: Clock, epoch: Epoch) -> SourceSpec | None:
    """Prepare a microphone: ``default``, an index, a name, a file, ``fake``, or ``none`` (gives None).

    Raises MediaError if it names a file that holds no sound, UsageError for ``browser`` without a page.
    """
    if spec == NONE:
        return None
    if spec == BROWSER:
        raise UsageError(f"--mic {BROWSER} {NO_PAGE.format(option='mic')}")
    if spec == FAKE:
        return SourceSpec("fake", "audio", FakeMicrophone.name, lambda: FakeMicrophone(clock))
    if _is_file(spec):
        if not probe(spec).audio:
            raise MediaError(f"{spec} holds no sound: give it as --camera, or give a file with sound")
        return SourceSpec("file", "audio", spec, lambda: SoundFile(spec, clock, epoch))
    memory = Found()
    return SourceSpec("device", "audio", microphone_name(spec), lambda: Microphone(spec, clock, memory))


def open_text(spec: str, clock: Clock, epoch: Epoch, language: str | None = None) -> SourceSpec | None:
    """Prepare a source of text: ``stdin``, a caption file, or ``none`` (gives None).

    `language` is that of the text (None: told from each piece). Raises MediaError if the captions cannot be
    read, UsageError if it is none of these.
    """
    if spec == NONE:
        return None
    if spec == STDIN:
        return SourceSpec("pipe", "text", StandardInput.name, lambda: StandardInput(clock, language=language))
    if Path(spec).suffix.lower() not in SUFFIXES:
        raise UsageError(f"--text {spec}: give asr, stdin, none, or a file that ends in .vtt or .srt")
    read_captions(spec)
    given = Given()
    return SourceSpec(
        "file", "text", spec, lambda: CaptionFile(spec, clock, epoch, language=language, given=given)
    )


def _is_file(spec: str) -> bool:
    """Say whether this means a file: one that exists, or a name with an ending that no device has."""
    if is_address(spec) or spec.startswith("/dev/") or spec.isdigit():
        return False
    path = Path(spec)
    return path.is_file() or (
        len(path.suffix) in (3, 4, 5) and path.suffix[1:].isalnum() and " " not in path.suffix
    )
