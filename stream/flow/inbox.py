"""What the threads of a session hand to its core, in one order. Bounded."""

import threading
from collections import deque

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import FaceFeatures, VoiceFeatures, Words
from fsrf_live.stream.supervision.supervisor import Change, Role
from fsrf_live.stream.windows.buffer import SyncBuffer

Op = FaceFeatures | VoiceFeatures | Words | Change

CAPACITY = 512
UNREAD = 32
"""Words from which on the source of text waits: far fewer than the core or the inbox would have to drop."""
MODALITY_OF: dict[Role, Modality] = {"camera": "video", "mic": "audio", "text": "text"}
ROLE_OF: dict[Modality, Role] = {modality: role for role, modality in MODALITY_OF.items()}


class Inbox:
    """A queue of at most `CAPACITY` items; when full, the oldest feature goes, a change of state never."""

    def __init__(self) -> None:
        lock = threading.Lock()
        self._ready = threading.Condition(lock)
        self._room = threading.Condition(lock)
        self._ops: deque[Op] = deque()
        self._drops = 0
        self._unread = 0
        self._taken = 0

    @property
    def drops(self) -> int:
        """Features that the core was too slow for."""
        with self._ready:
            return self._drops

    def __len__(self) -> int:
        with self._ready:
            return len(self._ops)

    def put(self, op: Op) -> None:
        """Add one; never blocks. A source of text asks `wait_for_room` before it brings more words."""
        with self._ready:
            if len(self._ops) >= CAPACITY:
                self._drop_oldest()
            self._ops.append(op)
            self._unread += isinstance(op, Words)
            self._ready.notify()

    def wait_for_room(self, timeout_s: float) -> bool:
        """Whether there is room for more words; waits up to `timeout_s` for it."""
        with self._ready:
            return self._room.wait_for(lambda: self._unread + self._taken < UNREAD, timeout_s)

    def keep(self, words: int) -> None:
        """The core has so many pieces of text left of all that it took; those before are done with."""
        with self._ready:
            self._taken = words
            self._room.notify_all()

    def take_all(self, timeout_s: float) -> list[Op]:
        """Everything that is there, oldest first; waits up to `timeout_s` for something."""
        with self._ready:
            if not self._ops:
                self._ready.wait(timeout_s)
            ops = list(self._ops)
            self._ops.clear()
            self._taken += self._unread
            self._unread = 0
            return ops

    def _drop_oldest(self) -> None:
        for index, op in enumerate(self._ops):
            if not isinstance(op, Change):
                del self._ops[index]
                self._drops += 1
                self._unread -= isinstance(op, Words)
                return


def feed(sync: SyncBuffer, op: Op) -> None:
    """Give one item to the sync buffer: the same way live, offline and in a replay."""
    if isinstance(op, FaceFeatures):
        sync.push_face(op)
    elif isinstance(op, VoiceFeatures):
        sync.push_voice(op)
    elif isinstance(op, Words):
        sync.push_words(op)
    else:
        sync.source_state(MODALITY_OF[op.source], op.state, op.cause, op.time_ns)
