"""A voice without a clear word is no speech if it sounds like none or is short."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, Reason, State, Words
from fsrf_live.stream.flow.settings import WindowSettings
from fsrf_live.stream.windows.presence import TRUSTED
from fsrf_live.stream.windows.window import Presence, Window
from fsrf_live.stream.windows.wordless import without_wordless_voice
from tests.doubles.decided import DecidedBuffer
from tests.doubles.fakes import voice

SHORTEST_NS = round(WindowSettings().wordless_s * NS)
UNCLEAR = ("", 0.0)
MS = NS // 1000


def window(
    *words: tuple[str, float],
    length_ns: int = SHORTEST_NS - HOP_NS,
    speechlike: float = 0.0,
    final: bool = True,
) -> Window:
    said = tuple(Words(0, length_ns, text, confidence) for text, confidence in words)
    voices = tuple(voice(at, 1.0, speechlike=speechlike) for at in range(0, length_ns, HOP_NS))
    presence: dict[Modality, Presence] = {
        "text": Presence(1.0, None),
        "audio": Presence(1.0, None),
        "video": Presence(0.0, None),
    }
    return Window(0, 0, final, 0, length_ns, length_ns, 0, (), voices, said, presence)


def is_speech(window: Window) -> bool:
    judged = without_wordless_voice(window, SHORTEST_NS)
    assert bool(judged.voices) == (judged.presence["audio"] == Presence(1.0, None))
    assert bool(judged.voices) != (judged.presence["audio"] == Presence(0.0, Reason.NO_SPEECH))
    return bool(judged.voices)


@pytest.mark.parametrize(
    ("words", "speech"),
    [
        ((), True),
        ((UNCLEAR,), False),
        ((("no", 0.9),), True),
        ((("no", TRUSTED),), True),
        ((("no", TRUSTED - 0.01),), False),
        ((("huh?", 0.1), ("no.", 0.8)), True),
        ((("Ha ha ha!", 0.9),), False),
        ((("Hahaha.", 0.9),), False),
        ((("Mm-hmm.", 0.9),), False),
        ((("Ha ha, no.", 0.9),), True),
        ((("ham", 0.9),), True),
        ((("me", 0.9),), True),
    ],
)
def test_one_clear_word_makes_a_short_voice_speech(
    words: tuple[tuple[str, float], ...], speech: bool
) -> None:
    assert is_speech(window(*words)) is speech


def test_a_longer_voice_is_speech_in_which_the_words_were_not_understood() -> None:
    assert is_speech(window(UNCLEAR, length_ns=SHORTEST_NS))


def test_laughter_is_no_speech_however_long() -> None:
    assert not is_speech(window(("Ha ha ha ha.", 0.9), length_ns=3 * SHORTEST_NS))


def test_what_sounds_like_a_cough_is_no_speech_unless_a_word_is_clear() -> None:
    for length_ns in (SHORTEST_NS // 2, 3 * SHORTEST_NS):
        assert not is_speech(window(length_ns=length_ns, speechlike=-0.1))
        assert not is_speech(window(UNCLEAR, length_ns=length_ns, speechlike=-0.1))
        assert is_speech(window(("no", 0.9), length_ns=length_ns, speechlike=-0.1))


def test_a_voice_that_goes_on_is_judged_by_its_sound_once_there_is_enough_of_it() -> None:
    assert is_speech(window(length_ns=500 * MS, speechlike=-0.1, final=False))
    assert not is_speech(window(length_ns=600 * MS, speechlike=-0.1, final=False))
    assert not is_speech(window(length_ns=500 * MS, speechlike=-0.1))


def test_its_whole_sound_counts() -> None:
    one, other = window(speechlike=-0.3), window(speechlike=0.2)
    half = len(one.voices) // 2
    assert not is_speech(replace(one, voices=one.voices[:half] + other.voices[half:]))
    assert is_speech(replace(one, voices=one.voices[: half // 2] + other.voices[half // 2 :]))


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1)), max_size=4), st.floats(-1, 1))
def test_nothing_else_of_a_window_changes_and_judging_twice_is_judging_once(
    words: list[tuple[str, float]], speechlike: float
) -> None:
    before = window(*words, speechlike=speechlike)
    after = without_wordless_voice(before, SHORTEST_NS)
    assert (after.words, after.faces, after.end_ns) == (before.words, before.faces, before.end_ns)
    assert after.presence["text"] == before.presence["text"]
    assert without_wordless_voice(after, SHORTEST_NS) == after
    assert without_wordless_voice(before, 0) == before


class Room:
    """A microphone that hears a voice for a while."""

    def __init__(self, settings: WindowSettings, speechlike: float = 0.0, seconds: float = 0.5) -> None:
        self.decided = DecidedBuffer(settings, frozenset({"text", "audio"}))
        self.decided.change("audio", State.LIVE, None, 0)
        self.decided.change("text", State.LIVE, None, 0)
        self.read: list[Window] = []
        for at in range(0, 3 * NS, HOP_NS):
            self.decided.push(voice(at, float(NS <= at < (1 + seconds) * NS), speechlike=speechlike))
            self.read += self.decided.buffer.advance(at + HOP_NS)

    def final(self) -> Window:
        self.read += self.decided.buffer.advance(3 * NS)
        return [each for each in self.read if each.final][-1]

    def hears(self, text: str, confidence: float) -> Window:
        self.decided.buffer.push_words(Words(NS, 3 * NS // 2, text, confidence))
        return self.final()


def test_the_final_counts_as_speech_until_its_words_say_otherwise() -> None:
    room = Room(WindowSettings())
    final = room.final()
    revised = room.hears(*UNCLEAR)
    assert final.presence["audio"].reason is None
    assert revised.presence["audio"] == Presence(0.0, Reason.NO_SPEECH)
    assert revised.voices == ()
    assert room.hears("no", 0.9).voices == final.voices, "a word that comes later still makes it speech"


def test_a_cough_is_no_speech_from_the_first_final_on_until_a_word_is_clear() -> None:
    room = Room(WindowSettings(), speechlike=-0.5)
    assert room.final().presence["audio"] == Presence(0.0, Reason.NO_SPEECH)
    assert room.hears(*UNCLEAR).voices == ()
    assert room.hears("no", 0.9).voices, "what was heard is kept for words that come later"


def test_a_long_laugh_is_no_speech_in_any_reading_but_the_earliest() -> None:
    room = Room(WindowSettings(), speechlike=-0.5, seconds=1.2)
    assert room.final().voices == ()
    assert len(room.read) > 2
    for window in room.read:
        sounds = window.final or window.end_ns - window.start_ns >= 600 * MS
        assert bool(window.voices) != sounds


def test_without_the_setting_every_voice_is_speech() -> None:
    for words in (UNCLEAR, ("Ha ha.", 0.9)):
        room = Room(WindowSettings(wordless_s=0.0), speechlike=-0.5)
        assert room.hears(*words).presence["audio"].reason is None
