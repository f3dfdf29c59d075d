"""The JSON records are a promise."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import RecordingError
from fsrf_live.stream.flow.clock import NS, Pair
from fsrf_live.stream.flow.items import Reason, State
from fsrf_live.stream.flow.records import (
    CaptureTime,
    Event,
    Label,
    Latency,
    Marker,
    ModalityReading,
    Reading,
    Record,
    Summary,
    Trend,
    decode,
    encode,
    is_unsure,
    label_of,
    shown_label,
    timed,
)

READING = Reading(
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
        "text": ModalityReading("missing", Reason.PENDING, 0.0, 0.0, 0.42),
        "audio": ModalityReading("partial", Reason.STALLED, 0.6, 0.11, None),
        "video": ModalityReading("present", None, 0.98, 0.4, None),
    },
    text="so it is",
    engine="onnx",
    latency_ms=Latency(600.0, 12.3456, 2.0, 0.1),
)
LINE = (
    '{"type":"reading","window":3,"revision":1,"final":true,"start_s":1.2,"end_s":3.9,"score":0.81,"low":-0.1,'
    '"high":1.6,"label":"positive","probabilities":{"negative":0.1,"neutral":0.2,"positive":0.7},"modalities":{'
    '"video":{"state":"present","reason":null,"coverage":0.98,"contribution":0.4,"recovery":null},'
    '"audio":{"state":"partial","reason":"stalled","coverage":0.6,"contribution":0.11,"recovery":null},'
    '"text":{"state":"missing","reason":"pending","coverage":0.0,"contribution":0.0,"recovery":0.42}},'
    '"text":"so it is","engine":"onnx","latency_ms":{"total":614.446,"wait":600.0,"features":12.346,'
    '"engine":2.0,"emit":0.1}}'
)
NUMBERS = st.floats(-3, 3)
PAIR = Pair(clock_ns=100 * NS, wall_ns=1_700_000_000 * NS + 123_999_999)
EVENT = Event(1.25, "mic", State.STALLED, None)
MARKER = Marker(7.125, "stimulus 3, née", "lsl")
SUMMARY = Summary(4.0, 2, 0.5, -0.5, 1.5, "positive", READING.modalities)


def test_a_reading_is_this_line() -> None:
    assert encode(READING) == LINE


def test_an_event_is_this_line() -> None:
    event = Event(5.0, "camera", State.LOST, "no new frame for 1.0 s")
    assert encode(event) == (
        '{"type":"event","time_s":5.0,"source":"camera","state":"lost","reason":"no new frame for 1.0 s"}'
    )


def test_a_rating_is_this_line() -> None:
    rated = Marker(7.125, "rating", "key", rating=-1.5)
    line = '{"type":"marker","time_s":7.125,"name":"rating","source":"key","rating":-1.5}'
    assert encode(rated) == line
    assert decode(line) == rated


def test_a_marker_is_this_line() -> None:
    assert encode(MARKER) == '{"type":"marker","time_s":7.125,"name":"stimulus 3, née","source":"lsl"}'


def test_a_summary_without_a_reading_says_why() -> None:
    summary = Summary(0.0, 0, None, None, None, None, {}, "nothing", row=2, error="no such file")
    assert encode(summary) == (
        '{"type":"summary","duration_s":0.0,"windows":0,"score":null,"low":null,"high":null,"label":null,'
        '"modalities":{},"reason":"nothing","row":2,"error":"no such file"}'
    )


def test_a_summary_with_one_has_only_its_seven_fields() -> None:
    assert list(json.loads(encode(SUMMARY))) == [
        "type", "duration_s", "windows", "score", "low", "high", "label", "modalities",
    ]  # fmt: skip


def test_whether_a_label_is_unsure_stands_behind_it_if_it_is_known() -> None:
    assert '"label":"positive","unsure":true,"probabilities"' in encode(replace(READING, unsure=True))
    assert '"label":"positive","unsure":false,"modalities"' in encode(replace(SUMMARY, unsure=False))
    for record in (replace(READING, unsure=True), replace(SUMMARY, unsure=False)):
        assert encode(decode(encode(record))) == encode(record)
    with pytest.raises(RecordingError, match="unsure is no bool"):
        decode(encode(SUMMARY).replace('"modalities"', '"unsure":1,"modalities"'))


def test_a_trend_is_three_numbers_behind_the_probabilities() -> None:
    reading = replace(READING, trend=Trend(0.50049, -0.5, 1.25))
    line = encode(reading)
    assert '"positive":0.7},"trend":{"score":0.5,"low":-0.5,"high":1.25},"modalities"' in line
    assert encode(decode(line)) == line
    with pytest.raises(RecordingError):
        decode(line.replace('"score":0.5,"low"', '"low"'))


@given(NUMBERS)
def test_the_label_is_the_band_of_the_score_as_it_is_told(score: float) -> None:
    told = json.loads(encode(replace(READING, score=score)))["score"]
    assert label_of(score) == ("positive" if told > 0.5 else "negative" if told < -0.5 else "neutral")


def test_a_label_is_unsure_if_its_band_holds_less_than_half() -> None:
    shares: dict[Label, float] = {"negative": 0.2, "neutral": 0.49, "positive": 0.31}
    assert is_unsure("neutral", shares)
    assert not is_unsure("neutral", {**shares, "neutral": 0.5})
    assert not is_unsure("neutral", {**shares, "neutral": 0.49997}), "it is told as .5"
    neutral = replace(READING, label="neutral")
    assert shown_label(replace(neutral, unsure=True)) == "neutral?"
    assert [shown_label(replace(neutral, unsure=unsure)) for unsure in (False, None)] == ["neutral"] * 2


@given(score=NUMBERS, start=st.floats(0, 1e5), text=st.text(), latency=st.floats(0, 1e4))
def test_what_is_read_back_is_written_the_same(score: float, start: float, text: str, latency: float) -> None:
    reading = replace(
        READING, score=score, start_s=start, text=text, latency_ms=Latency(0, latency, 1 / 3, 0)
    )
    line = encode(reading)
    assert encode(decode(line)) == line
    assert "\n" not in line
    parts = json.loads(line)["latency_ms"]
    assert parts.pop("total") == pytest.approx(sum(parts.values()), abs=1e-9)


@pytest.mark.parametrize(
    "record",
    [
        READING,
        EVENT,
        MARKER,
        SUMMARY,
        timed(READING, PAIR, 90 * NS),
        timed(EVENT, PAIR, 90 * NS),
        timed(MARKER, PAIR, 90 * NS),
        timed(SUMMARY, PAIR, 90 * NS),
    ],
)
def test_records_come_back(record: Record) -> None:
    assert encode(decode(encode(record))) == encode(record)
    assert type(decode(encode(record))) is type(record)


@pytest.mark.parametrize(
    ("record", "time"),
    [
        (READING, "2023-11-14T22:13:14.023Z"),
        (EVENT, "2023-11-14T22:13:11.373Z"),
        (MARKER, "2023-11-14T22:13:17.248Z"),
        (SUMMARY, "2023-11-14T22:13:14.123Z"),
    ],
)
def test_the_wall_clock_is_that_of_the_end_of_what_is_told(record: Record, time: str) -> None:
    values = json.loads(encode(timed(record, PAIR, 90 * NS)))
    assert list(values)[:2] == ["type", "time"]
    assert values.pop("time") == time
    assert values == json.loads(encode(record)), "nothing else is changed by it"


def test_the_time_of_a_live_record_is_known_on_the_clock_of_the_machine_too() -> None:
    live = timed(READING, PAIR, 90 * NS).time
    assert live is not None
    assert live.clock_ns == 90 * NS + round(READING.end_s * NS)
    assert timed(READING, None, 90 * NS).time is None, "without a wall clock there is none"


@given(wall_ns=st.integers(0, 250_000_000_000 * NS))
def test_a_time_is_iso_8601_and_comes_back_to_the_millisecond(wall_ns: int) -> None:
    text = str(CaptureTime(wall_ns))
    back = CaptureTime.of(text)
    assert (str(back), back.clock_ns) == (text, None)
    assert 0 <= wall_ns - back.wall_ns < 1_000_000


@pytest.mark.parametrize("time", ["null", "7", '"yesterday"', '"2023-11-14T22:13:14.023"'])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    with pytest.raises(RecordingError):
        decode(f'{{"type":"event","time":{time},"time_s":5.0,"source":"mic","state":"live","reason":null}}')


@pytest.mark.parametrize("line", ["", "{", "[]", '{"type":"other"}', '{"type":"event"}', LINE[:-30]])
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(RecordingError):
        decode(line)


@pytest.mark.parametrize("name", json.loads(LINE))
@pytest.mark.parametrize("value", [None, [], {}, "x", "1.5", [[]], math.nan])
def test_a_reading_with_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    values = json.loads(LINE)
    allowed = value == values[name] or (isinstance(value, str) and name in ("text", "engine"))
    if not allowed:
        with pytest.raises(RecordingError):
            decode(json.dumps(values | {name: value}))


@pytest.mark.parametrize(
    "line",
    [
        '{"type":"event","time_s":"1","source":"mic","state":"live","reason":null}',
        '{"type":"event","time_s":1.0,"source":[],"state":"live","reason":null}',
        '{"type":"event","time_s":1.0,"source":"mic","state":"live","reason":3}',
        LINE.replace('"positive":', '"positively":'),
        LINE.replace('"coverage":', '"covered":'),
        '{"type":"marker","time_s":"1","name":"a","source":"key"}',
        '{"type":"marker","time_s":1.0,"name":3,"source":"key"}',
        '{"type":"marker","time_s":1.0,"name":"a","source":"moon"}',
        '{"type":"marker","time_s":1.0,"name":" a","source":"key"}',
        '{"type":"marker","time_s":1.0,"name":"a\\u0007","source":"key"}',
        '{"type":"marker","time_s":1.0,"name":"a","source":"key","rating":4.0}',
        '{"type":"marker","time_s":1.0,"name":"a","source":"key","rating":"1"}',
        f'{{"type":"marker","time_s":{"9" * 400},"name":"a","source":"key"}}',
        '{"type":"marker","time":"0001-01-01T00:00:00.000Z","time_s":9.0,"name":"a","source":"key"}',
        "[" * 100_000,
    ],
)
def test_so_is_anything_that_could_not_be_written_again(line: str) -> None:
    with pytest.raises(RecordingError):
        decode(line)


def test_minus_zero_and_broken_unicode_do_not_get_out() -> None:
    line = encode(replace(READING, score=-1e-9, text="a\ud800b"))
    assert '"score":0.0,' in line
    assert line.encode("utf-8")


def test_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(replace(READING, score=math.nan))
