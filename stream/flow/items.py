"""What flows through the path: what sources yield and what feature extraction makes of it.

Every item is stamped at capture with the one clock (`stream.flow.clock`), in nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.markers import MarkerSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000


class State(StrEnum):
    """State of a source."""

    STARTING = "starting"
    LIVE = "live"
    STALLED = "stalled"
    LOST = "lost"
    RECONNECTING = "reconnecting"
    DISABLED = "disabled"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a modality is missing from a window, or from a part of it."""

    DISABLED = "disabled"
    ABSENT = "absent"
    LOST = "lost"
    STALLED = "stalled"
    FROZEN = "frozen"
    BLACK = "black"
    SILENT = "silent"
    NO_FACE = "no_face"
    NO_SPEECH = "no_speech"
    PENDING = "pending"
    LANGUAGE = "language"
    UNCLEAR = "unclear"
    TOO_SMALL = "too_small"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: ``image [H, W, 3] uint8`` BGR."""

    time_ns: int
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Samples:
    """A block of sound: ``samples [n] float32`` in [-1, 1], mono, 16 kHz; `time_ns` is its first sample."""

    time_ns: int
    samples: NDArray[np.float32]

    @property
    def end_ns(self) -> int:
        """When the block ends."""
        return self.time_ns + len(self.samples) * 1_000_000_000 // SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class Words:
    """Words spoken between two moments.

    `confidence` in [0, 1] is how sure the source of them is, and `confidences` of each of them, if they
    differ; `language` is their two-letter code, if known. Without a text and with confidence 0 they say that
    somebody spoke and nothing of it can be relied on.
    `agreed` is set if their utterance was still open when they were recognised: so many of them, from the
    first, the answer before them had too. `spoken_to_ns` is set if that was in a pause: they hold if their
    utterance closes there. Words of a closed utterance come without either, those that hold once more.
    """

    start_ns: int
    end_ns: int
    text: str
    confidence: float = 1.0
    language: str | None = None
    spoken_to_ns: int | None = None
    agreed: int | None = None
    confidences: tuple[float, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether their utterance was still open."""
        return self.agreed is not None or self.spoken_to_ns is not None

    @property
    def said(self) -> list[tuple[str, float]]:
        """Each word with its confidence."""
        words = self.text.split()
        return list(zip(words, self.confidences or [self.confidence] * len(words), strict=True))

    @property
    def unclear(self) -> bool:
        """Whether somebody spoke and nothing of it can be relied on."""
        return not self.text.strip() and self.confidence == 0.0


Item = Frame | Samples | Words


class FaceBox(NamedTuple):
    """Where a face is in its picture, from the top left, all in shares of the picture's width and height."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that was read: where its face was (None: nowhere), why it gave nothing, how long it took."""

    frame: Frame
    box: FaceBox | None
    reason: Reason | None
    took_ns: int


@dataclass(frozen=True, slots=True)
class FaceFeatures:
    """Normalised face geometry of one frame: ``vector [D] float32``, or None and the reason."""

    time_ns: int
    vector: NDArray[np.float32] | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class UtteranceState:
    """What is known of utterances once a hop was heard.

    The speech of the open one ends at `voiced_ns` so far; none that is open, or opens later, begins before
    `undecided_ns`.
    """

    voiced_ns: int
    undecided_ns: int


@dataclass(frozen=True, slots=True)
class VoiceFeatures:
    """Voice features of one hop (40 ms): ``vector [D] float32``; `speech` is the VAD probability in [0, 1].

    `silent` marks digital silence (all zeros), which a live microphone never gives. `speechlike` is below 0
    if the voice of the last 0.2 s coughs, sighs or laughs rather than speaks. `heard` is added by
    `stream.windows.utterances`; None before that, and if the hop does not count for utterances.
    """

    time_ns: int
    vector: NDArray[np.float32]
    speech: float
    silent: bool = False
    speechlike: float = 0.0
    heard: UtteranceState | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Speech has begun; `start_ns` is its onset less the pre-roll."""

    start_ns: int


@dataclass(frozen=True, slots=True)
class Closed:
    """An utterance is over.

    `end_ns` is where its speech ended, `due_ns` when that could be known, and `hold_ns` how much of the way
    between them a setting costs.
    """

    start_ns: int
    end_ns: int
    due_ns: int
    hold_ns: int


Boundary = Opened | Closed


FlowItem = Item | FaceFeatures | VoiceFeatures


def start_ns(item: FlowItem) -> int:
    """When an item begins."""
    return item.start_ns if isinstance(item, Words) else item.time_ns


Role = Literal["camera", "mic", "text"]


ROLES: tuple[Role, ...] = ("camera", "mic", "text")


@dataclass(frozen=True, slots=True)
class Change:
    """A source changed its state.

    `reason` is for people; `cause` says why the modality is missing from now on, None if it is not;
    `rehearsed`, that the user asked for the failure.
    """

    time_ns: int
    source: Role
    state: State
    reason: str | None
    cause: Reason | None
    rehearsed: bool = False


MODALITY_OF: dict[Role, Modality] = {"camera": "video", "mic": "audio", "text": "text"}


ROLE_OF: dict[Modality, Role] = {modality: role for role, modality in MODALITY_OF.items()}


@dataclass(frozen=True, slots=True)
class Marked:
    """Somebody, or another program, has named a moment, or rated it; both are as `flow.markers` wants it."""

    time_ns: int
    name: str
    source: MarkerSource
    rating: float | None = None


class Arrival(NamedTuple):
    """An item and the moment at which it comes in, in ns."""

    at_ns: int
    item: Item


def due_ns(item: Item) -> int:
    """When a live device would have handed this over: a picture at its time, sound and words at their end."""
    if isinstance(item, Frame):
        return item.time_ns
    return item.end_ns


def shifted(item: FlowItem, by_ns: int) -> FlowItem:
    """Give the same item, later by `by_ns`."""
    if isinstance(item, Words):
        return said_later(item, by_ns)
    return replace(item, time_ns=item.time_ns + by_ns)


def said_later(words: Words, by_ns: int) -> Words:
    """Give the same words, later by `by_ns`."""
    spoken_to_ns = None if words.spoken_to_ns is None else words.spoken_to_ns + by_ns
    start_ns, end_ns = words.start_ns + by_ns, words.end_ns + by_ns
    return replace(words, start_ns=start_ns, end_ns=end_ns, spoken_to_ns=spoken_to_ns)


HOP_NS = 40_000_000
