"""Makes `stream/features/canonical.npz`: the average neutral face that all faces are aligned to.

    python -m fsrf_live.tools.make.canonical_face DATA

A generalised Procrustes mean (Gower 1975) of neutral training faces, made symmetric, and the mean and
deviation of the expression's measures over them. Run it again only together with
everything that was trained on it.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fsrf_live.fsrf.common.aliases import Doubles
from fsrf_live.stream.features import expression, geometry
from fsrf_live.stream.features.face import FaceFinder
from fsrf_live.tools.corpora.faces import coloured, read_fer

_ROUNDS = 8
_FACES = 2500
_STABLE = (
    6,
    10,
    21,
    33,
    54,
    67,
    103,
    109,
    127,
    133,
    168,
    195,
    197,
    234,
    251,
    263,
    284,
    297,
    332,
    338,
    356,
    362,
    454,
)
_MIDLINE = (1, 4, 5, 6, 10, 152, 168, 195, 197)
_RIGHT_EYE, _LEFT_EYE, _TOP, _CHIN = 33, 263, 10, 152
_MIRROR = np.array([-1.0, 1.0, 1.0])


def main() -> None:
    """Read the faces, make the mean, write the file."""
    parser = argparse.ArgumentParser(description="Make the canonical face from neutral training faces.")
    parser.add_argument("data", type=Path, help="folder with faces/fer2013.npz")
    faces = neutral_faces(parser.parse_args().data)
    write_canonical(mean_shape(faces), np.zeros(expression.MEASURES), np.ones(expression.MEASURES))
    values = expression.measures(np.stack([geometry.face_vector(face) for face in faces]))
    write_canonical(geometry.canonical().shape, values.mean(axis=0), values.std(axis=0))


def write_canonical(shape: Doubles, measures_mean: Doubles, measures_deviation: Doubles) -> None:
    """Write the file, and drop the cached canonical face.

    Which landmarks are its contour stays as it is: those by which MediaPipe draws a face, in their order.
    """
    contour = geometry.canonical().contour
    np.savez(
        Path(geometry.__file__).with_name("canonical.npz"),
        shape=shape.astype(np.float32),
        contour=contour.astype(np.int16),
        stable=np.array(_STABLE, np.int16),
        measures_mean=measures_mean.astype(np.float32),
        measures_deviation=measures_deviation.astype(np.float32),
    )
    geometry.canonical.cache_clear()


def neutral_faces(data: Path) -> Doubles:
    """Landmarks ``[N, 478, 3]`` of neutral training faces, from the second of two passes."""
    faces = read_fer(data)
    wanted = np.flatnonzero((faces.emotion == "neutral") & (faces.split == "train"))[:_FACES]
    finder = FaceFinder()
    looks = [finder.looks(coloured(faces.image[row])) for row in wanted]
    finder.close()
    return np.stack([look[-1].landmarks for look in looks if look])


def mean_shape(faces: Doubles) -> Doubles:
    """The symmetric Procrustes mean ``[478, 3]`` of faces ``[N, 478, 3]``, seen from the front."""
    stable = np.array(_STABLE)
    mean = frontal(faces[0])
    for _ in range(_ROUNDS):
        aligned = np.stack([geometry.align(face, mean, stable) for face in faces])
        mean = frontal(aligned.mean(axis=0))
        twin = twins(mean)
        mean = (mean + mean[twin] * _MIRROR) / 2
    return mean


def frontal(face: Doubles) -> Doubles:
    """The face turned to the front, its midline at x = 0, its stable points around the middle at radius 1."""
    right = face[_LEFT_EYE] - face[_RIGHT_EYE]
    right /= np.linalg.norm(right)
    down = face[_CHIN] - face[_TOP]
    down -= (down @ right) * right
    down /= np.linalg.norm(down)
    turned = face @ np.stack([right, down, np.cross(right, down)], axis=1)
    middle = turned[list(_STABLE)].mean(axis=0)
    middle[0] = turned[list(_MIDLINE), 0].mean()
    turned -= middle
    radius = np.sqrt((turned[list(_STABLE)] ** 2).sum(axis=1).mean())
    return np.asarray(turned / radius)


def twins(face: Doubles) -> NDArray[np.intp]:
    """For each landmark the one that is nearest to its mirror image ``[478]``."""
    away = np.linalg.norm((face * _MIRROR)[:, None] - face[None], axis=-1)
    return np.asarray(away.argmin(axis=1))


if __name__ == "__main__":
    main()
