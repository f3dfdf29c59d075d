import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import MediaError
from fsrf_live.stream.flow.clock import NS, Epoch, FakeClock
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.captions import CaptionFile, captions_beside, parse_captions, read_captions
from fsrf_live.stream.sources.languages import in_languages
from fsrf_live.stream.sources.opening import open_text
from fsrf_live.stream.sources.source import EndOfSource

VTT = """WEBVTT - a talk
X-TIMESTAMP-MAP=LOCAL:00:00:00.000

STYLE
::cue { color: red }

NOTE a remark
that goes on

1
00:00:01.000 --> 00:00:02.500 align:start position:10%
<v Ann>Hello &amp; <i>welcome</i></v>

00:02.500 --> 00:04.000
{\\an8}two
lines
"""
SRT = "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\n\r\n2\r\n01:00:00,5 --> 01:00:01,000\r\nlater\r\n"


def test_webvtt() -> None:
    assert parse_captions(VTT) == [
        Words(1 * NS, 5 * NS // 2, "Hello & welcome"),
        Words(5 * NS // 2, 4 * NS, "two lines"),
    ]


def test_subrip() -> None:
    assert parse_captions(SRT) == [
        Words(NS, 5 * NS // 2, "Hello"),
        Words(3600 * NS + NS // 2, 3601 * NS, "later"),
    ]


def test_cues_without_a_blank_line_between_them() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:02,000 --> 00:00:03,000\ntwo\n"
    assert [words.text for words in parse_captions(text)] == ["one", "two"]


def test_cues_that_overlap_or_go_backwards_are_kept_in_order() -> None:
    text = """WEBVTT

00:00:05.000 --> 00:00:04.000
backwards

00:00:01.000 --> 00:00:09.000
long

00:00:02.000 --> 00:00:03.000
inside

00:00:03.000 --> 00:00:03.500

00:00:06.000 --> 00:00:07.000
<b></b>
"""
    assert parse_captions(text) == [
        Words(1 * NS, 9 * NS, "long"),
        Words(2 * NS, 3 * NS, "inside"),
        Words(4 * NS, 5 * NS, "backwards"),
    ]


@given(st.text(max_size=300))
def test_nothing_breaks_the_parser(text: str) -> None:
    for words in parse_captions("WEBVTT\n\n00:01.000 --> 00:02.000\n" + text):
        assert words.start_ns <= words.end_ns
        assert words.text == words.text.strip()
        assert words.text.isprintable() or not words.text.isascii()


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**4)), max_size=20))
def test_times_are_read_as_they_are_written(spans: list[tuple[int, int]]) -> None:
    def moment(ms: int) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"

    text = "".join(f"{moment(a)} --> {moment(a + d)}\nword {n}\n\n" for n, (a, d) in enumerate(spans))
    read = [(words.start_ns, words.end_ns) for words in parse_captions(text)]
    assert read == sorted((a * 10**6, (a + d) * 10**6) for a, d in spans)


