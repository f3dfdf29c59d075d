"""The microphone's own utterances as a source of text."""

import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Change, Closed, Reason, Samples, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.speech.recogniser import utterance_of
from fsrf_live.stream.speech.recognition import (
    BEHIND_NS,
    KEEP_BEYOND_S,
    MOST_UTTERANCES,
    RecogniserSource,
    Utterance,
    UtteranceCutter,
    UtteranceQueue,
)
from fsrf_live.stream.windows.utterances import UtteranceDetector
from tests.doubles.fakes import FakeVoices
from tests.doubles.recognisers import Measuring

BLOCK = 320
BLOCK_NS = 20_000_000


def blocks(loud: list[bool], start_ns: int = 0) -> list[Samples]:
    return [
        Samples(start_ns + i * BLOCK_NS, np.full(BLOCK, 0.5 if speaks else 0.001, np.float32))
        for i, speaks in enumerate(loud)
    ]


def utterance(start_ns: int, ms: int, *, pause: bool = False, goes_on: bool = False) -> Utterance:
    """Silence that counts as speech to its end; in a pause, or if it goes on, the utterance is still open."""
    samples = np.zeros(16 * ms, np.float32)
    end_ns = start_ns + ms * 1_000_000
    return Utterance(start_ns, samples, None if goes_on else end_ns, open=pause or goes_on)


def cut(sound: Sequence[Samples | Change]) -> list[Utterance]:
    """The utterances that are cut out of this sound, in which the microphone may change its state."""
    settings = WindowSettings()
    cutter, detector, voices = UtteranceCutter(settings), UtteranceDetector(settings), FakeVoices()
    utterances: list[Utterance] = []
    for item in [Change(0, "mic", State.LIVE, None, None), *sound]:
        if isinstance(item, Change):
            utterances += cutter.cut(detector.change(item))
            continue
        cutter.push(item)
        for voice in voices.push(item):
            utterances += cutter.cut(detector.push(voice))
    return utterances


def given_of(sound: Sequence[Samples], every_s: float) -> list[tuple[int, Utterance]]:
    """Which block brought each utterance that is open, may be over, or is."""
    settings = WindowSettings(words_every_s=every_s)
    cutter, detector, voices = UtteranceCutter(settings), UtteranceDetector(settings), FakeVoices()
    detector.change(Change(0, "mic", State.LIVE, None, None))
    found: list[tuple[int, Utterance]] = []
    for number, block in enumerate(sound):
        cutter.push(block)
        for item in [item for voice in voices.push(block) for item in detector.push(voice)]:
            open_ = cutter.so_far(item)
            found += [(number, each) for each in [open_] if each is not None]
            found += [(number, each) for each in cutter.cut([item])]
    return found


def test_a_pause_gives_once_and_before_the_end_what_the_end_would() -> None:
    (at, early), (end, whole) = given_of(blocks([False] * 50 + [True] * 50 + [False] * 40), every_s=0)
    assert (early.open, whole.open) == (True, False)
    assert early.time_ns == whole.time_ns
    assert early.spoken_to_ns == whole.spoken_to_ns == 2_000_000_000
    assert early.samples.tolist() == whole.samples[: len(early.samples)].tolist()
    assert len(whole.samples) - len(early.samples) == 3 * BLOCK, "the rest is not heard yet"
    assert (end - at) * BLOCK_NS == 360_000_000


