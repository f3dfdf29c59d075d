"""A small task in which the score can be learned from each modality, and files in MMSA's layout."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fsrf_live.fsrf.common.modalities import MODALITIES, Modality
from fsrf_live.fsrf.data.utterances import SPLITS, Benchmark, Split, Utterances
from fsrf_live.fsrf.research.experiments.task import Task
from fsrf_live.fsrf.research.experiments.tasks import utterance_task

WIDTHS: dict[Modality, int] = {"text": 6, "audio": 5, "video": 4}
SLOTS = 4


def utterances(prefix: str, count: int, rng: np.random.Generator, high: float = 3.0) -> Utterances:
    """Each frame is the label along a direction of its modality, and noise."""
    labels = rng.uniform(-high, high, count).astype(np.float32)
    features = {}
    for m in MODALITIES:
        direction = np.ones(WIDTHS[m]) / high
        noise = rng.normal(size=(count, SLOTS, WIDTHS[m]))
        features[m] = (labels[:, None, None] * direction + 0.3 * noise).astype(np.float32)
    return Utterances(
        ids=tuple(f"{prefix}$_${i}" for i in range(count)),
        groups=(prefix,) * count,
        texts=("words",) * count,
        features=features,
        masks={m: np.ones((count, SLOTS), np.bool_) for m in MODALITIES},
        labels=labels,
    )


def small_corpus(high: float = 3.0, count: int = 48) -> Benchmark:
    """Train, valid and test."""
    rng = np.random.default_rng(3)
    splits: dict[Split, Utterances] = {name: utterances(name, count, rng, high) for name in SPLITS}
    return Benchmark("small", (-high, high), splits)


def small_task(epochs: int = 1, steps: int = 12) -> Task:
    """A task that trains in a second."""
    task = utterance_task(small_corpus(), "A small task.", ("Made by a test.",))
    recipe = replace(task.recipe, epochs=epochs, steps=steps, composed=16, learning_rate=2e-2)
    return replace(task, recipe=recipe, config=replace(task.config, width=16, dropout=0.0))


def write_mmsa(path: Path, high: float, count: int = 24) -> Path:
    """A pickle in MMSA's layout whose scores can be learned."""
    rng = np.random.default_rng(5)
    path.write_bytes(pickle.dumps({name: _raw(utterances(name, count, rng, high)) for name in SPLITS}))
    return path


def _raw(rows: Utterances) -> dict[str, Any]:
    count = len(rows)
    text = np.zeros((count, SLOTS + 2, WIDTHS["text"]), np.float32)
    text[:, 1:-1] = rows.features["text"]
    bert = np.zeros((count, 3, SLOTS + 2), np.float32)
    bert[:, 1] = 1
    return {
        "raw_text": list(rows.texts),
        "text": text,
        "text_bert": bert,
        "audio": rows.features["audio"],
        "vision": rows.features["video"],
        "audio_lengths": [SLOTS] * count,
        "vision_lengths": [SLOTS] * count,
        "regression_labels": rows.labels,
        "id": list(rows.ids),
    }
