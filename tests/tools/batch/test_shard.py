"""Parts of a manifest as people name them."""

import argparse

import pytest

from fsrf_live.tools.batch.shard import Shard, shard_of


def test_the_third_of_a_hundred() -> None:
    assert shard_of("3/100") == Shard(3, 100)


@pytest.mark.parametrize(
    "text", ["", "3", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "a/b", "1.5/2", "٣/٤", "3 /100"]
)
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="give K/N, as 3/100"):
        shard_of(text)
