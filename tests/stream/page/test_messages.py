"""What the page and the session tell each other."""

import json
from dataclasses import replace

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import LONGEST_MARKER
from fsrf_live.stream.flow.records import values_of
from fsrf_live.stream.page.messages import (
    LONGEST_ACT,
    Asked,
    answer_to,
    asked_of,
    hello,
    past,
    record_line,
    status,
)
from tests.doubles.records import LOST, READING
from tests.doubles.scripted import scripted


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ('{"id":1,"act":"fault"}', Asked(1, "fault")),
        ('{"id":2,"act":"invite","more":[]}', Asked(2, "invite")),
        ('{"id":3,"act":"cut","modality":"audio"}', Asked(3, "cut", modality="audio")),
        ('{"id":4,"act":"restore","modality":"video"}', Asked(4, "restore", modality="video")),
        ('{"id":7,"act":"rate","rating":-1.5}', Asked(7, "rate", rating=-1.5)),
        ('{"id":5,"act":"mark"}', Asked(5, "mark")),
        ('{"id":6,"act":"mark","name":"a","ago_s":1.5}', Asked(6, "mark", name="a", ago_s=1.5)),
    ],
)
def test_what_is_asked_for(message: str, asked: Asked) -> None:
    assert asked_of(message) == asked


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("", "no JSON"),
        ("hello", "no JSON"),
        ("[" * 2000, "no JSON"),
        ("[]", "asks for nothing"),
        ('{"act":"fault"}', "asks for nothing"),
        ('{"id":true,"act":"fault"}', "asks for nothing"),
        ('{"id":-1,"act":"fault"}', "asks for nothing"),
        ('{"id":1,"act":"format"}', "asks for nothing"),
        ('{"id":1,"act":["fault"]}', "asks for nothing"),
        ('{"id":1,"act":"cut"}', "no such modality: choose from text, audio, video"),
        ('{"id":1,"act":"cut","modality":["text"]}', "no such modality"),
        ('{"id":1,"act":"mark","name":3}', "is text"),
        ('{"id":1,"act":"rate"}', "a rating is a number"),
        ('{"id":1,"act":"rate","rating":"1"}', "a rating is a number"),
        ('{"id":1,"act":"mark","ago_s":-1}', "of the last 600 s"),
        ('{"id":1,"act":"mark","ago_s":NaN}', "of the last 600 s"),
        ('{"id":1,"act":"mark","ago_s":1e999}', "of the last 600 s"),
        ('{"id":1,"act":"mark","ago_s":true}', "of the last 600 s"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(message: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        asked_of(message)


def test_the_longest_marker_fits_into_a_message_however_it_is_written() -> None:
    name = "\x1f" * LONGEST_MARKER
    assert len(json.dumps({"id": 2**52, "act": "mark", "name": name[: LONGEST_MARKER // 2]})) <= LONGEST_ACT
    assert (
        len(json.dumps({"id": 2**52, "act": "mark", "name": "é" * 512}, ensure_ascii=False).encode())
        <= LONGEST_ACT
    )


def test_a_record_is_told_as_in_json_lines() -> None:
    assert json.loads(record_line(LOST)) == values_of(LOST)


def test_a_reading_also_tells_what_it_would_be_if_a_device_went() -> None:
    values = json.loads(record_line(replace(READING, without={"video": 0.12345})))
    assert values.pop("without") == {"video": 0.123}
    assert values == values_of(READING)


def test_the_status_is_the_snapshot_of_the_dashboard() -> None:
    values = json.loads(status(scripted(20.0)))
    assert (values["type"], values["time_s"], values["recording"], values["engine"]) == (
        "status",
        20.0,
        True,
        "onnx",
    )
    assert values["faults"] == ["camera:unplug@18s+5s"]
    assert [(view["source"], view["modality"], view["state"]) for view in values["sources"]] == [
        ("camera", "video", "lost"),
        ("mic", "audio", "live"),
        ("text", "text", "live"),
    ]
    assert values["latency"]["processing"]["p50"] == 29.9


def test_words_that_are_no_unicode_are_mended() -> None:
    message = status(replace(scripted(20.0), words="half \ud83d of a smile"))
    assert json.loads(message)["words"] == "half ? of a smile"
    message.encode()


def test_the_past_is_one_message_of_records() -> None:
    assert json.loads(past([record_line(LOST), record_line(READING)]))["records"] == [
        json.loads(record_line(r)) for r in (LOST, READING)
    ]
    assert json.loads(past([])) == {"type": "past", "records": []}


def test_the_first_message_tells_the_version() -> None:
    assert json.loads(hello(10, ("camera",))) == {
        "type": "hello",
        "version": 1,
        "kept": 10,
        "asks": ["camera"],
    }


def test_an_answer_repeats_the_number_of_its_act() -> None:
    assert json.loads(answer_to(7, "done")) == {"type": "answer", "id": 7, "said": "done"}
    assert json.loads(answer_to(None, refused="no"))["refused"] == "no"
