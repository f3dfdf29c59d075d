"""Windows to engine inputs: items go into slots of the config's rate, with masks. Pure numpy."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from fsrf_live.engines.common.contract import Inputs, ModelConfig
from fsrf_live.fsrf.common.aliases import Floats, Mask
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import Modality
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.windows.window import Window

Stamped = tuple[int, Floats]


def assemble(windows: Sequence[Window], text: tuple[Floats, Mask], config: ModelConfig) -> Inputs:
    """Inputs of B windows; `text` is what the text encoder made of their words, ``[B, T, D]`` and ``[B, T]``.

    Raises EngineError if the features are not those that the checkpoint was trained on.
    """
    features: dict[Modality, Floats] = {"text": text[0]}
    masks: dict[Modality, Mask] = {"text": text[1]}
    timed: dict[Modality, Callable[[Window], list[Stamped]]] = {"audio": _voices, "video": _faces}
    for modality, items_of in timed.items():
        filled = [slots(items_of(w), w.start_ns, w.end_ns, config, modality) for w in windows]
        features[modality] = np.stack([vectors for vectors, _ in filled])
        masks[modality] = np.stack([mask for _, mask in filled])
    return Inputs(features, masks)


def _voices(window: Window) -> list[Stamped]:
    return [(voice.time_ns, voice.vector) for voice in window.voices if not voice.silent]


def _faces(window: Window) -> list[Stamped]:
    return [(face.time_ns, face.vector) for face in window.faces if face.vector is not None]


def slots(
    items: Sequence[Stamped], start_ns: int, end_ns: int, config: ModelConfig, modality: Modality
) -> tuple[Floats, Mask]:
    """Features ``[T, D]`` and mask ``[T]`` of one window; if two items share a slot the later one stays.

    Slots count from the start of the window; of a window with more time than slots, the newest part is kept.
    """
    shape = config.modality(modality)
    features = np.zeros((shape.length, shape.width), np.float32)
    mask = np.zeros(shape.length, np.bool_)
    if not items:
        return features, mask
    step_ns = round(NS / shape.rate_hz)
    origin_ns = max(start_ns, end_ns - shape.length * step_ns)
    vectors = [vector for time_ns, vector in items if time_ns >= origin_ns]
    times_ns = np.array([time_ns for time_ns, _ in items if time_ns >= origin_ns], np.int64)
    if not vectors:
        return features, mask
    if vectors[0].shape != (shape.width,):
        raise EngineError(
            f"{modality} features of shape {vectors[0].shape} do not fit the checkpoint, which wants "
            f"({shape.width},): use the checkpoint that ships with this version"
        )
    at = _slots_of(times_ns - origin_ns, step_ns)
    fits = at < shape.length
    features[at[fits]] = np.stack(vectors)[fits]
    mask[at[fits]] = True
    return features, mask


def _slots_of(offsets_ns: NDArray[np.int64], step_ns: int) -> NDArray[np.int64]:
    """Slot of each item: counted from the first one's, so that steady items never share or skip a slot."""
    steps = (offsets_ns - offsets_ns[0] + step_ns // 2) // step_ns
    return np.asarray(offsets_ns[0] // step_ns + steps, np.int64)
