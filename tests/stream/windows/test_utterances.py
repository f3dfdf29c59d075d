"""Where an utterance begins and ends."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import (
    HOP_NS,
    Boundary,
    Change,
    Closed,
    Opened,
    Reason,
    State,
    UtteranceState,
    VoiceFeatures,
)
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.utterances import UtteranceDetector
from tests.doubles.fakes import voice

SETTINGS = WindowSettings()
HOLD_NS = round(SETTINGS.hold_s * NS)
PRE_ROLL_NS = round(SETTINGS.pre_roll_s * NS)
LOUDNESS = {"#": 0.9, "+": 0.4, ".": 0.0}
GONE = [
    (State.STALLED, Reason.STALLED),
    (State.LOST, Reason.LOST),
    (State.DISABLED, Reason.DISABLED),
    (State.ENDED, Reason.ABSENT),
]


def change(time_ns: int, state: State, cause: Reason | None = None) -> Change:
    return Change(time_ns, "mic", state, None, cause)


def live() -> UtteranceDetector:
    detector = UtteranceDetector(SETTINGS)
    assert detector.change(change(0, State.LIVE)) == [change(0, State.LIVE)]
    return detector


def boundaries_of(items: list[VoiceFeatures | Boundary]) -> list[Boundary]:
    return [item for item in items if not isinstance(item, VoiceFeatures)]


def heard(speech: str, start_ns: int = 0) -> list[Boundary]:
    """Boundaries of hops written as ``#`` (speech), ``+`` (unsure) and ``.`` (none)."""
    detector = live()
    return [
        boundary
        for index, mark in enumerate(speech)
        for boundary in boundaries_of(detector.push(voice(start_ns + index * HOP_NS, LOUDNESS[mark])))
    ]


def speaking(hops: int) -> UtteranceDetector:
    """A detector with an open utterance."""
    detector = live()
    for index in range(hops):
        detector.push(voice(index * HOP_NS))
    return detector


def test_opens_at_the_first_hop_of_speech_less_the_pre_roll() -> None:
    assert heard("." * 10 + "##") == [Opened(10 * HOP_NS - PRE_ROLL_NS)]


def test_a_single_loud_hop_is_a_click() -> None:
    assert heard("..........#.#.#....") == []


def test_does_not_begin_before_anything_was_heard() -> None:
    assert heard("..##", start_ns=NS) == [Opened(NS)]


def test_closes_where_speech_ended_once_the_hold_is_over() -> None:
    end_ns = 20 * HOP_NS
    assert heard("." * 10 + "#" * 10 + "." * 15)[1:] == [
        Closed(10 * HOP_NS - PRE_ROLL_NS, end_ns, end_ns + HOLD_NS, HOLD_NS)
    ]


def test_a_pause_shorter_than_the_hold_does_not_close() -> None:
    assert len(heard("#" * 10 + "." * 14 + "#" * 10)) == 1


def test_unsure_hops_go_on_with_speech_but_do_not_begin_it() -> None:
    assert heard("+" * 30) == []
    assert len(heard("#" * 5 + "+" * 40)) == 1


def test_a_voice_that_goes_on_is_cut_at_the_longest_and_opens_again_right_there() -> None:
    boundaries = heard("#" * 320)
    limit_ns = round(SETTINGS.longest_s * NS)
    assert boundaries[:3] == [Opened(0), Closed(0, limit_ns, limit_ns, 0), Opened(limit_ns)]


def test_a_hop_is_given_back_before_what_it_decides() -> None:
    detector = live()
    detector.push(voice(0))
    hop, opened = detector.push(voice(HOP_NS))
    assert isinstance(hop, VoiceFeatures)
    assert replace(hop, heard=None) == voice(HOP_NS)
    assert opened == Opened(0)


