"""BERT's layer without padding and mask, of which all exported text encoders are made."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019, arXiv 1810.04805), query, key and value in one product."""

    def __init__(self, layer: nn.Module, heads: int) -> None:
        super().__init__()
        parts = [_linear(layer, f"attention.self.{name}") for name in ("query", "key", "value")]
        self.heads = heads
        self.size = parts[0].out_features // heads
        self.weight = nn.Parameter(torch.cat([part.weight for part in parts]), requires_grad=False)
        self.bias = nn.Parameter(torch.cat([part.bias for part in parts]), requires_grad=False)
        self.out = layer.get_submodule("attention.output.dense")
        self.attention_norm = layer.get_submodule("attention.output.LayerNorm")
        self.widen = layer.get_submodule("intermediate.dense")
        self.narrow = layer.get_submodule("output.dense")
        self.feed_norm = layer.get_submodule("output.LayerNorm")

    def forward(self, x: Tensor) -> Tensor:
        """``[L, d]`` to the same shape."""
        split = functional.linear(x, self.weight, self.bias).reshape(-1, 3, self.heads, self.size)
        queries, keys, values = split.permute(1, 2, 0, 3).unbind(0)
        scores = (queries * self.size**-0.5) @ keys.transpose(1, 2)
        mixed = (torch.softmax(scores, -1) @ values).transpose(0, 1).flatten(1)
        x = self.attention_norm(x + self.out(mixed))
        fed: Tensor = self.feed_norm(x + self.narrow(functional.gelu(self.widen(x))))
        return fed


def _linear(module: nn.Module, name: str) -> nn.Linear:
    return cast(nn.Linear, module.get_submodule(name))