def test_a_long_cue_comes_in_passages_one_after_the_other() -> None:
    first, second = "word " * 39 + "word.", "more " * 39 + "more."
    text = f"WEBVTT\n\n00:02.000 --> 00:01.000\n{first}\n{second}\n"
    assert in_languages(parse_captions(text), "en") == [
        Words(NS, 3 * NS // 2, first, language="en"),
        Words(3 * NS // 2, 2 * NS, second, language="en"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "c.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nça va 😀\n".encode(encoding))
    assert read_captions(path)[0].text == "ça va 😀"


def test_what_is_not_utf_8_is_read_as_windows_1252_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c.srt"
    path.write_bytes("1\n00:00:01,000 --> 00:00:02,000\nça n\u2019est pas bon\n".encode("cp1252"))
    with caplog.at_level(logging.WARNING):
        assert read_captions(path)[0].text == "ça n\u2019est pas bon"
    assert "not UTF-8" in caplog.text


@pytest.mark.parametrize(
    ("content", "complaint"), [(None, "No such file"), (b"", "empty"), (b"just a letter", "no cue")]
)
def test_no_captions(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    path = tmp_path / "c.vtt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=complaint):
        read_captions(path)


def test_cues_whose_times_cannot_be_read_are_left_out_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "c.srt"
    path.write_text("00:00:01,000 --> 00:00:02,000\none\n\n0:99 --> soon\ntwo\n\n1s --> 2s\nthree\n")
    with caplog.at_level(logging.WARNING):
        assert [words.text for words in read_captions(path)] == ["one"]
    assert "2 cues are left out" in caplog.text
    assert len(caplog.records) == 1


def test_captions_of_which_nothing_can_be_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.vtt"
    path.write_text("WEBVTT\n\n1s --> 2s\nI hated it.\n")
    with pytest.raises(MediaError, match="no cue in it can be read"):
        read_captions(path)


def test_captions_without_a_cue_are_lawful(tmp_path: Path) -> None:
    path = tmp_path / "c.vtt"
    path.write_text("WEBVTT\n\nNOTE nobody says anything\n")
    assert read_captions(path) == []


def test_terminal_commands_do_not_come_through() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n\x1b[2J\x1b]0;title\x07good\x07 \x1b[31mday\x1b[0m\n"
    assert parse_captions(text)[0].text == "good day"


def test_captions_are_found_beside_the_media(tmp_path: Path) -> None:
    media = tmp_path / "my.talk.mp4"
    assert captions_beside(media) is None
    (tmp_path / "my.talk.srt").touch()
    assert captions_beside(media) == tmp_path / "my.talk.srt"
    (tmp_path / "my.talk.vtt").touch()
    assert captions_beside(media) == tmp_path / "my.talk.vtt"
    assert captions_beside(tmp_path / "my.talk.vtt") == tmp_path / "my.talk.srt"


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (["talk.VTT"], "talk.VTT"),
        (["talk.en.vtt"], "talk.en.vtt"),
        (["talk.de.vtt", "talk.en-GB.srt"], "talk.en-GB.srt"),
        (["talk.en.vtt", "talk.srt"], "talk.srt"),
        (["talk.fr.srt", "talk.de.srt"], "talk.de.srt"),
        (["talk.notes.final.vtt", "talking.vtt"], None),
    ],
)
def test_captions_beside_the_media_may_name_their_language(
    tmp_path: Path, names: list[str], taken: str | None
) -> None:
    for name in names:
        (tmp_path / name).touch()
    found = captions_beside(tmp_path / "talk.mp4")
    assert (found and found.name) == taken


@pytest.mark.parametrize(("language", "told"), [(None, ["de", "de", "en"]), ("fr", ["fr"] * 3)])
def test_words_have_their_language_told_or_given(
    tmp_path: Path, language: str | None, told: list[str]
) -> None:
    path = tmp_path / "c.srt"
    said = ("Ja.", "Das war wirklich ein schlimmer Tag für uns alle.", "I know exactly what you mean.")
    path.write_text(
        "".join(f"00:0{at}:00,000 --> 00:0{at}:01,000\n{text}\n\n" for at, text in enumerate(said))
    )
    clock = FakeClock(0)
    source = CaptionFile(path, clock, Epoch(clock), language=language)
    source.open()
    seen: list[tuple[str, str | None]] = []
    while len(seen) < len(said):
        words = source.read()
        if words is not None:
            seen.append((words.text, words.language))
    assert seen == list(zip(said, told, strict=True))


def test_words_come_when_they_have_been_said(tmp_path: Path) -> None:
    path = tmp_path / "c.vtt"
    path.write_text(VTT)
    clock = FakeClock(10 * NS)
    source = CaptionFile(path, clock, Epoch(clock))
    source.open()
    seen: list[tuple[float, float, str]] = []
    while len(seen) < 2:
        words = source.read()
        if words is not None:
            seen.append((clock.now_ns() / NS, words.start_ns / NS, words.text))
    with pytest.raises(EndOfSource):
        source.read()
    assert [(round(at, 3), start, text) for at, start, text in seen] == [
        (12.5, 11.0, "Hello & welcome"),
        (14.0, 12.5, "two lines"),
    ]
    clock.advance(60)
    source.open()
    with pytest.raises(EndOfSource):
        source.read()
    source.close()


@pytest.mark.parametrize("away_s", [0.0, 0.3, 0.9])
def test_words_that_were_given_are_not_given_again_by_the_next_opening(tmp_path: Path, away_s: float) -> None:
    path = tmp_path / "talk.vtt"
    path.write_text("WEBVTT\n\n00:01.000 --> 00:02.000\none\n\n00:02.000 --> 00:04.000\ntwo\n")
    clock = FakeClock(7 * NS)
    spec = open_text(str(path), clock, Epoch(clock))
    assert spec is not None
    said = []
    for _ in range(2):
        source = spec.make()
        source.open()
        while not isinstance(item := source.read(), Words):
            pass
        said.append(item.text)
        clock.advance(away_s)
        source.close()
    assert said == ["one", "two"]
