"""From what is wanted of a live session to its sources, with a clear message if there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.fsrf.common.errors import SourceError, UsageError
from fsrf_live.stream.flow.clock import Clock, Epoch
from fsrf_live.stream.live.parts import Sources
from fsrf_live.stream.sources.added import SourceMaker, added_source
from fsrf_live.stream.sources.camera import NAMES_ARE_KNOWN, NUMBERS_ONLY, is_address, list_cameras
from fsrf_live.stream.sources.device import choose
from fsrf_live.stream.sources.media.container import ANY_TRACKS, Tracks
from fsrf_live.stream.sources.opening import (
    STDIN,
    MediaSources,
    open_camera,
    open_media,
    open_microphone,
    open_text,
)
from fsrf_live.stream.sources.portaudio import exclusive, find_input, started
from fsrf_live.stream.sources.source import SourceSpec
from fsrf_live.stream.speech.added import added_recogniser
from fsrf_live.stream.speech.opening import DEFAULT_LANGUAGE, language_of_text, recogniser_for
from fsrf_live.stream.speech.recogniser import Recogniser

DEFAULT_CAMERA, DEFAULT_MIC = "0", "default"
ASR = "asr"
WHAT_TO_DO = "see 'fsrf devices', leave one out with --camera none or --mic none, or try 'make demo'"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. A default device may be missing as long as another source is there.

    Strings are those of the options ``--camera``, ``--mic`` and ``--text``. `recogniser` loads the recogniser
    if speech is recognised, in place of the program's own.
    """

    camera: str | SourceMaker | None
    mic: str | SourceMaker | None
    text: str | SourceMaker | None
    media: Path | None
    loop: bool = False
    tracks: Tracks = ANY_TRACKS
    language: str | None = None
    recogniser: Callable[[], Recogniser] | None = None


def sources_of(wanted: Wanted, clock: Clock) -> Sources:
    """The sources of a session; raises MediaError, SourceError, UsageError."""
    if wanted.loop and wanted.media is None:
        raise UsageError("--loop plays a file again and again: give one with --media")
    if wanted.tracks != ANY_TRACKS and wanted.media is None:
        raise UsageError("--video-track, --audio-track and --subtitle-track choose in a file: give --media")
    epoch = Epoch(clock)
    media = None
    if wanted.media is not None:
        media = open_media(
            wanted.media,
            clock,
            epoch,
            loop=wanted.loop,
            tracks=wanted.tracks,
            language=language_of_text(wanted.language),
        )
    camera = _camera(wanted.camera, media, clock, epoch)
    mic = _mic(wanted.mic, media, clock, epoch)
    text, recogniser = _text(wanted, media, mic, clock, epoch)
    if camera is None and mic is None and text is None:
        raise UsageError("there is nothing to listen to: give --camera, --mic, --media or --text stdin")
    if wanted.language is not None and recogniser is None and text is None:
        raise UsageError("--language is that of words, and none are listened to: choose some with --text")
    _check_devices(wanted, camera, mic, other=wanted.text == STDIN)
    plays = any(source is not None and source.kind == "file" for source in (camera, mic, text))
    return Sources(
        camera=camera,
        mic=mic,
        text=text,
        recogniser=recogniser,
        epoch=epoch if plays else None,
        duration_s=None if media is None or wanted.loop else media.info.duration_s,
    )


def _camera(
    wanted: str | SourceMaker | None, media: MediaSources | None, clock: Clock, epoch: Epoch
) -> SourceSpec | None:
    """The camera that was asked for; else the pictures of the media, if there is any; else the default."""
    added = added_source(wanted, "video", clock)
    if added is not None:
        return added
    if wanted is None and media is not None:
        return media.video
    return open_camera(_named(wanted) or DEFAULT_CAMERA, clock, epoch)


def _mic(
    wanted: str | SourceMaker | None, media: MediaSources | None, clock: Clock, epoch: Epoch
) -> SourceSpec | None:
    """The microphone that was asked for; else the sound of the media, if there is any; else the default."""
    added = added_source(wanted, "audio", clock)
    if added is not None:
        return added
    if wanted is None and media is not None:
        return media.audio
    return open_microphone(_named(wanted) or DEFAULT_MIC, clock, epoch)


def _text(
    wanted: Wanted, media: MediaSources | None, mic: SourceSpec | None, clock: Clock, epoch: Epoch
) -> tuple[SourceSpec | None, Callable[[], Recogniser] | None]:
    """The source of text, or the recogniser of the microphone in place of one."""
    name = _named(wanted.text)
    added = added_source(wanted.text, "text", clock)
    if added is not None:
        return added, None
    if name is None:
        beside = media.text if media is not None else None
        return beside, _recogniser(wanted) if beside is None and mic is not None else None
    if name.partition(":")[0] != ASR:
        return open_text(name, clock, epoch, language_of_text(wanted.language)), None
    if mic is None:
        raise UsageError("--text asr needs sound to recognise: give --mic or a MEDIA that has sound")
    return None, _recogniser(wanted)


def _recogniser(wanted: Wanted) -> Callable[[], Recogniser]:
    """What loads the recogniser: the caller's, one that a package adds (``asr:NAME``), or our own."""
    added = (_named(wanted.text) or "").partition(":")[2]
    return wanted.recogniser or (
        added_recogniser(added) if added else recogniser_for(wanted.language or DEFAULT_LANGUAGE)
    )


def _named(wanted: str | SourceMaker | None) -> str | None:
    """What was asked for by name."""
    return wanted if isinstance(wanted, str) else None


def _check_devices(wanted: Wanted, camera: SourceSpec | None, mic: SourceSpec | None, *, other: bool) -> None:
    """Raise SourceError if a named device is missing, or if no source is there at all.

    PortAudio takes a while to look, so it is asked only if the answer matters.
    """
    problems = []
    usable = other or any(source is not None and source.kind != "device" for source in (camera, mic))
    if camera is not None and camera.kind == "device":
        problem = _camera_problem(_named(wanted.camera) or DEFAULT_CAMERA)
        _refuse_if_named(wanted.camera, problem)
        usable = usable or problem is None
        problems += [problem] if problem else []
    if mic is not None and mic.kind == "device":
        matters = wanted.mic not in (None, DEFAULT_MIC) or not usable
        problem = _mic_problem(_named(wanted.mic) or DEFAULT_MIC) if matters else None
        _refuse_if_named(wanted.mic, problem)
        usable = usable or problem is None
        problems += [problem] if problem else []
    if not usable and problems:
        raise SourceError(f"{'; '.join(problems)}; {WHAT_TO_DO}")


def _refuse_if_named(wanted: str | SourceMaker | None, problem: str | None) -> None:
    if wanted is not None and problem is not None:
        raise SourceError(f"{problem}; {WHAT_TO_DO}")


def _camera_problem(spec: str) -> str | None:
    """Why a camera cannot be there; None if it can."""
    if is_address(spec):
        return None
    if not NAMES_ARE_KNOWN:
        return None if spec.isdigit() else f"camera {spec!r}: {NUMBERS_ONLY}"
    if spec.startswith("/") or spec.isdigit():
        path = Path(spec if spec.startswith("/") else f"/dev/video{spec}")
        return None if path.exists() else f"there is no camera {spec} ({path} does not exist)"
    try:
        choose("camera", spec, list_cameras())
    except SourceError as error:
        return str(error)
    return None


def _mic_problem(spec: str) -> str | None:
    """Why a microphone cannot be had; None if it can."""
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
