"""Words as captions, which our own reader understands."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.captions import CaptionFormat, caption_lines
from fsrf_live.stream.flow.items import Words
from fsrf_live.stream.sources.captions import parse_captions
from fsrf_live.stream.speech.captioning import LONGEST_NS, MOST_LETTERS, cues_of

MS = 1_000_000


def words(text: str, every_ms: int = 300) -> list[Words]:
    return [
        Words(n * every_ms * MS, (n + 1) * every_ms * MS, word, 0.9, "en")
        for n, word in enumerate(text.split())
    ]


def test_long_sentences_are_cut_and_short_ones_are_seen_a_while() -> None:
    cues = list(cues_of(words("word " * 60)))
    assert len(cues) > 2
    assert all(len(cue.text) <= MOST_LETTERS and cue.end_ns - cue.start_ns <= LONGEST_NS for cue in cues)
    (short,) = cues_of([Words(0, 10 * MS, "No.")])
    assert short.end_ns == 500 * MS


@pytest.mark.parametrize("form", ["vtt", "srt"])
@given(st.lists(st.from_regex(r"\A[A-Za-z\u00e4\u00df]{1,12}[.,!?]?\Z"), min_size=1, max_size=30))
def test_what_is_written_is_read_again(form: CaptionFormat, said: list[str]) -> None:
    spoken = words(" ".join(said))
    read = parse_captions("".join(caption_lines(cues_of(spoken), form)))
    assert " ".join(cue.text for cue in read) == " ".join(said)
    assert read[0].start_ns == spoken[0].start_ns
    assert all(before.start_ns <= after.start_ns for before, after in pairwise(read))
