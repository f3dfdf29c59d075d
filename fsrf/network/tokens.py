"""Batches of token ids for an encoder of text."""

from collections.abc import Sequence

import torch
from torch import Tensor


def pad_tokens(batch: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Token ids to ``input_ids [B, T]``, ``attention_mask [B, T]`` and ``real [B, T]`` (not special)."""
    longest = max(map(len, batch))
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    for row, tokens in zip(ids, batch, strict=True):
        row[: len(tokens)] = torch.tensor(tokens)
    lengths = torch.tensor([len(tokens) for tokens in batch]).unsqueeze(1)
    positions = torch.arange(longest).unsqueeze(0)
    return ids, (positions < lengths).long(), (positions > 0) & (positions < lengths - 1)
