"""One chunk of a recording: everything that the core did in about a second, as arrays in an ``.npz`` file.

Arrays, for n steps, of which k are faces (v of them with a vector), m voices, c ends of utterances, p
pairs and r readings:

    op             [n] uint8     what was done: see `Operation`
    at             [n] int64     its time in ns (face, voice, advance, finish, epoch, opened, closed,
                                 pair), its window (read), its place in `texts` (words, change,
                                 marked)
    face_vectors   [v, D] float32
    face_reasons   [k] uint8     place in the list of `Reason`, or 255: the face has a vector
    voice_vectors  [m, D] float32
    voice_speech   [m] float64
    voice_silent   [m] bool
    voice_speechlike [m] float32
    voice_heard    [m, 2] int64  `UtteranceState` of the hop, or -1, -1 if it did not count for utterances
    closed         [c, 3] int64  end, due moment and hold of each utterance that closed, in ns
    revisions      [r] int32
    walls          [p] int64     the wall clock of each pair, in ns since 1970 in UTC
    texts          [b] uint8     UTF-8 of a JSON list: [start_ns, end_ns, text, confidence, language,
                                 spoken_to_ns, agreed, confidences] of words, [time_ns, source, state,
                                 reason, cause] of changes of state, [time_ns, name, source] of markers

Before version 7 there was no `voice_speechlike`, before version 5 no markers, before version 4 no pairs, and
before version 3 no boundaries and no `voice_heard`. In older chunks words end with their text, or before
`agreed`, or before `confidences`.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import RecordingError, UsageError
from fsrf_live.stream.flow.clock import Pair
from fsrf_live.stream.flow.items import (
    ROLES,
    Boundary,
    Change,
    Closed,
    FaceFeatures,
    Marked,
    Opened,
    Reason,
    State,
    UtteranceState,
    VoiceFeatures,
    Words,
)
from fsrf_live.stream.flow.markers import MARKER_SOURCES, MarkerSource, checked_marker, checked_rating

REASONS = tuple(Reason)
_ARRAYS: dict[str, tuple[str, tuple[int | None, ...]]] = {
    "op": ("u1", (None,)),
    "at": ("i8", (None,)),
    "face_vectors": ("f4", (None, None)),
    "face_reasons": ("u1", (None,)),
    "voice_vectors": ("f4", (None, None)),
    "voice_speech": ("f8", (None,)),
    "voice_silent": ("?", (None,)),
    "voice_speechlike": ("f4", (None,)),
    "voice_heard": ("i8", (None, 2)),
    "closed": ("i8", (None, 3)),
    "revisions": ("i4", (None,)),
    "walls": ("i8", (None,)),
    "texts": ("u1", (None,)),
}
"""The type and the shape of each."""
WITH_VECTOR = 255
_UNHEARD = [-1, -1]


class Operation(IntEnum):
    """What the core did in a step."""

    FACE = 1
    VOICE = 2
    WORDS = 3
    CHANGE = 4
    ADVANCE = 5
    READ = 6
    FINISH = 7
    EPOCH = 8
    OPENED = 9
    CLOSED = 10
    PAIR = 11
    MARKED = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A step that gave no item: `op` is ADVANCE, FINISH or EPOCH, and `at_ns` its time."""

    op: Operation
    at_ns: int


@dataclass(frozen=True, slots=True)
class Read:
    """A reading was made of this revision of this window."""

    window: int
    revision: int


Step = FaceFeatures | VoiceFeatures | Words | Change | Mark | Read | Pair | Marked
RecordedStep = Step | Boundary


def pack(steps: list[RecordedStep]) -> bytes:
    """The chunk's file."""
    faces = [step for step in steps if isinstance(step, FaceFeatures)]
    voices = [step for step in steps if isinstance(step, VoiceFeatures)]
    closed = [(step.end_ns, step.due_ns, step.hold_ns) for step in steps if isinstance(step, Closed)]
    texts: list[list[Any]] = []
    ops = [_op(step, texts) for step in steps]
    buffer = io.BytesIO()
    np.savez(
        buffer,
        op=np.array([op for op, _ in ops], np.uint8),
        at=np.array([at for _, at in ops], np.int64),
        face_vectors=_rows([face.vector for face in faces if face.vector is not None]),
        face_reasons=np.array([_reason(face) for face in faces], np.uint8),
        voice_vectors=_rows([voice.vector for voice in voices]),
        voice_speech=np.array([voice.speech for voice in voices], np.float64),
        voice_silent=np.array([voice.silent for voice in voices], np.bool_),
        voice_speechlike=np.array([voice.speechlike for voice in voices], np.float32),
        voice_heard=np.array([_heard(voice) for voice in voices], np.int64).reshape(-1, 2),
        closed=np.array(closed, np.int64).reshape(-1, 3),
        revisions=np.array([step.revision for step in steps if isinstance(step, Read)], np.int32),
        walls=np.array([step.wall_ns for step in steps if isinstance(step, Pair)], np.int64),
        texts=np.frombuffer(json.dumps(texts).encode(), np.uint8),
    )
    return buffer.getvalue()


def unpack(data: bytes) -> list[RecordedStep]:
    """Inverse of `pack`; raises RecordingError if the chunk is torn or not of this kind."""
    try:
        return _Reader(_arrays(data)).steps()
    except (KeyError, IndexError, TypeError, ValueError, UsageError, RecursionError, StopIteration) as error:
        raise RecordingError(f"a chunk of the recording is damaged ({error})") from error


def _arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of a file; raises ValueError if it cannot be read, or they are not as they should be."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in _ARRAYS if name in archive}
    except Exception as error:  # those of numpy, zipfile and tokenize share no base
        raise ValueError(str(error) or type(error).__name__) from error
    for name, array in arrays.items():
        _check(name, array)
    return arrays


