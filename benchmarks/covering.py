"""Covered faces: how many are called covered, of which kind and of whom, and what a look costs.

    python -m benchmarks.covering DATA

The validation people of training and a tenth of the real masks of DATA (`tools.corpora.covered`): each bare,
covered and adorned, and covered by things that training never drew (`tools.corpora.strange_coverings`).
A face is to be called covered where three quarters or more of its eyes, its mouth or one half are hidden,
and is not where a quarter or less is; what lies between is not counted.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fsrf_live.fsrf.common.aliases import Floats, Image, Strings
from fsrf_live.stream.features.covering import COVERED, CoveringNetwork, covered_share
from fsrf_live.tools.corpora.covered import (
    BARE_FACE,
    CoveredFaces,
    covered_faces,
    read_covered,
    strangely_covered,
)

MOSTLY, HARDLY = 0.75, 0.25
RUNS = 300


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Figures of the network for covered faces.")
    parser.add_argument("data", type=Path, help="folder with faces/manifest2.csv.gz and the corpora of it")
    options = parser.parse_args()
    photos = [photo for photo in read_covered(options.data) if photo.split == "validation"]
    network = CoveringNetwork()
    learned, strange = covered_faces(photos), strangely_covered(photos)
    for title, faces, of in (
        ("by what is on the face", learned, learned.kind),
        ("by what is on the face, none of it learned from", strange, strange.kind),
        ("bare faces by corpus", bare(learned), bare(learned).corpus),
    ):
        print(f"\n{title}")
        for line in lines(faces, of, shares(faces.crop, network)):
            print(line)
    print(f"\none look: {1e3 * cost(learned.crop, network):.3f} ms (p50 of {RUNS})")


def bare(faces: CoveredFaces) -> CoveredFaces:
    """Those with nothing drawn on them."""
    rows = faces.kind == BARE_FACE
    return CoveredFaces(faces.crop[rows], faces.hidden[rows], faces.kind[rows], faces.corpus[rows])


def shares(crops: Image, network: CoveringNetwork) -> Floats:
    """What `covered_share` says of crops ``[N, 48, 48]``, ``[N]``."""
    return np.array([covered_share(network.hidden(crop)) for crop in crops], np.float32)


def lines(faces: CoveredFaces, of: Strings, found: Floats) -> Iterator[str]:
    """For each name in ``of [N]``: how many that are covered, and that are bare, are called covered."""
    true = np.array([covered_share(np.nan_to_num(hidden)) for hidden in faces.hidden])
    for name in sorted(set(of.tolist())):
        parts = []
        for what, rows in (("covered", true >= MOSTLY), ("bare", true <= HARDLY)):
            those = found[rows & (of == name)]
            if len(those):
                parts.append(f"{(those >= COVERED).mean():.3f} of {len(those)} {what} called covered")
        yield f"  {name:12} {', '.join(parts)}"


def cost(crops: Image, network: CoveringNetwork) -> float:
    """Seconds that one look takes, the median."""
    taken = []
    for n in range(RUNS):
        started = time.perf_counter()
        network.hidden(crops[n % len(crops)])
        taken.append(time.perf_counter() - started)
    return float(np.median(taken))


if __name__ == "__main__":
    main()
