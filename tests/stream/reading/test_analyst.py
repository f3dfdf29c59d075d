"""What a reading says of a window."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.engines.text.onnx import ExportedTextEncoder
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import HOP_NS, FaceFeatures, Reason, VoiceFeatures, Words
from fsrf_live.stream.flow.records import encode
from fsrf_live.stream.reading.analyst import Analyst
from fsrf_live.stream.windows.presence import of_text
from fsrf_live.stream.windows.window import Presence, Window
from tests.doubles.fakes import PRIOR, WIDTHS, FakeEngine, FakeTextEncoder, face, voice
from tests.doubles.tokenizers import BOTH, MINILM, SPOKEN, tokenizer

LENGTH = FakeEngine().config.text.length


def window_of(there: Sequence[Modality], text: str = "good", due_ns: int = 2 * NS, number: int = 0) -> Window:
    faces: tuple[FaceFeatures, ...] = (face(0, 0.25),) if "video" in there else ()
    voices: tuple[VoiceFeatures, ...] = (voice(0, value=-0.5),) if "audio" in there else ()
    words: tuple[Words, ...] = (Words(0, NS, text),) if "text" in there else ()
    presence = {m: Presence(1.0, None) if m in there else Presence(0.0, Reason.LOST) for m in MODALITIES}
    return Window(number, 3, True, 0, NS, due_ns, NS // 2, faces, voices, words, presence)


def real_encoder(name: str) -> ExportedTextEncoder:
    """One that cuts texts as this tokenizer does, and reads the same of every token."""
    width = WIDTHS["text"]
    return ExportedTextEncoder(
        lambda ids: np.ones((len(ids), width), np.float32), tokenizer(name, LENGTH), width, LENGTH
    )


def analyst(clock: FakeClock | None = None) -> Analyst:
    return Analyst(FakeEngine(), FakeTextEncoder(), clock or FakeClock(2 * NS))


@given(st.sets(st.sampled_from(MODALITIES)))
def test_contributions_sum_to_the_score_less_the_prior_and_what_is_missing_adds_nothing(
    there: set[Modality],
) -> None:
    reading = analyst().read(window_of(sorted(there)))
    parts = {m: part.contribution for m, part in reading.modalities.items()}
    assert sum(parts.values()) == pytest.approx(reading.score - PRIOR, abs=1e-6)
    assert all(parts[m] == 0 for m in MODALITIES if m not in there)


def test_each_contribution_is_what_the_modality_said() -> None:
    reading = analyst().read(window_of(MODALITIES))
    assert reading.modalities["text"].contribution == pytest.approx(1.0)
    assert reading.modalities["audio"].contribution == pytest.approx(-0.5)
    assert reading.modalities["video"].contribution == pytest.approx(0.25)


def test_what_would_happen_without_a_device_is_known() -> None:
    reading = analyst().read(window_of(("text", "video")))
    assert reading.without == {"text": pytest.approx(PRIOR + 0.25), "video": pytest.approx(PRIOR + 1.0)}
    assert analyst().read(window_of(("text",))).without == {"text": pytest.approx(PRIOR)}


def test_without_any_evidence_the_answer_is_the_prior() -> None:
    reading = analyst().read(window_of(()))
    assert reading.score == pytest.approx(PRIOR)
    assert reading.high - reading.low == pytest.approx(6)
    assert [part.state for part in reading.modalities.values()] == ["missing"] * 3


def test_recovery_is_told_of_what_is_missing_only() -> None:
    modalities = analyst().read(window_of(("text", "audio"))).modalities
    assert modalities["text"].recovery is None
    assert modalities["video"].recovery == pytest.approx(0.4)
    assert modalities["video"].reason is Reason.LOST


def test_label_is_the_band_of_the_score_and_unsure_if_less_than_half_lies_there() -> None:
    found = {text: analyst().read(window_of(("text",), text)) for text in ("good", "bad", "so so")}
    assert [(r.label, r.unsure) for r in found.values()] == [
        ("positive", False),
        ("negative", False),
        ("neutral", True),
    ]
    for reading in found.values():
        assert reading.unsure == (reading.probabilities[reading.label] < 0.5)


class Saying(FakeEngine):
    """Says this, whatever it is asked."""

    def __init__(self, score: float, share: float) -> None:
        super().__init__()
        self._score, self._share = score, share

    def run(self, inputs: Inputs) -> Outputs:
        told = super().run(inputs)
        return told._replace(
            score=np.full_like(told.score, self._score),
            probabilities=np.full_like(told.probabilities, self._share),
        )


@given(
    st.floats(-3, 3) | st.floats(0.499, 0.501),
    st.floats(0, 1) | st.floats(0.4998, 0.5002) | st.sampled_from([0.49995, 0.49997]),
)
def test_what_is_told_to_be_unsure_is_so_by_the_figures_that_are_told(score: float, share: float) -> None:
    reading = Analyst(Saying(score, share), FakeTextEncoder(), FakeClock()).read(window_of(("text",)))
    told = json.loads(encode(reading))
    assert told["unsure"] == (told["probabilities"][told["label"]] < 0.5)


def test_without_anything_to_read_the_label_is_unsure_too() -> None:
    assert analyst().read(window_of(())).unsure


def test_times_count_from_the_epoch() -> None:
    reading = analyst().read(window_of(("text",)), epoch_ns=-NS)
    assert (reading.start_s, reading.end_s) == (1.0, 2.0)


def test_parts_of_the_latency_sum_to_the_time_since_the_window_should_have_closed() -> None:
    clock = FakeClock(3 * NS)
    engine = FakeEngine()
    run = engine.run

    def slow(inputs: object) -> object:
        clock.advance(0.004)
        return run(inputs)  # type: ignore[arg-type]

    engine.run = slow  # type: ignore[assignment, method-assign]
    latency = Analyst(engine, FakeTextEncoder(), clock).read(window_of(("text",))).latency_ms
    assert latency.wait == 500
    assert latency.features == 1000
    assert latency.engine == 4
    assert latency.total == latency.wait + (clock.now_ns() - 2 * NS) / 1e6


def test_many_windows_are_one_run_of_engine_and_encoder_and_texts_are_remembered() -> None:
    engine, encoder = FakeEngine(), FakeTextEncoder()
    reader = Analyst(engine, encoder, FakeClock())
    windows = [window_of(("text",), text, number=i) for i, text in enumerate(("good", "bad", "good"))]
    readings = reader.read_all(windows)
    assert [r.window for r in readings] == [0, 1, 2]
    assert [round(r.score, 3) for r in readings] == [1.1, -0.9, 1.1]
    reader.read(windows[0])
    assert engine.runs == [3, 1]
    assert encoder.encoded == [["bad", "good"]]
    assert reader.read_all([]) == []


def test_of_more_words_than_the_encoder_sees_the_newest_are_judged_and_all_are_told() -> None:
    said = "bad " * 40 + "good " * 63 + "good"
    readings = analyst().read_all([window_of(("text",), text) for text in ("bad", said)])
    assert [reading.score for reading in readings] == [pytest.approx(PRIOR - 1), pytest.approx(PRIOR + 1)]
    assert readings[1].text == said


def test_partly_covered_is_partial() -> None:
    window = window_of(("audio",))
    presence = {**window.presence, "audio": Presence(0.6, Reason.STALLED)}
    partial = Window(0, 0, True, 0, NS, NS, 0, (), (voice(HOP_NS),), (), presence)
    audio = analyst().read(partial).modalities["audio"]
    assert (audio.state, audio.reason, audio.coverage) == ("partial", Reason.STALLED, 0.6)


def test_ever_new_texts_are_not_all_remembered_but_that_of_a_window_still_to_be_revised_is() -> None:
    encoder = FakeTextEncoder()
    reader = Analyst(FakeEngine(), encoder, FakeClock())
    for number in range(100):
        reader.read(window_of(("text",), "good", number=0))
        reader.read(window_of(("text",), f"day {number}", number=number))
    assert encoder.encoded.count(["good"]) == 1
    for number in range(50):
        reader.read(window_of(("text",), f"night {number}", number=number))
    reader.read(window_of(("text",), "good", number=0))
    assert encoder.encoded.count(["good"]) == 2


def test_words_in_a_language_that_is_not_read_are_told_and_judged_by_nothing() -> None:
    window = window_of(("audio",))
    words = Words(0, NS, "bad", language="de")
    reading = analyst().read(replace(window, words=(words,)))
    assert reading.text == "bad"
    text = reading.modalities["text"]
    assert (text.state, text.reason, text.contribution) == ("missing", Reason.LANGUAGE, 0.0)
    assert reading.score == analyst().read(window).score


def test_of_words_in_two_languages_only_those_that_are_read_count() -> None:
    window = window_of(("text",))
    words = (*window.words, Words(NS, NS, "bad bad", language="fr"))
    seen = replace(window, words=words)
    reading = analyst().read(seen)
    assert reading.text == "good bad bad"
    assert reading.modalities["text"].state == "partial"
    assert reading.score == analyst().read(window).score
    polyglot = Analyst(FakeEngine(), FakeTextEncoder(), FakeClock(), ["en", "fr"]).read(seen)
    assert polyglot.modalities["text"].state == "present"
    assert polyglot.score < reading.score


def unevenly(window: Window, text: str, *confidences: float) -> Window:
    """The window with these words, of which each has a confidence of its own."""
    words = (Words(0, NS, text, 0.5, "en", confidences=confidences),)
    return replace(window, words=words, presence={**window.presence, "text": of_text(words)})


def test_a_word_that_is_not_clear_is_told_and_masked() -> None:
    window = window_of(("text",))
    reading = analyst().read(unevenly(window, "good bad good", 0.9, 0.0, 0.9))
    assert reading.text == "good bad good"
    text = reading.modalities["text"]
    assert (text.state, text.reason, text.coverage) == ("partial", Reason.UNCLEAR, 8 / 11)
    assert reading.score == analyst().read(window).score


def test_the_same_text_that_is_clearer_the_next_time_is_read_whole() -> None:
    reader, window = analyst(), window_of(("text",))
    partly = reader.read(unevenly(window, "good bad", 1.0, 0.0)).score
    whole = reader.read(unevenly(window, "good bad", 1.0, 1.0)).score
    assert partly > whole == analyst().read(window_of(("text",), "good bad")).score


def test_without_any_clear_word_the_text_is_missing_because_of_that() -> None:
    window = window_of(("audio",))
    for words in (unevenly(window, "bad bad", 0.0, 0.1), replace(window, words=(Words(0, NS, "", 0.0),))):
        presence = {**window.presence, "text": of_text(words.words)}
        reading = analyst().read(replace(words, presence=presence))
        text = reading.modalities["text"]
        assert (text.state, text.reason, text.contribution) == ("missing", Reason.UNCLEAR, 0.0)
        assert reading.score == analyst().read(window).score


@pytest.mark.parametrize("name", BOTH)
@given(
    st.lists(st.tuples(st.text(max_size=9), st.sampled_from([0.0, 1.0]), st.sampled_from(["en", "de", None])))
)
def test_whatever_the_text_it_is_missing_exactly_if_nothing_of_it_is_read_and_then_has_a_reason(
    name: str, said: list[tuple[str, float, str | None]]
) -> None:
    words = tuple(Words(at, at + 1, *each) for at, each in enumerate(said))
    presence = of_text(words) if words else Presence(0.0, Reason.NO_SPEECH)
    window = window_of(("audio",))
    window = replace(window, words=words, presence={**window.presence, "text": presence})
    reading = Analyst(FakeEngine(), real_encoder(name), FakeClock()).read(window)
    text = reading.modalities["text"]
    assert (text.state == "missing") == (text.coverage == 0) == ("text" not in reading.without)
    assert text.state == "present" or text.reason is not None


@pytest.mark.parametrize("text", ["\u200b", "\ufeff \u200d", "\x00"])
@pytest.mark.parametrize("name", BOTH)
def test_a_text_of_which_nothing_can_be_seen_is_unclear(name: str, text: str) -> None:
    assert how_it_is_told(name, text) == ("missing", Reason.UNCLEAR)


def test_so_is_one_that_can_be_seen_and_of_which_a_tokenizer_makes_nothing() -> None:
    assert how_it_is_told(MINILM, "\u0301") == ("missing", Reason.UNCLEAR)


def how_it_is_told(name: str, text: str) -> tuple[str, Reason | None]:
    window = replace(window_of(("text",)), words=(Words(0, NS, text),))
    told = Analyst(FakeEngine(), real_encoder(name), FakeClock()).read(window).modalities["text"]
    return told.state, told.reason


def test_of_more_words_than_the_encoder_sees_the_mask_is_that_of_the_newest() -> None:
    said = "bad " * 60 + "good " * 63 + "bad"
    window = unevenly(window_of(("text",)), said, *([1.0] * 123), 0.0)
    assert analyst().read(window).score == pytest.approx(PRIOR + 1)


class Seeing(FakeEngine):
    """Keeps what it was shown of the words of the last window."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bool] = []

    def run(self, inputs: Inputs) -> Outputs:
        self.seen = inputs.masks["text"][0].tolist()
        return super().run(inputs)


def seen(name: str, words: Sequence[str], clear: Sequence[bool]) -> list[bool]:
    """Which tokens an engine is shown of words, some of them clear, if this tokenizer cuts them."""
    engine, confidences = Seeing(), [float(each) for each in clear]
    window = unevenly(window_of(("text",)), " ".join(words), *confidences)
    Analyst(engine, real_encoder(name), FakeClock()).read(window)
    return engine.seen


@pytest.mark.parametrize("name", BOTH)
@given(SPOKEN, st.data())
def test_all_clear_words_are_read_if_they_fit_and_else_the_newest_to_within_a_word(
    name: str, words: list[str], data: st.DataObject
) -> None:
    clear = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    places = tokenizer(name, 10_000).words(" ".join(words))
    whole = seen(name, words, [True] * len(words))
    read = sum(whole)
    assert whole == [slot < read for slot in range(LENGTH)]
    if len(places) <= LENGTH:
        assert read == len(places)
    else:
        assert read >= LENGTH - max(Counter(places).values())
    newest = [clear[place] for place in places[len(places) - read :]]
    assert seen(name, words, clear) == [*newest, *[False] * (LENGTH - read)]
