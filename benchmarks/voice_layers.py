"""What the layers of the recogniser's encoder tell of a voice's valence, beside the features that are used.

    python -m benchmarks.voice_layers --data DATA

The recogniser hears every utterance anyway. Here the mean and deviation of each layer of its encoder (Whisper
tiny.en: Radford et al. 2022, arXiv 2212.04356) over an utterance go into a logistic regression, and means,
deviations, changes and upper variances of the 48 features of prosody into another. UAR over three classes is
the mean over the corpora: of speakers who were never heard (five parts by speaker), and of a corpus that was
never heard (each left out in turn). Training and validation speakers alone are asked, as recorded.
"""

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional

from fsrf_live.fsrf.common.aliases import Floats, Strings
from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN
from fsrf_live.fsrf.common.markdown import grid
from fsrf_live.fsrf.common.metrics import three_classes, unweighted_average_recall
from fsrf_live.fsrf.network.encoder import moments
from fsrf_live.stream.features.sound.voice import ProsodyVoiceExtractor
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.tools.corpora.voices import (
    Voice,
    described,
    layer_apart,
    layer_extractor,
    read_voices,
    recorded,
)
from fsrf_live.tools.make.tone import Weights, encoder_weights

CORPORA = ("ased", "emodb", "emospeech", "korean", "nemo", "ravdess", "urdu")
LONGEST_S, SILENCE_S = 10.0, 0.5
FRAME_HZ = 50
PIECE_S = 2.0
SHORTEST_PIECE = SAMPLE_RATE_HZ // 10
"""In samples: what is left behind the last whole piece is not asked about if it is shorter."""
PARTS = 5
_HEAD = 64


@dataclass(frozen=True, slots=True)
class Heard:
    """N utterances: class ``[N]`` 0 to 2, corpus and speaker ``[N]``."""

    label: NDArray[np.int64]
    corpus: Strings
    speaker: Strings


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Layers of a recogniser's encoder as features of a voice.")
    parser.add_argument("--data", type=Path, required=True, help="folder with audio/ (see docs/data.md)")
    parser.add_argument("--each", type=int, default=500, help="utterances of each corpus, at most")
    options = parser.parse_args()
    torch.set_num_threads(1)
    voices = chosen(read_voices(options.data), options.each)
    heard = Heard(
        np.asarray(three_classes(np.array([v.valence for v in voices]), NEUTRAL_WITHIN), np.int64),
        np.array([voice.corpus for voice in voices]),
        np.array([voice.identity for voice in voices]),
    )
    extractor = layer_extractor()
    shipped = [shipped_features(voice, extractor) for voice in voices]
    prosody, streamed = (np.stack(of) for of in zip(*shipped, strict=True))
    weights = encoder_weights()
    layers = layer_features(voices, weights)
    pieces = layer_features(voices, weights, PIECE_S)[:, 2]
    together = np.concatenate([prosody, streamed], 1)
    kinds = {
        "prosody": (prosody, 1e-2),
        **{f"layer {n}": (layers[:, n], 1e-3) for n in range(layers.shape[1])},
        f"layer 2, in pieces of {PIECE_S:g} s": (pieces, 1e-3),
        "layer 2, as it is streamed": (streamed, 1e-3),
        "prosody and layer 2, streamed": (together, 1e-3),
        "prosody, less the speaker's mean": (less_speaker(prosody, heard.speaker), 1e-2),
        "both, less the speaker's mean": (less_speaker(together, heard.speaker), 1e-3),
    }
    rows = [[name, *figures(features, heard, penalty)] for name, (features, penalty) in kinds.items()]
    print(f"{len(voices)} utterances of {len(set(heard.speaker))} people")
    print(grid(["features", "new speakers", *CORPORA, "new corpus"], rows))


def chosen(voices: Sequence[Voice], each: int) -> list[Voice]:
    """At most so many utterances of each corpus, always the same."""
    rng = random.Random(0)
    asked = [v for v in voices if v.corpus in CORPORA and v.split != "test" and not v.natural]
    told = sorted((v for v in asked if not math.isnan(v.valence)), key=lambda v: v.corpus)
    by_corpus = [list(of) for _, of in groupby(told, key=lambda v: v.corpus)]
    return [voice for of in by_corpus for voice in rng.sample(of, min(each, len(of)))]


def shipped_features(voice: Voice, extractor: ProsodyVoiceExtractor) -> tuple[Floats, Floats]:
    """Mean, deviation, change and upper variance of the prosody, ``[192]``; mean of the layer, ``[384]``."""
    (heard,) = map(layer_apart, described(voice, 0, recorded(voice.sound), extractor))
    assert heard.layer is not None
    x = torch.from_numpy(heard.vectors)[None]
    return moments(x, torch.ones(x.shape[:2]))[0].numpy(), heard.layer.mean(0, dtype=np.float32)


@torch.inference_mode()
def layers_of(mel: Tensor, weights: Weights) -> list[Tensor]:
    """Log-mel frames ``[80, 2 T]`` to what goes into the first layer and comes out of each, ``[T, 384]``."""
    x = mel[None]
    for name, stride in (("conv1", 1), ("conv2", 2)):
        weight, bias = weights[f"{name}/weight"], weights[f"{name}/bias"]
        x = functional.gelu(functional.conv1d(x, weight, bias, stride=stride, padding=1))
    x = x[0].T
    layers = [x + weights["position_encodings/encodings"][: len(x)]]
    while f"layer_{len(layers) - 1}/ffn/linear_0/weight" in weights:
        layers.append(_layer(layers[-1], weights, f"layer_{len(layers) - 1}"))
    return layers


