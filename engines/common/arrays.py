"""The names, shapes and batches in which every engine passes windows and answers."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.answers import ANSWER_AXES, Answers
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES

Array = NDArray[np.float32] | NDArray[np.bool_]
Feed = dict[str, Array]

INPUT_NAMES: tuple[str, ...] = tuple(name for m in MODALITIES for name in (m, f"{m}_mask"))
OUTPUT_NAMES: tuple[str, ...] = Answers._fields


def input_shapes(config: ModelConfig, batch: int) -> dict[str, tuple[int, ...]]:
    """Static shapes of the inputs by name, in the order in which engines expect them."""
    shapes: dict[str, tuple[int, ...]] = {}
    for m in MODALITIES:
        part = config.modality(m)
        shapes[m] = (batch, part.length, part.width)
        shapes[f"{m}_mask"] = (batch, part.length)
    return shapes


def output_shapes(batch: int) -> dict[str, tuple[int, ...]]:
    """Static shapes of the outputs by name, in the order in which engines return them."""
    return {name: (batch, *axes) for name, axes in ANSWER_AXES._asdict().items()}


def to_feed(config: ModelConfig, inputs: Inputs) -> Feed:
    """Contiguous arrays by name; raises EngineError if a shape or dtype differs from the config."""
    feed: Feed = {}
    for m in MODALITIES:
        try:
            # Engines copy by address, so rows must lie one after another.
            feed[m] = np.ascontiguousarray(inputs.features[m])
            feed[f"{m}_mask"] = np.ascontiguousarray(inputs.masks[m])
        except KeyError as error:
            raise EngineError(f"the window lacks {m}: pass zeros and a mask without True for it") from error
    windows = len(feed[MODALITIES[0]])
    for name, shape in input_shapes(config, windows).items():
        dtype = np.bool_ if name.endswith("_mask") else np.float32
        if feed[name].shape != shape or feed[name].dtype != dtype:
            raise EngineError(
                f"input {name} is {feed[name].dtype} {feed[name].shape}, the checkpoint takes "
                f"{np.dtype(dtype)} {shape}: make the window by the checkpoint's config"
            )
    return feed


def run_in_batches(feed: Feed, batch: int, run: Callable[[Feed], Sequence[Floats]]) -> Outputs:
    """Run any number of windows by a step that takes exactly `batch`; the last one repeats to fill it up.

    Repeated, not zero: every row is then a real window, and the surplus answers are cut off.
    """
    windows = len(feed[INPUT_NAMES[0]])
    if windows == batch:
        return Answers(*run(feed))
    if windows == 0:
        return Answers(*(np.zeros(shape, np.float32) for shape in output_shapes(0).values()))
    parts = [run(_rows(feed, start, batch)) for start in range(0, windows, batch)]
    return Answers(*(np.concatenate(part)[:windows] for part in zip(*parts, strict=True)))


def run_in_parts(feed: Feed, most: int, run: Callable[[Feed], Sequence[Floats]]) -> Outputs:
    """Run any number of windows by a step that takes up to `most` of them."""
    windows = len(feed[INPUT_NAMES[0]])
    if windows == 0:
        return Answers(*(np.zeros(shape, np.float32) for shape in output_shapes(0).values()))
    starts = range(0, windows, most)
    parts = [run({name: values[at : at + most] for name, values in feed.items()}) for at in starts]
    return Answers(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _rows(feed: Feed, start: int, batch: int) -> Feed:
    last = len(feed[INPUT_NAMES[0]]) - 1
    rows = np.minimum(np.arange(start, start + batch), last)
    return {name: values[rows] for name, values in feed.items()}
