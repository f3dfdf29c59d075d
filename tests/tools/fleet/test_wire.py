"""Messages survive the bus, and whatever else comes from it is refused as such."""

import contextlib
import json
from collections.abc import Iterator
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

ODD_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "9" * 4300, "9" * 5000]
FAR_STAMPS = [f'"{digits}-w"' for digits in ("9" * 20, "9" * 4300, "9" * 5000)]
DEEP = ["[" * depth + "]" * depth for depth in (20, 300, 5000)]
MARK = "here stands what is odd"


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
    holder, key = data.draw(st.sampled_from(list(places(values))))
    holder[key] = MARK
    odd = data.draw(st.sampled_from([*ODD_NUMBERS, *FAR_STAMPS, *DEEP, '"-"', "-1", '"9-w"', "1e300"]))
    with contextlib.suppress(DataError):
        taken = decode_message(json.dumps(values).replace(f'"{MARK}"', odd).encode())
        assert type(taken) is type(message)
        assert decode_message(encode_message(taken).encode()) == taken


@pytest.mark.parametrize("odd", [*ODD_NUMBERS, *DEEP])
def test_news_that_could_not_be_told_on_are_refused(odd: str) -> None:
    holding = Holding("s", STAMP, STAMP, "running", 2, {"reading": {"score": MARK}})
    text = encode_message(Beat("w", 1, 6, 0.25, True, "aa", "bb", (holding,)))
    with pytest.raises(DataError, match="no message of this program"):
        decode_message(text.replace(f'"{MARK}"', odd).encode())


@pytest.mark.parametrize("stamp", FAR_STAMPS)
def test_a_stamp_after_which_none_could_be_written_is_refused(stamp: str) -> None:
    text = encode_message(Seen("w", STAMP)).replace(f'"{STAMP}"', stamp)
    with pytest.raises(DataError, match="is no stamp"):
        decode_message(text.encode())


def places(values: Any) -> Iterator[tuple[Any, Any]]:
    """Where each value of a message is, at any depth: what holds it, and under which key."""
    if isinstance(values, dict | list):
        for key in values if isinstance(values, dict) else range(len(values)):
            yield values, key
            yield from places(values[key])


@given(st.binary(max_size=60) | st.sampled_from([b"[" * 5000, b'{"version":2,"type":"seen"}', b"null"]))
def test_nonsense_is_refused(payload: bytes) -> None:
    with pytest.raises(DataError, match="no message of this program"):
        decode_message(payload)
