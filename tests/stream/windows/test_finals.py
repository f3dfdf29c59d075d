"""Closed windows and the words that come late for them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.stream.flow.items import Reason, Words
from fsrf_live.stream.windows.finals import CLOSED, Finals
from fsrf_live.stream.windows.track import Counts
from fsrf_live.stream.windows.window import Presence, Window

LATE_NS = 100


def closed(start_ns: int, end_ns: int, number: int = 0) -> Window:
    presence = {m: Presence(0.0, Reason.PENDING) for m in MODALITIES}
    return Window(number, 3, True, start_ns, end_ns, end_ns, 5, (), (), (), presence)


def after(*windows: Window) -> Finals:
    finals = Finals(LATE_NS)
    for window in windows:
        finals.close(window)
    return finals


def test_late_words_make_the_next_revision_and_leave_the_rest_as_it_was() -> None:
    finals, words = after(closed(0, 10)), Words(2, 8, "good")
    finals.push(words, now_ns=20, refuse=False)
    (revised,) = finals.revise(now_ns=20, until_ns=15)
    assert (revised.revision, revised.words, revised.final) == (4, (words,), True)
    assert revised.presence["text"] == Presence(1.0, None)
    assert revised.presence["audio"] == Presence(0.0, Reason.PENDING)
    assert (revised.due_ns, revised.hold_ns) == (20, 0), "it is due when its words are there"
    assert finals.revise(now_ns=21, until_ns=21) == []


def test_a_second_revision_has_the_words_of_the_first_in_order() -> None:
    finals = after(closed(0, 10))
    for words in (Words(5, 8, "day"), Words(1, 4, "good")):
        finals.push(words, now_ns=20, refuse=False)
        (revised,) = finals.revise(now_ns=20, until_ns=15)
    assert revised.revision == 5
    assert [words.text for words in revised.words] == ["good", "day"]


def test_words_wait_while_a_window_that_may_yet_open_could_have_a_better_claim() -> None:
    finals = after(closed(0, 10))
    finals.push(Words(5, 14, "good"), now_ns=20, refuse=False)
    assert finals.revise(now_ns=20, until_ns=13) == []
    assert finals.has_words
    assert finals.unbound == 1


def test_an_open_window_shows_its_words_and_takes_them_when_it_closes() -> None:
    finals = after(closed(0, 10))
    finals.push(Words(12, 18, "good"), now_ns=20, refuse=False)
    assert [words.text for words in finals.so_far((11, 19))] == ["good"]
    assert [words.text for words in finals.take((11, 19))] == ["good"]
    assert finals.counts == Counts(pushed=1, used=1)


def test_words_are_refused_if_they_are_empty_or_unwanted_and_late_if_no_window_takes_them() -> None:
    finals = after(closed(0, 10))
    finals.push(Words(1, 2, " "), now_ns=20, refuse=False)
    finals.push(Words(1, 2, "good"), now_ns=20, refuse=True)
    finals.push(Words(1, 2, "good"), now_ns=3 + LATE_NS, refuse=False)
    assert finals.counts == Counts(pushed=3, refused=2, late=1)
    assert not finals.has_words


def test_a_window_takes_words_for_a_while_only() -> None:
    finals = after(closed(0, 10), closed(11, 20))
    finals.push(Words(2, 8, "good"), now_ns=20, refuse=False)
    assert finals.revise(now_ns=11 + LATE_NS, until_ns=11 + LATE_NS) == []
    assert finals.counts == Counts(pushed=1, unused=1), "they are forgotten then"


def test_at_the_end_the_last_window_gets_all_words_that_are_left() -> None:
    finals = after(closed(0, 10), closed(11, 20, number=1))
    assert finals.revise_last(now_ns=30) == []
    finals.push(Words(25, 28, "good"), now_ns=30, refuse=False)
    (revised,) = finals.revise_last(now_ns=30)
    assert (revised.id, revised.due_ns) == (1, 30)
    assert Finals(LATE_NS).revise_last(now_ns=30) == []


def test_without_time_all_words_are_there_to_be_taken() -> None:
    finals = after()
    finals.push(Words(1, 2, "good"), now_ns=2, refuse=False)
    assert [words.text for words in finals.take_all()] == ["good"]


def test_only_the_newest_windows_are_kept() -> None:
    finals = after(*(closed(10 * n, 10 * n + 9, n) for n in range(CLOSED + 1)))
    finals.push(Words(1, 8, "good"), now_ns=20, refuse=False)
    assert finals.revise(now_ns=20, until_ns=20) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["said", "empty", "cut", "closes", "revise", "end"]),
            st.integers(0, 15),
            st.integers(0, 250),
        ),
        max_size=40,
    )
)
def test_each_piece_of_text_is_in_one_window_or_counted(calls: list[tuple[str, int, int]]) -> None:
    finals, now_ns, shown = Finals(LATE_NS), 0, dict[int, Window]()
    for call, passed_ns, age_ns in calls:
        start_ns, now_ns = now_ns, now_ns + passed_ns
        if call == "closes" and passed_ns:
            window = replace(closed(start_ns, now_ns, len(shown)), words=finals.take((start_ns, now_ns)))
            shown[window.id] = window
            finals.close(window)
        elif call in ("revise", "end"):
            revise = finals.revise_last(now_ns) if call == "end" else finals.revise(now_ns, now_ns)
            for window in revise:
                assert window.revision == shown[window.id].revision + 1
                assert len(window.words) > len(shown[window.id].words)
                shown[window.id] = window
        else:
            begin_ns = max(0, now_ns - age_ns)
            text = "" if call == "empty" else "good"
            finals.push(Words(begin_ns, begin_ns + 5, text), now_ns, refuse=call == "cut")
        c = finals.counts
        assert c.pushed == c.used + c.late + c.refused + c.overflow + c.unused + c.held
        assert c.used == sum(len(window.words) for window in shown.values())
        assert c.held == finals.unbound


def test_words_of_a_pause_hold_if_the_utterance_ends_there_and_are_not_taken_twice() -> None:
    finals, words = Finals(LATE_NS), Words(1, 9, "good")
    finals.push(replace(words, spoken_to_ns=10), now_ns=12, refuse=False)
    assert finals.so_far((0, 10)) == ()
    finals.confirm(10, now_ns=15, refuse=False)
    assert finals.take((0, 10)) == (words,)
    finals.push(words, now_ns=16, refuse=False)
    assert not finals.has_words
    assert finals.counts == Counts(pushed=1, used=1)


def test_words_of_a_pause_after_which_the_voice_went_on_are_thrown_away() -> None:
    finals = Finals(LATE_NS)
    finals.push(Words(1, 9, "goo", spoken_to_ns=10), now_ns=12, refuse=False)
    finals.confirm(20, now_ns=25, refuse=False)
    assert finals.take((0, 20)) == ()
    finals.confirm(10, now_ns=25, refuse=False)
    assert finals.take((0, 10)) == ()
    whole = Words(1, 19, "good day")
    finals.push(whole, now_ns=26, refuse=False)
    assert finals.take((0, 20)) == (whole,)


def test_words_of_a_pause_that_come_after_the_end_wait_to_come_once_more() -> None:
    finals, words = Finals(LATE_NS), Words(1, 9, "good")
    finals.confirm(10, now_ns=15, refuse=False)
    finals.push(replace(words, spoken_to_ns=10), now_ns=16, refuse=False)
    assert not finals.has_words
    finals.push(words, now_ns=16, refuse=False)
    assert finals.take((0, 10)) == (words,)


def test_an_open_window_has_provisional_words_as_far_as_they_are_agreed_and_only_those() -> None:
    finals = Finals(LATE_NS)
    for text, agreed, seen in [("a", 0, []), ("a good", 1, ["a"]), ("a good d", 2, ["a good"]), ("", 0, [])]:
        finals.push(Words(1, 9, text, agreed=agreed), now_ns=12, refuse=False)
        assert [words.text for words in finals.so_far((0, 10))] == seen
        assert not any(words.provisional for words in finals.so_far((0, 10)))
    assert finals.counts == Counts()


@pytest.mark.parametrize("closes_first", [True, False])
def test_nothing_of_provisional_words_is_left_when_their_utterance_closes(closes_first: bool) -> None:
    finals, whole = Finals(LATE_NS), Words(1, 9, "good day")
    if closes_first:
        finals.confirm(10, now_ns=12, refuse=False)
    finals.push(Words(1, 9, "good d", agreed=1), now_ns=12, refuse=False)
    if not closes_first:
        finals.confirm(10, now_ns=12, refuse=False)
    assert finals.take((0, 10)) == ()
    finals.close(closed(0, 10))
    assert finals.so_far((11, 20)) == (), "they are none of the next window"
    finals.push(whole, now_ns=16, refuse=False)
    (revised,) = finals.revise(now_ns=16, until_ns=16)
    assert revised.words == (whole,)


def test_what_holds_and_is_garbled_or_late_when_it_comes_once_more_is_there_once() -> None:
    finals, words = Finals(LATE_NS), Words(1, 9, "good")
    finals.push(replace(words, spoken_to_ns=10), now_ns=12, refuse=False)
    finals.confirm(10, now_ns=15, refuse=False)
    assert finals.take((0, 10)) == (words,)
    finals.push(Words(11, 19, "day", spoken_to_ns=20), now_ns=22, refuse=False)
    finals.confirm(20, now_ns=25, refuse=False)
    assert [each.text for each in finals.take((11, 20))] == ["day"]
    finals.push(replace(words, text="doog"), now_ns=26, refuse=False)
    finals.push(Words(11, 19, "day"), now_ns=26, refuse=False)
    assert not finals.has_words


def test_a_text_that_is_taken_out_has_no_words_of_a_pause() -> None:
    finals = Finals(LATE_NS)
    finals.push(Words(1, 9, "good", spoken_to_ns=10), now_ns=12, refuse=False)
    finals.confirm(10, now_ns=15, refuse=True)
    assert finals.take((0, 10)) == ()


def test_words_that_are_still_to_come_are_unclear_once_nothing_was_understood() -> None:
    finals, nothing = after(closed(0, 10)), Words(0, 10, "", 0.0)
    finals.push(nothing, now_ns=20, refuse=False)
    (revised,) = finals.revise(now_ns=20, until_ns=15)
    assert (revised.words, revised.presence["text"]) == ((nothing,), Presence(0.0, Reason.UNCLEAR))


def test_nothing_understood_in_a_pause_holds_if_the_utterance_ends_there() -> None:
    finals, nothing = Finals(LATE_NS), Words(0, 10, "", 0.0)
    finals.push(replace(nothing, spoken_to_ns=10), now_ns=12, refuse=False)
    finals.confirm(10, now_ns=15, refuse=False)
    assert finals.take((0, 10)) == (nothing,)
