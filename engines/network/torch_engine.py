"""The reference engine: the network as it was trained, run eagerly by torch on the CPU."""

from pathlib import Path

import torch

from fsrf_live.engines.common.arrays import to_feed
from fsrf_live.engines.common.contract import Inputs, ModelConfig, Outputs
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.common.reference import stored_prior
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.fsrf.network.inference import load_model


class TorchEngine:
    """Runs any number of windows in one call."""

    name = "torch"
    precision: Precision = "fp32"

    def __init__(self, path: Path, checkpoint: Checkpoint) -> None:
        self.config: ModelConfig = checkpoint.config
        self.prior: Outputs = stored_prior(checkpoint)
        self._model = load_model(path)

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; raises EngineError if the shapes are not the config's."""
        feed = {name: torch.from_numpy(array) for name, array in to_feed(self.config, inputs).items()}
        with torch.inference_mode():
            answers = self._model(
                {m: feed[m] for m in MODALITIES}, {m: feed[f"{m}_mask"] for m in MODALITIES}
            )
        return Answers(*(answer.numpy() for answer in answers))
