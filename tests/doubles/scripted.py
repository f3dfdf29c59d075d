"""A scripted session, the same for every test of the dashboard: a talk in which the camera drops out."""

import math

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.items import Reason, State
from fsrf_live.stream.flow.records import Label, Latency, ModalityReading, Reading, Trend
from fsrf_live.stream.flow.snapshot import HistoryPoint, Percentiles, Snapshot, SourceView

OUTAGE = (18.0, 23.0)
WORDS = "it was a normal day and then I heard the news I love it what a wonderful surprise this is"


def _score(time_s: float) -> float:
    return 1.6 * math.exp(-(((time_s - 12) / 5) ** 2)) - 1.9 * math.exp(-(((time_s - 30) / 4) ** 2))


def _out(time_s: float) -> bool:
    return OUTAGE[0] <= time_s < OUTAGE[1]


def _point(time_s: float) -> HistoryPoint:
    score = _score(time_s)
    half = 1.1 if _out(time_s) else 0.6
    missing: tuple[Modality, ...] = ("video",) if _out(time_s) else ()
    final = round(time_s * 2) % 9 == 0
    trend = (_score(time_s) + _score(time_s - 3) + _score(time_s - 6)) / 3
    return HistoryPoint(time_s, score, max(-3, score - half), min(3, score + half), final, missing, trend)


def _part(state: str, contribution: float, reason: Reason | None = None) -> ModalityReading:
    if state == "missing":
        return ModalityReading("missing", reason, 0.0, 0.0, 0.72)
    return ModalityReading("partial" if state == "partial" else "present", None, 0.64, contribution, None)


def scripted_reading(time_s: float) -> Reading:
    """What the session says at one moment."""
    point = _point(time_s)
    label: Label = "positive" if point.score > 0.5 else "negative" if point.score < -0.5 else "neutral"
    likely = {"negative": 0.12, "neutral": 0.14, "positive": 0.11, label: 0.74}
    out = _out(time_s)
    modalities: dict[Modality, ModalityReading] = {
        "text": _part("partial", 0.55 * point.score),
        "audio": _part("present", (0.35 if out else 0.10) * point.score - 0.2),
        "video": _part("missing", 0.0, Reason.LOST) if out else _part("present", 0.30 * point.score),
    }
    without: dict[Modality, float] = {"text": 0.4 * point.score, "audio": 0.8 * point.score}
    if not out:
        without["video"] = 0.7 * point.score
    return Reading(
        window=int(time_s / 4.5),
        revision=1,
        final=point.final,
        start_s=max(0.0, time_s - 3),
        end_s=time_s,
        score=point.score,
        low=point.low,
        high=point.high,
        label=label,
        probabilities={
            "negative": likely["negative"],
            "neutral": likely["neutral"],
            "positive": likely["positive"],
        },
        modalities=modalities,
        text="what a wonderful surprise",
        engine="onnx",
        latency_ms=Latency(600.0, 11.2, 18.4, 0.3),
        without=without,
        trend=None if point.trend is None else Trend(point.trend, point.low, point.high),
    )


def _sources(time_s: float) -> tuple[SourceView, ...]:
    out = _out(time_s)
    camera = SourceView(
        "camera",
        "video",
        "demo.mp4",
        State.LOST if out else State.LIVE,
        "no new frame for 3.0 s" if out else None,
        0.0 if out else 24.9,
        time_s - OUTAGE[0] if out else 0.033,
        12,
        1 if time_s >= OUTAGE[1] else 0,
    )
    mic = SourceView("mic", "audio", "demo.mp4", State.LIVE, None, 25.0, 0.041, 0, 0, drift_ppm=-18.0)
    text = SourceView("text", "text", "demo.vtt", State.LIVE, None, 2.3, 1.24, 0, 0)
    return (camera, mic, text)


def scripted(time_s: float) -> Snapshot:
    """The scripted session at one moment."""
    loading = "loading the face model …" if time_s < 1.0 else None
    spoken = WORDS.split()
    times = [step / 2 for step in range(2, int(time_s * 2) + 1)]
    parts = {
        "wait": 600.0,
        "features": 11.2,
        "engine": 18.4,
        "emit": 0.31,
        "processing": 29.9,
        "total": 630.0,
    }
    timed = {
        name: Percentiles(len(times), p50, 1.2 * p50, 1.4 * p50, 1.9 * p50, 2.5 * p50)
        for name, p50 in parts.items()
    }
    return Snapshot(
        time_s=time_s,
        loading=loading,
        reading=scripted_reading(times[-1]) if times else None,
        history=tuple(_point(moment) for moment in times),
        sources=_sources(time_s),
        words=" ".join(spoken[: int(time_s)]),
        latency=timed if times else {},
        engine="" if loading else "onnx",
        faults=("camera:unplug@18s+5s",) if _out(time_s) else (),
        recording=time_s > 5,
        duration_s=40.0,
        messages=("0:18 camera lost: no new frame for 3.0 s", "0:23 camera live again")
        if time_s > 23
        else (),
    )