def normed(x: Tensor, weights: Weights, name: str) -> Tensor:
    """Layer normalisation by the weights of that name."""
    return functional.layer_norm(x, x.shape[-1:], weights[f"{name}/gamma"], weights[f"{name}/beta"])


def _layer(x: Tensor, weights: Weights, name: str) -> Tensor:
    def linear(of: Tensor, part: str) -> Tensor:
        return functional.linear(of, weights[f"{name}/{part}/weight"], weights[f"{name}/{part}/bias"])

    joined = linear(normed(x, weights, f"{name}/self_attention/layer_norm"), "self_attention/linear_0")
    queries, keys, values = (part.reshape(len(x), -1, _HEAD).transpose(0, 1) for part in joined.chunk(3, -1))
    mixed = functional.scaled_dot_product_attention(queries, keys, values).transpose(0, 1).flatten(1)
    x = x + linear(mixed, "self_attention/linear_1")
    inner = functional.gelu(linear(normed(x, weights, f"{name}/ffn/layer_norm"), "ffn/linear_0"))
    return x + linear(inner, "ffn/linear_1")


@cache
def _extractor() -> FeatureExtractor:
    return FeatureExtractor()


def spectrum(sound: Floats) -> Tensor:
    """Log-mel frames ``[80, 2 T]`` of a sound and the silence behind it."""
    whole = SAMPLE_RATE_HZ // FRAME_HZ
    silence = round(SILENCE_S * SAMPLE_RATE_HZ)
    padded = np.pad(sound, (0, silence + -len(sound) % whole))
    mel = torch.from_numpy(np.asarray(_extractor()(padded, padding=0), np.float32))
    return mel[:, : mel.shape[1] // 2 * 2]


def layer_features(voices: Sequence[Voice], weights: Weights, piece_s: float = LONGEST_S) -> Floats:
    """Mean and deviation of each layer over each utterance, ``[N, layers, 768]``.

    The encoder hears pieces of `piece_s` seconds, each by itself.
    """
    told = []
    for voice in voices:
        sound = recorded(voice.sound)[: round(LONGEST_S * SAMPLE_RATE_HZ)]
        pieces = [layers_within(piece, weights) for piece in cut(sound, round(piece_s * SAMPLE_RATE_HZ))]
        spoken = [torch.cat(layer) for layer in zip(*pieces, strict=True)]
        told.append(torch.stack([torch.cat([x.mean(0), x.std(0)]) for x in spoken]).numpy())
    return np.stack(told)


def layers_within(sound: Floats, weights: Weights) -> list[Tensor]:
    """The layers over a sound, without the silence behind it."""
    frames = math.ceil(len(sound) * FRAME_HZ / SAMPLE_RATE_HZ)
    return [layer[:frames] for layer in layers_of(spectrum(sound), weights)]


def cut(sound: Floats, samples: int) -> list[Floats]:
    """Pieces of so many samples; of what is left at the end none shorter than `SHORTEST_PIECE`."""
    starts = range(0, max(1, len(sound) - SHORTEST_PIECE), samples)
    return [sound[start : start + samples] for start in starts]


def less_speaker(features: Floats, speaker: Strings) -> Floats:
    """The features less their mean over all utterances of the speaker: what knowing somebody would give."""
    moved = features.copy()
    for who in set(speaker.tolist()):
        moved[speaker == who] -= features[speaker == who].mean(0)
    return moved


def figures(features: Floats, heard: Heard, penalty: float) -> Iterator[str]:
    """UAR of new speakers, mean and by corpus, and the mean of corpora that were never heard."""
    names = np.unique(heard.speaker)
    part = dict(zip(np.random.default_rng(0).permutation(names).tolist(), range(len(names)), strict=True))
    parts = np.array([part[who] % PARTS for who in heard.speaker.tolist()])
    new = answers(features, heard, penalty, [parts == number for number in range(PARTS)])
    corpora = [heard.corpus == name for name in CORPORA]
    apart = answers(features, heard, penalty, corpora)

    def by_corpus(said: NDArray[np.int64]) -> list[float]:
        return [unweighted_average_recall(heard.label[own], said[own]) for own in corpora]

    of_new = by_corpus(new)
    return (f"{value:.3f}" for value in (np.mean(of_new), *of_new, np.mean(by_corpus(apart))))


def answers(
    features: Floats, heard: Heard, penalty: float, apart: Sequence[NDArray[np.bool_]]
) -> NDArray[np.int64]:
    """The class ``[N]`` of every utterance by a regression that learned without the part that holds it.

    Each corpus counts by the square root of its size, each class alike.
    """
    said = np.zeros(len(heard.label), np.int64)
    for held in apart:
        scaled = np.clip(StandardScaler().fit(features[~held]).transform(features), -6, 6)
        _, of, size = np.unique(heard.corpus[~held], return_inverse=True, return_counts=True)
        fit = LogisticRegression(C=penalty, max_iter=300, class_weight="balanced")
        weight = 1 / np.sqrt(size[of])
        fit.fit(scaled[~held], heard.label[~held], weight / weight.mean())
        said[held] = fit.predict(scaled[held])
    return said


if __name__ == "__main__":
    main()
