"""What a page that lends a device may say: what is none of it is refused, whatever it is."""

import contextlib
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.page.browser.wire import (
    LONGEST_LABEL,
    LONGEST_REPORT,
    WHYS,
    Here,
    LentPiece,
    Told,
    clock_question,
    piece_of,
    report_of,
    wanted_message,
)


def test_a_piece_has_its_time_its_number_and_what_was_left_out_before_it() -> None:
    assert piece_of(struct.pack("<dII", 1234.5, 7, 2) + b"picture") == LentPiece(1234.5, 7, 2, b"picture")


@pytest.mark.parametrize(
    "message", [b"", bytes(15), bytes(16), struct.pack("<dII", float("nan"), 0, 0) + b"a"]
)
def test_what_is_no_piece_is_none(message: bytes) -> None:
    assert piece_of(message) is None


def test_a_page_says_that_the_device_is_here_or_away_or_what_time_it_is() -> None:
    here = {"type": "here", "label": "C920", "rate_hz": 48_000}
    assert report_of(json.dumps(here)) == Here("C920", 48_000)
    assert report_of('{"type":"here","label":"C920","rate_hz":0}') == Here("C920", 0)
    assert [report_of(json.dumps({"type": "away", "why": why})) for why in WHYS] == list(WHYS)
    assert report_of('{"type":"clock","asked":3,"now_ms":12.5}') == Told(3, 12.5)
    assert json.loads(clock_question(3)) == {"type": "clock", "asked": 3}
    assert json.loads(wanted_message(on=True)) == {"type": "wanted", "on": True}


def test_a_name_that_others_wrote_is_one_short_line_of_what_can_be_seen() -> None:
    report = report_of(json.dumps({"type": "here", "label": "a\n\x1b[2J\u202eb " + "c" * 999, "rate_hz": 0}))
    assert isinstance(report, Here)
    assert report.label.startswith("a [2J b c")
    assert len(report.label) == LONGEST_LABEL
    assert report.label.isprintable()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "[" * LONGEST_REPORT,
        '{"type":"here"}',
        '{"type":"here","label":"a","rate_hz":true}',
        '{"type":"here","label":"a","rate_hz":1}',
        '{"type":"here","label":"a","rate_hz":999999999999}',
        '{"type":"away","why":"your password?"}',
        '{"type":"clock","asked":1,"now_ms":"now"}',
        '{"type":"clock","asked":1,"now_ms":NaN}',
        f'{{"type":"clock","asked":1,"now_ms":1{"0" * 400}}}',
        f'{{"type":"away","why":"{"a" * LONGEST_REPORT}"}}',
    ],
)
def test_anything_else_is_refused(message: str) -> None:
    with pytest.raises(UsageError, match="says nothing that there is"):
        report_of(message)


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_whatever_is_said_it_is_understood_or_refused(message: str) -> None:
    with contextlib.suppress(UsageError):
        assert report_of(message) is not None


@given(st.binary(max_size=64))
def test_whatever_is_sent_it_is_a_piece_or_none(message: bytes) -> None:
    piece = piece_of(message)
    assert piece is None or message.endswith(piece.data)
