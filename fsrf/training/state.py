"""A training run on disk after each epoch: safetensors, written whole or not at all, no pickles."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.common.errors import CheckpointError
from fsrf_live.fsrf.training.trainer import Trainer

Tensors = dict[str, Tensor]


def save_state(path: Path, trainer: Trainer, best: Tensors, facts: dict[str, Any]) -> None:
    """Write everything that the next epoch needs: weights, averages, optimizer, the best so far, `facts`."""
    tensors: Tensors = {f"best.{k}": v for k, v in best.items()}
    for name, module in trainer.modules().items():
        tensors.update({f"{name}.{k}": v for k, v in module.state_dict().items()})
    for index, values in trainer.optimizer.state_dict()["state"].items():
        tensors.update({f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in values.items()})
    header = {"facts": json.dumps({**facts, "done": trainer.done})}
    write_atomically(path, save({k: v.detach().contiguous().clone() for k, v in tensors.items()}, header))


def load_state(path: Path, trainer: Trainer) -> tuple[Tensors, dict[str, Any]]:
    """Put a trainer where the file left off; returns the best weights so far and the facts.

    Raises CheckpointError where the file is damaged or belongs to a network of another shape.
    """
    try:
        with safe_open(path, "pt") as file:
            facts: dict[str, Any] = json.loads(file.metadata()["facts"])
            tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118
        for name, module in trainer.modules().items():
            module.load_state_dict(_under(tensors, name))
        state: dict[int, Tensors] = {}
        for key, value in _under(tensors, "optimizer").items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        groups = trainer.optimizer.state_dict()["param_groups"]
        trainer.optimizer.load_state_dict({"state": state, "param_groups": groups})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"cannot go on with the training kept in {path} ({reason}): delete it to start again"
        ) from error
    trainer.done = int(facts.pop("done"))
    return _under(tensors, "best"), facts


def _under(tensors: Tensors, name: str) -> Tensors:
    return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(f"{name}.")}
