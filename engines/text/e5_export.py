"""multilingual-e5-small with its map: the reference in torch, and its export to ONNX.

The graph takes the words' own vectors, whose table is nine tenths of the model: it stays where it is.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from fsrf_live.engines.network.export import export_module
from fsrf_live.engines.text.e5 import E5_WEIGHTS, EMBEDDINGS, WIDTH_E5, located_file
from fsrf_live.engines.text.layer import Layer
from fsrf_live.engines.text.onnx import VECTORS
from fsrf_live.engines.text.packed import FEED, HEADS, LAYERS, POSITIONS, PackedModel
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.network.tongues import TAPS, TokenMap


class PlainE5(nn.Module):
    """Words' own vectors ``[L, 384]`` of one text to those of all taps ``[L, taps * 384]``."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        places = model.get_parameter("embeddings.position_embeddings.weight")
        kinds = model.get_parameter("embeddings.token_type_embeddings.weight")
        self.places = nn.Parameter((places + kinds[0]).detach(), requires_grad=False)
        self.norm = model.get_submodule("embeddings.LayerNorm")
        layers = cast(nn.ModuleList, model.get_submodule("encoder.layer"))
        self.layers = nn.ModuleList(Layer(layer, HEADS) for layer in layers)

    def forward(self, words: Tensor) -> Tensor:
        """One text at its own length."""
        x: Tensor = self.norm(words + self.places[: words.shape[0]])
        tapped = []
        for number, layer in enumerate(self.layers, start=1):
            x = layer(x)
            if number in TAPS:
                tapped.append(x)
        return torch.cat(tapped, -1)


def with_map(plain: PlainE5, token_map: Mapping[str, NDArray[Any]]) -> nn.Module:
    """The encoder and its map; raises CheckpointError if that is none."""
    try:
        mapped = TokenMap(WIDTH_E5, len(token_map["down.weight"]))
        mapped.load_state_dict({k: torch.from_numpy(np.array(v)).float() for k, v in token_map.items()})
    except (KeyError, RuntimeError) as error:
        raise CheckpointError("the map of token vectors is not whole: teach it again") from error
    return nn.Sequential(plain, mapped).eval()


def torch_e5(token_map: Mapping[str, NDArray[Any]]) -> Callable[[Floats], Floats]:
    """The reference, with a map as `fsrf.network.tongues` stores it: words' own vectors to token vectors.

    Raises SourceError, CheckpointError.
    """
    plain = with_map(PlainE5(load_e5()), token_map)

    def run(words: Floats) -> Floats:
        with torch.inference_mode():
            vectors: Floats = plain(torch.from_numpy(words)).numpy()
        return vectors

    return run


def load_e5() -> nn.Module:
    """The layers as transformers' BERT, without the table of words; raises SourceError."""
    config = BertConfig(
        vocab_size=1,
        hidden_size=WIDTH_E5,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=FEED,
        max_position_embeddings=POSITIONS,
    )
    model = BertModel(config, add_pooling_layer=False)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    state = PackedModel(located_file(E5_WEIGHTS)).state()
    loaded = {name: torch.from_numpy(value).reshape(shapes[name]) for name, value in state.items()}
    model.load_state_dict(loaded, strict=False)
    plain: nn.Module = model
    return plain.eval()


def export_e5(token_map: Mapping[str, NDArray[Any]] | None) -> bytes:
    """The encoder as an ONNX model, ``embeddings [L, 384]`` to ``token_vectors [L, d]``.

    Without a map it gives the vectors of all taps. Raises SourceError, CheckpointError.
    """
    plain = PlainE5(load_e5())
    module = plain if token_map is None else with_map(plain, token_map)
    tokens = torch.export.Dim("tokens", min=3, max=POSITIONS)
    example = torch.zeros(8, WIDTH_E5)
    name = "words" if token_map is None else "input"
    return export_module(module, [example], [EMBEDDINGS], [VECTORS], dynamic={name: {0: tokens}})
