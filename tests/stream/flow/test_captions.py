"""Caption files as they are written, which our own reader understands."""

import pytest

from fsrf_live.stream.flow.captions import CaptionFormat, caption_lines
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.captions import parse_captions

MS = 1_000_000
SAID = [Words(0, 900 * MS, "I loved it."), Words(900 * MS, 3_661_800 * MS, "Rock & roll!")]


def test_captions_are_webvtt_and_subrip() -> None:
    assert "".join(caption_lines(SAID, "vtt")) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.900\nI loved it.\n\n"
        "00:00:00.900 --> 01:01:01.800\nRock &amp; roll!\n"
    )
    assert "".join(caption_lines(SAID, "srt")) == (
        "1\n00:00:00,000 --> 00:00:00,900\nI loved it.\n\n2\n00:00:00,900 --> 01:01:01,800\nRock & roll!\n"
    )


def test_nothing_said_is_an_empty_file() -> None:
    assert "".join(caption_lines([], "vtt")) == "WEBVTT\n"
    assert "".join(caption_lines([], "srt")) == ""


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_an_empty_line_in_a_text_does_not_end_its_caption(form: CaptionFormat) -> None:
    said = [Words(0, 900 * MS, "First.\n\nSecond & third"), Words(900 * MS, 1800 * MS, "Fourth.")]
    read = parse_captions("".join(caption_lines(said, form)))
    assert [cue.text for cue in read] == ["First. Second & third", "Fourth."]


def test_what_was_said_before_the_beginning_begins_there() -> None:
    (line,) = list(caption_lines([Words(-500 * MS, 500 * MS, "Well.")], "srt"))
    assert line == "1\n00:00:00,000 --> 00:00:00,500\nWell.\n"
