"""A data set in the manner of BIDS: events, and the scores as a continuous recording, each with its sidecar.

The Brain Imaging Data Structure, https://bids-specification.readthedocs.io, 1.10: behavioural data, task
events, physiological and other continuous recordings.
"""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.records import ESTIMATES, LABELS, SHOWN_AS
from fsrf_live.stream.recording.account import Account, plain

BIDS_VERSION = "1.10.0"
SAMPLES_PER_SECOND = 10
"""Five times as often as an open window is read."""
NOT_AVAILABLE = "n/a"

PHYSIO_COLUMNS: dict[str, str] = {
    **ESTIMATES,
    **{f"probability_{label}": f"Probability of {label}" for label in LABELS},
    **{f"{m}_coverage": f"Share of it in which the {shown} was there" for m, shown in SHOWN_AS.items()},
}
"""Of the continuous recording, in their order, with what each means."""

_EVENTS: dict[str, dict[str, Any]] = {
    "onset": {"Description": "Seconds since the session began", "Units": "s"},
    "duration": {"Description": "How long it lasted; 0 for a marker", "Units": "s"},
    "trial_type": {
        "Description": "What it is",
        "Levels": {
            "marker": "A moment that was named; value is its name",
            "rating": "What somebody thought of the person from then on; value is on the scale of the score",
            "state": "A source stayed in the state that value tells",
            "words": "What was said; value is the text",
        },
    },
    "source": {"Description": "Where it comes from: key, command, python, ... or camera, mic, text"},
    "value": {"Description": "The name, the state or the text"},
    "reason": {"Description": "Why a source was in this state"},
}

_Row = tuple[float, float, str, str, str, str | None]


def write_bids(account: Account, folder: Path) -> None:
    """Write the data set into a new folder; raises OSError."""
    subject = re.sub(r"[^A-Za-z0-9]", "", account.name) or "01"
    place = folder / f"sub-{subject}" / "beh"
    place.mkdir(parents=True)
    stem = f"sub-{subject}_task-live"
    _write_json(folder / "dataset_description.json", _description(account))
    (folder / "README").write_text(_README, encoding="utf-8")
    (folder / "participants.tsv").write_text(f"participant_id\nsub-{subject}\n", encoding="utf-8")
    rows = ["\t".join(_EVENTS), *("\t".join(map(_cell, row)) for row in _rows(account))]
    (place / f"{stem}_events.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    _write_json(place / f"{stem}_events.json", _EVENTS)
    samples = "".join("\t".join(map(_cell, row)) + "\n" for row in _samples(account))
    # Without the time of packing: the same recording gives the same bytes.
    (place / f"{stem}_recording-fsrf_physio.tsv.gz").write_bytes(gzip.compress(samples.encode(), mtime=0))
    _write_json(place / f"{stem}_recording-fsrf_physio.json", _sidecar())


def _rows(account: Account) -> list[_Row]:
    """The events, by their onset."""
    markers: list[_Row] = [(m.time_s, 0.0, "marker", m.source, plain(m.name), None) for m in account.markers]
    ratings: list[_Row] = [
        (r.time_s, 0.0, "rating", r.source, f"{r.rating:.2f}", None) for r in account.ratings
    ]
    spells: list[_Row] = [
        (s.start_s, s.end_s - s.start_s, "state", s.source, s.state.value, s.reason) for s in account.spells
    ]
    words: list[_Row] = [
        (w.start_s, w.end_s - w.start_s, "words", "text", w.text, None) for w in account.words
    ]
    return sorted([*markers, *ratings, *spells, *words], key=lambda row: row[0])


def _samples(account: Account) -> Iterator[list[float | None]]:
    modalities: tuple[Modality, ...] = tuple(SHOWN_AS)
    for number in range(int(account.duration_s * SAMPLES_PER_SECOND) + 1):
        reading = account.reading_at(number / SAMPLES_PER_SECOND)
        if reading is None:
            yield [None] * len(PHYSIO_COLUMNS)
            continue
        coverages = [reading.modalities[m].coverage for m in modalities]
        probabilities = [reading.probabilities[label] for label in LABELS]
        estimates = [getattr(reading, name) for name in ESTIMATES]
        yield [*estimates, *probabilities, *coverages]


def _cell(value: float | str | None) -> str:
    """Three decimals for numbers; tabs and line ends are gone from texts already."""
    if value is None or value == "":
        return NOT_AVAILABLE
    return value if isinstance(value, str) else f"{value:.3f}"


def _sidecar() -> dict[str, Any]:
    columns = {name: {"Description": meaning} for name, meaning in PHYSIO_COLUMNS.items()}
    return {
        "SamplingFrequency": SAMPLES_PER_SECOND,
        "StartTime": 0,
        "Columns": list(PHYSIO_COLUMNS),
        **columns,
    }


def _description(account: Account) -> dict[str, Any]:
    return {
        "Name": plain(account.name),
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "FSRF Live"}],
    }


_README = """\
One session of FSRF Live (fsrf export). events: markers, states of the sources, and words. physio: the score
of the utterance that each moment lies in, with its 90 % prediction interval; n/a between utterances. It
estimates how sentiment is expressed, not what somebody feels.
"""


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
