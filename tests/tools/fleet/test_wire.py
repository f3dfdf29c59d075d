"""Messages survive the bus, and whatever else comes from it is refused as such."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.tools.fleet.core.catalogue import Stamp, StreamClaim, StreamEntry
from fsrf_live.tools.fleet.core.messages import (
    Beat,
    Declined,
    Holding,
    Knowledge,
    News,
    Offer,
    Seen,
    StreamRequest,
)
from fsrf_live.tools.fleet.wire import decode_message, encode_message

STAMP = Stamp(3, "lab-1-a")
ENTRY = StreamEntry("s", STAMP, "wanted", '{"media":"ä.mp4"}', "q", StreamClaim(STAMP, STAMP, ended=True))
HOLDING = Holding("s", STAMP, STAMP, "running", 2, {"reading": {"score": 0.5}, "age_s": 1.0})
MESSAGES = [
    Beat("w", 1, 6, 0.25, True, "aa", "bb", (HOLDING,)),
    Beat("w", 0, 6, 1, False, "aa", "bb", ()),
    News("w", (ENTRY, StreamEntry("t", STAMP, "stopped", "", ""))),
    Offer("w", "v", ENTRY, forced=True),
    Declined("w", "s", "it is full"),
    Seen("w", STAMP),
    Knowledge("w", 2, (("fsrf-live", "1"), ("checkpoint", "c")), (ENTRY,)),
    StreamRequest("move", "q", "s", worker="v"),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_comes_as_it_went(message: Any) -> None:
    assert decode_message(encode_message(message).encode()) == message


@given(st.sampled_from(MESSAGES), st.data())
def test_a_message_with_something_else_in_it_is_refused(message: Any, data: st.DataObject) -> None:
    values = json.loads(encode_message(message))
    part = data.draw(st.sampled_from(sorted(values)))
    odd = data.draw(st.sampled_from([None, [1], {"a": 1}]))
    with pytest.raises(DataError, match="no message of this program"):
        decode_message(json.dumps({**values, part: odd}).encode())


@given(st.sampled_from(MESSAGES), st.data())
def test_a_message_with_an_odd_value_is_the_same_kind_or_refused(message: Any, data: st.DataObject) -> None:
    values = json.loads(encode_message(message))
    part = data.draw(st.sampled_from(sorted(values)))
    odd = data.draw(st.sampled_from([1e400, "-", -1]))
    with contextlib.suppress(DataError):
        assert type(decode_message(json.dumps({**values, part: odd}).encode())) is type(message)


@given(st.binary(max_size=60) | st.sampled_from([b"[" * 5000, b'{"version":2,"type":"seen"}', b"null"]))
def test_nonsense_is_refused(payload: bytes) -> None:
    with pytest.raises(DataError, match="no message of this program"):
        decode_message(payload)
