"""Runs every model on a task with every seed, under the same stored masks."""

from collections.abc import Sequence
from pathlib import Path

from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.network.inference import load_model
from fsrf_live.fsrf.research.experiments.contenders import ABLATIONS, CONTENDERS, intervals_of
from fsrf_live.fsrf.research.experiments.fitting import Fitted, reading, validation_figure
from fsrf_live.fsrf.research.experiments.masks import stored_masks
from fsrf_live.fsrf.research.experiments.outcomes import Kept, Outcome, measure, stopwatch, task_digest
from fsrf_live.fsrf.research.experiments.task import Task


def compare(task: Task, models: Sequence[str], seeds: int, work: Path, say: Report) -> list[Outcome]:
    """Outcomes of models with seeds 0, 1, …; those kept under `work` are not run again."""
    folder = _folder(task, work)
    masks, kept = stored_masks(folder / "masks", task.test.masks), Kept(folder)
    outcomes = []
    for name, seed in runs(models, seeds):
        outcome = kept.find(name, seed)
        if outcome is None:
            started = stopwatch()
            fitted = {**CONTENDERS, **ABLATIONS}[name](task, seed)
            outcome = measure(task, masks, name, seed, fitted, stopwatch() - started)
            kept.keep(outcome)
        say(outcome_line(task, outcome))
        outcomes.append(outcome)
    return outcomes


def runs(models: Sequence[str], seeds: int) -> list[tuple[str, int]]:
    """Models and seeds in the order in which they are trained: seed by seed, ablations last."""
    groups = ([m for m in models if m not in ABLATIONS], [m for m in models if m in ABLATIONS])
    return [(name, seed) for group in groups for seed in range(seeds) for name in group]


def measure_checkpoint(task: Task, path: Path, work: Path) -> Outcome:
    """What a checkpoint that `fsrf train` made reaches; raises CheckpointError for one of another shape."""
    model = load_model(path)
    if model.config != task.config:
        raise CheckpointError(f"{path} was not trained on {task.name}: train it with fsrf train {task.name}")
    masks = stored_masks(_folder(task, work) / "masks", task.test.masks)
    read = reading(model)
    fitted = Fitted(read, validation_figure(read, task), 0, intervals_of(model))
    return measure(task, masks, path.stem, 0, fitted, 0.0)


def _folder(task: Task, work: Path) -> Path:
    return work / f"{task.name}-{task_digest(task)}"


def outcome_line(task: Task, outcome: Outcome) -> str:
    """One line about an outcome."""
    complete = outcome.subsets[task.subsets[-1]][task.headline]
    return (
        f"{task.name}: {outcome.model}, seed {outcome.seed}: {task.columns[task.headline]} {complete:.3f} "
        f"({outcome.seconds:.0f} s, best after epoch {outcome.epoch})"
    )
