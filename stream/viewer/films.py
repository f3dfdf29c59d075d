"""The films that are looked at now: few, each opened once, and opened again if it has grown meanwhile."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.recording.media import recorded_origin_ns
from fsrf_live.stream.viewer.reels import FilmPictures, FilmSound, Still
from fsrf_live.stream.viewer.wave import ByteRange, wave_part

MOST_OPEN_FILMS = 4


class Films:
    """Thread-safe. Raises MediaError, and OSError if a file is gone."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[Path, int, int], FilmPictures] = OrderedDict()
        self._starts: dict[tuple[Path, int], float] = {}
        self._lock = threading.Lock()

    def start_of(self, path: Path, epoch_ns: int) -> float:
        """When a film begins, in seconds since `epoch_ns`; raises RecordingError if it is not one of ours."""
        with self._lock:
            key = (path, epoch_ns)
            if key not in self._starts:
                self._starts[key] = (recorded_origin_ns(path) - epoch_ns) / NS
            return self._starts[key]

    def around(self, path: Path, start_s: float, time_s: float) -> tuple[Still | None, Still | None]:
        """The picture of a moment, and the next one."""
        with self._lock:
            return self._pictures(path, start_s).around(time_s)

    def kinds(self, path: Path, start_s: float) -> tuple[bool, bool]:
        """Whether there are pictures, and whether there is sound."""
        with self._lock, _sounds(path, start_s) as sounds:
            return self._pictures(path, start_s).any, sounds.any

    def sound(self, path: Path, start_s: float, part: ByteRange, size: int) -> Iterator[bytes]:
        """Bytes of the sound, from a file that is open as long as somebody takes them."""
        with _sounds(path, start_s) as sounds:
            yield from wave_part(part, size, sounds.between)

    def close(self) -> None:
        """Let all files go."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def _pictures(self, path: Path, start_s: float) -> FilmPictures:
        status = path.stat()
        key = (path, status.st_ino, status.st_size)
        if key not in self._open:
            self._open[key] = FilmPictures(path, start_s)
            if len(self._open) > MOST_OPEN_FILMS:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(key)
        return self._open[key]


@contextmanager
def _sounds(path: Path, start_s: float) -> Iterator[FilmSound]:
    with closing(FilmSound(path, start_s)) as sounds:
        yield sounds
