"""What flows through the path."""

import numpy as np
import pytest

from fsrf_live.stream.flow.items import (
    MODALITY_OF,
    ROLE_OF,
    ROLES,
    Frame,
    Item,
    Samples,
    Words,
    due_ns,
    shifted,
    start_ns,
)

FRAME = Frame(10, np.zeros((1, 1, 3), np.uint8))
SOUND = Samples(10, np.zeros(16, np.float32))
SAID = Words(10, 20, "good")
MS = 1_000_000


def test_sound_ends_when_its_last_sample_does() -> None:
    assert SOUND.end_ns == 10 + MS


@pytest.mark.parametrize(("item", "due"), [(FRAME, 10), (SOUND, 10 + MS), (SAID, 20)])
def test_an_item_begins_at_its_stamp_and_is_due_when_a_device_would_have_it(item: Item, due: int) -> None:
    assert start_ns(item) == 10
    assert due_ns(item) == due


@pytest.mark.parametrize("item", [FRAME, SOUND, SAID])
def test_an_item_that_is_shifted_is_the_same_later(item: Item) -> None:
    later = shifted(item, 5)
    assert type(later) is type(item)
    assert (start_ns(later), due_ns(later)) == (15, due_ns(item) + 5)


def test_each_source_has_a_modality_of_its_own() -> None:
    assert [ROLE_OF[MODALITY_OF[role]] for role in ROLES] == list(ROLES)


def test_each_word_has_the_confidence_of_its_own_or_that_of_them_all() -> None:
    assert Words(0, 1, "so  good", 0.5).said == [("so", 0.5), ("good", 0.5)]
    assert Words(0, 1, "so good", 0.5, confidences=(0.9, 0.1)).said == [("so", 0.9), ("good", 0.1)]


def test_only_words_without_a_text_that_nobody_is_sure_of_are_unclear() -> None:
    assert Words(0, 1, "", 0.0).unclear
    assert not Words(0, 1, "").unclear
    assert not Words(0, 1, "good", 0.0).unclear
    assert Words(0, 1, "", 0.0).said == []
