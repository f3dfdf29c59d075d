"""Makes `stream/features/appearance.onnx`: the network for the appearance of a face beyond its geometry.

    python -m fsrf_live.tools.make.appearance DATA [--workers N]

It is trained on the training faces of FER2013, all seven expressions, cut out along the mesh. The
same data and the same version of torch give the same file. Run it again only together with
everything that was trained on it.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fsrf_live.engines.network.export import export_module
from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.network.appearance import Appearance
from fsrf_live.fsrf.training.appearance import AppearanceRecipe, train_appearance
from fsrf_live.stream.features import appearance, crop
from fsrf_live.tools.corpora.faces import FACES_PACK, cut_out, read_faces

_AT_ONCE = 500


def main() -> None:
    """Cut the faces out, train, measure on the validation faces, write the file."""
    parser = argparse.ArgumentParser(description="Train the appearance network on the training faces.")
    parser.add_argument("data", type=Path, help=f"folder with {FACES_PACK}")
    parser.add_argument("--workers", type=int, default=2, help="processes that look for faces")
    options = parser.parse_args()
    faces = read_faces(options.data)
    crops, found = cut_out(faces, options.workers)
    names, labels = np.unique(faces.emotion, return_inverse=True)
    train = found & (faces.split == "train")
    print(f"{train.sum()} training faces, {len(names)} expressions")
    recipe = AppearanceRecipe()
    started = time.monotonic()

    def report(epoch: int, loss: float) -> None:
        passed = time.monotonic() - started
        print(f"epoch {epoch} of {recipe.epochs}: loss {loss:.3f}, {passed:.0f} s", flush=True)

    network = train_appearance(crops[train], labels[train].astype(np.int64), recipe, report)
    for split in ("train", "validation"):
        rows = found & (faces.split == split)
        share = right(network, crops, labels, train, rows)
        print(f"{split}: {share:.3f} of {rows.sum()} faces nearest to their own expression's mean")
    write_atomically(appearance.appearance_model_file(), exported(network))


def right(
    network: Appearance,
    crops: NDArray[np.uint8],
    labels: NDArray[np.intp],
    train: NDArray[np.bool_],
    rows: NDArray[np.bool_],
) -> float:
    """The share of faces whose vector is nearest to the mean of the training faces of their expression."""
    means = np.stack(
        [vectors(network, crops[train & (labels == n)]).mean(0) for n in range(labels.max() + 1)]
    )
    away = np.square(vectors(network, crops[rows])[:, None] - means).sum(-1)
    return float((away.argmin(1) == labels[rows]).mean())


@torch.inference_mode()
def vectors(network: Appearance, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Vectors ``[N, 32]`` of faces ``[N, 48, 48]``."""
    starts = range(0, len(crops), _AT_ONCE)
    return np.concatenate([network(torch.from_numpy(crops[n : n + _AT_ONCE]).float()) for n in starts])


def exported(network: Appearance) -> bytes:
    """The network as an ONNX model for one face a call."""
    example = torch.zeros(1, crop.CROP_SIDE, crop.CROP_SIDE)
    return export_module(network, [example], [appearance.FACE], [appearance.VECTOR])


if __name__ == "__main__":
    main()
