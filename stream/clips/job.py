"""What offline analysis is asked to do, and with what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fsrf_live.fsrf.common.config import LONGEST_WINDOW_S
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.faults.spec import Fault
from fsrf_live.stream.features.extractors import PacedFaceExtractor, StillExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import FaceFeatures, Reason, Words
from fsrf_live.stream.flow.text import as_shown
from fsrf_live.stream.sources.languages import in_languages
from fsrf_live.stream.sources.media.container import ANY_TRACKS, Tracks
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.windows.presence import of_text
from fsrf_live.stream.windows.window import Presence, Window


@dataclass(frozen=True, slots=True)
class OfflineMakers:
    """How to make what is heavy: `faces` and `voices` are called once a clip, the others once at most."""

    faces: Callable[[], PacedFaceExtractor]
    voices: Callable[[], VoiceExtractor]
    stills: Callable[[], StillExtractor]
    recogniser: Callable[[], Recogniser] | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to analyse.

    `captions` say what is said when, in media time; `text` is what is said without a when, or all there is.
    Without either, speech is recognised if there is a recogniser. `language` is that of captions and text,
    None if it is to be told from each piece. `without` are modalities to leave out.
    `files` are those that it was made of: nothing may be written over them.
    """

    media: Path | None = None
    captions: Sequence[Words] = ()
    text: str | None = None
    language: str | None = None
    without: frozenset[Modality] = frozenset()
    faults: Sequence[Fault] = ()
    tracks: Tracks = ANY_TRACKS
    files: Sequence[Path] = ()


def words_of(job: Job, duration_s: float | None = 0.0) -> list[Words]:
    """What is said in a job, in order of time, with its language; none is empty.

    A text without times spans all of it.
    """
    if "text" in job.without:
        return []
    spoken = [*job.captions, Words(0, round((duration_s or 0.0) * NS), as_shown(job.text or ""))]
    some = sorted((words for words in spoken if words.text.strip()), key=lambda w: (w.end_ns, w.start_ns))
    return in_languages(some, job.language)


def text_windows(job: Job) -> list[Window]:
    """One window for each piece of text of a job without media."""
    return [instant_window(index, (words,), (), job) for index, words in enumerate(words_of(job))]


def still_windows(faces: Sequence[FaceFeatures], job: Job) -> list[Window]:
    """One window for each piece of text beside a picture, or for the picture by itself."""
    pieces: list[tuple[Words, ...]] = [(words,) for words in words_of(job)] or [()]
    return [instant_window(index, words, faces, job) for index, words in enumerate(pieces)]


def instant_window(number: int, words: tuple[Words, ...], faces: Sequence[FaceFeatures], job: Job) -> Window:
    """A final window of a text, a picture, or both; the picture is seen when it begins to be read."""
    start_ns = min((w.start_ns for w in words), default=0)
    end_ns = max((w.end_ns for w in words), default=0)
    missing: dict[Modality, Reason] = {
        m: Reason.DISABLED if m in job.without else Reason.ABSENT for m in MODALITIES
    }
    presence = {m: Presence(0.0, missing[m]) for m in MODALITIES}
    if words:
        presence["text"] = of_text(words)
    if faces:
        seen = [face for face in faces if face.vector is not None]
        presence["video"] = Presence(1.0, None) if seen else Presence(0.0, faces[0].reason)
    # Of a window with more time than slots only the newest part is read.
    read_from_ns = max(start_ns, end_ns - round(LONGEST_WINDOW_S * NS))
    seen_then = tuple(replace(face, time_ns=read_from_ns) for face in faces)
    times = (start_ns, end_ns, end_ns, 0)
    return Window(number, 0, True, *times, seen_then, (), words, presence)
