"""What every engine takes and returns; the only part of engines that the live path depends on.

Shapes are static: B windows, T and D of the checkpoint's config, masks as inputs. Each modality is encoded
once; recovery and fusion then run for all seven availability subsets S (`fsrf.common.modalities.SUBSETS`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS, Modality, subset_index
from fsrf_live.fsrf.common.shapley import shapley

__all__ = [
    "COMPLETE",
    "MODALITIES",
    "SUBSETS",
    "Engine",
    "Inputs",
    "Modality",
    "ModelConfig",
    "Outputs",
    "TextEncoder",
    "shapley",
    "subset_index",
]


@dataclass(frozen=True, slots=True)
class Inputs:
    """B windows: per modality features ``[B, T, D] float32`` and mask ``[B, T] bool`` (True where real)."""

    features: Mapping[Modality, Floats]
    masks: Mapping[Modality, Mask]


Outputs = Answers[Floats]


class Engine(Protocol):
    """A trained FSRF ready to run. Engines are not thread-safe: one thread owns one engine."""

    @property
    def name(self) -> str:
        """That of the option: ``torch``, ``onnx``, ``tensorrt`` or ``triton``."""

    @property
    def config(self) -> ModelConfig:
        """The checkpoint's shapes."""

    @property
    def prior(self) -> Outputs:
        """The answer without any evidence, with B = 1; every one of the seven entries is the same."""

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; raises EngineError if the shapes are not the config's."""


class TextEncoder(Protocol):
    """Token vectors of a text, by the sentence encoder that the checkpoint names, with its adapter."""

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """Token vectors ``[B, T, D]`` and mask ``[B, T]``.

        Special tokens are masked out, longer texts are cut to T tokens, an empty text is all masked out.
        """

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """Token vectors ``[T, D]`` and mask ``[T]`` of a text of whose words only some are `clear`.

        Those of ``text.split()`` that are not are masked out, and speak for the others by half.
        """

    def newest(self, text: str) -> str:
        """The last words of a text, as many as have at most T tokens together: all, if they fit.

        Of a last word that has more by itself they are its last letters.
        """