@pytest.mark.parametrize(("state", "cause"), GONE)
def test_a_microphone_that_is_gone_closes_at_once_with_what_was_said(state: State, cause: Reason) -> None:
    detector, end_ns = speaking(10), 10 * HOP_NS
    gone = change(end_ns + NS // 2, state, cause)
    assert detector.change(gone) == [gone, Closed(0, end_ns, end_ns + NS // 2, NS // 2)]
    again = change(end_ns + NS, state, cause)
    assert detector.change(again) == [again], "what is closed stays closed"


@pytest.mark.parametrize("state", [State.STARTING, *(state for state, _ in GONE)])
def test_hops_of_a_microphone_that_is_not_live_count_for_nothing(state: State) -> None:
    detector = speaking(10)
    detector.change(change(10 * HOP_NS, state))
    for index in range(10, 30):
        assert detector.push(voice(index * HOP_NS)) == [voice(index * HOP_NS)]
    detector.change(change(30 * HOP_NS, State.LIVE))
    detector.push(voice(30 * HOP_NS))
    assert detector.push(voice(31 * HOP_NS))[1:] == [Opened(30 * HOP_NS)], "nor for a pre-roll"


def test_missing_hops_for_longer_than_the_hold_end_it() -> None:
    detector, late_ns = speaking(10), 10 * HOP_NS + HOLD_NS + 1
    assert detector.push(voice(late_ns))[1:] == [Closed(0, 10 * HOP_NS, late_ns, late_ns - 10 * HOP_NS)]


def test_a_hop_that_is_out_of_order_is_handed_on_unheard() -> None:
    detector = speaking(10)
    assert detector.push(voice(5 * HOP_NS)) == [voice(5 * HOP_NS)]


def test_each_hop_says_how_long_the_voice_has_been_silent() -> None:
    detector = speaking(10)
    for silent in range(1, 10):
        (hop,) = detector.push(voice((9 + silent) * HOP_NS, 0.0))
        assert isinstance(hop, VoiceFeatures)
        assert hop.heard is not None
        assert hop.time_ns + HOP_NS - hop.heard.voiced_ns == silent * HOP_NS


def test_what_is_undecided_waits_for_a_pre_roll_a_doubtful_hop_and_an_open_utterance() -> None:
    detector, speech, told = live(), "." * 20 + "#" + "." + "###", []
    for index, mark in enumerate(speech):
        hop = detector.push(voice(index * HOP_NS, LOUDNESS[mark]))[0]
        assert isinstance(hop, VoiceFeatures)
        assert isinstance(hop.heard, UtteranceState)
        told.append(hop.heard.undecided_ns + PRE_ROLL_NS)
    after = [hops * HOP_NS for hops in (20, 20, 22, 22, 22, 22)]
    assert told[-6:] == after


@given(st.lists(st.sampled_from("#+."), max_size=600))
def test_boundaries_alternate_and_never_overlap(marks: list[str]) -> None:
    boundaries = heard("".join(marks))
    floor_ns = 0
    for index, boundary in enumerate(boundaries):
        assert isinstance(boundary, Opened if index % 2 == 0 else Closed)
        assert boundary.start_ns >= floor_ns
        if isinstance(boundary, Closed):
            assert boundary.start_ns < boundary.end_ns <= boundary.due_ns
            assert boundary.end_ns - boundary.start_ns <= SETTINGS.longest_s * NS
            floor_ns = boundary.end_ns


@given(st.lists(st.sampled_from("#+.LG"), max_size=200))
def test_what_is_undecided_is_never_before_an_utterance_that_opens_later(marks: list[str]) -> None:
    """``L`` and ``G``: the microphone is live, or gone."""
    detector, promised_ns = live(), 0
    for index, mark in enumerate(marks):
        if mark in "LG":
            detector.change(change(index * HOP_NS, State.LIVE if mark == "L" else State.LOST))
            continue
        hop, *boundaries = detector.push(voice(index * HOP_NS, LOUDNESS[mark]))
        assert all(b.start_ns >= promised_ns for b in boundaries if isinstance(b, Opened))
        if isinstance(hop, VoiceFeatures) and hop.heard is not None:
            assert hop.heard.undecided_ns >= promised_ns
            promised_ns = hop.heard.undecided_ns
