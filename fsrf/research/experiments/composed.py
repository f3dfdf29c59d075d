"""The composed live set as a task small enough for many models: drawn once, sequences shortened.

Samples are those of `fsrf.data.compose`; voices and faces are averaged over `_STEP` slots, texts cut to
`_WORDS` tokens, and each frame is encoded by a frozen encoder that all models share. Only agreeing samples
are tested: their parts have one score, so every subset can be right. Validation and calibration samples are
drawn like the test, as split conformal intervals need exchangeable samples.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import ModelConfig
from fsrf_live.fsrf.common.missing import Masks
from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.compose import Batch, Composer
from fsrf_live.fsrf.data.packs import Packs
from fsrf_live.fsrf.research.experiments.frozen import CODE, FrozenEncoders
from fsrf_live.fsrf.research.experiments.frozen import RECIPE as FROZEN
from fsrf_live.fsrf.research.experiments.samples import shape_of
from fsrf_live.fsrf.research.experiments.task import Measure, Task
from fsrf_live.fsrf.research.experiments.tasks import BUDGET, ROWS

_WORDS, _STEP = 24, 10
SIZES: Mapping[str, int] = {"train": 5000, "validation": 500, "calibration": 1500, "test": 2000}
ALL_KINDS = frozenset({"train"})
"""Splits in which parts may also disagree."""
_SEEDS: Mapping[str, int] = {"train": 1, "validation": 2, "calibration": 3, "test": 4}
_COLUMNS: Mapping[str, str] = {"f1": "F1", "acc": "Acc-3", "uar": "UAR", "mae": "MAE", "pearson": "r"}
ABOUT = (
    "Composed live set: text, voice and face of one valence, drawn from different people of the corpora's "
    "own held-out parts; three classes."
)
_NOTES = (
    f"Samples are drawn once. Every frame is encoded, alone, to {CODE} numbers by frozen encoders that were "
    "trained on single modalities of the training split and that all models share; then voices and faces are "
    f"averaged over {_STEP} slots and texts cut to {_WORDS} tokens. Networks are small and trained briefly. "
    "The figures compare models; the checkpoint that ships is measured by `fsrf evaluate live`.",
    "Text vectors come from an encoder that was adapted to sentiment.",
)


def composed_task(packs: Packs, sizes: Mapping[str, int] = SIZES, recipe: Recipe = FROZEN) -> Task:
    """The task; `recipe` is that of the frozen encoders; raises DataError if the packs cannot be used."""
    encoders = FrozenEncoders(Composer(packs, ModelConfig(), "train"), ModelConfig(), recipe)
    splits = {name: _drawn(packs, name, size, encoders) for name, size in sizes.items()}
    config = ModelConfig(
        text=shape_of(splits["train"].features["text"]),
        audio=shape_of(splits["train"].features["audio"]),
        video=shape_of(splits["train"].features["video"]),
        width=32,
        heads=4,
        fusion_layers=1,
        dropout=0.1,
    )
    return Task(
        name="composed",
        about=ABOUT,
        config=config,
        recipe=replace(BUDGET, weight_decay=0.02, learning_rate=2e-3),
        train=splits["train"],
        valid=splits["validation"],
        calibration=splits["calibration"],
        test=splits["test"],
        measure=three_class_measure(config.neutral),
        columns=_COLUMNS,
        notes=_NOTES,
    )


def three_class_measure(neutral: float) -> Measure:
    """Figures of the likeliest of three classes, and errors of the score."""

    def measure(truth: Floats, score: Floats, probabilities: Floats) -> dict[str, float]:
        return {
            **metrics.class_figures(metrics.three_classes(truth, neutral), probabilities.argmax(-1)),
            "mae": metrics.mean_absolute_error(truth, score),
            "pearson": metrics.pearson(truth, score),
        }

    return measure


def _drawn(packs: Packs, split: str, size: int, encoders: FrozenEncoders) -> Batch:
    """Samples of one split, `ROWS` at a time, so that few long sequences are held at once."""
    composer, rng = Composer(packs, ModelConfig(), split), np.random.default_rng(_SEEDS[split])
    parts = [
        shortened(encoders(composer.composed(min(ROWS, size - start), rng, agreeing=split not in ALL_KINDS)))
        for start in range(0, size, ROWS)
    ]
    return Batch(
        {m: np.concatenate([p.features[m] for p in parts]) for m in MODALITIES},
        {m: np.concatenate([p.masks[m] for p in parts]) for m in MODALITIES},
        np.concatenate([p.scores for p in parts]),
        np.concatenate([p.agreeing for p in parts]),
    )


def shortened(batch: Batch) -> Batch:
    """The same samples in few slots, all of them in the same number."""
    whole = ModelConfig()
    features: dict[Modality, Floats] = {}
    masks: Masks = {}
    for m in MODALITIES:
        step = 1 if m == "text" else _STEP
        length = _WORDS if m == "text" else whole.modality(m).length // _STEP
        features[m], masks[m] = _averaged(batch.features[m], batch.masks[m], step, length)
    return Batch(features, masks, batch.scores, batch.agreeing)


def _averaged(
    values: Floats, mask: NDArray[np.bool_], step: int, length: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Means of `step` slots' real values, cut or padded to `length` slots."""
    rows, slots, width = values.shape
    wanted = length * step
    kept = min(slots, wanted)
    padded = np.zeros((rows, wanted, width), np.float32)
    real = np.zeros((rows, wanted), np.bool_)
    padded[:, :kept], real[:, :kept] = values[:, :kept], mask[:, :kept]
    grouped = (padded * real[..., None]).reshape(rows, length, step, width).sum(2)
    count = real.reshape(rows, length, step).sum(2)
    return (grouped / np.maximum(count, 1)[..., None]).astype(np.float32), count > 0
