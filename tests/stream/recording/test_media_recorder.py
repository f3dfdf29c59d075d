"""Recording raw media beside a session, also where the machine, the disk or a device does not keep up."""

import gc
import itertools
import shutil
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import pytest

from fsrf_live.fsrf.common.aliases import Image
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.clock import FakeClock, MonotonicClock
from fsrf_live.stream.flow.items import FaceBox, Frame, Item, Looked, Samples, State, Words
from fsrf_live.stream.live.parts import Makers, Sources
from fsrf_live.stream.live.session import LiveSession
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.recording import media_recorder
from fsrf_live.stream.recording.media import CAPTIONS, MEDIA, recorded_sound
from fsrf_live.stream.recording.media_recorder import (
    MOST_RECORDED_BLOCKS,
    PICTURES,
    RESERVE_BYTES,
    MediaRecorder,
)
from fsrf_live.stream.recording.recorded import Recording
from fsrf_live.stream.recording.recording import Recorder
from fsrf_live.stream.recording.searching import FaceSearch
from fsrf_live.stream.sources.camera import Camera
from fsrf_live.stream.sources.captions import read_captions
from fsrf_live.stream.sources.decoding import decode_frames
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from tests.doubles.fakes import FakeEngine, FakeFaces, FakeTextEncoder, FakeVoices
from tests.doubles.media import picture
from tests.doubles.mjpeg import MjpegServer
from tests.doubles.people import People, company, snapshots
from tests.doubles.sources import spec_of
from tests.doubles.waiting import until

START_NS = 5_000_000_000
MS = 1_000_000
BLOCK_BYTES, LONGEST_HEAD = 1300, 1000
"""A block of sound in the file, and what stands before the first."""
ALL = frozenset(MODALITIES)


def frame(at_ms: int, width: int = 64, height: int = 48) -> Frame:
    return Frame(START_NS + at_ms * MS, picture(at_ms, width, height))


def block(at_ms: int) -> Samples:
    return Samples(START_NS + at_ms * MS, np.full(320, 0.25, np.float32))


def over() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def recorded(folder: Path, items: Iterable[Item]) -> MediaRecorder:
    """Everything comes at once, and the session is over."""
    recorder = MediaRecorder(folder, MonotonicClock())
    for item in items:
        recorder.put(item)
    recorder.run(ALL, over())
    return recorder


def sound_ms(folder: Path) -> list[int]:
    blocks = list(recorded_sound(folder / MEDIA))
    return [round((b.time_ns - blocks[0].time_ns) / MS) for b in blocks]


def pictures_ms(folder: Path) -> list[int]:
    return [round(f.time_ns / MS) for f in decode_frames(folder / MEDIA)]


