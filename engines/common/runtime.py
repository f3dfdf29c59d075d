"""ONNX Runtime, which sends nothing: for all that runs a network by it."""

import os
from typing import Any

NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
"""Read as the library is loaded. Without it the official wheels (1.31) keep an id in the user's cache, and
send events to their maker by a thread of their own."""


def onnx_runtime() -> Any:
    """The module; whoever sets the variable otherwise before decides."""
    for name, value in NO_TELEMETRY.items():
        os.environ.setdefault(name, value)
    import onnxruntime

    return onnxruntime
