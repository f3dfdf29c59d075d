import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.cleaning import clean_text


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("it\u2019s \u201cgreat\u201d\u2026", 'it\'s "great"...'),
        ("so good\U0001f60d", "so good smiling face with heart-shaped eyes"),
        ("ok \U0001f44d\U0001f3fd", "ok thumbs up sign"),
        ("I \u2764\ufe0f it", "I heavy black heart it"),
        ("lone \ud83d half", "lone half"),
        ("caf\u00e9\u200b\n\tnow\x00", "caf\u00e9 now"),
        ("   ", ""),
    ],
)
def test_what_the_encoder_reads(raw: str, read: str) -> None:
    assert clean_text(raw) == read


@given(st.text())
def test_cleaning_is_one_printable_line_and_settles_at_once(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\n" not in once
    once.encode()
