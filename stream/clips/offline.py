"""Files, stills and texts through the same core as live, as fast as the machine goes.

The time is the media's own, so the same file gives the same readings (but for their latencies, which are what
this machine took).
"""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from fsrf_live.fsrf.common.errors import FsrfError, SourceError
from fsrf_live.stream.clips.ahead import Ahead
from fsrf_live.stream.clips.clip import Clip
from fsrf_live.stream.clips.job import Job, OfflineMakers, still_windows, text_windows, words_of
from fsrf_live.stream.clips.play import play
from fsrf_live.stream.features.extractors import StillExtractor
from fsrf_live.stream.flow.clock import NS, Clock, MonotonicClock
from fsrf_live.stream.flow.items import Arrival, Role, due_ns
from fsrf_live.stream.flow.records import Reading, Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.reading.loading import EngineChoice, load_analyst, make_faces, make_stills, make_voices
from fsrf_live.stream.reading.summary import Summariser
from fsrf_live.stream.reading.trend import RunningTrend
from fsrf_live.stream.sources.decoding import (
    MediaInfo,
    decode_frames,
    decode_samples,
    probe,
    probe_whole,
    raw_frames,
)
from fsrf_live.stream.speech.recogniser import Recogniser
from fsrf_live.stream.windows.window import Window

__all__ = ["Job", "Offline", "OfflineMakers", "StillExtractor"]

BATCH = 32
_NOTHING = "there was nothing to read"

_log = logging.getLogger(__name__)


class Offline:
    """Analyses jobs one after the other. Not thread-safe."""

    def __init__(self, analyst: Analyst, makers: OfflineMakers, clock: Clock) -> None:
        """`clock` is the analyst's; it measures latency and nothing else."""
        self._analyst = analyst
        self._makers = makers
        self._clock = clock
        self._windows = WindowSettings()
        self._stills: StillExtractor | None = None
        self._recogniser: Recogniser | None = None

    def analyze(self, job: Job) -> Iterator[Record]:
        """Yield events and readings as they come, then one summary. Raises MediaError and EngineError."""
        if job.media is None:
            yield from self._read_apart(text_windows(job))
            return
        info = probe(job.media, job.tracks)
        if info.duration_s is None and job.text is not None:
            info = probe_whole(job.media, job.tracks)
        for line in info.others:
            _log.warning(line)
        if info.still:
            yield from self._read_apart(self._still_windows(job, job.media))
        else:
            yield from self._read_clip(job, job.media, info)

    def manifest(self, jobs: Iterable[Job | FsrfError]) -> Iterator[Summary]:
        """Yield one summary a row, in order, numbered from 1; a row that fails says so, and the rest go on.

        Rows that are text alone are read `BATCH` at a time. A row that makes no sense comes as its error.
        """
        texts: list[tuple[int, Job]] = []
        for row, job in enumerate(jobs, start=1):
            alone = isinstance(job, Job) and job.media is None
            if isinstance(job, Job) and alone:
                texts.append((row, job))
            if not alone or len(texts) == BATCH:
                yield from self._text_rows(texts)
                texts.clear()
            if not alone:
                yield self._row(row, job)
        yield from self._text_rows(texts)

    def close(self) -> None:
        """Release what is kept between jobs."""
        if self._stills is not None:
            self._stills.close()
        if self._recogniser is not None:
            self._recogniser.close()
        self._stills = self._recogniser = None

    def _read_apart(self, windows: list[Window]) -> Iterator[Record]:
        """Read windows that have no time between them, and sum up."""
        trend = RunningTrend()
        readings = [trend.follow(reading) for reading in self._readings(windows)]
        yield from readings
        yield _sum_up(readings, windows)

    def _readings(self, windows: list[Window]) -> list[Reading]:
        readings: list[Reading] = []
        for start in range(0, len(windows), BATCH):
            begun_ns = self._clock.now_ns()
            readings += self._analyst.read_all(windows[start : start + BATCH], 0, begun_ns)
        return readings

    def _still_windows(self, job: Job, media: Path) -> list[Window]:
        """Windows of a picture and what is said of it; none if nothing of it is wanted."""
        if "video" in job.without:
            return text_windows(job)
        if self._stills is None:
            self._stills = self._makers.stills()
        faces = [self._stills.extract(frame) for frame in decode_frames(media, tracks=job.tracks)]
        return still_windows(faces, job)

    def _read_clip(self, job: Job, media: Path, info: MediaInfo) -> Iterator[Record]:
        seen, heard = info.video and "video" not in job.without, info.audio and "audio" not in job.without
        if not seen and not heard:
            yield from self._read_apart(text_windows(job))
            return
        words = words_of(job, info.duration_s)
        recognises = heard and "text" not in job.without and not job.captions and job.text is None
        with contextlib.ExitStack() as stack:
            faces = stack.enter_context(contextlib.closing(self._makers.faces())) if seen else None
            voices = self._makers.voices() if heard else None
            ahead = stack.enter_context(contextlib.closing(Ahead(faces, voices)))
            streams: dict[Role, Iterable[Arrival]] = {}
            if faces is not None:
                streams["camera"] = _frames(media, ahead, job)
            if voices is not None:
                blocks = decode_samples(media, tracks=job.tracks)
                streams["mic"] = (Arrival(due_ns(block), block) for block in blocks)
            if words:
                streams["text"] = [Arrival(0 if job.text is not None else w.end_ns, w) for w in words]
            recogniser = self._load_recogniser() if recognises else None
            clip = Clip(
                self._analyst, self._clock, self._windows, job, faces, voices, recogniser, bool(words)
            )
            yield from clip.read(ahead.extract(play(streams, job.faults)))

    def _load_recogniser(self) -> Recogniser | None:
        if self._recogniser is None and self._makers.recogniser is not None:
            try:
                self._recogniser = self._makers.recogniser()
            except SourceError as error:
                _log.warning("%s; going on without words", error)
                self._makers = replace(self._makers, recogniser=None)
        return self._recogniser

    def _text_rows(self, rows: list[tuple[int, Job]]) -> Iterator[Summary]:
        windows = [text_windows(job) for _, job in rows]
        readings = iter(self._readings([window for group in windows for window in group]))
        for (row, _), group in zip(rows, windows, strict=True):
            yield replace(_sum_up([next(readings) for _ in group], group), row=row)

    def _row(self, row: int, job: Job | FsrfError) -> Summary:
        if isinstance(job, FsrfError):
            return failed_row(row, str(job))
        try:
            last: Record | None = None
            for record in self.analyze(job):
                last = record
        except (FsrfError, OSError) as error:
            return failed_row(row, str(error))
        assert isinstance(last, Summary)
        return replace(last, row=row)


