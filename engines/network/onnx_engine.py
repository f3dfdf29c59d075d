"""ONNX Runtime on the CPU: the engine of machines without a GPU. Never imports torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.common.arrays import (
    INPUT_NAMES,
    OUTPUT_NAMES,
    Feed,
    input_shapes,
    run_in_batches,
    to_feed,
)
from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.reference import stored_prior
from fsrf_live.engines.common.runtime import onnx_runtime
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError

OnnxContent = bytes | Path
"""An ONNX model, or its file: of a large one ONNX Runtime would copy the bytes, which takes twice as long."""


def open_session(model: OnnxContent) -> Any:
    """A CPU session of a model; raises EngineError if ONNX Runtime refuses it.

    One thread, which sleeps between runs instead of spinning: a live stream waits most of its time, and the
    camera and the face mesh need the cores. Without an arena, memory is freed after each run and cannot grow.
    """
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # fatal: errors arrive as exceptions
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no other base
        reason = str(error).splitlines()[0]
        raise EngineError(
            f"ONNX Runtime refuses the model ({reason}): build it again with fsrf build"
        ) from error


def run_session(session: Any, outputs: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[Floats]:
    """One run; raises EngineError, with ONNX Runtime's reason, if it fails."""
    try:
        answers: list[Floats] = session.run(list(outputs), dict(feed))
    except Exception as error:  # as above
        raise EngineError(f"ONNX Runtime cannot run the model: {' '.join(str(error).split())}") from error
    return answers


class OnnxEngine:
    """One session of an exported network for `batch` windows a call; more are split, fewer are filled up."""

    name = "onnx"
    precision: Precision = "fp32"

    def __init__(self, model: bytes, checkpoint: Checkpoint, batch: int = 1) -> None:
        self.config: ModelConfig = checkpoint.config
        self.prior: Outputs = stored_prior(checkpoint)
        self.batch = batch
        self._session = open_session(model)
        self._check()

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; raises EngineError if the shapes are not the config's."""
        return run_in_batches(to_feed(self.config, inputs), self.batch, self._step)

    def _step(self, feed: Feed) -> list[Floats]:
        return run_session(self._session, OUTPUT_NAMES, feed)

    def _check(self) -> None:
        """Refuse a model that is not an export of this checkpoint's network."""
        types = {"tensor(float)": np.float32, "tensor(bool)": np.bool_}
        found = {i.name: (tuple(i.shape), types.get(i.type)) for i in self._session.get_inputs()}
        wanted = {
            name: (shape, np.bool_ if name.endswith("_mask") else np.float32)
            for name, shape in input_shapes(self.config, self.batch).items()
        }
        outputs = tuple(o.name for o in self._session.get_outputs())
        if found != wanted or outputs != OUTPUT_NAMES:
            raise EngineError(
                "the ONNX model is not an export of this checkpoint: "
                f"it takes {', '.join(found) or 'nothing'}, "
                f"not {', '.join(INPUT_NAMES)}; build it again with fsrf build"
            )
