"""What one model with one seed reached on a task, kept so that an interrupted comparison can go on."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsrf_live.fsrf.common.aliases import Figures
from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.common.errors import DataError
from fsrf_live.fsrf.common.metrics import ReliabilityRow, interval_figures, reliability_rows, three_classes
from fsrf_live.fsrf.common.missing import Masks
from fsrf_live.fsrf.common.modalities import COMPLETE, MODALITIES, SUBSETS
from fsrf_live.fsrf.data.compose import Batch
from fsrf_live.fsrf.research.experiments.fitting import Fitted, subset_figures
from fsrf_live.fsrf.research.experiments.task import Task

PROTOCOL = 2
"""Raise it when stored outcomes are no longer comparable with new ones."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures of all seven subsets, of the complete one under each stored mask, and how it was trained.

    `intervals` are coverage and mean width by subset, `reliability` rows of the complete subset; both only
    if the model has intervals.
    """

    model: str
    seed: int
    seconds: float
    epoch: int
    validation: float
    subsets: tuple[Figures, ...]
    conditions: Mapping[str, Figures]
    intervals: tuple[Figures, ...] = ()
    reliability: tuple[ReliabilityRow, ...] = ()


def measure(
    task: Task, masks: Mapping[str, Masks], model: str, seed: int, fitted: Fitted, seconds: float
) -> Outcome:
    """Everything that is known of a fitted model on the test split."""
    complete = task.subsets[-1]
    conditions = {
        name: subset_figures(fitted.read, task.test, stored, task)[complete] for name, stored in masks.items()
    }
    return Outcome(
        model=model,
        seed=seed,
        seconds=round(seconds, 1),
        epoch=fitted.epoch,
        validation=round(fitted.validation, 4),
        subsets=tuple(subset_figures(fitted.read, task.test, None, task)),
        conditions=conditions,
        intervals=_intervals(fitted, task.test),
        reliability=_reliability(fitted, task),
    )


def _intervals(fitted: Fitted, test: Batch) -> tuple[Figures, ...]:
    if fitted.intervals is None:
        return ()
    found, truth = fitted.intervals(test), test.scores[:, COMPLETE]
    return tuple(interval_figures(truth, found[:, s, 0], found[:, s, 1]) for s in range(len(SUBSETS)))


def _reliability(fitted: Fitted, task: Task) -> tuple[ReliabilityRow, ...]:
    if fitted.intervals is None:
        return ()
    truth = three_classes(task.test.scores[:, COMPLETE], task.config.neutral)
    return reliability_rows(truth, fitted.read(task.test)[1][:, task.subsets[-1]])


class Kept:
    """Outcomes of a task in a folder, one file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, model: str, seed: int) -> Outcome | None:
        """The stored outcome of a model and a seed; raises DataError if it cannot be read."""
        path = self._path(model, seed)
        try:
            return from_dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is not an outcome of a comparison ({error}): delete it") from error

    def keep(self, outcome: Outcome) -> None:
        """Write it, whole or not at all."""
        text = json.dumps(asdict(outcome), indent=1) + "\n"
        write_atomically(self._path(outcome.model, outcome.seed), text.encode())

    def _path(self, model: str, seed: int) -> Path:
        name = "".join(c if c.isalnum() else "-" for c in model)
        return self._folder / f"{name}-{seed}.json"


def from_dict(values: Mapping[str, Any]) -> Outcome:
    """Inverse of `dataclasses.asdict`; raises KeyError or TypeError."""
    rows = {"subsets": tuple(values["subsets"]), "intervals": tuple(values["intervals"])}
    reliability = tuple((float(a), float(b), float(c)) for a, b, c in values["reliability"])
    return Outcome(**{**values, **rows, "reliability": reliability})


def task_digest(task: Task) -> str:
    """Twelve hexadecimal digits that identify the task's data, shape and budget."""
    digest = hashlib.sha256(f"{PROTOCOL} {task.config.to_dict()} {asdict(task.recipe)}".encode())
    for batch in (task.train, task.valid, task.calibration, task.test):
        digest.update(np.ascontiguousarray(batch.scores).tobytes())
        for m in MODALITIES:
            digest.update(np.ascontiguousarray(batch.features[m].sum((1, 2), dtype=np.float64)).tobytes())
            digest.update(np.packbits(batch.masks[m]).tobytes())
    return digest.hexdigest()[:12]


def stopwatch() -> float:
    """Seconds of processor time of this process: what a run costs also on a busy machine."""
    return time.process_time()
