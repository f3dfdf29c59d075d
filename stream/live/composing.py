"""Puts a whole live session together from what is wanted of it, for the command line and for programs."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsrf_live.fsrf.common.aliases import FileName
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.faults.spec import FaultBoard, faults_of
from fsrf_live.stream.features.baseline import NOTHING_KNOWN, Rest
from fsrf_live.stream.flow.clock import Clock, MonotonicClock
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.flow.sinks import Sink
from fsrf_live.stream.live.opening import Wanted, sources_of
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.loading import EngineChoice, Extractors, load_analyst, make_faces, make_voices

if TYPE_CHECKING:
    from fsrf_live.stream.recording.media_recorder import MediaRecorder
    from fsrf_live.stream.recording.queued import QueuedRecorder


@dataclass(frozen=True, slots=True)
class RecordingChoice:
    """Where a session is recorded, None if it is not, and whether pictures and sound are recorded too.

    `blur`: with the faces in those pictures blurred.
    """

    folder: FileName | None
    media: bool = False
    blur: bool = False


def compose_session(
    wanted: Wanted,
    choice: EngineChoice,
    open_sinks: Callable[[], Sequence[Sink]],
    *,
    faults: Sequence[str],
    recording: RecordingChoice,
    duration_s: float | None,
    windows: WindowSettings | None = None,
    baseline: Rest = NOTHING_KNOWN,
    extractors: Extractors | None = None,
) -> LiveSession:
    """Check everything that was asked for, and prepare the session; nothing runs yet.

    Raises SourceError, MediaError, RecordingError and UsageError. The sinks are opened last: an option that
    is wrong must not cost the file of an earlier session.
    """
    clock = MonotonicClock()
    board = FaultBoard(faults_of(faults))
    sources = sources_of(wanted, clock)
    makers = _makers(choice, sources, clock, baseline, extractors)
    journal, media = _recorders(recording, sources, wanted.language, clock)
    with ExitStack() as opened:
        if journal is not None:
            opened.callback(journal.close)
        sinks = open_sinks()
        for sink in sinks:
            opened.callback(sink.close)
        session = LiveSession(
            sources,
            makers,
            clock,
            sinks,
            windows=windows,
            faults=board,
            journal=journal,
            media=media,
            duration_s=duration_s,
        )
        opened.pop_all()
    return session


def _makers(
    choice: EngineChoice, sources: Sources, clock: Clock, baseline: Rest, extractors: Extractors | None
) -> Makers:
    reads = sources.text is not None or sources.recogniser is not None
    faces, voices = (make_faces, make_voices) if extractors is None else (extractors.faces, extractors.voices)
    return Makers(
        lambda: load_analyst(choice, clock, warm_text=reads),
        lambda: faces(baseline.face),
        lambda: voices(baseline.voice),
    )


def _recorders(
    recording: RecordingChoice, sources: Sources, language: str | None, clock: Clock
) -> tuple["QueuedRecorder | None", "MediaRecorder | None"]:
    """What is to be recorded; takes the folder. Raises UsageError and RecordingError."""
    if recording.blur and not recording.media:
        raise UsageError("--blur blurs faces in recorded pictures: record them with --record-media")
    if recording.media and not recording.folder:
        raise UsageError("--record-media records beside the features: name the folder with --record DIR")
    if recording.media and sources.camera is None and sources.mic is None:
        raise UsageError("--record-media records pictures and sound: there is no camera and no microphone")
    if not recording.folder:
        return None, None
    # Only those who record should wait for these at the start.
    from fsrf_live.stream.recording.media_recorder import MediaRecorder
    from fsrf_live.stream.recording.queued import QueuedRecorder
    from fsrf_live.stream.recording.recording import Recorder
    from fsrf_live.stream.recording.searching import FaceSearch

    search = FaceSearch() if recording.blur else None
    recorder = Recorder(
        recording.folder,
        media=recording.media,
        recognises=sources.recogniser is not None,
        language=language,
    )
    media = MediaRecorder(recording.folder, clock, search) if recording.media else None
    return QueuedRecorder(recorder), media
