"""A text of any length in passages that can be read whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint, tongues_of
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.flow.text import agreed_and_rest, agreed_part, as_shown, passages, spread
from tests.conftest import REPOSITORY
from tests.doubles.tokenizers import E5, MINILM, needs_e5, tokenizer

SENTENCES = REPOSITORY / "tests" / "golden" / "sentences"
TONGUES = sorted(read_checkpoint(tongues_of(default_checkpoint())).languages)
LANGUAGES = st.sampled_from([None, "en", "ar"])
LENGTH = ModelConfig().text.length
LONG = " ".join(["word"] * 34)
AWKWARD = [
    *(
        "I'm,",
        "we'd've;",
        "don't!",
        "3.14159",
        "2,000,000",
        "(2026-11-21)",
        "and",
        "so",
        "it",
        "goes",
        "?!?!?!",
    ),
    *(
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "hahahahahaha",
        "soooooooo",
        "hmm",
        "pfff",
        "Brrrr",
        ".....",
    ),
    *(
        "caf\u00e9",
        "e\u0301",
        "Z\u00fcrich",
        "Donaudampfschifffahrtsgesellschaft",
        "antidisestablishmentarianism",
    ),
    *(
        "\u597d\u7684\u6211\u4eec\u3002",
        "\uc548\ub155\ud558\uc138\uc694",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
    ),
    *(
        "\u043f\u0440\u0438\u0432\u0435\u0442",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u2026",
        "\u2014",
        "\u201cso\u201d",
    ),
    *("\u00bd", "\U0001f602\U0001f64f\U0001f3fd", "\U0001f1fa\U0001f1f8"),
]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One. Two! Three?"]),
        ("a title\nand a  line\r\n\r\nlast", ["a title and a line last"]),
        (f"{LONG}. {LONG}!", [f"{LONG}.", f"{LONG}!"]),
        (f"{LONG}. So it is. {LONG}!", [f"{LONG}. So it is.", f"{LONG}!"]),
        (f'He said "{LONG}." Then {LONG}...', [f'He said "{LONG}."', f"Then {LONG}..."]),
        (f"{LONG}\n{LONG}", [LONG, LONG]),
        (f"{LONG} with Dr. Smith, e.g. J. Smith. {LONG}", [f"{LONG} with Dr. Smith, e.g. J. Smith.", LONG]),
        ("\u597d\u3002" * 70, [" ".join(["\u597d\u3002"] * 29)] * 2 + [" ".join(["\u597d\u3002"] * 12)]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_stay_together_as_far_as_they_fit(text: str, parts: list[str]) -> None:
    assert passages(text, "en") == parts


@given(st.text(alphabet="ab ,.!?\n\"'\u0645\u0631\u064e", max_size=600), LANGUAGES)
def test_nothing_but_white_space_is_lost(text: str, language: str | None) -> None:
    parts = passages(text, language)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() for part in parts)


def test_a_long_sentence_is_cut_after_a_comma() -> None:
    text = " ".join(["word"] * 40) + ", " + " ".join(["more"] * 30)
    assert [len(part.split()) for part in passages(text, "en")] == [40, 30]


def test_common_words_fill_a_passage() -> None:
    assert [len(part.split()) for part in passages("and so it goes " * 30, "en")] == [58, 58, 4]


def tokens_of(name: str, text: str) -> int:
    """How many tokens a text encoder's own tokenizer makes of a text."""
    return len(tokenizer(name, 10_000).words(text))


@given(
    st.lists(st.sampled_from(AWKWARD), max_size=200), st.sampled_from([" ", ", ", "\n"]), st.integers(1, 100)
)
def test_the_text_encoder_sees_all_of_a_passage(words: list[str], between: str, times: int) -> None:
    text = between.join(words)
    repeated = " ".join(words[:2] * times)
    for part in (*passages(text, None), *passages(repeated, "en")):
        assert tokens_of(MINILM, part) <= LENGTH


def bare(sentence: str) -> str:
    """A sentence without its end, so that it goes on."""
    return sentence.rstrip(".!?\u061f\u3002\uff1f")


