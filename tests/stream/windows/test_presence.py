"""How much of a modality is real, and why the rest is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.items import HOP_NS, Reason, State, Words
from fsrf_live.stream.windows.presence import (
    FRAME_HOLDS_NS,
    OUTAGES,
    TRUSTED,
    WHOLE,
    Outages,
    of_faces,
    of_silence,
    of_text,
    of_voices,
    of_words,
    trusted,
)
from fsrf_live.stream.windows.window import Presence
from tests.doubles.fakes import face, no_face, voice

MS = 1_000_000
SECOND = (0, 1000 * MS)


def live(since_ns: int = 0) -> Outages:
    health = Outages(present=True)
    health.change(State.LIVE, None, since_ns, None)
    return health


def lost(at_ns: int, last_item_ns: int | None = None) -> Outages:
    health = live()
    health.change(State.LOST, Reason.LOST, at_ns, last_item_ns)
    return health


# What became of a source.


def test_a_source_that_the_session_lacks_is_absent() -> None:
    health = Outages(present=False)
    assert (health.live, health.state, health.reason) == (False, State.ENDED, Reason.ABSENT)
    assert health.reasons_in(SECOND) == {Reason.ABSENT: 1000 * MS}


def test_while_it_is_live_nothing_is_missing() -> None:
    assert live().live
    assert live().reason is None
    assert live(since_ns=400 * MS).reasons_in(SECOND) == {Reason.ABSENT: 400 * MS}


def test_what_is_missing_has_been_missing_since_the_last_item() -> None:
    assert lost(800 * MS).reasons_in(SECOND) == {Reason.LOST: 200 * MS}
    assert lost(800 * MS, last_item_ns=300 * MS).reasons_in(SECOND) == {Reason.LOST: 700 * MS}


def test_an_outage_keeps_the_reason_that_is_given_or_has_that_of_its_state() -> None:
    health = live()
    for state, cause, told in [
        (State.STALLED, Reason.FROZEN, Reason.FROZEN),
        (State.STALLED, None, Reason.STALLED),
        (State.RECONNECTING, None, Reason.LOST),
        (State.DISABLED, None, Reason.DISABLED),
        (State.STARTING, None, Reason.ABSENT),
    ]:
        health.change(state, cause, 0, None)
        assert health.reason is told


def test_each_reason_costs_what_lies_in_the_span() -> None:
    health = live()
    health.change(State.STALLED, Reason.FROZEN, 100 * MS, None)
    health.change(State.LOST, None, 300 * MS, None)
    health.change(State.LIVE, None, 900 * MS, None)
    assert health.reasons_in(SECOND) == {Reason.FROZEN: 200 * MS, Reason.LOST: 600 * MS}
    assert health.reasons_in((0, 200 * MS)) == {Reason.FROZEN: 100 * MS}


def test_only_the_last_outages_are_remembered() -> None:
    health = live()
    for turn in range(OUTAGES + 5):
        health.change(State.LOST, None, 2 * turn * MS, None)
        health.change(State.LIVE, None, (2 * turn + 1) * MS, None)
    assert health.reasons_in(SECOND) == {Reason.LOST: OUTAGES * MS}


def test_an_outage_before_any_new_item_begins_where_the_one_before_it_ended() -> None:
    health = Outages(present=True)
    health.change(State.DISABLED, None, 100 * MS, None)
    health.change(State.LIVE, None, 800 * MS, None)
    health.change(State.LOST, None, 900 * MS, last_item_ns=50 * MS)
    assert health.reasons_in((100 * MS, 1000 * MS)) == {Reason.DISABLED: 700 * MS, Reason.LOST: 200 * MS}


FAILURES = st.sampled_from([State.STALLED, State.LOST, State.RECONNECTING, State.DISABLED])
STEPS = st.lists(
    st.tuples(FAILURES | st.just(State.LIVE), st.integers(0, 50), st.none() | st.integers(0, 100)),
    max_size=OUTAGES,
)
"""A new state, how long after the one before, and how long before it the last item was."""


def changed(steps: list[tuple[State, int, int | None]]) -> Outages:
    health, now_ns = live(), 0
    for state, after_ns, age_ns in steps:
        now_ns += after_ns
        health.change(state, None, now_ns, None if age_ns is None else now_ns - age_ns)
    return health


@given(st.lists(st.tuples(st.integers(0, 50), FAILURES, st.integers(0, 50)), max_size=OUTAGES))
def test_outages_cost_what_they_last(outages: list[tuple[int, State, int]]) -> None:
    health, now_ns = live(), 0
    lasted: dict[Reason | None, int] = {}
    for good_ns, state, bad_ns in outages:
        health.change(state, None, now_ns + good_ns, None)
        reason = health.reason
        now_ns += good_ns + bad_ns
        health.change(State.LIVE, None, now_ns, None)
        lasted[reason] = lasted.get(reason, 0) + bad_ns
    assert health.reasons_in((0, now_ns + 1)) == {reason: ns for reason, ns in lasted.items() if ns}


@given(STEPS, st.lists(st.integers(0, 2000), min_size=3, max_size=3).map(sorted))
def test_each_moment_is_missing_for_one_reason_at_most(
    steps: list[tuple[State, int, int | None]], moments: list[int]
) -> None:
    health, (first, middle, last) = changed(steps), moments
    whole, early, late = (health.reasons_in(s) for s in ((first, last), (first, middle), (middle, last)))
    assert sum(whole.values()) <= last - first
    assert whole == {r: early.get(r, 0) + late.get(r, 0) for r in whole.keys() | early.keys() | late.keys()}


# Text.


def test_text_is_there_or_on_its_way_or_nobody_spoke() -> None:
    assert of_words([Words(0, 1, "good")], SECOND, True, live()) == Presence(1.0, None)
    assert of_words([], SECOND, True, live()) == Presence(0.0, Reason.PENDING)
    assert of_words([], SECOND, False, live()) == Presence(0.0, Reason.NO_SPEECH)


def test_text_is_missing_with_its_source_if_that_was_gone_for_at_least_half() -> None:
    assert of_words([], SECOND, True, lost(500 * MS)) == Presence(0.0, Reason.LOST)
    assert of_words([], SECOND, True, lost(501 * MS)) == Presence(0.0, Reason.PENDING)


def test_in_no_time_at_all_the_state_of_the_source_now_is_the_reason() -> None:
    assert of_words([], (5, 5), True, lost(0)) == Presence(0.0, Reason.LOST)
    assert of_words([], (5, 5), True, live()) == Presence(0.0, Reason.PENDING)


# Sound.


def test_silence_has_no_sound_because_nobody_spoke_or_because_of_its_source() -> None:
    assert of_silence(SECOND, live()) == Presence(0.0, Reason.NO_SPEECH)
    assert of_silence(SECOND, lost(0)) == Presence(0.0, Reason.LOST)


def test_hops_cover_their_time() -> None:
    hops = [voice(n * HOP_NS) for n in range(25)]
    assert of_voices(hops, SECOND, live()) == Presence(1.0, None)
    assert of_voices(hops[:3], (0, 2 * HOP_NS + 1), live()) == Presence(1.0, None), "whole, and never more"
    assert of_voices(hops[:20], SECOND, lost(800 * MS)) == Presence(0.8, Reason.LOST)
    assert of_voices(hops[:20], SECOND, live()) == Presence(0.8, Reason.STALLED)


def test_digital_silence_covers_nothing() -> None:
    hops = [voice(n * HOP_NS, silent=n < 10) for n in range(25)]
    assert of_voices(hops, SECOND, live()) == Presence(0.6, Reason.SILENT)


# Pictures.


def test_a_picture_speaks_for_the_time_until_the_next_one() -> None:
    faces = [face(n * 200 * MS) for n in range(5)]
    assert of_faces(faces, SECOND, live()) == Presence(1.0, None)


def test_a_picture_speaks_for_a_quarter_of_a_second_at_most() -> None:
    assert of_faces([face(0)], SECOND, live()).coverage == FRAME_HOLDS_NS / SECOND[1]
    late = of_faces([face(300 * MS)], SECOND, live())
    assert late.coverage == FRAME_HOLDS_NS / SECOND[1], "nor does it reach back further than that"


def test_the_first_picture_speaks_for_a_little_before_it_too() -> None:
    assert of_faces([face(200 * MS)], (0, 400 * MS), live()) == Presence(1.0, None)


def test_what_was_seen_without_a_face_is_missing_for_that_reason() -> None:
    faces = [face(0), no_face(200 * MS), no_face(400 * MS, Reason.BLACK), no_face(500 * MS, Reason.BLACK)]
    assert of_faces(faces, (0, 700 * MS), live()) == Presence(200 / 700, Reason.BLACK)


def test_in_no_time_at_all_what_is_there_is_whole() -> None:
    assert of_faces([face(5)], (5, 5), live()) == Presence(0.0, Reason.STALLED)
    assert of_voices([voice(5)], (5, 5), live()) == Presence(1.0, None)


# Whatever is there.


@given(STEPS, st.lists(st.tuples(st.integers(0, 999), st.booleans()), max_size=30), st.integers(1, 1000))
def test_coverage_is_a_share_and_what_is_missing_has_a_reason(
    steps: list[tuple[State, int, int | None]], looks: list[tuple[int, bool]], end_ms: int
) -> None:
    health, span = changed(steps), (0, end_ms * MS)
    within = sorted({at_ms: seen for at_ms, seen in looks if at_ms < end_ms}.items())
    faces = [face(at_ms * MS) if seen else no_face(at_ms * MS) for at_ms, seen in within]
    voices = [voice(at_ms * MS, silent=not heard) for at_ms, heard in within]
    for presence in (of_faces(faces, span, health), of_voices(voices, span, health)):
        assert 0.0 <= presence.coverage <= 1.0
        assert (presence.reason is None) == (presence.coverage >= WHOLE)
    if not any(seen for _, seen in within):
        assert of_faces(faces, span, health).coverage == of_voices(voices, span, health).coverage == 0.0


# Languages.


def test_words_in_a_language_that_is_not_read_are_missing_for_that() -> None:
    words = [Words(0, 1, "ich hasse es", language="de")]
    assert of_text(words, ["en"]) == Presence(0.0, Reason.LANGUAGE)
    assert of_text(words, ["en", "de"]) == Presence(1.0, None)


def test_words_in_english_or_in_nobody_knows_what_are_there() -> None:
    assert of_text([Words(0, 1, "good", language="en"), Words(1, 2, "day")], ["en"]) == Presence(1.0, None)


def test_of_words_in_two_languages_the_share_that_is_read_is_there() -> None:
    words = [Words(0, 1, "good", language="en"), Words(1, 2, "tag", language="de")]
    assert of_text(words, ["en"]) == Presence(4 / 7, Reason.LANGUAGE)


def test_in_a_window_words_of_any_language_are_there_for_nobody_knows_who_will_read_them() -> None:
    words = [Words(0, 1, "tag", language="de"), doubted("what night", 1.0, 0.0)]
    assert of_text(words) == Presence(7 / 12, Reason.UNCLEAR)
    assert of_words(words, SECOND, True, live()) == of_text(words)


# Words that nobody can be sure of.


def doubted(text: str, *confidences: float, language: str = "en") -> Words:
    return Words(0, 1, text, 0.5, language, confidences=confidences)


def test_a_word_is_there_from_a_confidence_on() -> None:
    assert of_text([Words(0, 1, "good", TRUSTED)]) == Presence(1.0, None)
    assert of_text([Words(0, 1, "good", TRUSTED - 0.001)]) == Presence(0.0, Reason.UNCLEAR)


def test_of_words_that_are_heard_unevenly_the_share_that_is_clear_is_there() -> None:
    words = doubted("what a night", 0.9, TRUSTED, TRUSTED / 2)
    assert of_text([words]) == Presence(5 / 10, Reason.UNCLEAR)
    assert trusted(words) == [True, True, False]


def test_the_reason_is_the_one_that_cost_more_letters() -> None:
    foreign, unclear = doubted("tag", 0.0, language="de"), doubted("good night", 1.0, 0.0)
    assert of_text([foreign, unclear], ["en"]) == Presence(4 / 12, Reason.UNCLEAR)
    assert of_text([foreign, doubted("good", 1.0)], ["en"]) == Presence(4 / 7, Reason.LANGUAGE)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u200b \ufeff", "\x00"])
def test_words_of_which_nothing_can_be_seen_are_none(text: str) -> None:
    assert of_text([Words(0, 1, text)]) == Presence(0.0, Reason.UNCLEAR)
    assert of_text([Words(0, 1, text, language="de")], ["en"]) == Presence(0.0, Reason.UNCLEAR)
    unseen = [Words(0, 1, f"{text} {text}", 0.0), Words(1, 2, "good")]
    assert of_text(unseen) == Presence(1.0, None)


def test_an_utterance_of_which_nothing_was_understood_is_unclear_beside_none_that_was() -> None:
    nothing = Words(0, 1, "", 0.0)
    assert of_words([nothing], SECOND, True, live()) == Presence(0.0, Reason.UNCLEAR)
    assert of_words([nothing, doubted("good", 1.0)], SECOND, True, live()) == Presence(1.0, None)
