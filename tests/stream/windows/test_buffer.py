"""The sync buffer, state by state."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, Change, Closed, Opened, Reason, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.buffer import SyncBuffer, feed
from fsrf_live.stream.windows.window import Window
from tests.doubles.decided import DecidedBuffer
from tests.doubles.fakes import face, no_face, voice

MS = 1_000_000
ALL: tuple[Modality, ...] = ("text", "audio", "video")


def at(seconds: float) -> int:
    return round(seconds * NS)


class Room:
    """Pushes a camera at 10 Hz and a microphone at 25 hops a second into a sync buffer as time goes by."""

    def __init__(self, *modalities: Modality, live: bool = True) -> None:
        self.decided = DecidedBuffer(WindowSettings(), frozenset(modalities))
        self.buffer = self.decided.buffer
        self.speaks: Callable[[float], bool] = lambda _: False
        self.sees: Callable[[float], bool] = lambda _: True
        self.on = set(modalities)
        self.now_ns = 0
        if live:
            for m in modalities:
                self.change(m, State.LIVE)

    def change(self, modality: Modality, state: State, reason: Reason | None = None) -> None:
        (self.on.add if state is State.LIVE else self.on.discard)(modality)
        self.decided.change(modality, state, reason, self.now_ns)

    def until(self, seconds: float) -> list[Window]:
        windows: list[Window] = []
        while self.now_ns < at(seconds):
            self.now_ns += 20 * MS
            if "audio" in self.on and self.now_ns % HOP_NS == 0:
                hop_ns = self.now_ns - HOP_NS
                self.decided.push(voice(hop_ns, 1.0 if self.speaks(hop_ns / NS) else 0.0))
            if "video" in self.on and self.now_ns % (100 * MS) == 0:
                seen = self.sees(self.now_ns / NS)
                self.buffer.push_face(face(self.now_ns) if seen else no_face(self.now_ns))
            windows += self.buffer.advance(self.now_ns)
        return windows

    def words(self, start: float, end: float, text: str = "good") -> None:
        self.buffer.push_words(Words(at(start), at(end), text))


def finals(windows: list[Window]) -> list[Window]:
    return [window for window in windows if window.final]


def spans(windows: list[Window]) -> list[tuple[float, float]]:
    return [(window.start_ns / NS, window.end_ns / NS) for window in windows]


def test_an_utterance_is_a_window_from_its_pre_roll_to_the_end_of_speech() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 1.0 <= t < 3.0
    windows = room.until(4.0)
    (final,) = finals(windows)
    assert spans([final]) == [(0.7, 3.0)]
    assert (final.due_ns, final.hold_ns) == (at(3.6), at(0.6))
    assert len(final.voices) == 57
    assert len(final.faces) == 23
    assert all(window.id == 0 for window in windows)
    assert [window.revision for window in windows] == list(range(len(windows)))


def test_while_it_is_open_a_reading_comes_every_half_second_with_whatever_is_there() -> None:
    room = Room("audio")
    room.speaks = lambda t: t >= 1.0
    windows = room.until(3.0)
    assert [window.due_ns / NS for window in windows] == [1.2, 1.7, 2.2, 2.7]
    assert not any(window.final for window in windows)
    assert [len(window.voices) for window in windows] == sorted(len(window.voices) for window in windows)


def test_the_final_never_waits_for_the_transcript_which_revises_it() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 1.0 <= t < 3.0
    (final,) = finals(room.until(4.0))
    assert final.presence["text"].reason is Reason.PENDING
    room.words(1.0, 2.9)
    (revision,) = room.until(4.02)
    assert (revision.id, revision.revision, revision.final) == (final.id, final.revision + 1, True)
    assert (revision.voices, revision.faces) == (final.voices, final.faces)
    assert revision.presence["text"].coverage == 1.0
    assert revision.due_ns == at(4.02)


def test_text_that_is_too_late_changes_nothing() -> None:
    room = Room("audio", "text")
    room.speaks = lambda t: 1.0 <= t < 2.0
    room.until(40.0)
    room.words(1.0, 2.0)
    assert room.until(41.0) == []
    assert room.buffer.counts["text"].late == 1


def test_without_a_microphone_windows_are_fixed_and_follow_each_other() -> None:
    room = Room("video")
    windows = finals(room.until(9.5))
    assert spans(windows) == [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]
    assert windows[0].presence["audio"].reason is Reason.ABSENT
    assert windows[0].hold_ns == 0
    assert windows[0].due_ns == at(3.0)


def test_a_stalled_microphone_closes_the_window_at_once_and_fixed_windows_take_over() -> None:
    room = Room(*ALL)
    room.speaks = lambda _: True
    room.until(2.0)
    room.on.discard("audio")
    before = room.until(2.5)
    room.change("audio", State.STALLED, Reason.STALLED)
    after = room.until(5.5)
    assert finals(before) == []
    cut, fixed = finals(after)
    assert spans([cut, fixed]) == [(0.0, 2.0), (2.0, 5.0)]
    assert cut.due_ns == at(2.5)
    assert fixed.presence["audio"].reason is Reason.STALLED
    assert fixed.voices == ()


def test_a_returning_microphone_ends_the_fixed_window_where_speech_begins() -> None:
    room = Room("audio", "video", live=False)
    room.change("video", State.LIVE)
    room.until(1.5)
    room.change("audio", State.LIVE)
    room.speaks = lambda t: 2.0 <= t < 4.0
    windows = finals(room.until(5.0))
    assert spans(windows) == [(0.0, 1.7), (1.7, 4.0)]
    assert windows[0].voices == ()
    assert windows[1].presence["audio"].coverage > 0.95


def test_there_is_no_window_between_utterances() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t % 3 < 1.5
    assert spans(finals(room.until(9.0))) == [(0.0, 1.52), (2.7, 4.52), (5.7, 7.52)]


def test_who_sits_there_silently_is_seen_after_three_seconds() -> None:
    room = Room(*ALL)
    windows = room.until(8.0)
    assert spans(finals(windows)) == [(0.0, 3.0), (3.0, 6.0)]
    assert windows[0].presence["audio"].reason is Reason.NO_SPEECH
    assert windows[0].presence["text"].reason is Reason.NO_SPEECH
    assert windows[0].presence["video"].coverage == 1.0
    assert windows[0].hold_ns == at(0.3)
    assert any(not window.final for window in windows)


def test_speech_ends_a_window_of_silence_where_its_pre_roll_begins() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 4.4 <= t < 6.0
    windows = room.until(7.0)
    assert spans(finals(windows)) == [(0.0, 3.0), (3.0, 4.1), (4.1, 6.0)]
    assert max(window.end_ns for window in windows if window.id == 1) == at(4.1)


def test_silence_alone_is_no_window_without_a_camera() -> None:
    room = Room("audio")
    assert room.until(20.0) == []
    assert room.buffer.counts["audio"].held <= 10


def test_a_lost_camera_is_missing_from_the_window_with_its_reason() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t < 4.0
    room.until(2.0)
    room.change("video", State.LOST, Reason.LOST)
    (final,) = finals(room.until(5.0))
    assert final.presence["video"].reason is Reason.LOST
    assert 0.4 < final.presence["video"].coverage < 0.65


def test_a_face_that_leaves_the_frame_is_no_face() -> None:
    room = Room("video")
    room.sees = lambda t: t < 1.0
    (final,) = finals(room.until(3.0))
    assert final.presence["video"].reason is Reason.NO_FACE
    assert 0.3 <= final.presence["video"].coverage < 0.4


def test_a_slow_camera_covers_its_window_all_the_same() -> None:
    decided = DecidedBuffer(WindowSettings(), frozenset({"video"}))
    decided.change("video", State.LIVE, None, 0)
    for index in range(15):
        decided.push(face(at(0.2 * index)))
    (final,) = finals(decided.buffer.advance(at(3.0)))
    assert final.presence["video"].coverage == 1.0


def test_what_is_cut_by_the_user_is_refused() -> None:
    room = Room(*ALL)
    room.change("video", State.DISABLED, Reason.DISABLED)
    room.buffer.push_face(face(at(0.1)))
    room.speaks = lambda t: t < 2.0
    (final,) = finals(room.until(3.0))
    assert final.faces == ()
    assert final.presence["video"].reason is Reason.DISABLED
    assert room.buffer.counts["video"].refused == 1


def test_digital_silence_is_masked_and_says_so() -> None:
    decided = DecidedBuffer(WindowSettings(), frozenset({"audio"}))
    decided.change("audio", State.LIVE, None, 0)
    for index in range(60):
        decided.push(voice(index * HOP_NS, 1.0 if index < 20 else 0.0, silent=20 <= index < 30))
    (final,) = finals(decided.buffer.advance(60 * HOP_NS))
    assert final.presence["audio"].coverage == 1.0
    decided = DecidedBuffer(WindowSettings(), frozenset({"audio"}))
    decided.change("audio", State.LIVE, None, 0)
    for index in range(60):
        decided.push(voice(index * HOP_NS, 1.0 if index < 40 else 0.0, silent=10 <= index < 20))
    (final,) = finals(decided.buffer.advance(60 * HOP_NS))
    assert final.presence["audio"].coverage == pytest.approx(0.75)
    assert final.presence["audio"].reason is Reason.SILENT


def test_an_utterance_whose_hops_stay_away_ends_where_its_speech_did_and_only_once() -> None:
    room = Room("audio")
    room.speaks = lambda t: t < 2.0
    room.until(2.0)
    room.on.discard("audio")
    spoken, *fixed = finals(room.until(20.0))
    assert spans([spoken]) == [(0.0, 2.0)]
    assert spoken.due_ns == pytest.approx(at(14.0), abs=at(0.03))
    assert len(fixed) == 6
    room.on.add("audio")
    after = finals(room.until(21.0))
    assert all(window.start_ns >= fixed[-1].end_ns for window in after)


def test_a_window_ends_at_its_boundary_though_hops_were_lost_on_the_way() -> None:
    buffer = SyncBuffer(WindowSettings(), frozenset({"audio"}))
    live = Change(0, "mic", State.LIVE, None, None)
    for item in (live, Opened(at(1.0)), Closed(at(1.0), at(3.0), at(3.6), at(0.6))):
        feed(buffer, item)
    (window,) = finals(buffer.advance(at(3.6)))
    assert spans([window]) == [(1.0, 3.0)]
    assert window.presence["audio"].coverage == 0.0


def test_an_utterance_of_which_nothing_was_heard_is_no_window() -> None:
    buffer = SyncBuffer(WindowSettings(), frozenset({"audio", "video"}))
    feed(buffer, Change(0, "mic", State.LIVE, None, None))
    feed(buffer, Opened(at(1.0)))
    assert buffer.advance(at(2.0)) == []
    assert spans(finals(buffer.finish(at(2.0)))) == [(0.0, 2.0)], "but the session has one"


def test_text_alone_gives_one_window_a_piece() -> None:
    room = Room("text")
    room.words(1.0, 1.0, "good")
    room.words(2.0, 2.5, "bad")
    windows = room.until(3.0)
    assert [(w.id, w.final, w.words[0].text) for w in windows] == [(0, True, "good"), (1, True, "bad")]
    assert windows[0].presence["video"].reason is Reason.ABSENT


def test_words_typed_in_silence_belong_to_the_next_window() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t < 1.0 or 2.6 <= t < 3.6
    room.until(1.8)
    room.words(1.7, 1.7)
    assert room.buffer.unbound == 1
    windows = finals(room.until(5.0))
    assert [bool(window.words) for window in windows] == [True]
    assert windows[0].start_ns == at(2.3)


def test_a_caption_over_a_pause_goes_to_the_utterance_that_it_overlaps_most() -> None:
    room = Room("audio", "text")
    room.speaks = lambda t: 1.0 <= t < 2.0 or 3.0 <= t < 6.0
    room.words(1.8, 5.0)
    windows = finals(room.until(7.0))
    assert [len(window.words) for window in windows] == [0, 1]


def test_an_item_from_a_closed_window_is_late_and_counted() -> None:
    room = Room("video")
    room.until(4.0)
    room.buffer.push_face(face(at(2.95)))
    counts = room.buffer.counts["video"]
    assert counts.refused == 1
    decided = DecidedBuffer(WindowSettings(), frozenset({"video"}))
    decided.change("video", State.LIVE, None, 0)
    decided.buffer.advance(at(3.0))
    decided.push(face(at(2.9)))
    assert decided.buffer.counts["video"].late == 1


def test_a_stalled_program_gives_one_partial_reading_whose_clock_began_when_the_first_was_due() -> None:
    room = Room("audio")
    room.speaks = lambda _: True
    room.until(0.6)
    room.now_ns = at(0.6)
    for index in range(15, 50):
        room.decided.push(voice(index * HOP_NS))
    (late,) = room.buffer.advance(at(2.0))
    assert late.due_ns == at(1.0)
    assert late.end_ns == at(2.0)


def test_the_end_closes_what_is_open() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t >= 1.0
    room.until(2.0)
    windows = room.buffer.finish(at(2.0))
    assert spans(finals(windows)) == [(0.7, 2.0)]
    assert room.buffer.finish(at(2.0)) == []


def test_a_clip_too_short_for_any_window_still_gets_one() -> None:
    room = Room("audio", "video")
    room.until(0.4)
    assert spans(finals(room.buffer.finish(at(0.4)))) == [(0.0, 0.4)]


def test_words_that_are_left_at_the_end_go_to_the_last_window() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t < 1.0
    room.until(2.0)
    room.words(1.5, 1.5)
    windows = room.buffer.finish(at(2.0))
    assert [(window.start_ns, len(window.words)) for window in finals(windows)][-1][1] == 1


def test_after_a_sleep_windows_do_not_pile_up() -> None:
    room = Room("video")
    room.until(1.0)
    windows = room.buffer.advance(at(3600.0))
    assert len(windows) < 5
    assert windows[-1].end_ns <= at(3600.0)


def lateness(room: Room, seconds: float) -> list[float]:
    """How many s after its intended moment each window came, while nothing holds the program up."""
    late: list[float] = []
    while room.now_ns < at(seconds):
        late += [(room.now_ns - w.due_ns) / NS for w in room.until(room.now_ns / NS + 0.02)]
    return late


@pytest.mark.parametrize("lost_at", [2.5, 3.5, 4.3, 5.0])
def test_what_a_microphone_leaves_behind_was_never_due_before_its_loss_was_noticed(lost_at: float) -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t < 2.0
    late = lateness(room, lost_at)
    room.on.discard("audio")
    late += lateness(room, lost_at + 0.5)
    room.change("audio", State.STALLED, Reason.STALLED)
    late += lateness(room, lost_at + 8.0)
    assert len(late) > 12
    assert max(late) <= 0.06


def test_a_microphone_that_goes_deaf_unnoticed_makes_no_reading_late() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: t < 2.0
    late = lateness(room, 3.0)
    room.on.discard("audio")
    late += lateness(room, 20.0)
    assert len(late) > 12
    assert max(late) <= 0.06


def test_waiting_for_a_microphone_to_begin_makes_no_reading_late() -> None:
    room = Room("video", "audio", live=False)
    room.change("video", State.LIVE)
    late = lateness(room, 5.0)
    assert len(late) > 5
    assert max(late) <= 0.06


def test_words_of_the_last_pause_are_in_the_first_final_reading_and_only_once() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 1.0 <= t < 3.0
    windows = room.until(3.4)
    words = Words(at(0.8), at(3.2), "good day")
    room.buffer.push_words(replace(words, spoken_to_ns=at(3.0)))
    windows += room.until(3.7)
    (final,) = finals(windows)
    assert final.words == (words,)
    room.buffer.push_words(words)
    assert not [window for window in room.until(4.5) if window.words]
    assert all(not window.words for window in windows if not window.final)


def test_partial_readings_have_the_agreed_words_and_the_final_one_its_own() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 1.0 <= t < 4.0
    windows = []
    for second, text, agreed in [(2.0, "a good", 0), (3.0, "A goose day", 1), (3.9, "a good day", 1)]:
        windows += room.until(second)
        room.buffer.push_words(Words(at(0.8), at(second), text, agreed=agreed))
    windows += room.until(4.7)
    room.buffer.push_words(Words(at(0.8), at(4.0), "a good day"))
    windows += room.until(5.0)
    assert [[words.text for words in window.words] for window in windows] == [
        *([[]] * 4),
        *([["A"]] * 2),
        ["a"],
        [],
        ["a good day"],
    ]
    with_words = [window for window in windows if window.words]
    assert all(window.presence["text"].coverage > 0 for window in with_words)


def test_words_of_a_pause_in_the_midst_of_an_utterance_are_in_no_reading() -> None:
    room = Room(*ALL)
    room.speaks = lambda t: 1.0 <= t < 3.4 and not 2.0 <= t < 2.4
    windows = room.until(2.4)
    room.buffer.push_words(Words(at(0.8), at(2.2), "good", spoken_to_ns=at(2.0)))
    windows += room.until(5.0)
    assert len(finals(windows)) >= 1
    assert not any(window.words for window in windows)
