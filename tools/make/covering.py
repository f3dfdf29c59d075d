"""Makes `stream/features/covering.onnx`: the network that says which parts of a face are hidden.

    python -m fsrf_live.tools.make.covering DATA

It learns from bare faces of real people, from the same with things drawn over them, and from real masks
(`tools.corpora.covered`). The same data and the same version of torch give the same file. At the end it says
what `stream/features/covering.py` must hold of the file. Figures: `python -m benchmarks.covering DATA`.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
import torch

from fsrf_live.engines.network.export import export_module
from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.network.covering import Covering
from fsrf_live.fsrf.training.covering import COVERING_RECIPE, train_covering
from fsrf_live.stream.features.covering import ALIGNED, COVERING_FILE, HIDDEN_SHARES, covering_model_file
from fsrf_live.stream.features.crop import CROP_SIDE
from fsrf_live.tools.corpora.covered import REAL_MASK, CoveredFaces, covered_faces, read_covered

_MASKS_WEIGH = 4.0
"""A real mask beside one thing that is drawn."""


def main() -> None:
    """Look at the pictures, train, write the file."""
    parser = argparse.ArgumentParser(description="Train the network for covered faces.")
    parser.add_argument("data", type=Path, help="folder with faces/manifest2.csv.gz and the corpora of it")
    options = parser.parse_args()
    photos = [photo for photo in read_covered(options.data) if photo.split == "train"]
    network = covering_of(covered_faces(photos))
    content = covering_model(network)
    write_atomically(covering_model_file(), content)
    digest = hashlib.sha256(content).hexdigest()
    print(f"{sum(one.numel() for one in network.parameters())} weights")
    print(f'COVERING_FILE = ModelFile("{COVERING_FILE.name}", {len(content):_}, "{digest}")')


def covering_of(faces: CoveredFaces) -> Covering:
    """The network for these faces."""
    recipe = COVERING_RECIPE
    print(f"{len(faces.kind)} looks")
    started = time.monotonic()

    def report(epoch: int, loss: float) -> None:
        passed = time.monotonic() - started
        print(f"epoch {epoch} of {recipe.epochs}: loss {loss:.3f}, {passed:.0f} s", flush=True)

    weights = np.where(faces.kind == REAL_MASK, _MASKS_WEIGH, 1.0).astype(np.float32)
    return train_covering(faces.crop, faces.hidden, weights, recipe, report)


def covering_model(network: Covering) -> bytes:
    """The network as an ONNX model for one face a call."""
    return export_module(network, [torch.zeros(1, CROP_SIDE, CROP_SIDE)], [ALIGNED], [HIDDEN_SHARES])


if __name__ == "__main__":
    main()
