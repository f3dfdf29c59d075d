"""Records as a live session gives them."""

from dataclasses import replace

from fsrf_live.stream.flow.clock import NS, Pair
from fsrf_live.stream.flow.items import Reason, State
from fsrf_live.stream.flow.records import (
    Event,
    Latency,
    Marker,
    ModalityReading,
    Reading,
    Record,
    Summary,
    Trend,
    timed,
)

WALL_S = 1_700_000_000
PAIR = Pair(clock_ns=0, wall_ns=WALL_S * NS)
"""1,700,000,000 s after 1970 it is 2023-11-14T22:13:20Z."""

READING = timed(
    Reading(
        window=3,
        revision=1,
        final=True,
        start_s=1.2,
        end_s=3.9,
        score=0.81,
        low=-0.1,
        high=1.6,
        label="positive",
        probabilities={"negative": 0.1, "neutral": 0.2, "positive": 0.7},
        modalities={
            "video": ModalityReading("present", None, 0.98, 0.4, None),
            "audio": ModalityReading("partial", Reason.STALLED, 0.6, 0.11, None),
            "text": ModalityReading("missing", Reason.PENDING, 0.0, 0.0, 0.42),
        },
        text='she said "so it is", é',
        engine="onnx",
        latency_ms=Latency(600.0, 12.5, 2.0, 0.1),
        unsure=True,
        trend=Trend(0.5, -0.4, 1.3),
    ),
    PAIR,
    0,
)
LOST = timed(Event(5.0, "camera", State.LOST, "no new frame for 1.0 s"), PAIR, 0)
BACK = timed(Event(8.5, "camera", State.LIVE, None), PAIR, 0)
MARKER = timed(Marker(6.25, "stimulus 3", "command"), PAIR, 0)
END = timed(Summary(10.0, 2, 0.5, -0.5, 1.5, "positive", READING.modalities), PAIR, 0)
SESSION: tuple[Record, ...] = (READING, LOST, MARKER, BACK, END)


def reading_at(end_s: float) -> Reading:
    """A reading whose newest evidence was captured then."""
    return timed(replace(READING, start_s=end_s - 1.0, end_s=end_s), PAIR, 0)
