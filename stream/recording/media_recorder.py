"""Records raw media beside a session: captures put items into bounded channels, a thread of its own writes.

If it cannot keep up, items are left out and counted; if it cannot write, it says so in one line, and
the session goes on without it.
"""

import errno
import logging
import shutil
import threading
from collections import deque
from pathlib import Path

from fsrf_live.fsrf.common.aliases import FileName
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import Clock
from fsrf_live.stream.flow.items import FaceBox, Frame, Item, Looked, Samples, Words, start_ns
from fsrf_live.stream.flow.queues import BoundedQueue, drop_oldest
from fsrf_live.stream.recording.blurring import LONGEST_WAIT_NS, MOST_WAITING_BYTES, FaceBlur, Search
from fsrf_live.stream.recording.media import MEDIA, SIZE_UNKNOWN, MediaWriter

PICTURES, MOST_RECORDED_BLOCKS, _WORDS, MOST_LOOKS = 30, 256, 64, 64
_WAIT_S = 0.1
HOLD_NS = 500_000_000
"""How long the first items wait for those of the other device, which may have begun a little earlier."""
RESERVE_BYTES = 64 << 20
"""Room that media leave on the disk for the features and answers."""
CHECK_EVERY = 64

_log = logging.getLogger(__name__)


class MediaRecorder:
    """Use: `put` from any thread, `run` in one. `problem` says why it stopped, None as long as it records."""

    def __init__(self, folder: FileName, clock: Clock, search: Search | None = None) -> None:
        """The folder is the recorder's (`recording`), which holds it for this process alone.

        With a `search` the faces that it finds are blurred in the pictures, and those that `looked` tells of.
        """
        self.problem: str | None = None
        self._folder, self._clock = Path(folder), clock
        self._wake = threading.Event()
        self._pictures: BoundedQueue[Frame] = BoundedQueue(drop_oldest(PICTURES), self._wake.set)
        self._sound: BoundedQueue[Samples] = BoundedQueue(drop_oldest(MOST_RECORDED_BLOCKS), self._wake.set)
        self._words: BoundedQueue[Words] = BoundedQueue(drop_oldest(_WORDS), self._wake.set)
        self._left_out = 0
        self._blur = None if search is None else FaceBlur(search)
        self._looks: deque[tuple[int, FaceBox]] = deque(maxlen=MOST_LOOKS)
        self._early: list[Samples] = []
        self._over = False

    @property
    def drops(self) -> int:
        """Items that there was no time for, or that were out of order."""
        return self._pictures.drops + self._sound.drops + self._words.drops + self._left_out

    @property
    def notice(self) -> str | None:
        """What a person should know now: why it stopped, or that it cannot keep up."""
        if self.problem is None and self.drops:
            return f"{self._folder / MEDIA}: the machine was too slow for {self.drops} items"
        return self.problem

    def put(self, item: Item) -> None:
        """Take an item; never blocks. Once `run` is over it goes nowhere."""
        if self._over:
            return
        if isinstance(item, Frame):
            self._pictures.put(item)
        elif isinstance(item, Samples):
            self._sound.put(item)
        elif not item.provisional:  # those that hold come again when their utterance has closed
            self._words.put(item)

    def looked(self, looked: Looked) -> None:
        """Hear of a picture that was read, from any thread; never blocks."""
        if self._blur is not None and looked.box is not None:
            self._looks.append((looked.frame.time_ns, looked.box))

    def run(self, expected: frozenset[Modality], over: threading.Event) -> None:
        """Write what comes until `over`, then what is left. `expected` are the modalities of the session."""
        try:
            self._run(expected, over)
        except OSError as error:
            self._stop(error)
        finally:
            self._let_go()
        if self.notice is not None:
            _log.warning(self.notice)

    def _run(self, expected: frozenset[Modality], over: threading.Event) -> None:
        self._leave_room()
        first: list[Item] = [*self._hold(len(expected & {"video", "audio"}), over)]
        if not first:
            return
        sizes = [item.image.shape for item in first if isinstance(item, Frame)]
        height, width = sizes[0][:2] if sizes else SIZE_UNKNOWN
        writer = MediaWriter(
            self._folder,
            min(start_ns(item) for item in first),
            size=(width, height) if "video" in expected else None,
            sound="audio" in expected,
            blurred=self._blur is not None,
        )
        try:
            self._write_all(writer, first, over)
            writer.close()
        except OSError:
            writer.abandon()
            raise
        finally:
            self._left_out = writer.left_out

    def _hold(self, devices: int, over: threading.Event) -> list[Frame | Samples]:
        """Gather the first items: some of each device, or `HOLD_NS` of one, or as much as may wait."""
        held: list[Frame | Samples] = []
        hold_ns = HOLD_NS if self._blur is None else HOLD_NS + LONGEST_WAIT_NS
        while not over.is_set():
            held += self._take(last=False)
            times = [item.time_ns for item in held]
            size = sum(item.image.nbytes for item in held if isinstance(item, Frame))
            both = len({type(item) for item in held}) == devices
            if held and (both or times[-1] - times[0] > hold_ns or size > MOST_WAITING_BYTES):
                return held
        return held + self._take(last=True)

    def _write_all(self, writer: MediaWriter, items: list[Item], over: threading.Event) -> None:
        """Write these and what comes until `over`, then what is there: captures may go on for a while."""
        unchecked, last = 0, False
        while True:
            for item in sorted(items, key=start_ns):
                writer.write(item)
            unchecked += len(items)
            items.clear()  # in place: the caller would keep the first ones as long as it records
            if unchecked > CHECK_EVERY:
                self._leave_room()
                unchecked = 0
            if last:
                return
            last = over.is_set()
            items += [*self._take(last=last), *self._words.drain()]

    def _take(self, *, last: bool) -> list[Frame | Samples]:
        """Everything that is there, blurred if it is to be; waits a little for something.

        Sound does not overtake pictures that wait: parts of the file would go back in time.
        """
        self._wake.wait(_WAIT_S)
        self._wake.clear()
        if self._blur is None:
            return [*self._sound.drain(), *self._pictures.drain()]
        while self._looks:
            self._blur.saw(*self._looks.popleft())
        self._early += self._sound.drain()
        now_ns = self._clock.now_ns()
        pictures = self._blur.push(self._pictures.drain(), now_ns, last=last)
        until_ns = self._blur.waiting_since_ns
        sound = [block for block in self._early if until_ns is None or block.time_ns <= until_ns]
        self._early = self._early[len(sound) :]
        return [*sound, *pictures]

    def _leave_room(self) -> None:
        """Raise OSError if media would take the room that features and answers need."""
        if shutil.disk_usage(self._folder).free < RESERVE_BYTES:
            raise OSError(errno.ENOSPC, f"less than {RESERVE_BYTES >> 20} MB are left")

    def _let_go(self) -> None:
        """Take nothing more, and keep no picture: a session may go on for hours without its media."""
        self._over = True
        self._blur, self._early = None, []
        for queue in (self._pictures, self._sound, self._words):
            queue.drain()

    def _stop(self, error: OSError) -> None:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "make room" if full else "name a folder that can be written to"
        self.problem = (
            f"{self._folder / MEDIA} ends here ({error.strerror}): {advice}; the session goes on without it"
        )
