"""The exported text encoder: ONNX Runtime and the tokenizers package, neither torch nor transformers."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.network.onnx_engine import open_session, run_session
from fsrf_live.engines.text.tokens import encode_clear, load_tokenizer
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.data.text_clean import clean_text

IDS = "token_ids"
VECTORS = "token_vectors"

RunText = Callable[[NDArray[np.int64]], Floats]
"""Token ids ``[L]`` of one text, with a special one at either end, to token vectors ``[L, D]``."""


class ExportedTextEncoder:
    """Equal to `engines.text.encoder.SentenceTransformersEncoder` within 1e-3; one thread owns one encoder.

    Each text runs by itself at its own length, without padding, so a short one costs little.
    """

    def __init__(self, run: RunText, width: int, length: int) -> None:
        """Encode by `run` to vectors of `width`, at most `length` tokens a text; raises EngineError."""
        self.width = width
        self.length = length
        self._run = run
        self._tokenizer = load_tokenizer(length)

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """Token vectors ``[B, length, width]`` and mask ``[B, length]``; an empty text is all masked out."""
        vectors = np.zeros((len(texts), self.length, self.width), np.float32)
        mask = np.zeros((len(texts), self.length), np.bool_)
        for row, text in enumerate(texts):
            ids = np.array(self._tokenizer.encode(clean_text(text)).ids, np.int64)
            if len(ids) > 2:
                vectors[row, : len(ids) - 2] = self._run(ids)[1:-1]
                mask[row, : len(ids) - 2] = True
        return vectors, mask

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """Token vectors ``[length, D]`` and mask ``[length]``; words that are not `clear` are masked out."""
        return encode_clear(self.encode, self._tokenizer, text, clear)


def onnx_text_encoder(model: bytes, width: int, length: int) -> ExportedTextEncoder:
    """The exported encoder on the CPU; raises EngineError if the model is not such an export."""
    session = open_session(model)
    inputs = [i.name for i in session.get_inputs()]
    outputs = [(o.name, o.shape[-1]) for o in session.get_outputs()]
    if inputs != [IDS] or outputs != [(VECTORS, width)]:
        raise EngineError("the ONNX model is not a text encoder of this checkpoint: run fsrf build again")
    return ExportedTextEncoder(lambda ids: run_session(session, [VECTORS], {IDS: ids})[0], width, length)
