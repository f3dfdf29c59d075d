"""Chunks come back as they were, and whatever is wrong with one is a damaged recording."""

import io
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import Pair
from fsrf_live.stream.flow.items import Change, Closed, Marked, Opened, Reason, State, Words
from fsrf_live.stream.recording.chunks import Mark, Operation, Read, RecordedStep, pack, unpack
from tests.doubles.fakes import face, voice

STEPS: list[RecordedStep] = [
    face(1, 0.5),
    Mark(Operation.ADVANCE, 2),
    voice(2, 1.0, value=0.3, speechlike=-0.25),
    Opened(1),
    Words(1, 2, "good", 0.5, "en", spoken_to_ns=3, agreed=1, confidences=(0.5,)),
    Change(4, "mic", State.LOST, "unplugged", Reason.LOST),
    Closed(1, 5, 6, 1),
    Read(0, 1),
    Pair(7, 8),
    Marked(8, "rating", "key", -1.5),
    Marked(9, "stimulus 3, née", "command"),
]
ARRAYS = ["op", "at", "face_vectors", "face_reasons", "voice_vectors", "voice_speech", "voice_silent"]
ARRAYS += ["voice_speechlike", "voice_heard", "closed", "revisions", "walls", "texts"]


def arrays() -> dict[str, NDArray[Any]]:
    with np.load(io.BytesIO(pack(STEPS)), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def saved(stored: dict[str, NDArray[Any]]) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **stored)
    return out.getvalue()


def test_steps_come_back_as_they_were() -> None:
    again = unpack(pack(STEPS))
    assert [type(step) for step in again] == [type(step) for step in STEPS]
    assert pack(again) == pack(STEPS)
    assert sorted(arrays()) == sorted(ARRAYS)


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("kind", ["f2", "i2", "U4", "c16"])
def test_an_array_of_another_type_is_damage(name: str, kind: str) -> None:
    stored = arrays()
    stored[name] = np.zeros(stored[name].shape, kind)
    with pytest.raises(RecordingError, match=f"{name} is not as it should be"):
        unpack(saved(stored))


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_shape_is_damage(name: str) -> None:
    stored = arrays()
    for shape in ((), (1, *stored[name].shape)):
        stored[name] = np.zeros(shape, stored[name].dtype)
        with pytest.raises(RecordingError, match="damaged"):
            unpack(saved(stored))


@pytest.mark.parametrize("name", ["face_vectors", "voice_vectors", "voice_speech", "voice_speechlike"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_damage(name: str, value: float) -> None:
    stored = arrays()
    stored[name].reshape(-1)[-1] = value
    with pytest.raises(RecordingError, match=f"{name} is not as it should be"):
        unpack(saved(stored))


@pytest.mark.parametrize("name", ["op", "at", "face_reasons", "voice_speech", "closed", "revisions"])
def test_an_array_that_is_too_short_or_missing_is_damage(name: str) -> None:
    stored = arrays()
    for other in ({name: stored[name][:0]}, {}):
        rest = {key: array for key, array in stored.items() if key != name}
        with pytest.raises(RecordingError, match="damaged"):
            unpack(saved(rest | other))


@pytest.mark.parametrize(
    "texts",
    [
        None,
        [],
        {},
        [[]],
        [["1", 2, "good"]],
        [[1, 2, 3]],
        [[1, 2, "good", "sure"]],
        [[1, 2, "good", 2.0]],
        [[1, 2, "good", 1.0, 3]],
        [[1, 2, "good", 1.0, "en", "3"]],
        [[1, 2, "good", 1.0, "en", 3, 4]],
        [[1.5, 2, "good"]],
    ],
)
def test_words_that_are_no_words_are_damage(texts: object) -> None:
    stored = arrays()
    stored["texts"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    with pytest.raises(RecordingError, match="damaged"):
        unpack(saved(stored))


@pytest.mark.parametrize(
    "marker",
    [
        [],
        [9, "a"],
        [9.0, "a", "key"],
        ["9", "a", "key"],
        [True, "a", "key"],
        [9, 3, "key"],
        [9, "", "key"],
        [9, "a\x07", "key"],
        [9, "a" * 2000, "key"],
        [9, "a", "moon"],
        [9, "a", []],
        [9, "a", "key", 4.0],
        [9, "a", "key", "1"],
        [9, "a", "key", 1.0, 1.0],
    ],
)
def test_markers_that_are_no_markers_are_damage(marker: object) -> None:
    stored = arrays()
    texts = json.loads(stored["texts"].tobytes())
    stored["texts"] = np.frombuffer(json.dumps([*texts[:-1], marker]).encode(), np.uint8)
    with pytest.raises(RecordingError, match="damaged"):
        unpack(saved(stored))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data.replace(b"PK\1\2-\3-\0\0\0", b"PK\1\2-\3-\0\1\0"),  # is said to be encrypted
        lambda data: data.replace(
            b"PK\1\2-\3-\0\0\0\0\0", b"PK\1\2-\3-\0\0\0\xff\0"
        ),  # packed in no known way
        lambda data: data.replace(b"PK\1\2-\3-\0", b"PK\1\2-\3\xff\0"),  # of a later version
        lambda data: data.replace(b"'descr'", b"'descr("),
    ],
)
def test_an_archive_that_cannot_be_read_is_damage(change: Any) -> None:
    data = pack(STEPS)
    assert change(data) != data
    with pytest.raises(RecordingError, match="damaged"):
        unpack(change(data))