def test_each_pause_that_is_long_enough_gives_what_was_said_so_far() -> None:
    sound = [True] * 50 + [False] * 10 + [True] * 50 + [False] * 20 + [True] * 50 + [False] * 40
    found = [each for _, each in given_of(blocks(sound), every_s=0)]
    assert [(each.open, (each.spoken_to_ns or 0) // BLOCK_NS) for each in found] == [
        (True, 110),
        (True, 180),
        (False, 180),
    ]


def test_while_the_voice_goes_on_all_of_it_is_given_now_and_then() -> None:
    found = given_of(blocks([False] * 50 + [True] * 160 + [False] * 40), every_s=1.0)
    going_on = [(at, each) for at, each in found if each.spoken_to_ns is None]
    assert all(each.open and each.time_ns == 700_000_000 for _, each in going_on)
    assert [(at + 1) * BLOCK_NS for at, _ in going_on] == [1_720_000_000, 2_720_000_000, 3_720_000_000]
    assert [len(each.samples) // 16 for _, each in going_on] == [1020, 2020, 3020]
    assert [(each.open, each.spoken_to_ns) for _, each in found[3:]] == [
        (True, 4_200_000_000),
        (False, 4_200_000_000),
    ]


def test_in_silence_nothing_is_given_but_for_the_pause_which_counts_like_any_other() -> None:
    sound = [True] * 45 + [False] * 20 + [True] * 60 + [False] * 40
    found = given_of(blocks(sound), every_s=1.0)
    going_on = [at for at, each in found if each.spoken_to_ns is None]
    (pause, _), *_ = [(at, each) for at, each in found if each.spoken_to_ns is not None]
    assert pause in range(56, 60)
    assert going_on == [pause + 50]


def test_every_utterance_is_given_from_its_own_beginning() -> None:
    found = given_of(blocks([True] * 800), every_s=5.0)
    assert [(each.time_ns // NS, each.open) for _, each in found] == [
        (0, True),
        (0, True),
        (0, False),
    ]


def test_an_utterance_is_cut_with_its_pre_roll_and_the_beginning_of_its_hold() -> None:
    (utterance,) = cut(blocks([False] * 50 + [True] * 50 + [False] * 40))
    assert utterance.time_ns == 700_000_000
    assert len(utterance.samples) == round(1.6 * 16_000)
    assert np.count_nonzero(utterance.samples > 0.1) == 16_000


def test_missing_blocks_are_left_out() -> None:
    sound = blocks([True] * 50 + [False] * 40)
    (utterance,) = cut(sound[:10] + sound[20:])
    assert len(utterance.samples) == round(1.3 * 16_000) - 10 * BLOCK


def test_an_interruption_gives_what_was_said() -> None:
    spoken = blocks([True] * 50)
    assert cut(spoken) == []
    gone = Change(2_000_000_000, "mic", State.LOST, "unplugged", Reason.LOST)
    (utterance,) = cut([*spoken, gone, gone])
    assert len(utterance.samples) == 16_000


def test_a_file_that_plays_again_is_cut_again() -> None:
    spoken = blocks([False] * 10 + [True] * 50 + [False] * 40)
    settings, voices = WindowSettings(), FakeVoices()
    cutter = UtteranceCutter(settings)
    found: list[int] = []
    for _ in range(2):
        detector = UtteranceDetector(settings)
        detector.change(Change(0, "mic", State.LIVE, None, None))
        for block in spoken:
            cutter.push(block)
            found += [len(u.samples) for v in voices.push(block) for u in cutter.cut(detector.push(v))]
    assert found == [found[0]] * 2


def test_sound_that_no_utterance_can_reach_any_more_is_forgotten() -> None:
    cutter, settings = UtteranceCutter(WindowSettings()), WindowSettings()
    for block in blocks([True] * 1000):
        cutter.push(block)
    (early,) = cutter.cut([Closed(0, 20_000_000_000, 20_000_000_000, 0)])
    assert len(early.samples) <= (settings.longest_s + settings.hold_s + 3) * 16_000


def test_an_hour_without_a_pause_is_recognised_in_parts_and_only_the_last_sound_is_kept() -> None:
    settings = WindowSettings()
    cutter, detector, voices = UtteranceCutter(settings), UtteranceDetector(settings), FakeVoices()
    utterances, heard = UtteranceQueue(), Measuring()
    source = RecogniserSource(utterances, lambda: heard)
    source.open()
    detector.change(Change(0, "mic", State.LIVE, None, None))
    kept: deque[weakref.ref[object]] = deque()
    most, whole_ms = 0, []
    for number in range(5 * 3600):
        block = Samples(number * NS // 5, np.full(3200, 0.5, np.float32))
        kept.append(weakref.ref(block.samples))
        cutter.push(block)
        for item in [item for voice in voices.push(block) for item in detector.push(voice)]:
            for each in [*filter(None, [cutter.so_far(item)]), *cutter.cut([item])]:
                utterances.put(each)
                words = source.read()
                whole_ms += (
                    [int(words.text.split()[0])] if words is not None and not words.provisional else []
                )
        del block
        while kept and kept[0]() is None:
            kept.popleft()
        most = max(most, len(kept))
    assert most <= 5 * (settings.longest_s + settings.hold_s + KEEP_BEYOND_S) + 2
    assert utterances.drops == 0
    assert len(whole_ms) == 3600 // settings.longest_s - 1, "the last one is still open"
    assert all(ms <= 1000 * settings.longest_s + BEHIND_NS // 1_000_000 for ms in whole_ms)


def test_words_of_an_utterance_are_one_piece() -> None:
    words = [Words(0, 5, "so", 0.3, "en"), Words(6, 9, "it is", 1.0, "en")]
    whole = utterance_of(words, 0, 12)
    assert (whole.start_ns, whole.end_ns, whole.text, whole.language) == (0, 9, "so it is", "en")
    assert whole.said == [("so", 0.3), ("it", 1.0), ("is", 1.0)]
    assert whole.confidence == pytest.approx((2 * 0.3 + 4 * 1.0) / 6)


def test_an_utterance_of_which_nothing_was_understood_is_unclear() -> None:
    nothing = utterance_of([], 5, 12)
    assert (nothing.start_ns, nothing.end_ns, nothing.unclear) == (5, 12, True)


def test_the_source_gives_the_words_of_what_was_offered_and_then_ends() -> None:
    heard, utterances = Measuring(), UtteranceQueue()
    source = RecogniserSource(utterances, lambda: heard)
    source.open()
    utterances.put(utterance(0, 1000))
    utterances.put(utterance(2 * NS, 10))
    utterances.finish()
    words = source.read()
    assert words is not None
    assert (words.start_ns, words.end_ns, words.text) == (0, 1_000_000_000, "1000 ms")
    nothing = source.read()
    assert nothing is not None
    assert nothing.unclear
    with pytest.raises(EndOfSource):
        source.read()
    source.close()
    assert heard.closed


def test_utterances_that_it_is_too_slow_for_are_dropped_oldest_first_and_counted() -> None:
    utterances = UtteranceQueue()
    source = RecogniserSource(utterances, Measuring)
    source.open()
    for number in range(MOST_UTTERANCES + 2):
        utterances.put(utterance(number, 100))
    first = source.read()
    assert isinstance(first, Words)
    assert first.start_ns == 2
    assert source.health.drops == 2


class Loading:
    """Loads a recogniser, while somebody speaks."""

    def __init__(self, utterances: UtteranceQueue) -> None:
        self.loads = 0
        self._utterances = utterances

    def __call__(self) -> Measuring:
        self.loads += 1
        self._utterances.put(utterance(self.loads, 100))
        return Measuring()


def heard_by(source: RecogniserSource) -> list[int]:
    """When each utterance began that a source gives the words of, until nothing waits."""
    return [words.start_ns for words in iter(source.read, None)]


def test_what_is_said_while_the_recogniser_is_loaded_is_recognised() -> None:
    utterances = UtteranceQueue()
    source = RecogniserSource(utterances, Loading(utterances))
    utterances.put(utterance(0, 100))
    source.open()
    assert heard_by(source) == [0, 1]


def test_what_is_said_while_it_is_closed_is_forgotten() -> None:
    utterances = UtteranceQueue()
    source = RecogniserSource(utterances, Loading(utterances))
    source.open()
    utterances.put(utterance(5, 100))
    source.close()
    utterances.put(utterance(6, 100))
    source.open()
    assert heard_by(source) == [2], "said while it was loaded again"


def test_what_waited_for_a_source_that_was_cut_is_forgotten() -> None:
    utterances = UtteranceQueue()
    RecogniserSource(utterances, Measuring).open()
    utterances.put(utterance(5, 100))
    following = RecogniserSource(utterances, Measuring)
    following.open()
    assert heard_by(following) == []


def test_one_that_is_left_behind_and_ends_late_takes_nothing_from_the_next() -> None:
    utterances = UtteranceQueue()
    slow = RecogniserSource(utterances, Measuring)
    slow.open()
    utterances.put(utterance(5, 100))
    following = RecogniserSource(utterances, Measuring)
    following.open()
    utterances.put(utterance(7, 100))
    slow.close()
    words = following.read()
    assert words is not None
    assert words.start_ns == 7


class Counting(Measuring):
    """Counts what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.drafts: list[bool] = []

    def transcribe(self, samples: NDArray[np.float32], start_ns: int, *, draft: bool = False) -> list[Words]:
        self.asked += 1
        self.drafts.append(draft)
        return super().transcribe(samples, start_ns, draft=draft)


def understood(*offered: Utterance) -> tuple[list[Words | None], int]:
    """What a source gives, one utterance after the other, and how many it recognised."""
    recogniser, utterances = Counting(), UtteranceQueue()
    source = RecogniserSource(utterances, lambda: recogniser)
    source.open()
    given = []
    for each in offered:
        utterances.put(each)
        given.append(source.read())
    return given, recogniser.asked - 1


def agreed(*offered: Utterance) -> list[int | None]:
    """How many words each answer had in common with the one before it."""
    return [None if words is None else words.agreed for words in understood(*offered)[0]]


def test_what_two_answers_in_a_row_have_in_common_is_agreed() -> None:
    same = [utterance(0, 1000, goes_on=True), utterance(0, 1000, goes_on=True)]
    assert agreed(*same) == [0, 2]
    assert agreed(*same, utterance(0, 2000, goes_on=True)) == [0, 2, 0]
    assert agreed(*same, utterance(0, 1000, pause=True), utterance(0, 1000)) == [0, 2, 2, None]


def test_answers_for_two_utterances_have_nothing_in_common() -> None:
    assert agreed(utterance(0, 1000, goes_on=True), utterance(1, 1000, goes_on=True)) == [0, 0]


def test_words_of_a_voice_that_goes_on_are_provisional_and_never_hold_as_they_are() -> None:
    (words, whole), asked = understood(utterance(0, 1000, goes_on=True), utterance(0, 1000))
    assert words is not None
    assert whole is not None
    assert (words.provisional, words.spoken_to_ns, whole.provisional) == (True, None, False)
    assert asked == 2


def test_what_was_told_is_taken_back_if_nothing_is_understood_in_the_end() -> None:
    (_, nothing_new, taken_back), _ = understood(
        utterance(0, 1000, goes_on=True), utterance(0, 10, goes_on=True), utterance(0, 10)
    )
    assert nothing_new is None
    assert taken_back is not None
    assert (taken_back.unclear, taken_back.provisional) == (True, False)


def test_words_of_a_voice_that_goes_on_are_a_draft_and_none_else() -> None:
    recogniser, utterances = Counting(), UtteranceQueue()
    source = RecogniserSource(utterances, lambda: recogniser)
    source.open()
    for each in (utterance(0, 900, goes_on=True), utterance(0, 1000, pause=True), utterance(0, 1200)):
        utterances.put(each)
        source.read()
    assert recogniser.drafts == [True, True, False, False], "the first is heard to be quick from then on"


def test_the_words_of_a_pause_come_at_once_and_once_more_when_they_hold() -> None:
    (early, whole), asked = understood(utterance(0, 1000, pause=True), utterance(0, 1000))
    assert early is not None
    assert early.spoken_to_ns == 1_000_000_000
    assert whole == replace(early, spoken_to_ns=None, agreed=None)
    assert asked == 1


def test_an_utterance_that_went_on_after_its_pause_is_recognised_whole() -> None:
    (_, whole), asked = understood(utterance(0, 1000, pause=True), utterance(0, 2000))
    assert whole is not None
    assert (whole.text, whole.spoken_to_ns) == ("2000 ms", None)
    assert asked == 2


def test_nothing_understood_in_a_pause_is_nothing_understood_at_the_end() -> None:
    (early, whole), asked = understood(utterance(0, 10, pause=True), utterance(0, 10))
    assert early == Words(0, 10_000_000, "", 0.0, spoken_to_ns=10_000_000, agreed=0)
    assert whole == Words(0, 10_000_000, "", 0.0)
    assert asked == 1


@pytest.mark.parametrize("pause", [False, True])
def test_nothing_of_one_utterance_is_told_of_the_next(pause: bool) -> None:
    offered = [utterance(0, 1000), utterance(2 * 10**9, 10, pause=pause), utterance(4 * 10**9, 500)]
    given, _ = understood(*offered)
    assert [words.text for words in given if words] == ["1000 ms", "", "500 ms"]


def test_of_pauses_the_newest_waits_and_an_end_takes_its_place() -> None:
    utterances = UtteranceQueue()
    for ms in (100, 200):
        utterances.put(utterance(0, ms, pause=True))
    newest = utterances.take()
    assert newest is not None
    assert newest.spoken_to_ns == 200_000_000
    assert utterances.take() is None
    utterances.put(utterance(0, 300, pause=True))
    utterances.put(utterance(0, 300))
    whole = utterances.take()
    assert whole is not None
    assert not whole.open
    assert utterances.take() is None
    assert utterances.drops == 0


def test_what_is_forgotten_is_not_recognised_and_an_end_is_no_drop() -> None:
    utterances = UtteranceQueue()
    utterances.put(utterance(0, 100))
    utterances.put(utterance(1, 100, pause=True))
    utterances.drain()
    utterances.finish()
    assert utterances.take() is None
    assert utterances.finished
