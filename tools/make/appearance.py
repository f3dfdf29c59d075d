"""Makes `stream/features/appearance.onnx`: the network for the appearance of a face beyond its geometry.

    python -m fsrf_live.tools.make.appearance DATA [--workers N]

The network that is there, which learned from all training faces of FER2013, goes on learning: on a quarter of
them and on real people (`tools.corpora.people`), all seven expressions, cut out along the mesh. The same
network, the same data and the same version of torch give the same file. Run it again only together with
everything that was trained on it.
"""

import argparse
import time
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from numpy.typing import NDArray

from fsrf_live.engines.network.export import export_module
from fsrf_live.fsrf.common.checkpoint import write_atomically
from fsrf_live.fsrf.network.appearance import Appearance
from fsrf_live.fsrf.training.appearance import APPEARANCE_RECIPE, train_appearance, unfused
from fsrf_live.stream.features import appearance, crop
from fsrf_live.tools.corpora.faces import FACES_PACK, FER, Faces, Looks, looked, read_faces, weights

_AT_ONCE = 500
_ENOUGH = 2000
_PARTS = 4
"""Of FER2013; what it teaches is known already, and is only kept alive."""


def main() -> None:
    """Cut the faces out, train, measure on the validation faces, write the file."""
    parser = argparse.ArgumentParser(description="Train the appearance network on the training faces.")
    parser.add_argument("data", type=Path, help=f"folder with {FACES_PACK}")
    parser.add_argument("--workers", type=int, default=2, help="processes that look for faces")
    options = parser.parse_args()
    faces = fewer(read_faces(options.data))
    network = trained(faces, looked(faces, options.workers))
    write_atomically(appearance.appearance_model_file(), exported(network))


def fewer(faces: Faces) -> Faces:
    """A quarter of FER2013, by a hash of the picture, each of so much more weight; and all others."""
    quarter = np.array([zlib.crc32(image.tobytes()) % _PARTS == 0 for image in faces.image])
    fer = faces.corpus == FER
    rows = np.flatnonzero(~fer | (quarter & (faces.split != "test")))
    return Faces(
        [faces.image[int(row)] for row in rows],
        faces.emotion[rows],
        faces.split[rows],
        faces.corpus[rows],
        faces.person[rows],
        faces.score[rows],
        np.where(fer, _PARTS * faces.weight, faces.weight)[rows].astype(np.float32),
        faces.weak[rows],
    )


def trained(faces: Faces, looks: Looks) -> Appearance:
    """The network for these faces; prints how well it does for each corpus."""
    weight, split = weights(faces, looks), faces.split[looks.row]
    names, labels = np.unique(faces.emotion[looks.row], return_inverse=True)
    train = (weight > 0) & (split == "train")
    print(f"{train.sum()} training faces, {len(names)} expressions")
    recipe = APPEARANCE_RECIPE
    started = time.monotonic()

    def report(epoch: int, loss: float) -> None:
        passed = time.monotonic() - started
        print(f"epoch {epoch} of {recipe.epochs}: loss {loss:.3f}, {passed:.0f} s", flush=True)

    network = train_appearance(
        present(looks.crop[train], recipe.seed),
        looks.crop[train],
        labels[train].astype(np.int64),
        weight[train],
        recipe,
        report,
    )
    vector = vectors(network, looks.crop[weight > 0])
    shown, part, corpus = labels[weight > 0], split[weight > 0], faces.corpus[looks.row][weight > 0]
    nearest = nearest_class(vector, shown, part == "train")
    for name in ("train", "validation"):
        for of in np.unique(corpus).tolist():
            rows = (part == name) & (corpus == of)
            if rows.any():
                share = (nearest == shown)[rows].mean()
                print(f"{name}, {of}: {share:.3f} of {rows.sum()} nearest to their own expression's mean")
    return network


def present(crops: NDArray[np.uint8], seed: int) -> Appearance:
    """The network that is there, with the statistics of some of these faces ``[N, 48, 48]``."""
    stored = onnx.load(str(appearance.appearance_model_file())).graph.initializer
    some = np.random.default_rng(seed).choice(len(crops), min(len(crops), _ENOUGH), replace=False)
    return unfused({one.name: onnx.numpy_helper.to_array(one) for one in stored}, crops[np.sort(some)])


def nearest_class(
    vector: NDArray[np.float32], labels: NDArray[np.intp], train: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The class ``[N]`` whose training faces' mean is nearest to each vector ``[N, D]``."""
    means = np.stack([vector[train & (labels == n)].mean(0) for n in range(labels.max() + 1)])
    return np.asarray(np.square(vector[:, None] - means).sum(-1).argmin(1), np.intp)


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
