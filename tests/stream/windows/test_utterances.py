"""Where an utterance begins and ends."""

from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.utterances import Boundary, Closed, Opened, UtteranceDetector
from tests.doubles.fakes import voice

SETTINGS = WindowSettings()
HOLD_NS = round(SETTINGS.hold_s * NS)
PRE_ROLL_NS = round(SETTINGS.pre_roll_s * NS)


def heard(speech: str, start_ns: int = 0) -> list[Boundary]:
    """Boundaries of hops written as ``#`` (speech), ``+`` (unsure) and ``.`` (none)."""
    detector = UtteranceDetector(SETTINGS)
    loudness = {"#": 0.9, "+": 0.4, ".": 0.0}
    return [
        boundary
        for index, mark in enumerate(speech)
        for boundary in detector.push(voice(start_ns + index * HOP_NS, loudness[mark]))
    ]


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


def test_an_interruption_closes_at_once_with_what_was_said() -> None:
    detector = UtteranceDetector(SETTINGS)
    for index in range(10):
        detector.push(voice(index * HOP_NS))
    end_ns = 10 * HOP_NS
    assert detector.interrupt(end_ns + NS // 2) == [Closed(0, end_ns, end_ns + NS // 2, NS // 2)]
    assert detector.interrupt(end_ns + NS) == []


def test_missing_hops_for_longer_than_the_hold_end_it() -> None:
    detector = UtteranceDetector(SETTINGS)
    for index in range(10):
        detector.push(voice(index * HOP_NS))
    late_ns = 10 * HOP_NS + HOLD_NS + 1
    assert detector.push(voice(late_ns)) == [Closed(0, 10 * HOP_NS, late_ns, late_ns - 10 * HOP_NS)]


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


@given(st.lists(st.sampled_from("#+."), max_size=200))
def test_what_is_undecided_is_never_before_an_utterance_that_opens_later(marks: list[str]) -> None:
    detector = UtteranceDetector(SETTINGS)
    promised_ns = 0
    for index, mark in enumerate(marks):
        for boundary in detector.push(voice(index * HOP_NS, {"#": 0.9, "+": 0.4, ".": 0.0}[mark])):
            if isinstance(boundary, Opened):
                assert boundary.start_ns >= promised_ns
        if detector.start_ns is None and detector.undecided_ns is not None:
            promised_ns = max(promised_ns, detector.undecided_ns)
