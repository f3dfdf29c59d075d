"""Tasks out of corpora: CMU-MOSI on two splits, and any corpus in MMSA's layout."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from fsrf_live.fsrf.common import metrics
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.config import SCORE_HIGH, ModelConfig
from fsrf_live.fsrf.common.recipe import Recipe
from fsrf_live.fsrf.data.utterances import Benchmark
from fsrf_live.fsrf.research.experiments.samples import of_utterances, shape_of
from fsrf_live.fsrf.research.experiments.task import Measure, Task

MOSI_COLUMNS: Mapping[str, str] = {
    "f1": "F1",
    "acc2": "Acc-2",
    "f1_nonneg": "F1 (neg./non-neg.)",
    "acc2_nonneg": "Acc-2 (neg./non-neg.)",
    "acc7": "Acc-7",
    "mae": "MAE",
    "pearson": "r",
}
SIMS_COLUMNS: Mapping[str, str] = {
    "f1": "F1",
    "acc2": "Acc-2",
    "acc3": "Acc-3",
    "acc5": "Acc-5",
    "mae": "MAE",
    "pearson": "r",
}
INTERVALS_NOTE = "Intervals are fitted on validation, which also chose the epoch."
ROWS = 48
LEAST_STEPS, MOST_STEPS = 25, 200

BUDGET = Recipe(
    epochs=6,
    steps=LEAST_STEPS,
    composed=ROWS,
    solo=0,
    learning_rate=1e-3,
    weight_decay=0.1,
    average=0.98,
)


def utterance_task(corpus: Benchmark, about: str, notes: tuple[str, ...] = ()) -> Task:
    """The task of a corpus of utterances; labels in [-1, 1] are learned on the scale of scores."""
    high = corpus.label_range[1]
    scale = SCORE_HIGH / high
    train, valid, test = (of_utterances(corpus.splits[name], scale) for name in ("train", "valid", "test"))
    config = ModelConfig(
        text=shape_of(train.features["text"]),
        audio=shape_of(train.features["audio"]),
        video=shape_of(train.features["video"]),
        width=32,
        heads=4,
        fusion_layers=1,
        dropout=0.3,
        neutral=0.1 * scale if high < SCORE_HIGH else 0.5,
    )
    steps = int(np.clip(len(train.scores) // ROWS, LEAST_STEPS, MOST_STEPS))
    return Task(
        name=corpus.name,
        about=about,
        config=config,
        recipe=replace(BUDGET, steps=steps),
        train=train,
        valid=valid,
        calibration=valid,
        test=test,
        measure=_sims(scale) if high < SCORE_HIGH else _mosi,
        columns=SIMS_COLUMNS if high < SCORE_HIGH else MOSI_COLUMNS,
        absent=tuple(sorted(corpus.absent)),
        notes=(*notes, INTERVALS_NOTE),
    )


def _mosi(truth: Floats, score: Floats, probabilities: Floats) -> dict[str, float]:
    return metrics.mosi_figures(truth, score)


def _sims(scale: float) -> Measure:
    def measure(truth: Floats, score: Floats, probabilities: Floats) -> dict[str, float]:
        return metrics.sims_figures(truth / scale, score / scale)

    return measure
