"""A folder in the manner of BIDS."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

from fsrf_live.stream.export.bids import PHYSIO_COLUMNS, SAMPLES_PER_SECOND, write_bids
from fsrf_live.stream.recording.account import Account
from tests.doubles.sessions import AWKWARD

NAME = re.compile(
    r"sub-[A-Za-z0-9]+_task-[A-Za-z0-9]+(_recording-[A-Za-z0-9]+)?_(events|physio)\.(tsv|tsv\.gz|json)"
)


def table(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def written(account: Account, folder: Path) -> Path:
    """Where the data lie."""
    write_bids(account, folder)
    (place,) = (folder / path for path in folder.glob("sub-*/beh"))
    return place


def test_files_are_named_as_bids_has_them_each_table_with_its_sidecar(
    account: Account, tmp_path: Path
) -> None:
    place = written(account, tmp_path / "set")
    names = sorted(path.name for path in place.iterdir())
    assert all(NAME.fullmatch(name) for name in names)
    assert {name.partition(".")[0] for name in names if name.endswith("json")} == {
        name.partition(".")[0] for name in names if not name.endswith("json")
    }
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == [
        "README",
        "dataset_description.json",
        "participants.tsv",
        "sub-monday",
    ]
    about = json.loads((tmp_path / "set" / "dataset_description.json").read_text())
    assert about["BIDSVersion"]
    assert about["GeneratedBy"][0]["Name"] == "FSRF Live"


def test_events_have_onset_and_duration_and_are_in_order(account: Account, tmp_path: Path) -> None:
    place = written(account, tmp_path / "set")
    head, *rows = table((place / "sub-monday_task-live_events.tsv").read_text(encoding="utf-8"))
    assert head == list(json.loads((place / "sub-monday_task-live_events.json").read_text()))
    assert head[:3] == ["onset", "duration", "trial_type"]
    assert {len(row) for row in rows} == {len(head)}
    onsets = [float(row[0]) for row in rows]
    assert onsets == sorted(onsets)
    assert ["2.000", "0.000", "marker", "key", "stimulus 1", "n/a"] in rows
    assert ["2.100", "0.000", "marker", "key", AWKWARD, "n/a"] in rows
    assert ["4.000", "0.000", "rating", "key", "1.50", "n/a"] in rows
    assert ["6.000", "2.000", "state", "camera", "lost", "unplugged"] in rows
    assert ["5.000", "2.000", "words", "text", "a good day", "n/a"] in rows


def test_the_score_is_a_recording_at_a_steady_rate_without_a_head(account: Account, tmp_path: Path) -> None:
    place = written(account, tmp_path / "set")
    stem = place / "sub-monday_task-live_recording-fsrf_physio"
    about = json.loads(stem.with_suffix(".json").read_text())
    assert (about["SamplingFrequency"], about["StartTime"], about["Columns"]) == (10, 0, list(PHYSIO_COLUMNS))
    assert all(about[column]["Description"] for column in about["Columns"])
    rows = table(gzip.decompress(stem.with_suffix(".tsv.gz").read_bytes()).decode())
    assert len(rows) == 12 * SAMPLES_PER_SECOND + 1
    for number, row in enumerate(rows):
        reading = account.reading_at(number / SAMPLES_PER_SECOND)
        if reading is None:
            assert set(row) == {"n/a"}
        else:
            told = dict(zip(PHYSIO_COLUMNS, map(float, row), strict=True))
            assert abs(told["score"] - reading.score) < 1e-3
            assert abs(told["probability_positive"] - reading.probabilities["positive"]) < 1e-3


def test_the_same_account_gives_the_same_bytes(account: Account, tmp_path: Path) -> None:
    one, two = (written(account, tmp_path / name) for name in ("one", "two"))
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()


def test_a_name_without_a_letter_that_bids_allows_is_number_one(account: Account, tmp_path: Path) -> None:
    assert written(replace(account, name="_-_"), tmp_path / "set").parent.name == "sub-01"
