from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.languages import (
    ADVANTAGE,
    FIRST,
    Fits,
    Teller,
    fits,
    in_languages,
    teller,
    told,
)
from tests.conftest import REPOSITORY

LONG = " ".join(["they walked home"] * 14)
SENTENCES = REPOSITORY / "tests" / "golden" / "sentences"
OTHERS = ("de", "es", "fr", "it", "pl", "zh")
WRITTEN = ("ar", *OTHERS, "pt")
FITS = st.dictionaries(st.sampled_from(["de", "en", "fr", "pl"]), st.floats(-100, 0), min_size=2)
SAID = {"": {"en": 0.0, "de": 0.0}, "gut": {"en": -9.0, "de": -5.0}, "es ist gut": {"en": -40.0, "de": -20.0}}

CLEAR = {
    "de": [
        "Das war wirklich ein furchtbarer Tag.",
        "ich freue mich so dass du gekommen bist",
        "Lass mich jetzt endlich in Ruhe!",
    ],
    "es": ["No me gusta nada esta película.", "estoy muy contenta con el resultado", "¿Por qué lo hiciste?"],
    "fr": [
        "Je n'en peux plus de cette histoire.",
        "c'est la plus belle journée de ma vie",
        "Laisse-moi tranquille !",
    ],
    "it": [
        "Non ne posso più di questa storia.",
        "sono davvero felice di vederti qui",
        "Lasciami in pace, non voglio parlarne!",
    ],
    "pl": ["Mam już dość tej całej historii.", "bardzo się cieszę że przyszłaś", "Daj mi wreszcie spokój!"],
    "zh": ["我真的很讨厌这部电影。", "今天是我一生中最美好的一天", "你为什么要这样做"],
}
SHORT = {
    "de": [
        "Danke schön.",
        "Ja, genau.",
        "Na klar!",
        "Guten Morgen!",
        "Bis morgen!",
        "Anna Schmidt, 42",
        "12:30",
    ],
    "es": ["Muchas gracias.", "Claro que sí.", "No, para nada.", "De acuerdo.", "María López", "3 4 5"],
    "fr": ["Merci beaucoup.", "D'accord.", "Bonjour !", "À demain !", "Pierre Martin", "20 %"],
    "it": ["Grazie mille.", "Certo!", "Va bene.", "A domani.", "Maria Rossi", "1, 2, 3"],
    "pl": ["Dziękuję bardzo.", "Tak, dokładnie.", "Do jutra.", "Nie wiem.", "Anna Kowalska", "15:45"],
    "zh": ["谢谢。", "好的。", "没有。", "明天见。", "7"],
}
MIXED = [
    *(
        "I said guten Morgen to him.",
        "She ordered a croissant and a cappuccino.",
        "He just shrugged: c'est la vie!",
    ),
    *("Dr. Fritz Schmidt and Mrs. Kowalczyk", "Berlin, Paris, Madrid", "Room 101", "42 %", "3 4 5"),
]
ENGLISH = [
    *("ok", "no", "no way", "yeah", "nope", "uh huh", "um", "hi", "oh my god", "whatever", "so so"),
    *("Joey", "Maria Rossi", "Paris?", "Barcelona!", "Mr. Schmidt, 42", "LOL", "omg", "haha", "hmm"),
    *(
        "i definately luv it",
        "thx so much",
        "dont know",
        "teh film was awsome",
        "it sucks",
        "no good",
        "c'mon",
    ),
    *(
        "i mean um it was kind of fine",
        "and not what your country can do",
        "well it s perfect",
        "bravo",
        "amazing",
    ),
    *("", "...", "123", "\N{GRINNING FACE}", "12:30"),
]


@given(FITS, st.sampled_from(["de", "en", "it"]))
def test_another_language_needs_the_advantage_and_the_one_before_does_not(fitting: Fits, before: str) -> None:
    language = told(fitting, before)
    best = max(fitting.values())
    if language == before:
        assert fitting[language] + ADVANTAGE >= best
    else:
        assert fitting[language] == best
        assert before not in fitting or best > fitting[before] + ADVANTAGE