def sentences(language: str) -> list[str]:
    """Clear ones that were written for the tests."""
    return (SENTENCES / f"{language}.txt").read_text(encoding="utf-8").splitlines()


@needs_e5
@pytest.mark.parametrize("language", TONGUES)
def test_no_sentence_that_the_encoder_of_many_languages_reads_whole_is_cut(language: str) -> None:
    assert all(tokens_of(E5, sentence) <= LENGTH for sentence in sentences(language))
    assert all(passages(sentence, language) == [sentence] for sentence in sentences(language))


@needs_e5
@pytest.mark.parametrize("language", TONGUES)
@given(st.data())
def test_a_long_sentence_in_any_of_its_languages_is_cut_only_if_it_fills_half_of_what_is_read(
    language: str, data: st.DataObject
) -> None:
    said = data.draw(st.lists(st.sampled_from(sentences(language)), min_size=1, max_size=12))
    text = ", ".join(map(bare, said))
    parts = passages(text, language)
    assert len(parts) == 1 or tokens_of(E5, text) > LENGTH / 2
    assert all(tokens_of(E5, part) <= LENGTH for part in parts)


@given(st.text(max_size=300), st.integers(0, 10**10), st.integers(0, 10**10), LANGUAGES)
def test_passages_follow_each_other_in_the_time_of_their_text(
    text: str, start_ns: int, duration_ns: int, language: str | None
) -> None:
    end_ns = start_ns + duration_ns
    spoken = spread(Words(start_ns, end_ns, text, 0.5, language))
    assert [words.text for words in spoken] == passages(text, language)
    assert {(words.confidence, words.language) for words in spoken} <= {(0.5, language)}
    moments = [start_ns, *(moment for words in spoken for moment in (words.start_ns, words.end_ns))]
    assert moments == sorted(moments)
    assert not spoken or (spoken[0].start_ns, spoken[-1].end_ns) == (start_ns, end_ns)


def test_a_passage_lasts_for_its_share_of_the_characters() -> None:
    assert spread(Words(NS, 3 * NS, f"{LONG}. {LONG}.")) == [
        Words(NS, 2 * NS, f"{LONG}."),
        Words(2 * NS, 3 * NS, f"{LONG}."),
    ]


@pytest.mark.parametrize(
    "text",
    ["a" * 100_000, "word " * 20_000, "No! " * 25_000, "." * 100_000, " " * 100_000, "\u0645" * 100_000],
)
def test_a_text_of_a_hundred_thousand_characters_is_split_at_once(text: str) -> None:
    for language in ("en", "ar"):
        assert "".join("".join(passages(text, language)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10 %\r20 %\rI am happy", "I am happy"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("\x1b[31mred\x1b[0m\tand  blue", "red and blue"),
        ("a\u2028b", "a b"),
        ("", ""),
    ],
)
def test_a_text_is_read_as_a_terminal_would_show_it(written: str, shown: str) -> None:
    assert as_shown(written) == shown


@pytest.mark.parametrize(
    ("words", "relied_on", "rest"),
    [
        (Words(0, 1, " so good "), "so good", ""),
        (Words(0, 1, "so good to", agreed=2), "so good", "to"),
        (Words(0, 1, "so good", agreed=0), "", "so good"),
        (Words(0, 1, "so good", spoken_to_ns=1), "", "so good"),
    ],
)
def test_of_an_open_utterance_as_much_is_relied_on_as_two_answers_agree_on(
    words: Words, relied_on: str, rest: str
) -> None:
    assert agreed_and_rest(words) == (relied_on, rest)


def test_what_is_agreed_keeps_its_confidences_and_is_no_longer_provisional() -> None:
    words = Words(0, 1, "so good to", 0.5, "en", agreed=2, confidences=(0.1, 0.9, 0.5))
    assert agreed_part(words) == [Words(0, 1, "so good", 0.5, "en", confidences=(0.1, 0.9))]
    assert agreed_part(Words(0, 1, "so", agreed=0)) == []
