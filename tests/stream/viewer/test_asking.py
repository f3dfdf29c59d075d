"""What a page may ask of a recording's markers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import LONGEST_MARKER
from fsrf_live.stream.flow.records import Marker
from fsrf_live.stream.recording.edits import MarkerEdit, edited_markers
from fsrf_live.stream.viewer.asking import LONGEST_EDIT, MarkerWish, edit_of, wish_of

RECORDED = [Marker(2.0, "begin", "key"), Marker(4.0, "rating", "page", rating=1.5)]
END_S = 10.0
BEGIN = {"time_s": 2.0, "name": "begin"}


def asked(id: str | None, marker: Any, seen: Any) -> MarkerWish:
    return wish_of(json.dumps({"id": id, "marker": marker, "seen": seen}).encode())


def held_after(*wishes: MarkerWish) -> dict[str, Marker]:
    edits: list[MarkerEdit] = []
    for wish in wishes:
        edits.append(edit_of(wish, RECORDED, edits, END_S))
    return edited_markers(RECORDED, edits)


def test_a_marker_is_added_renamed_moved_and_deleted() -> None:
    held = held_after(asked(None, {"time_s": 5.0004, "name": " smile "}, None))
    assert held["n0"] == Marker(5.0, "smile", "viewer")
    held = held_after(asked("r0", {"time_s": 3.0, "name": "start"}, BEGIN))
    assert held["r0"] == Marker(3.0, "start", "key")  # who set it stays
    assert "r0" not in held_after(asked("r0", None, BEGIN))


def test_a_rating_is_a_marker_with_a_value() -> None:
    seen = {"time_s": 4.0, "name": "rating", "rating": 1.5}
    held = held_after(
        asked("r1", {"time_s": 4.0, "rating": -0.5}, seen), asked(None, {"time_s": 6.0, "rating": 3}, None)
    )
    assert (held["r1"].rating, held["n0"].name, held["n0"].rating) == (-0.5, "rating", 3.0)


def test_what_was_deleted_comes_back_as_it_was() -> None:
    assert held_after(asked("r0", None, BEGIN), asked("r0", BEGIN, None)) == edited_markers(RECORDED, [])


def test_what_another_page_has_changed_meanwhile_is_not_overwritten() -> None:
    first = asked("r0", {"time_s": 2.0, "name": "start"}, BEGIN)
    with pytest.raises(UsageError, match="another page has changed this marker meanwhile"):
        held_after(first, asked("r0", {"time_s": 2.0, "name": "go"}, BEGIN))
    with pytest.raises(UsageError, match="another page has changed"):
        held_after(asked("r0", None, BEGIN), asked("r0", {"time_s": 9.0, "name": "begin"}, BEGIN))


@pytest.mark.parametrize(
    ("id", "marker", "seen", "says"),
    [
        ("r9", None, BEGIN, "no such marker"),
        ("x", None, BEGIN, "no such marker"),
        (None, {"time_s": 10.5, "name": "a"}, None, "from 0 to 10.0 s"),
        (None, {"time_s": -0.5, "name": "a"}, None, "from 0 to 10.0 s"),
        (None, {"time_s": 1, "name": "a\nb"}, None, "control characters"),
        (None, {"time_s": 1, "name": "\x1b[2J"}, None, "control characters"),
        (None, {"time_s": 1, "name": "a" * (LONGEST_MARKER + 1)}, None, "too long"),
        (None, {"time_s": 1, "name": "  "}, None, "needs a name"),
        (None, {"time_s": 1, "name": 7}, None, "name, which is text"),
        (None, {"time_s": "1", "name": "a"}, None, "number of seconds"),
        (None, {"time_s": True, "name": "a"}, None, "number of seconds"),
        (None, {"time_s": 10**400, "name": "a"}, None, "number of seconds"),
        (None, {"name": "a"}, None, "number of seconds"),
        (None, {"time_s": 1, "rating": 7}, None, "rating of 7 is none"),
        (None, {"time_s": 1, "rating": "1"}, None, "a rating is a number"),
        (None, None, None, "asks for nothing"),
        (None, BEGIN, BEGIN, "asks for nothing"),
        ("r0", [], BEGIN, "has a name"),
        (7, None, BEGIN, "asks for nothing"),
    ],
)
def test_anything_else_is_refused_in_one_line(id: Any, marker: Any, seen: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        held_after(asked(id, marker, seen))
    assert "\n" not in str(refused.value)


def test_one_that_was_recorded_before_the_beginning_may_be_put_back() -> None:
    early = Marker(-1.0, "early", "lsl")
    values = {"time_s": -1.0, "name": "early"}
    gone = edit_of(asked("r0", None, values), [early], [], END_S)
    back = edit_of(asked("r0", values, None), [early], [gone], END_S)
    assert edited_markers([early], [gone, back]) == {"r0": early}


JSON = st.recursive(st.none() | st.text(), st.lists).map(lambda values: json.dumps(values).encode())


@given(st.binary(max_size=60) | JSON)
def test_nonsense_is_refused(message: bytes) -> None:
    with pytest.raises(UsageError):
        wish_of(message)


def test_two_of_the_longest_names_fit_whatever_their_letters() -> None:
    name = "\u0101" * (LONGEST_MARKER // 2)
    marker = {"time_s": 1.0, "name": name}
    message = json.dumps({"id": "r0", "marker": marker, "seen": marker})
    assert len(message) <= LONGEST_EDIT
    assert wish_of(message.encode()).marker is not None
