import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.sources.cues import Cue, read_cues


def said(body: str) -> list[str]:
    """The lines of one cue with this text under its times."""
    return [line for cue in read_cues(f"00:01.000 --> 00:02.000\n{body}\n")[0] for line in cue.lines]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("00:00:01", 1.0),
        ("0:01", 1.0),
        ("00:01.5", 1.5),
        ("00:01,05", 1.05),
        ("00:00:01.000001", 1.000001),
        ("01:00:01.250", 3601.25),
    ],
)
def test_times_may_have_any_fraction_or_none(written: str, seconds: float) -> None:
    [cue], left_out = read_cues(f"WEBVTT\n\n{written} --> 02:00:00\nword\n")
    assert (cue.start_ns, left_out) == (round(seconds * NS), 0)


@pytest.mark.parametrize(
    "times", ["1s --> 2s", "00:01.000 -->", "--> 00:01.000", "00:01.000.1 --> 00:02", "a --> b"]
)
def test_a_cue_whose_times_cannot_be_read_is_counted(times: str) -> None:
    assert read_cues(f"{times}\nword\n") == ([], 1)


def test_a_blank_line_under_the_times_does_not_lose_the_cue() -> None:
    text = "1\n00:01.000 --> 00:02.000\n\nfirst\n\n2\n00:03.000 --> 00:04.000\nsecond\n"
    assert [cue.lines for cue in read_cues(text)[0]] == [("first",), ("second",)]


@pytest.mark.parametrize(
    ("follows", "read"),
    [
        ("2\n00:03.000 --> 00:04.000\nword", [(3 * NS, ("word",))]),
        ("00:03.000 --> 00:04.000\nword", [(3 * NS, ("word",))]),
        ("NOTE no", []),
        ("", []),
    ],
)
def test_a_cue_without_text_takes_none_from_what_follows(
    follows: str, read: list[tuple[int, tuple[str, ...]]]
) -> None:
    cues, left_out = read_cues(f"00:01.000 --> 00:02.000\n\n{follows}\n")
    assert [(cue.start_ns, cue.lines) for cue in cues] == read
    assert left_out == 0


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("We <3 this film.", "We <3 this film."),
        ("2 < 5 stars, 1 > 0 though", "2 < 5 stars, 1 > 0 though"),
        ("<v Ann>Hello &amp; <i>welcome</i></v>", "Hello & welcome"),
        ("<c.yellow>so<00:00:01.500><c> good</c></c>", "so good"),
        ('<font color="red">no</font>', "no"),
        ("{\\an8}up here", "up here"),
        ("It was fine.\u2028\u2028I hated it.", "It was fine. I hated it."),
        ("[SCREAMING] I loved it.", "I loved it."),
        ("(crying) I loved it. (door slams)", "I loved it."),
        ("I loved it (it was not his best)", "I loved it (it was not his best)"),
        ("\u266a terrible music \u266a I loved it.", "I loved it."),
        ("JOHN: I loved it.", "I loved it."),
        (">> Me too.", "Me too."),
        ("- Me too.", "Me too."),
        ("-5 degrees", "-5 degrees"),
        ("Note: this is fine", "Note: this is fine"),
        ("\x1b[31mred\x1b[0m and \x1b]0;title\x07dead", "red and dead"),
    ],
)
def test_what_is_said_stays_and_the_rest_goes(written: str, spoken: str) -> None:
    assert said(written) == [spoken]


@pytest.mark.parametrize("written", ["[Applause]", "\u266a la la la", "(sighs)", "<b></b>", "JOHN:"])
def test_a_cue_in_which_nobody_speaks_is_no_loss(written: str) -> None:
    assert read_cues(f"00:01.000 --> 00:02.000\n{written}\n") == ([], 0)


def test_captions_that_roll_up_say_each_line_once_when_it_comes() -> None:
    text = """WEBVTT

00:00:00.160 --> 00:00:02.429 align:start position:0%
\x20
I<00:00:00.480><c> was</c><00:00:00.800><c> not</c>

00:00:02.429 --> 00:00:02.439 align:start position:0%
I was not
\x20

00:00:02.439 --> 00:00:04.749 align:start position:0%
I was not
happy<00:00:02.760><c> at</c><00:00:03.000><c> all</c>
"""
    assert read_cues(text)[0] == [
        Cue(160_000_000, 2_429_000_000, ("I was not",)),
        Cue(2_439_000_000, 4_749_000_000, ("happy at all",)),
    ]


def test_somebody_who_repeats_himself_is_no_rolling_caption() -> None:
    text = "00:01.000 --> 00:02.000\nNo.\n\n00:02.000 --> 00:03.000\nNo.\n"
    assert [cue.lines for cue in read_cues(text)[0]] == [("No.",), ("No.",)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_their_system_ends_them(end: str) -> None:
    text = end.join(["1", "00:01.000 --> 00:02.000", "one", "", "2", "00:02.000 --> 00:03.000", "two", ""])
    assert [cue.lines for cue in read_cues(text)[0]] == [("one",), ("two",)]


@given(
    st.lists(
        st.sampled_from(["", " ", "1", "word", "00:01 --> 00:02", "-->", "<c>", "[", "(", "NOTE", "\u266a"]),
        max_size=30,
    )
)
def test_cues_are_in_order_and_none_is_empty(lines: list[str]) -> None:
    cues, left_out = read_cues("\n".join(lines))
    assert cues == sorted(cues, key=lambda cue: (cue.start_ns, cue.end_ns))
    assert all(cue.start_ns <= cue.end_ns and all(cue.lines) for cue in cues)
    assert left_out >= 0
