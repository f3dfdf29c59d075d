"""Runs multilingual-e5-small with a map (`engines.text.e5`), by its export or by anything else."""

from collections.abc import Callable

from fsrf_live.engines.network.onnx_engine import OnnxContent, run_session
from fsrf_live.engines.text.e5 import E5_TOKENIZER, E5_WEIGHTS, EMBEDDINGS, HIDDEN_E5, PREFIX, located_file
from fsrf_live.engines.text.onnx import VECTORS, ExportedTextEncoder, open_text_session
from fsrf_live.engines.text.packed import PackedModel
from fsrf_live.engines.text.tokens import Tokens
from fsrf_live.fsrf.common.aliases import Floats


def e5_encoder(run_embedded: Callable[[Floats], Floats], width: int, length: int) -> ExportedTextEncoder:
    """An encoder by what runs the words' own vectors ``[L, 384]`` to ``[L, width]``; raises SourceError."""
    packed = PackedModel(located_file(E5_WEIGHTS))
    tokens = Tokens(located_file(E5_TOKENIZER), length, HIDDEN_E5, PREFIX)
    return ExportedTextEncoder(lambda ids: run_embedded(packed.embed(ids)), tokens, width, length)


def onnx_e5_encoder(model: OnnxContent, width: int, length: int) -> ExportedTextEncoder:
    """The exported encoder on the CPU; raises EngineError if the model is not such an export, SourceError."""
    session = open_text_session(model, EMBEDDINGS, width)
    return e5_encoder(lambda words: run_session(session, [VECTORS], {EMBEDDINGS: words})[0], width, length)