def test_what_shows_little_is_in_the_language_of_what_came_before() -> None:
    tell = Teller(SAID.__getitem__).tell
    assert [tell(text) for text in ("gut", "", "es ist gut", "gut", "")] == [FIRST, FIRST, "de", "de", "de"]


def test_the_language_that_is_given_is_that_of_everything() -> None:
    assert teller("pl")("It was a lovely day, and everybody was happy.") == "pl"


def test_captions_that_begin_with_little_begin_in_the_language_of_most() -> None:
    cues = [Words(at, at + 1, text) for at, text in enumerate(["Ja.", "Anna?", *CLEAR["de"]])]
    assert {words.language for words in in_languages(cues, None)} == {"de"}
    assert [words.text for words in in_languages(cues, None)] == [words.text for words in cues]
    assert in_languages([], None) == []


def test_each_piece_of_captions_in_two_languages_has_its_own() -> None:
    said = ["I have not seen her for ten years.", *CLEAR["fr"], "That is the saddest thing I ever heard."]
    spoken = [Words(at, at + 1, text) for at, text in enumerate(said)]
    assert [words.language for words in in_languages(spoken, None)] == ["en", "fr", "fr", "fr", "en"]


def test_captions_are_cut_to_passages_as_the_encoder_of_their_language_sees_them() -> None:
    arabic = max(sentences("ar"), key=len)
    told, english = [Words(0, NS, arabic), Words(0, 2 * NS, f"{LONG}. {LONG}.")], Words(0, 2 * NS, arabic)
    assert in_languages(told, None) == [
        Words(0, NS, arabic, language="ar"),
        Words(0, NS, f"{LONG}.", language="en"),
        Words(NS, 2 * NS, f"{LONG}.", language="en"),
    ]
    assert len(in_languages([english], "en")) == 2


def sentences(language: str) -> list[str]:
    """Clear ones that were written for this test, one a line."""
    return (SENTENCES / f"{language}.txt").read_text(encoding="utf-8").splitlines()


def as_written(text: str) -> str:
    return text


def as_heard(text: str) -> str:
    """Lower case, without signs."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split())


@pytest.mark.parametrize("written", [as_written, as_heard])
@pytest.mark.parametrize("language", WRITTEN)
def test_of_twenty_clear_sentences_one_at_most_is_taken_for_english(
    language: str, written: Callable[[str], str]
) -> None:
    said = [written(text) for text in sentences(language)]
    assert len(set(said)) == 20
    assert sum(Teller(fits).tell(text) == "en" for text in said) <= 1
    assert {words.language for words in in_languages([Words(0, 1, t) for t in said], None)} == {language}


@pytest.mark.parametrize("written", [as_written, as_heard])
def test_of_two_hundred_clear_english_sentences_two_at_most_are_taken_for_others(
    written: Callable[[str], str],
) -> None:
    said = [written(text) for text in sentences("en")]
    assert len(set(said)) == 200
    assert sum(Teller(fits).tell(text) != "en" for text in said) <= 2


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_short_a_name_or_a_number_stays_in_the_language_of_the_talk(language: str) -> None:
    tell = Teller(fits).tell
    tell(sentences(language)[0])
    assert [text for text in SHORT[language] if tell(text) != language] == []


def test_english_with_words_and_names_of_others_in_it_is_english() -> None:
    assert [text for text in MIXED if Teller(fits).tell(text) != "en"] == []


@pytest.mark.parametrize("language", CLEAR)
def test_clear_sentences_are_told_from_english_alone(language: str) -> None:
    assert "en" not in {Teller(fits).tell(text) for text in CLEAR[language]}


def test_english_is_english_however_short_misspelt_or_named() -> None:
    assert [text for text in ENGLISH if Teller(fits).tell(text) != "en"] == []
