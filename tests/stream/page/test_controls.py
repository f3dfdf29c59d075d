"""What a page may do to a session."""

import json
from typing import Any

import pytest

from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.page.controls import Controls
from fsrf_live.stream.page.guard.admission import Admission
from tests.doubles.page import FakeLive


@pytest.fixture
def live() -> FakeLive:
    return FakeLive()


@pytest.fixture
def controls(live: FakeLive) -> Controls:
    return Controls(live.snapshot, live, Admission(8770), FakeClock(100 * NS))


def ask(controls: Controls, **values: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(controls.answer(json.dumps({"id": 7, **values})))
    assert (answer["type"], answer["id"]) == ("answer", 7)
    return answer


def test_markers_without_a_name_are_counted(controls: Controls, live: FakeLive) -> None:
    assert ask(controls, act="mark")["said"] == "20.0 s is marked: marker 1"
    assert ask(controls, act="mark")["said"] == "20.0 s is marked: marker 2"
    assert live.asked == ["mark marker 1 by page", "mark marker 2 by page"]


def test_a_marker_with_a_name_is_of_the_moment_of_its_key(controls: Controls, live: FakeLive) -> None:
    ask(controls, act="mark", name="stimulus 3", ago_s=2.5)
    assert live.asked == ["mark stimulus 3 by page"]
    assert live.marked_ns == [round(97.5 * NS)]


def test_a_rating_is_a_marker_with_a_value(controls: Controls, live: FakeLive) -> None:
    assert ask(controls, act="rate", rating=-1.5)["said"] == "20.0 s is rated \N{MINUS SIGN}1.5"
    assert ask(controls, act="rate", rating=0)["said"] == "20.0 s is rated +0.0"
    assert live.asked == ["mark rating -1.5 by page", "mark rating 0 by page"]


@pytest.mark.parametrize("rating", [3.5, -4, 10**400, float("nan")])
def test_a_rating_beyond_the_scale_is_refused(controls: Controls, live: FakeLive, rating: float) -> None:
    assert "give a number from -3 to 3" in ask(controls, act="rate", rating=rating)["refused"]
    assert live.asked == []


@pytest.mark.parametrize("name", ["", "two\nlines", "a" * 1025, "\x00", "\ud800"])
def test_what_is_no_name_is_refused(controls: Controls, live: FakeLive, name: str) -> None:
    answer = ask(controls, act="mark", name=name)
    assert "a marker" in answer["refused"]
    assert answer["said"] is None
    assert live.asked == []


def test_a_modality_is_cut_and_restored(controls: Controls, live: FakeLive) -> None:
    assert ask(controls, act="cut", modality="audio")["said"] == "audio cut"
    assert ask(controls, act="restore", modality="audio")["said"] == "audio restored"
    assert live.asked == ["cut audio", "restore audio"]


def test_what_has_no_source_cannot_be_cut(controls: Controls, live: FakeLive) -> None:
    live.changes["sources"] = ()
    assert ask(controls, act="cut", modality="audio")["refused"] == "there is no source of audio"
    assert live.asked == []


def test_the_next_fault_is_rehearsed_and_named(controls: Controls) -> None:
    assert ask(controls, act="fault")["said"] == "rehearsing camera:freeze@21s+4s"


def test_another_address_is_that_of_the_overlay(controls: Controls) -> None:
    assert ask(controls, act="invite")["address"].startswith("http://127.0.0.1:8770/?overlay=1&token=")


def test_what_is_no_act_is_refused_and_does_nothing(controls: Controls, live: FakeLive) -> None:
    answer = json.loads(controls.answer("nonsense"))
    assert (answer["id"], answer["refused"]) == (None, "this message is no JSON")
    assert live.asked == []


def test_a_mistake_of_the_session_is_an_answer_too(
    controls: Controls, live: FakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> str:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(live, "next_fault", fail)
    assert ask(controls, act="fault")["refused"] == "that failed: division by zero"


def test_a_session_that_is_over_says_so(controls: Controls) -> None:
    assert "the session is over" in ask(controls, act="mark", name="too late")["refused"]
