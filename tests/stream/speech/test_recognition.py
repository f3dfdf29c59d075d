"""The microphone's own utterances as a source of text."""

from collections.abc import Sequence

import numpy as np
import pytest

from fsrf_live.stream.flow.items import Change, Closed, Reason, Samples, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.speech.recogniser import utterance_of
from fsrf_live.stream.speech.recognition import (
    MOST_UTTERANCES,
    RecogniserSource,
    UtteranceCutter,
    utterance_queue,
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


def cut(sound: Sequence[Samples | Change]) -> list[Samples]:
    """The utterances that are cut out of this sound, in which the microphone may change its state."""
    settings = WindowSettings()
    cutter, detector, voices = UtteranceCutter(settings), UtteranceDetector(settings), FakeVoices()
    utterances: list[Samples] = []
    for item in [Change(0, "mic", State.LIVE, None, None), *sound]:
        if isinstance(item, Change):
            utterances += cutter.cut(detector.change(item))
            continue
        cutter.push(item)
        for voice in voices.push(item):
            utterances += cutter.cut(detector.push(voice))
    return utterances


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
    (whole,) = utterance_of(words)
    assert (whole.start_ns, whole.end_ns, whole.text, whole.language) == (0, 9, "so it is", "en")
    assert whole.confidence == pytest.approx((2 * 0.3 + 5 * 1.0) / 7)
    assert utterance_of([]) == []


def test_the_source_gives_the_words_of_what_was_offered_and_then_ends() -> None:
    heard, utterances = Measuring(), utterance_queue()
    source = RecogniserSource(utterances, lambda: heard)
    source.open()
    utterances.put(Samples(0, np.zeros(16_000, np.float32)))
    utterances.put(Samples(0, np.zeros(160, np.float32)))
    utterances.finish()
    words = source.read()
    assert words is not None
    assert (words.start_ns, words.end_ns, words.text) == (0, 1_000_000_000, "1000 ms")
    assert source.read() is None
    with pytest.raises(EndOfSource):
        source.read()
    source.close()
    assert heard.closed


def test_utterances_that_it_is_too_slow_for_are_dropped_oldest_first_and_counted() -> None:
    utterances = utterance_queue()
    source = RecogniserSource(utterances, Measuring)
    source.open()
    for number in range(MOST_UTTERANCES + 2):
        utterances.put(Samples(number, np.zeros(1600, np.float32)))
    first = source.read()
    assert isinstance(first, Words)
    assert first.start_ns == 2
    assert source.health.drops == 2


def test_one_that_is_left_behind_and_ends_late_takes_nothing_from_the_next() -> None:
    utterances = utterance_queue()
    slow, following = (RecogniserSource(utterances, Measuring) for _ in range(2))
    slow.open()
    utterances.put(Samples(5, np.zeros(1600, np.float32)))
    following.open()
    utterances.put(Samples(7, np.zeros(1600, np.float32)))
    slow.close()
    words = following.read()
    assert words is not None
    assert words.start_ns == 7
