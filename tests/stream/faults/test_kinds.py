"""What kinds of fault do, by the table: the same live, in a file and in a replay."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.faults.injection import FaultySource, apply
from fsrf_live.stream.faults.kinds import KINDS, Circumstances, chance_of, changed
from fsrf_live.stream.faults.spec import Fault, FaultBoard
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import (
    ROLES,
    Arrival,
    Change,
    FlowItem,
    Frame,
    Reason,
    Samples,
    State,
    VoiceFeatures,
    Words,
    shifted,
)
from fsrf_live.stream.recording.chunks import Mark, Operation, Step
from fsrf_live.stream.replay.overlay import overlay
from fsrf_live.stream.sources.source import EndOfSource
from fsrf_live.stream.supervision.novelty import Novelty
from tests.doubles.sources import ScriptedSource

spoken = st.lists(
    st.lists(st.text("abcde", min_size=1, max_size=8), min_size=1, max_size=8).map(" ".join),
    min_size=1,
    max_size=6,
).map(lambda texts: [Words(n * NS + n * 777_001, n * NS + NS // 2, text) for n, text in enumerate(texts)])
shares = st.integers(0, 10).map(lambda tenths: tenths / 10)


def said(items: list[Words], faults: list[Fault]) -> list[Words]:
    """What comes of the words of a file that begins at 0."""
    found = apply([Arrival(words.end_ns, words) for words in items], "text", faults)
    return [arrival.item for arrival in found if isinstance(arrival.item, Words)]


def said_live(items: list[Words], faults: list[Fault], epoch_ns: int) -> list[Words]:
    clock = FakeClock(epoch_ns)
    script = ScriptedSource([later(words, epoch_ns) for words in items], "text", clock)
    source = FaultySource(script, "text", FaultBoard(faults, epoch_ns), clock)
    source.open()
    heard: list[Words] = []
    while True:
        try:
            item = source.read()
        except EndOfSource:
            return [later(words, -epoch_ns) for words in heard]
        if isinstance(item, Words):
            heard.append(item)


def said_in_a_replay(items: list[Words], faults: list[Fault], epoch_ns: int) -> list[Words]:
    steps: list[Step] = [Mark(Operation.EPOCH, epoch_ns), Change(epoch_ns, "text", State.LIVE, None, None)]
    for words in items:
        steps += [Mark(Operation.ADVANCE, epoch_ns + words.end_ns), later(words, epoch_ns)]
    return [later(step, -epoch_ns) for step in overlay(steps, faults) if isinstance(step, Words)]


def later(words: Words, by_ns: int) -> Words:
    moved = shifted(words, by_ns)
    assert isinstance(moved, Words)
    return moved


@given(spoken, shares, shares, st.integers(0, 10**6).map(lambda n: n * 1_000_003_000))
def test_the_same_words_are_garbled_and_lost_the_same_live_in_a_file_and_in_a_replay(
    items: list[Words], garble: float, drop: float, epoch_ns: int
) -> None:
    faults = [Fault("text", "garble", garble), Fault("*", "drop", drop)]
    expected = said(items, faults)
    assert said_live(items, faults, epoch_ns) == expected
    assert said_in_a_replay(items, faults, epoch_ns) == expected


@given(spoken, shares)
def test_what_a_fault_does_to_an_item_depends_on_no_other_item(items: list[Words], garble: float) -> None:
    faults = [Fault("text", "garble", garble)]
    assert [words for item in items for words in said([item], faults)] == said(items, faults)


def test_two_faults_do_not_draw_the_same_numbers() -> None:
    """Otherwise no word that survives a loss of half would be garbled by what garbles half."""
    items = [Words(n * NS, n * NS + 1, "abcdefgh") for n in range(4000)]
    left = said(items, [Fault("text", "drop", 0.5), Fault("text", "garble", 0.5)])
    whole = sum(words.text == "abcdefgh" for words in left)
    assert whole / 2000 == pytest.approx(0.5, abs=0.05)


@given(shares)
def test_a_word_that_is_garbled_or_left_keeps_its_confidence(garble: float) -> None:
    text, confidences = "a bb ccc dddd eeeee", (0.1, 0.2, 0.3, 0.4, 0.5)
    found = said([Words(0, NS, text, 0.3, confidences=confidences)], [Fault("text", "garble", garble)])
    assert all(confidence == len(word) / 10 for words in found for word, confidence in words.said)


def test_that_nothing_was_understood_cannot_be_garbled() -> None:
    nothing = Words(0, NS, "", 0.0)
    assert said([nothing], [Fault("text", "garble", 1.0)]) == [nothing]


def test_sources_and_moments_have_chances_of_their_own() -> None:
    words = [Words(n * NS, n * NS + 1, "a") for n in range(20)]
    drawn = {chance_of(role, item, 0).random() for role, item in product(ROLES, words)}
    assert len(drawn) == 60
    assert chance_of("text", later(words[3], 7 * NS), 7 * NS).random() in drawn
    assert chance_of("mic", words[0], 5 * NS).random() not in drawn, "an item may begin before the session"


def test_a_muted_voice_sounds_like_nothing() -> None:
    loud = VoiceFeatures(1, np.ones(3, np.float32), 0.9, speechlike=-1.0)
    muted = changed(KINDS["mute"], loud, Circumstances(0.0, np.random.default_rng(0), None))
    assert isinstance(muted, VoiceFeatures)
    assert (muted.speech, muted.speechlike, muted.silent) == (0.0, 0.0, True)
    assert not muted.vector.any()


def items_of(at: Circumstances, kind: str) -> list[FlowItem | None]:
    """What a kind makes of a picture, a block of sound and a hop of features."""
    sorts: list[FlowItem] = [
        Frame(1, np.full((8, 8, 3), 121, np.uint8)),
        Samples(1, np.full(320, 0.1, np.float32)),
        VoiceFeatures(1, np.ones(3, np.float32), 0.9),
    ]
    return [changed(KINDS[kind], item, at) for item in sorts]


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.frame or kind.samples])
def test_a_source_looks_to_its_supervisor_as_the_table_says(kind: str) -> None:
    """So a replay, which has no pictures and no sound to judge, may go by the table."""
    still = Frame(0, np.full((8, 8, 3), 120, np.uint8))
    frame, block, voice = items_of(Circumstances(5.0, np.random.default_rng(1), still), kind)
    novelty = Novelty()
    assert isinstance(frame, Frame)
    assert isinstance(block, Samples)
    assert isinstance(voice, VoiceFeatures)
    assert novelty.fault_of(still) is None
    seen = novelty.fault_of(frame) or novelty.fault_of(block)
    assert seen is KINDS[kind].looks
    assert voice.silent == (seen is Reason.SILENT)
