"""A short voice in which no word is heard clearly is no speech."""

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


def window(*words: tuple[str, float], length_ns: int = SHORTEST_NS - HOP_NS) -> Window:
    said = tuple(Words(0, length_ns, text, confidence) for text, confidence in words)
    voices = tuple(voice(at, 1.0) for at in range(0, length_ns, HOP_NS))
    presence: dict[Modality, Presence] = {
        "text": Presence(1.0, None),
        "audio": Presence(1.0, None),
        "video": Presence(0.0, None),
    }
    return Window(0, 0, True, 0, length_ns, length_ns, 0, (), voices, said, presence)


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


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1)), max_size=4))
def test_nothing_else_of_a_window_changes_and_judging_twice_is_judging_once(
    words: list[tuple[str, float]],
) -> None:
    before = window(*words)
    after = without_wordless_voice(before, SHORTEST_NS)
    assert (after.words, after.faces, after.end_ns) == (before.words, before.faces, before.end_ns)
    assert after.presence["text"] == before.presence["text"]
    assert without_wordless_voice(after, SHORTEST_NS) == after
    assert without_wordless_voice(before, 0) == before


class Room:
    """A microphone that hears a voice for half a second."""

    def __init__(self, settings: WindowSettings) -> None:
        self.decided = DecidedBuffer(settings, frozenset({"text", "audio"}))
        self.decided.change("audio", State.LIVE, None, 0)
        self.decided.change("text", State.LIVE, None, 0)
        for at in range(0, 3 * NS, HOP_NS):
            self.decided.push(voice(at, float(NS <= at < 1.5 * NS)))

    def final(self) -> Window:
        return [each for each in self.decided.buffer.advance(3 * NS) if each.final][-1]

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


def test_without_the_setting_every_voice_is_speech() -> None:
    for words in (UNCLEAR, ("Ha ha.", 0.9)):
        room = Room(WindowSettings(wordless_s=0.0))
        assert room.hears(*words).presence["audio"].reason is None