@contextlib.contextmanager
def open_offline(
    choice: EngineChoice, recogniser: Callable[[], Recogniser] | None, *, warm_text: bool
) -> Iterator[Offline]:
    """Load the engine, and the text encoder too if `warm_text`; raises CheckpointError, EngineError.

    Feature extraction and the recogniser are loaded with the first job that needs them.
    """
    clock = MonotonicClock()
    makers = OfflineMakers(faces=make_faces, stills=make_stills, voices=make_voices, recogniser=recogniser)
    offline = Offline(load_analyst(choice, clock, warm_text=warm_text), makers, clock)
    try:
        yield offline
    finally:
        offline.close()


def _frames(media: Path, ahead: Ahead, job: Job) -> Iterator[Arrival]:
    """The pictures of a file. Those that nobody wants are not converted, unless a fault needs to see them."""
    if any(fault.concerns("camera") for fault in job.faults):
        frames = decode_frames(media, tracks=job.tracks)
        yield from (Arrival(frame.time_ns, frame) for frame in frames)
        return
    for picture in raw_frames(media, tracks=job.tracks):
        if ahead.wants(picture.time_ns):
            yield Arrival(picture.time_ns, picture.converted())


def _sum_up(readings: list[Reading], windows: list[Window]) -> Summary:
    summariser = Summariser()
    for reading in readings:
        summariser.add(reading)
    return summariser.summary(max((window.end_ns for window in windows), default=0) / NS, _NOTHING)


def failed_row(row: int, error: str) -> Summary:
    """What is said of a row that failed."""
    reason = "the row could not be read"
    return Summary(0.0, 0, None, None, None, None, {}, reason, row=row, error=error)
