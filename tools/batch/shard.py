"""Parts of a manifest, for machines that share nothing but a folder. Imports nothing heavy."""

import argparse
import re
from typing import NamedTuple


class Shard(NamedTuple):
    """Part `number` (from 1) of `of` equal parts of a manifest."""

    number: int
    of: int


UNDIVIDED = Shard(1, 1)


def shard_of(text: str) -> Shard:
    """``3/100`` → the third of a hundred; raises ArgumentTypeError."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of:
        raise argparse.ArgumentTypeError(f"{text!r} is no part of a whole: give K/N, as 3/100")
    return shard
