"""Exports MiniLM with a checkpoint's adapter merged in: token ids of one text to its token vectors.

The network is rebuilt from the encoder's own layers, because one text at its own length needs no padding and
no mask: short texts cost less than long ones, and the graph consists of plain operations only.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from fsrf_live.engines.network.export import export_module
from fsrf_live.engines.text.encoder import load_minilm
from fsrf_live.engines.text.layer import Layer
from fsrf_live.engines.text.onnx import IDS, VECTORS
from fsrf_live.fsrf.network.lora import merge


class PlainMiniLM(nn.Module):
    """Token ids ``[L] int64``, special tokens at either end included, to vectors ``[L, d]``."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        heads = int(cast(Any, model).config.num_attention_heads)
        self.words = _table(model, "embeddings.word_embeddings")
        places = _table(model, "embeddings.position_embeddings")
        kinds = _table(model, "embeddings.token_type_embeddings")
        self.places = nn.Parameter(places + kinds[0], requires_grad=False)
        self.norm = model.get_submodule("embeddings.LayerNorm")
        layers = cast(nn.ModuleList, model.get_submodule("encoder.layer"))
        self.layers = nn.ModuleList(Layer(layer, heads) for layer in layers)

    def forward(self, ids: Tensor) -> Tensor:
        """One text at its own length."""
        x: Tensor = self.norm(functional.embedding(ids, self.words) + self.places[: ids.shape[0]])
        for layer in self.layers:
            x = layer(x)
        return x


def export_text_encoder(adapter: Mapping[str, NDArray[Any]], length: int) -> bytes:
    """The encoder as a checked ONNX model, ``token_ids [L] int64`` to ``token_vectors [L, d]``.

    L is that of the text with its special tokens, at most `length` and two. Raises EngineError if MiniLM
    is not installed, CheckpointError if the adapter does not fit it.
    """
    model, _, _ = load_minilm(length)
    if adapter:
        merge(model, {name: torch.from_numpy(np.array(value)) for name, value in adapter.items()})
    tokens = torch.export.Dim("tokens", min=3, max=length + 2)
    example = torch.arange(8, dtype=torch.int64)
    return export_module(PlainMiniLM(model).eval(), [example], [IDS], [VECTORS], dynamic={"ids": {0: tokens}})


def _table(module: nn.Module, name: str) -> Tensor:
    return module.get_submodule(name).get_parameter("weight").detach()
