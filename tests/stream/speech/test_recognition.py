"""The microphone's own utterances as a source of text."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.stream.flow.items import Change, Closed, Reason, Samples, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.speech.recogniser import utterance_of
from fsrf_live.stream.speech.recognition import (
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


def utterance(start_ns: int, ms: int, *, pause: bool = False) -> Utterance:
    """Silence that counts as speech to its end; in a pause the utterance is still open."""
    samples = np.zeros(16 * ms, np.float32)
    return Utterance(start_ns, samples, start_ns + ms * 1_000_000, open=pause)


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


def paused(sound: Sequence[Samples]) -> list[tuple[int, Utterance]]:
    """Which block brought each utterance that may be over, or that is."""
    settings = WindowSettings()
    cutter, detector, voices = UtteranceCutter(settings), UtteranceDetector(settings), FakeVoices()
    detector.change(Change(0, "mic", State.LIVE, None, None))
    found: list[tuple[int, Utterance]] = []
    for number, block in enumerate(sound):
        cutter.push(block)
        for item in [item for voice in voices.push(block) for item in detector.push(voice)]:
            pause = cutter.pause(item)
            found += [(number, each) for each in [pause] if each is not None]
            found += [(number, each) for each in cutter.cut([item])]
    return found


def test_a_pause_gives_once_and_before_the_end_what_the_end_would() -> None:
    (at, early), (end, whole) = paused(blocks([False] * 50 + [True] * 50 + [False] * 40))
    assert (early.open, whole.open) == (True, False)
    assert early.time_ns == whole.time_ns
    assert early.spoken_to_ns == whole.spoken_to_ns == 2_000_000_000
    assert early.samples.tolist() == whole.samples[: len(early.samples)].tolist()
    assert len(whole.samples) - len(early.samples) == BLOCK, "the rest is not heard yet"
    assert (end - at) * BLOCK_NS == 320_000_000


def test_each_pause_that_is_long_enough_gives_what_was_said_so_far() -> None:
    sound = [True] * 50 + [False] * 10 + [True] * 50 + [False] * 20 + [True] * 50 + [False] * 40
    found = [each for _, each in paused(blocks(sound))]
    assert [(each.open, each.spoken_to_ns // BLOCK_NS) for each in found] == [
        (True, 110),
        (True, 180),
        (False, 180),
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
    utterances.put(utterance(0, 10))
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


def test_one_that_is_left_behind_and_ends_late_takes_nothing_from_the_next() -> None:
    utterances = UtteranceQueue()
    slow, following = (RecogniserSource(utterances, Measuring) for _ in range(2))
    slow.open()
    utterances.put(utterance(5, 100))
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

    def transcribe(self, samples: NDArray[np.float32], start_ns: int) -> list[Words]:
        self.asked += 1
        return super().transcribe(samples, start_ns)


def understood(*offered: Utterance) -> tuple[list[Words | None], int]:
    """What a source gives, one utterance after the other, and how many it recognised."""
    recogniser, utterances = Counting(), UtteranceQueue()
    source = RecogniserSource(utterances, lambda: recogniser)
    source.open()
    given = []
    for each in offered:
        utterances.put(each)
        given.append(source.read())
    return given, recogniser.asked


def test_the_words_of_a_pause_come_at_once_and_once_more_when_they_hold() -> None:
    (early, whole), asked = understood(utterance(0, 1000, pause=True), utterance(0, 1000))
    assert early is not None
    assert early.spoken_to_ns == 1_000_000_000
    assert whole == replace(early, spoken_to_ns=None)
    assert asked == 1


def test_an_utterance_that_went_on_after_its_pause_is_recognised_whole() -> None:
    (_, whole), asked = understood(utterance(0, 1000, pause=True), utterance(0, 2000))
    assert whole is not None
    assert (whole.text, whole.spoken_to_ns) == ("2000 ms", None)
    assert asked == 2


def test_nothing_understood_in_a_pause_is_nothing_understood_at_the_end() -> None:
    (early, whole), asked = understood(utterance(0, 10, pause=True), utterance(0, 10))
    assert early == Words(0, 10_000_000, "", 0.0, spoken_to_ns=10_000_000)
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
