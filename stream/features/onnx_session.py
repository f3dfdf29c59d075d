"""Opens the small ONNX models of feature extraction: on the CPU, one thread each, without warnings."""

from pathlib import Path
from typing import Any

from fsrf_live.engines.common.runtime import onnx_runtime

_WARNINGS_OFF = 3


def cpu_session(model: Path) -> Any:
    """An ONNX Runtime session of a model file."""
    onnxruntime = onnx_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _WARNINGS_OFF
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