def test_time_zero_is_what_came_first_from_either_device(tmp_path: Path) -> None:
    words = Words(START_NS + 30 * MS, START_NS + 60 * MS, "hello")
    recorder = recorded(tmp_path, [words, frame(70), frame(110), block(10), block(30), block(50)])
    assert (recorder.problem, recorder.drops) == (None, 0)
    assert sound_ms(tmp_path) == [0, 20, 40]
    assert pictures_ms(tmp_path) == [60, 100]
    assert [(w.start_ns // MS, w.text) for w in read_captions(tmp_path / CAPTIONS)] == [(20, "hello")]


@pytest.mark.parametrize(("agreed", "spoken_to_ns"), [(1, None), (None, START_NS), (0, 5)])
def test_words_of_an_utterance_that_is_still_open_are_no_captions(
    tmp_path: Path, agreed: int | None, spoken_to_ns: int | None
) -> None:
    begun_ns = START_NS + 30 * MS
    provisional = Words(begun_ns, begun_ns + 30 * MS, "hello", agreed=agreed, spoken_to_ns=spoken_to_ns)
    whole = Words(START_NS + 30 * MS, START_NS + 90 * MS, "hello world")
    recorded(tmp_path, [provisional, whole, frame(70), block(10)])
    assert [w.text for w in read_captions(tmp_path / CAPTIONS)] == ["hello world"]


def test_a_device_that_never_comes_keeps_nothing_waiting(tmp_path: Path) -> None:
    recorder = MediaRecorder(tmp_path, MonotonicClock())
    running, end = _running(recorder)
    for at_ms in range(0, 1_000, 20):
        recorder.put(block(at_ms))
    assert until(lambda: (tmp_path / MEDIA).exists() and (tmp_path / MEDIA).stat().st_size > 20_000)
    end.set()
    running.join()
    assert len(sound_ms(tmp_path)) == 50
    assert pictures_ms(tmp_path) == []


def test_what_waits_for_a_device_that_never_comes_has_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_recorder, "MOST_WAITING_BYTES", 3 * frame(0).image.nbytes)
    recorder = MediaRecorder(tmp_path, MonotonicClock())
    running, end = _running(recorder)
    for at_ms in range(0, 120, 30):
        recorder.put(frame(at_ms))
    assert until(lambda: (tmp_path / MEDIA).exists())
    end.set()
    running.join()
    assert pictures_ms(tmp_path) == [0, 30, 60, 90]


def test_a_camera_that_comes_later_is_in_it(tmp_path: Path) -> None:
    sound: list[Item] = [block(at_ms) for at_ms in range(0, 3_000, 20)]
    recorded(tmp_path, [*sound, frame(2_000, 80, 60), frame(2_040, 80, 60)])
    assert pictures_ms(tmp_path) == [2_000, 2_040]


def test_without_any_item_there_is_no_file(tmp_path: Path) -> None:
    assert recorded(tmp_path, []).problem is None
    assert list(tmp_path.iterdir()) == []


def test_what_there_was_no_time_for_is_counted_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pictures: list[Item] = [frame(40 * n) for n in range(PICTURES + 5)]
    sound: list[Item] = [block(20 * n) for n in range(MOST_RECORDED_BLOCKS + 2)]
    recorder = recorded(tmp_path, [*pictures, *sound])
    assert recorder.drops == 7
    assert recorder.notice is not None
    assert "too slow for 7 items" in recorder.notice
    assert caplog.messages == [recorder.notice]
    assert len(sound_ms(tmp_path)) == MOST_RECORDED_BLOCKS
    assert len(pictures_ms(tmp_path)) == PICTURES


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes; the system refuses, as a full disk does."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 1, 300, 700, 1500, 10_000, 100_000])
def test_what_cannot_be_written_is_one_line_and_what_was_written_stays(
    tmp_path: Path, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    with room(size):
        recorder = recorded(tmp_path, [block(20 * n) for n in range(MOST_RECORDED_BLOCKS)])
    assert recorder.problem is not None
    assert "the session goes on without it" in recorder.problem
    assert caplog.messages == [recorder.problem]
    assert (tmp_path / MEDIA).stat().st_size <= size
    blocks = len(sound_ms(tmp_path)) if size > LONGEST_HEAD else 0
    assert size // BLOCK_BYTES - 20 < blocks < MOST_RECORDED_BLOCKS
    recorder.put(block(10_000))
    assert recorder.drops == 0


def test_media_leave_room_for_the_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=RESERVE_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    recorder = recorded(tmp_path, [block(0)])
    assert recorder.problem is not None
    assert "(less than 64 MB are left): make room" in recorder.problem
    assert caplog.messages == [recorder.problem]
    assert list(tmp_path.iterdir()) == []


def test_a_session_records_what_its_devices_give(tmp_path: Path) -> None:
    clock = MonotonicClock()
    sources = Sources(camera=spec_of(lambda: FakeCamera(clock)), mic=spec_of(lambda: FakeMicrophone(clock)))
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    media = MediaRecorder(tmp_path, MonotonicClock())
    session = LiveSession(
        sources, makers, clock, journal=Recorder(tmp_path, media=True), media=media, duration_s=1.0
    )
    session.start()
    assert session.snapshot().recording_media
    session.wait()
    session.stop()
    assert session.drops["media"] == 0
    recording = Recording(tmp_path)
    assert recording.media == MEDIA
    blocks = list(recording.sound())
    assert len(blocks) > 20
    assert {b.time_ns - a.time_ns for a, b in itertools.pairwise(blocks)} == {20 * MS}
    assert len(pictures_ms(tmp_path)) > 10


def test_a_camera_that_dies_leaves_a_gap_and_goes_on_at_another_size(tmp_path: Path) -> None:
    """A real network camera; the microphone is heard all the while."""
    clock, server = MonotonicClock(), MjpegServer()
    server.start()
    sources = Sources(
        camera=spec_of(lambda: Camera(server.url, clock)), mic=spec_of(lambda: FakeMicrophone(clock))
    )
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    session = LiveSession(sources, makers, clock, media=MediaRecorder(tmp_path, MonotonicClock()))

    def camera() -> tuple[State, float]:
        view = session.snapshot().sources[0]
        return view.state, view.rate_hz

    session.start()
    assert until(lambda: camera()[0] is State.LIVE and camera()[1] > 5)
    server.stop()
    assert until(lambda: camera()[0] is State.RECONNECTING and camera()[1] == 0)
    server.size = (320, 240)
    server.start()
    assert until(lambda: camera()[0] is State.LIVE and camera()[1] > 5)
    session.stop()
    server.stop()
    frames = list(decode_frames(tmp_path / MEDIA))
    widths = [frame.image.shape[1] for frame in frames]
    assert widths == sorted(widths)
    assert {*widths} == {160, 320}
    back = widths.index(320)
    gap_ms = (frames[back].time_ns - frames[back - 1].time_ns) / MS
    assert gap_ms > 1_000
    assert {b - a for a, b in itertools.pairwise(sound_ms(tmp_path))} == {20}


def test_a_session_goes_on_without_media_and_says_so(tmp_path: Path) -> None:
    clock = MonotonicClock()
    sources = Sources(mic=spec_of(lambda: FakeMicrophone(clock)))
    makers = Makers(lambda: Analyst(FakeEngine(), FakeTextEncoder(), clock), FakeFaces, FakeVoices)
    session = LiveSession(sources, makers, clock, media=MediaRecorder(tmp_path / "nowhere", MonotonicClock()))
    session.start()
    assert until(lambda: not session.snapshot().recording_media)
    assert "the session goes on without it" in session.snapshot().messages[-1]
    assert until(lambda: session.snapshot().reading is not None)
    assert session.stop() is not None


def _running(recorder: MediaRecorder) -> tuple[threading.Thread, threading.Event]:
    end = threading.Event()
    thread = threading.Thread(target=recorder.run, args=(ALL, end), daemon=True)
    thread.start()
    return thread, end


class NobodyFound:
    """A search that finds nobody."""

    def __init__(self) -> None:
        self.looks = 0

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """Nobody."""
        self.looks += 1
        return []


class RealSearch(NobodyFound):
    """The real one, or, with `misses`, one that sees nothing each second time."""

    def __init__(self, misses: bool) -> None:
        super().__init__()
        self._search, self._misses = FaceSearch(), misses

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """The faces, or none."""
        found = self._search.boxes(image, thorough=thorough)
        self.looks += 1
        return [] if self._misses and self.looks % 2 else found


def blurred(folder: Path, search: NobodyFound, image: Image) -> list[Image]:
    """What is recorded of two seconds of the same picture, which are looked at as they come."""
    recorder = MediaRecorder(folder, MonotonicClock(), search)
    running, end = _running(recorder)
    for number in range(25):
        recorder.put(Frame(START_NS + number * 100 * MS, image))
        assert until(lambda: search.looks > number)  # noqa: B023 -- it is asked at once
    end.set()
    running.join()
    assert (recorder.problem, recorder.drops) == (None, 0)
    return [each.image for each in decode_frames(folder / MEDIA)]


def is_clear(people: People, image: Image, name: str) -> bool:
    """Whether more is left of a face than four patches across tell: the steps between neighbours."""
    before, after = (
        np.abs(np.diff(people.part(each, name).astype(np.float64), axis=1)).mean()
        for each in (people.image, image)
    )
    return bool(after > 0.5 * before)


@pytest.mark.parametrize("misses", [False, True])
def test_nobody_is_recorded_clearly_in_any_picture(tmp_path: Path, misses: bool) -> None:
    people = company()
    images = blurred(tmp_path, RealSearch(misses), people.image)
    assert len(images) == 25
    clear = {
        name: [n for n, image in enumerate(images) if is_clear(people, image, name)] for name in people.faces
    }
    assert clear == {name: [] for name in people.faces}


def test_nobody_in_photographs_of_groups_is_recorded_clearly(tmp_path: Path, shared_data: Path) -> None:
    for number, people in enumerate(snapshots(shared_data)):
        (tmp_path / str(number)).mkdir()
        images = blurred(tmp_path / str(number), RealSearch(misses=False), people.image)
        assert [name for image in images for name in people.faces if is_clear(people, image, name)] == []


def test_faces_are_blurred_where_they_were_read_and_sound_stays_with_its_pictures(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)
    search = NobodyFound()
    recorder = MediaRecorder(tmp_path, MonotonicClock(), search)
    running, end = _running(recorder)
    for number, at_ms in enumerate(range(0, 3_000, 100)):
        picture = Frame(START_NS + at_ms * MS, noise)
        recorder.looked(Looked(picture, FaceBox(0.4, 0.4, 0.2, 0.2) if at_ms < 2_000 else None, None, 0))
        recorder.put(picture)
        for block_ms in range(at_ms, at_ms + 100, 20):
            recorder.put(block(block_ms))
        assert until(lambda: search.looks > number)  # noqa: B023 -- it is asked at once
    end.set()
    running.join()
    assert (recorder.problem, recorder.drops) == (None, 0)
    frames = list(decode_frames(tmp_path / MEDIA))
    assert len(frames) == 30
    assert len(sound_ms(tmp_path)) == 150
    middle, corner = np.s_[38:58, 51:77], np.s_[:16, :16]
    assert max(float(each.image[middle].std()) for each in frames) < 45
    assert min(float(each.image[corner].std()) for each in frames) > 45
    with av.open(str(tmp_path / MEDIA)) as container:
        assert container.metadata["FACES"] == "blurred"


class Thorough(NobodyFound):
    """Counts thorough looks too."""

    def __init__(self) -> None:
        super().__init__()
        self.thorough = 0

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """Nobody."""
        self.thorough += thorough
        return super().boxes(image, thorough=thorough)


def test_without_sound_the_last_picture_is_looked_through_while_the_camera_is_away(tmp_path: Path) -> None:
    clock, search = FakeClock(START_NS), Thorough()
    recorder = MediaRecorder(tmp_path, clock, search)
    running, end = _running(recorder)
    recorder.put(frame(0))
    assert until(lambda: search.looks == 1)
    recorder.put(frame(100))
    assert until(lambda: search.looks == 2)
    assert search.thorough == 1  # the first
    clock.advance(0.6)
    looked = until(lambda: search.thorough == 2)
    end.set()
    running.join()
    assert looked
    assert pictures_ms(tmp_path) == [0, 100]


def test_sound_does_not_wait_for_a_camera_that_is_lost(tmp_path: Path) -> None:
    recorder = MediaRecorder(tmp_path, MonotonicClock(), NobodyFound())
    running, end = _running(recorder)
    for at_ms in range(0, 400, 100):
        recorder.put(frame(at_ms))
    for at_ms in range(0, 4_000, 20):
        recorder.put(block(at_ms))
    written = until(
        lambda: (tmp_path / MEDIA).exists() and (tmp_path / MEDIA).stat().st_size > 150 * BLOCK_BYTES
    )
    end.set()
    running.join()
    assert written
    assert len(sound_ms(tmp_path)) == 200
    assert pictures_ms(tmp_path) == [0, 100, 200, 300]


class Confused(NobodyFound):
    """A search with a mistake in it."""

    def boxes(self, image: Image, *, thorough: bool) -> list[FaceBox]:
        """None."""
        raise ValueError("it is all Greek to me")


Shown = list["weakref.ref[Image]"]


def shown(recorder: MediaRecorder, pictures: Iterable[int]) -> Shown:
    """Bring pictures with sound, each of which was read; gives what tells whether they are still held."""
    refs: Shown = []
    for number in pictures:
        image = np.full((48, 64, 3), number % 250, np.uint8)
        seen = Frame(START_NS + number * 40 * MS, image)
        recorder.put(seen)
        recorder.put(block(number * 40))
        recorder.looked(Looked(seen, FaceBox(0.4, 0.4, 0.2, 0.2), None, 0))
        refs.append(weakref.ref(image))
    return refs


def held(refs: Shown) -> int:
    """How many pictures are still in memory."""
    gc.collect()
    return sum(ref() is not None for ref in refs)


@pytest.mark.parametrize("search", [None, NobodyFound, Confused])
@pytest.mark.parametrize("way", ["over", "a full disk", "no folder", "no room"])
def test_for_whatever_reason_it_stops_it_keeps_no_picture(
    tmp_path: Path, way: str, search: type[NobodyFound] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "nowhere" if way == "no folder" else tmp_path
    if way == "no room":
        usage = shutil.disk_usage(tmp_path)._replace(free=RESERVE_BYTES - 1)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    recorder = MediaRecorder(folder, MonotonicClock(), None if search is None else search())
    refs = shown(recorder, range(20))
    with room(300 if way == "a full disk" else 1 << 30), suppress(ValueError):
        recorder.run(ALL, over())
    drops = recorder.drops
    refs += shown(recorder, range(20, 220))
    assert held(refs) == 0
    assert recorder.drops == drops, "what comes after the end is not lost"


def test_what_is_written_is_kept_no_longer(tmp_path: Path) -> None:
    recorder = MediaRecorder(tmp_path, MonotonicClock())
    refs = shown(recorder, range(10))
    running, end = _running(recorder)
    assert until(lambda: held(refs) <= 1), "only the one that was written last"
    end.set()
    running.join()


class Hurrying(FakeClock):
    """Another picture has come each time that somebody looks at it."""

    def __init__(self) -> None:
        super().__init__(START_NS)
        self.recorder: MediaRecorder | None = None
        self._looks = 0

    def now_ns(self) -> int:
        """The time, a picture later."""
        self._looks += 1
        if self.recorder is not None:
            self.recorder.put(frame(40 * self._looks))
        return super().now_ns()


def test_when_the_session_is_over_it_does_not_wait_for_captures_to_end(tmp_path: Path) -> None:
    clock = Hurrying()
    recorder = clock.recorder = MediaRecorder(tmp_path, clock, NobodyFound())
    running, end = _running(recorder)
    assert until(lambda: (tmp_path / MEDIA).exists())
    end.set()
    running.join(20)
    assert not running.is_alive()
