"""The exported text encoder: ONNX Runtime and the tokenizers package, neither torch nor transformers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fsrf_live.engines.network.onnx_engine import OnnxContent, open_session, run_session
from fsrf_live.engines.text.tokens import Ids, Tokens, encode_clear, load_tokens
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.errors import EngineError

IDS = "token_ids"
VECTORS = "token_vectors"

RunText = Callable[[Ids], Floats]
"""Token ids of one text, special ones too, to token vectors ``[L, D]``."""


class ExportedTextEncoder:
    """Equal to the reference of its kind within a bound (`engines.text.select`); one thread owns one encoder.

    Each text runs by itself at its own length, without padding, so a short one costs little.
    """

    def __init__(self, run: RunText, tokens: Tokens, width: int, length: int) -> None:
        """Encode by `run` to vectors of `width`, at most `length` tokens a text."""
        self.width = width
        self.length = length
        self._run = run
        self._tokens = tokens

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """Token vectors ``[B, length, width]`` and mask ``[B, length]``; an empty text is all masked out."""
        return self._encode_ids([self._tokens.ids(text) for text in texts])

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """Token vectors ``[length, D]`` and mask ``[length]``; words that are not `clear` are masked out."""
        return encode_clear(self._encode_ids, self._tokens, text, clear)

    def newest(self, text: str) -> str:
        """The last words of a text, as many as are encoded whole."""
        return self._tokens.newest(text)

    def _encode_ids(self, ids: Sequence[Ids]) -> tuple[Floats, Mask]:
        vectors = np.zeros((len(ids), self.length, self.width), np.float32)
        mask = np.zeros((len(ids), self.length), np.bool_)
        for row, text in enumerate(ids):
            own = len(text) - self._tokens.before - 1
            if own > 0:
                vectors[row, :own] = self._run(text)[self._tokens.before : -1]
                mask[row, :own] = True
        return vectors, mask


def onnx_text_encoder(model: OnnxContent, width: int, length: int) -> ExportedTextEncoder:
    """The exported encoder on the CPU; raises EngineError if the model is not such an export."""
    session = open_text_session(model, IDS, width)
    return ExportedTextEncoder(
        lambda ids: run_session(session, [VECTORS], {IDS: ids})[0], load_tokens(length), width, length
    )


def open_text_session(model: OnnxContent, takes: str, width: int) -> Any:
    """A session of an export that takes one input and gives vectors of `width`; raises EngineError."""
    session = open_session(model)
    inputs = [i.name for i in session.get_inputs()]
    outputs = [(o.name, o.shape[-1]) for o in session.get_outputs()]
    if inputs != [takes] or outputs != [(VECTORS, width)]:
        raise EngineError("the ONNX model is not a text encoder of this checkpoint: run fsrf build again")
    return session
