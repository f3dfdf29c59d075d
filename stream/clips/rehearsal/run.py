"""Runs a clip under many cases side by side: decoded once, and nothing looked at or listened to twice alike.

Each case is the clip as `fsrf analyze` would read it (`stream.clips.clip`). All move through the media in
steps of `ROUND_NS`, so that what they share need not be kept for long. What a fault leaves as it was is
shared; pictures and sound that a fault was done to are looked at and listened to by the case's own
extractors.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import tee
from pathlib import Path

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.clips.clip import Clip
from fsrf_live.stream.clips.job import Job, OfflineMakers, words_of
from fsrf_live.stream.clips.play import Moment, play
from fsrf_live.stream.clips.rehearsal.cases import Case
from fsrf_live.stream.clips.rehearsal.shared import SharedFaces, SharedVoices
from fsrf_live.stream.features.extractors import FaceExtractor, VoiceExtractor
from fsrf_live.stream.flow.clock import NS, Clock
from fsrf_live.stream.flow.items import Arrival, Role, due_ns
from fsrf_live.stream.flow.records import Event, Reading, Record, Summary
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.sources.decoding import MediaInfo, decode_frames, decode_samples, probe_whole
from fsrf_live.stream.sources.media.container import Tracks

ROUND_NS = NS


@dataclass(slots=True)
class CaseRun:
    """What came of one case: readings, with the moment in s at which each was made, and changes of state."""

    case: Case
    readings: list[tuple[float, Reading]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    summary: Summary | None = None

    @property
    def finals(self) -> list[Reading]:
        """The newest revision of each window that was closed, in order of time."""
        newest = {reading.window: reading for _, reading in self.readings if reading.final}
        return sorted(newest.values(), key=lambda reading: reading.start_s)


class Rehearsal:
    """One clip, with the words that are spoken in it."""

    def __init__(
        self,
        job: Job,
        analyst: Analyst,
        makers: OfflineMakers,
        clock: Clock,
    ) -> None:
        """Look into the clip; raises MediaError if it cannot be read."""
        assert job.media is not None
        self._media: Path = job.media
        self._tracks = job.tracks
        self._analyst = analyst
        self._makers = makers
        self._clock = clock
        self.info: MediaInfo = probe_whole(self._media, job.tracks)
        self._words = words_of(job, self.info.duration_s)

    @property
    def there(self) -> frozenset[Modality]:
        """What the clip has."""
        there: dict[Modality, bool] = {
            "video": self.info.video,
            "audio": self.info.audio,
            "text": bool(self._words),
        }
        return frozenset(m for m, has in there.items() if has)

    def run(self, cases: Sequence[Case], progress: Callable[[float], None]) -> list[CaseRun]:
        """Run all cases to their ends; `progress` gets the media time in s now and then.

        Raises MediaError and EngineError.
        """
        lanes = _Lanes(self._media, self._tracks, self._makers, cases, self.there)
        try:
            players = [self._player(case, lanes) for case in cases]
            lanes.seal()
            until_ns = 0
            while not all(player.over for player in players):
                until_ns += ROUND_NS
                for player in players:
                    player.play(until_ns)
                progress(until_ns / NS)
            return [player.run for player in players]
        finally:
            lanes.close()

    def _player(self, case: Case, lanes: "_Lanes") -> "_Player":
        seen, heard = (m in self.there and m not in case.without for m in ("video", "audio"))
        words = [] if "text" in case.without else self._words
        streams: dict[Role, Iterable[Arrival]] = {}
        faces = voices = None
        if seen:
            faces, streams["camera"] = lanes.pictures(case)
        if heard:
            voices, streams["mic"] = lanes.sound(case)
        if words:
            streams["text"] = [Arrival(due_ns(spoken), spoken) for spoken in words]
        job = Job(self._media, without=case.without, faults=case.faults)
        clip = Clip(self._analyst, self._clock, WindowSettings(), job, faces, voices, None, bool(words))
        return _Player(CaseRun(case), clip, play(streams, case.faults))


class _Player:
    """One case on its way through the clip."""

    def __init__(self, run: CaseRun, clip: Clip, steps: Iterator[Moment]) -> None:
        self.run = run
        self.over = False
        self._clip = clip
        self._steps: Iterator[Moment] = steps
        self._next: Moment | None = None

    def play(self, until_ns: int) -> None:
        """Go on up to this moment of the clip, or to its end."""
        while not self.over:
            step = self._next or next(self._steps, None)
            self._next = step
            if step is None:
                self._finish()
            elif step.at_ns < until_ns:
                self._next = None
                self._take(step)
            else:
                return

    def _take(self, step: Moment) -> None:
        for record in self._clip.step(step):
            self._keep(record, step.at_ns / NS)

    def _finish(self) -> None:
        """Read what is left, and let go of what is shared, so that nothing is kept for this case."""
        for record in self._clip.finish():
            self._keep(record, 0.0 if not self.run.readings else self.run.readings[-1][0])
        self.over, self._steps = True, iter(())

    def _keep(self, record: Record, at_s: float) -> None:
        if isinstance(record, Reading):
            self.run.readings.append((at_s, record))
        elif isinstance(record, Event):
            self.run.events.append(record)
        elif isinstance(record, Summary):
            self.run.summary = record


class _Lanes:
    """The pictures and the sound of a clip, each decoded once for all cases, and their extractors."""

    def __init__(
        self,
        media: Path,
        tracks: Tracks,
        makers: OfflineMakers,
        cases: Sequence[Case],
        there: frozenset[Modality],
    ) -> None:
        self._makers = makers
        self._own_faces: list[FaceExtractor] = []
        self._frames = _Tap(Arrival(frame.time_ns, frame) for frame in decode_frames(media, tracks=tracks))
        self._blocks = _Tap(Arrival(due_ns(block), block) for block in decode_samples(media, tracks=tracks))
        shares_pictures = "video" in there and not all(c.touches("camera") for c in cases)
        self._faces = SharedFaces(makers.faces()) if shares_pictures else None
        shares_sound = "audio" in there and not all(c.touches("mic") for c in cases)
        self._voices = SharedVoices(makers.voices()) if shares_sound else None
        self._wanted = _Tap(a for a in self._frames.copy() if self._faces and self._faces.might_want(a.at_ns))

    def pictures(self, case: Case) -> tuple[FaceExtractor, Iterator[Arrival]]:
        """The extractor of this case, and what it is to see."""
        if self._faces is not None and not case.touches("camera"):
            return self._faces, self._wanted.copy()
        self._own_faces.append(self._makers.faces())
        return self._own_faces[-1], self._frames.copy()

    def sound(self, case: Case) -> tuple[VoiceExtractor, Iterator[Arrival]]:
        """The extractor of this case, and what it is to hear."""
        if self._voices is not None and not case.touches("mic"):
            return self._voices, self._blocks.copy()
        return self._makers.voices(), self._blocks.copy()

    def seal(self) -> None:
        """Every case has what it needs: keep nothing for others any more."""
        for tap in (self._frames, self._blocks, self._wanted):
            tap.seal()

    def close(self) -> None:
        """Release the extractors."""
        for faces in self._own_faces:
            faces.close()
        if self._faces is not None:
            self._faces.close()


class _Tap:
    """One stream for many: each copy gives all of it, and what every copy has given is forgotten."""

    def __init__(self, items: Iterable[Arrival]) -> None:
        self._first: Iterator[Arrival] | None = iter(items)

    def copy(self) -> Iterator[Arrival]:
        """One more reader, from the beginning; all are made before the first is read."""
        assert self._first is not None
        self._first, copy = tee(self._first)
        return copy

    def seal(self) -> None:
        """There will be no more copies."""
        self._first = None
