"""What the server and the page tell each other: JSON, one object a message.

To the page: ``hello``, ``past``, then each record as in JSON lines (readings with what they would be
`without` a modality), ``status`` several times a second, and an ``answer`` to each act. From the page: acts,
each with an `id` that its answer repeats.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.records import Reading, Record, as_line, values_of
from fsrf_live.stream.flow.snapshot import Snapshot

PAGE_VERSION = 1
"""Changes if a page that is still open would not understand the server; it then loads itself again."""
LONGEST_ACT = 4096
"""Bytes of a message from the page: a marker of the longest name fits, every letter of it escaped or not."""
LONGEST_AGO_S = 600.0
"""How long somebody may think about the name of a moment."""

Act = Literal["mark", "rate", "cut", "restore", "fault", "invite"]
ACTS: tuple[Act, ...] = get_args(Act)


@dataclass(frozen=True, slots=True)
class Asked:
    """One act. Of a marker: its `name`, None if it is to be counted, and how long ago its moment was.

    `rating` is on the scale of scores if it is any, which the session looks at.
    """

    id: int
    act: Act
    name: str | None = None
    ago_s: float = 0.0
    modality: Modality | None = None
    rating: float | None = None


def asked_of(message: str) -> Asked:
    """What a message asks for; raises UsageError if it is none of ours."""
    try:
        values = json.loads(message)
    except (RecursionError, ValueError) as error:
        raise UsageError("this message is no JSON") from error
    if not isinstance(values, dict) or not _is_whole(values.get("id")) or values.get("act") not in ACTS:
        raise UsageError("this message asks for nothing that there is: load the page again")
    act: Act = values["act"]
    if act == "mark":
        return Asked(values["id"], act, name=_name(values.get("name")), ago_s=_ago(values.get("ago_s", 0)))
    if act == "rate":
        return Asked(values["id"], act, rating=_number(values.get("rating"), "a rating is a number"))
    if act in ("cut", "restore"):
        return Asked(values["id"], act, modality=_modality(values.get("modality")))
    return Asked(values["id"], act)


def _is_whole(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53


def _name(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise UsageError("the name of a marker is text")


def _ago(value: object) -> float:
    refusal = f"a marker is of the last {LONGEST_AGO_S:.0f} s"
    ago_s = _number(value, refusal)
    if not 0 <= ago_s <= LONGEST_AGO_S:
        raise UsageError(refusal)
    return ago_s


def _number(value: object, refusal: str) -> float:
    if type(value) not in (int, float):
        raise UsageError(refusal)
    return float(str(value))  # an integer may be too large for a float: this is infinity then


def _modality(value: object) -> Modality:
    for modality in MODALITIES:
        if value == modality:
            return modality
    raise UsageError(f"there is no such modality: choose from {', '.join(MODALITIES)}")


def hello(kept: int, asks: Iterable[str]) -> str:
    """The first message: how many records the page may keep, and the devices that are asked of browsers."""
    return as_line({"type": "hello", "version": PAGE_VERSION, "kept": kept, "asks": list(asks)})


def past(records: Iterable[str]) -> str:
    """The records so far, each as `record_line` gives it."""
    return f'{{"type":"past","records":[{",".join(records)}]}}'


def record_line(record: Record) -> str:
    """A record as the page gets it."""
    values = values_of(record)
    if isinstance(record, Reading):
        values["without"] = {modality: round(score, 3) for modality, score in record.without.items()}
    return as_line(values)


def status(snapshot: Snapshot) -> str:
    """What is not in records: sources at this moment, words as they come, latency, what it is doing."""
    return as_line(
        {
            "type": "status",
            "time_s": round(snapshot.time_s, 3),
            "duration_s": snapshot.duration_s,
            "loading": snapshot.loading,
            "engine": snapshot.engine,
            "faults": list(snapshot.faults),
            "recording": snapshot.recording,
            "recording_media": snapshot.recording_media,
            "ended": snapshot.ended,
            "words": snapshot.words,
            "tentative": snapshot.tentative,
            "sources": [asdict(view) for view in snapshot.sources],
            "latency": {part: asdict(each) for part, each in snapshot.latency.items()},
            "messages": list(snapshot.messages),
        }
    )


def answer_to(asked: int | None, said: str | None = None, **more: Any) -> str:
    """What became of an act; `refused` among `more` is why nothing did."""
    return as_line({"type": "answer", "id": asked, "said": said, **more})
