"""Exports the network to ONNX: static shapes, masks as inputs, named arrays, one self-contained file."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from fsrf_live.engines.common.arrays import INPUT_NAMES, OUTPUT_NAMES, input_shapes
from fsrf_live.engines.common.contract import ModelConfig
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.inference import load_model
from fsrf_live.fsrf.network.model import FSRF

OPSET = 20
"""The first with a Gelu operator, the last in which attention is exported as plain operations."""


class Flat(nn.Module):
    """The network with its inputs as one flat list, in the order of `INPUT_NAMES`."""

    def __init__(self, model: FSRF) -> None:
        super().__init__()
        self.model = model

    def forward(self, *arrays: Tensor) -> tuple[Tensor, ...]:
        """Features and masks, alternating, to the answers."""
        features = dict(zip(MODALITIES, arrays[0::2], strict=True))
        masks = dict(zip(MODALITIES, arrays[1::2], strict=True))
        return tuple(self.model(features, masks))


def export_onnx(path: Path, batch: int = 1) -> bytes:
    """A checkpoint's network as a checked ONNX model for exactly `batch` windows a call.

    Raises CheckpointError if the file is unusable, EngineError if the exporter refuses the network.
    """
    model = load_model(path)
    example = _example(model.config, batch)
    return export_module(Flat(model).eval(), example, list(INPUT_NAMES), list(OUTPUT_NAMES))


def export_for_any(path: Path, most: int) -> bytes:
    """As `export_onnx`, for one to `most` windows a call."""
    model = load_model(path)
    example = _example(model.config, 2)  # of one window the exporter would take the number for a constant
    windows = torch.export.Dim("windows", min=1, max=most)
    axes = (tuple({0: windows} for _ in example),)
    exported = export_module(Flat(model).eval(), example, list(INPUT_NAMES), list(OUTPUT_NAMES), axes)
    # If a constraint does not hold, the exporter falls back to the example's own shapes and says nothing.
    fixed = [t.name for t in _tensors(exported) if not t.type.tensor_type.shape.dim[0].dim_param]
    if fixed:
        raise EngineError(
            f"the network cannot be exported for any number of windows: {fixed[0]} has a fixed one"
        )
    return exported


def export_module(
    module: nn.Module,
    example: list[Tensor],
    inputs: list[str],
    outputs: list[str],
    dynamic: Any = None,
) -> bytes:
    """Any module as a checked, self-contained ONNX model; raises EngineError with the exporter's reason."""
    try:
        with quiet(), torch.inference_mode():
            program = torch.onnx.export(
                module,
                tuple(example),
                input_names=inputs,
                output_names=outputs,
                opset_version=OPSET,
                dynamic_shapes=dynamic,
                dynamo=True,
                verbose=False,
            )
        assert program is not None
        exported = program.model_proto
        onnx.checker.check_model(exported, full_check=True)
    except (torch.onnx.errors.OnnxExporterError, onnx.checker.ValidationError, RuntimeError) as error:
        raise EngineError(f"the network cannot be exported to ONNX: {str(error).splitlines()[0]}") from error
    content: bytes = exported.SerializeToString()
    return content


def _example(config: ModelConfig, windows: int) -> list[Tensor]:
    """Inputs of the right shapes."""
    return [
        torch.ones(shape, dtype=torch.bool) if name.endswith("_mask") else torch.zeros(shape)
        for name, shape in input_shapes(config, windows).items()
    ]


def _tensors(model: bytes) -> list[onnx.ValueInfoProto]:
    """Inputs and outputs of a model."""
    graph = onnx.load_from_string(model).graph
    return [*graph.input, *graph.output]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the exporter's log messages off the user's terminal."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