def _check(name: str, array: NDArray[Any]) -> None:
    """Raise ValueError if an array is not of its type and shape, or holds what is no number."""
    kind, shape = _ARRAYS[name]
    fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
    if array.dtype != np.dtype(kind) or not fits or not np.isfinite(array).all():
        raise ValueError(f"{name} is not as it should be")


def _op(step: RecordedStep, texts: list[list[Any]]) -> tuple[Operation, int]:
    if isinstance(step, FaceFeatures):
        return Operation.FACE, step.time_ns
    if isinstance(step, VoiceFeatures):
        return Operation.VOICE, step.time_ns
    if isinstance(step, Mark):
        return step.op, step.at_ns
    if isinstance(step, Read):
        return Operation.READ, step.window
    if isinstance(step, Pair):
        return Operation.PAIR, step.clock_ns
    if isinstance(step, Opened):
        return Operation.OPENED, step.start_ns
    if isinstance(step, Closed):
        return Operation.CLOSED, step.start_ns
    if isinstance(step, Words):
        texts.append(list(astuple(step)))
        return Operation.WORDS, len(texts) - 1
    if isinstance(step, Marked):
        texts.append([step.time_ns, step.name, step.source, *([] if step.rating is None else [step.rating])])
        return Operation.MARKED, len(texts) - 1
    cause = None if step.cause is None else step.cause.value
    texts.append([step.time_ns, step.source, step.state.value, step.reason, cause])
    return Operation.CHANGE, len(texts) - 1


def _rows(vectors: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.stack(vectors).astype(np.float32) if vectors else np.zeros((0, 0), np.float32)


def _reason(face: FaceFeatures) -> int:
    return WITH_VECTOR if face.vector is not None or face.reason is None else REASONS.index(face.reason)


def _heard(voice: VoiceFeatures) -> list[int]:
    return _UNHEARD if voice.heard is None else [voice.heard.voiced_ns, voice.heard.undecided_ns]


class _Reader:
    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._ops = zip(arrays["op"].tolist(), arrays["at"].tolist(), strict=True)
        self._faces = iter(arrays["face_vectors"])
        self._reasons = iter(arrays["face_reasons"].tolist())
        voices = len(arrays["voice_vectors"])
        self._voices = zip(
            arrays["voice_vectors"],
            arrays["voice_speech"].tolist(),
            arrays["voice_silent"].tolist(),
            arrays["voice_speechlike"].tolist() if "voice_speechlike" in arrays else [0.0] * voices,
            arrays["voice_heard"].tolist() if "voice_heard" in arrays else [_UNHEARD] * voices,
            strict=True,
        )
        self._closed = iter(arrays["closed"].tolist() if "closed" in arrays else ())
        self._revisions = iter(arrays["revisions"].tolist())
        self._walls = iter(arrays["walls"].tolist() if "walls" in arrays else ())
        self._texts = json.loads(arrays["texts"].tobytes())

    def steps(self) -> list[RecordedStep]:
        return [self._step(Operation(op), at) for op, at in self._ops]

    def _step(self, op: Operation, at: int) -> RecordedStep:
        if op is Operation.FACE:
            reason = next(self._reasons)
            if reason == WITH_VECTOR:
                return FaceFeatures(at, next(self._faces))
            return FaceFeatures(at, None, REASONS[reason])
        if op is Operation.VOICE:
            vector, speech, silent, speechlike, heard = next(self._voices)
            state = None if heard == _UNHEARD else UtteranceState(*heard)
            return VoiceFeatures(at, vector, speech, silent, speechlike, state)
        if op is Operation.READ:
            return Read(at, next(self._revisions))
        if op in (Operation.WORDS, Operation.CHANGE, Operation.MARKED):
            return self._text_step(op, self._texts[at])
        if op is Operation.OPENED:
            return Opened(at)
        if op is Operation.CLOSED:
            return Closed(at, *next(self._closed))
        if op is Operation.PAIR:
            return Pair(at, next(self._walls))
        return Mark(op, at)

    @staticmethod
    def _text_step(op: Operation, values: list[Any]) -> RecordedStep:
        if op is Operation.WORDS:
            return _words(*values)
        return _change(*values) if op is Operation.CHANGE else _marked(*values)


def _words(
    start_ns: int,
    end_ns: int,
    text: str,
    confidence: float = 1.0,
    language: str | None = None,
    spoken_to_ns: int | None = None,
    agreed: int | None = None,
    confidences: Sequence[float] = (),
) -> Words:
    """As they were stored; older chunks have fewer values. Raises ValueError if they are something else."""
    numbers = [start_ns, end_ns, spoken_to_ns or 0, agreed or 0]
    named = isinstance(text, str) and isinstance(language, str | None)
    sure = all(0 <= one <= 1 for one in (confidence, *confidences))
    each = isinstance(text, str) and len(confidences) in (0, len(text.split()))
    if not (named and sure and each) or not all(isinstance(one, int) for one in numbers):
        raise ValueError("words are not as they should be")
    return Words(start_ns, end_ns, text, confidence, language, spoken_to_ns, agreed, tuple(confidences))


def _marked(time_ns: int, name: str, source: MarkerSource, rating: float | None = None) -> Marked:
    known = type(time_ns) is int and isinstance(name, str) and source in MARKER_SOURCES
    if not known or checked_marker(name) != name:
        raise ValueError("a marker is not as it should be")
    return Marked(time_ns, name, source, None if rating is None else checked_rating(rating))


def _change(time_ns: int, source: str, state: str, reason: str | None, cause: str | None) -> Change:
    role = next(role for role in ROLES if role == source)
    return Change(time_ns, role, State(state), reason, None if cause is None else Reason(cause))
