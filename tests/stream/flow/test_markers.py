"""What a marker may be called."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.flow.markers import LONGEST_MARKER, checked_marker, checked_rating

PLAIN = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)


@given(PLAIN)
def test_a_line_of_plain_text_in_any_script_is_kept_but_for_blanks_around_it(text: str) -> None:
    short = text[: LONGEST_MARKER // 4]
    if short.strip(" "):
        name = checked_marker(f"  {short} ")
        assert name == short.strip(" ")
        assert checked_marker(name) == name


@pytest.mark.parametrize("name", ["", "   "])
def test_a_marker_has_a_name(name: str) -> None:
    with pytest.raises(UsageError, match="a marker needs a name"):
        checked_marker(name)


@given(st.text(), st.characters(categories=["Cc", "Cs", "Zl", "Zp"]), st.text())
def test_control_characters_are_refused_wherever_they_are(before: str, control: str, after: str) -> None:
    with pytest.raises(UsageError, match="control characters") as refused:
        checked_marker(f"a{before}{control}{after}b")
    assert not any(unicodedata.category(character) == "Cc" for character in str(refused.value))


@pytest.mark.parametrize(("name", "length"), [("a" * 1025, 1025), ("é" * 513, 1026), ("a" * 2**20, 2**20)])
def test_one_of_more_than_a_kilobyte_is_refused_with_its_length(name: str, length: int) -> None:
    with pytest.raises(UsageError, match=f"of {length} bytes is too long"):
        checked_marker(name)
    assert checked_marker(name[: LONGEST_MARKER // 2])


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_rating_is_on_the_scale_of_scores(value: float) -> None:
    if -3 <= value <= 3:
        assert checked_rating(value) == value
        assert str(checked_rating(value)) != "-0.0"
    else:
        with pytest.raises(UsageError, match="give a number from -3 to 3"):
            checked_rating(value)
