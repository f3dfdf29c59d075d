"""What the checkpoint makes of other languages, by its own text encoder and by that of many languages.

python -m benchmarks.tongues --data DIR [--tongues FILE]

Rows of split dev: XDailyDialog, whose lines are the same in all languages, and UMSAB. UAR is the mean recall
of negative, neutral and positive; covered is the share of 90 % intervals that hold the score of the label,
which is 0 or ±1.7.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from fsrf_live.engines.common.contract import TextEncoder
from fsrf_live.engines.text.select import build_text_encoder, load_text_encoder
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, tongues_of
from fsrf_live.fsrf.common.config import NEUTRAL_WITHIN
from fsrf_live.fsrf.common.metrics import three_classes, unweighted_average_recall
from fsrf_live.fsrf.common.modalities import COMPLETE
from fsrf_live.fsrf.data.text_corpora import TWEETEVAL
from fsrf_live.fsrf.data.tongues import Tongue, draw_tongues
from fsrf_live.fsrf.network.inference import answer, empty_window, load_model
from fsrf_live.fsrf.network.model import FSRF

SCORES = np.array([TWEETEVAL[name] for name in ("negative", "neutral", "positive")])
AT_ONCE = 64


def sets(data: Path) -> Iterator[tuple[str, list[Tongue]]]:
    """Corpus and language, and its labelled rows."""
    _, rows = draw_tongues(data / "text", 0)
    for corpus, language in sorted({(row.corpus, row.language) for row in rows}):
        own = [row for row in rows if (row.corpus, row.language) == (corpus, language)]
        yield f"{corpus} {language}", [row for row in own if row.label is not None]


def figures(network: FSRF, encoder: TextEncoder, rows: Sequence[Tongue]) -> tuple[float, float]:
    """UAR, and the share covered."""
    labels = np.array([row.label for row in rows])
    said: list[int] = []
    held: list[bool] = []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        features, masks = (dict(each) for each in empty_window(network, len(part)))
        vectors, mask = encoder.encode([row.text for row in part])
        answered = answer(
            network,
            {m: vectors if m == "text" else value.numpy() for m, value in features.items()},
            {m: mask if m == "text" else value.numpy() for m, value in masks.items()},
        )
        said += list(three_classes(answered.score[:, COMPLETE], NEUTRAL_WITHIN))
        low, high = answered.interval[:, COMPLETE].T
        truth = SCORES[labels[start : start + AT_ONCE]]
        held += list((low <= truth) & (truth <= high))
    return unweighted_average_recall(labels, np.array(said)), float(np.mean(held))


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--tongues", type=Path, default=tongues_of(default_checkpoint()))
    options = parser.parse_args()
    torch.set_num_threads(1)
    network = load_model(default_checkpoint())
    encoders = {}
    for name, path in {"own": default_checkpoint(), "tongues": options.tongues}.items():
        build_text_encoder(path, print)
        encoders[name] = load_text_encoder(path, print)
    print(f"{'':16}{'rows':>6}" + "".join(f"{name + ' UAR':>14}{'covered':>9}" for name in encoders))
    for name, rows in sets(options.data):
        print(f"{name:16}{len(rows):6}", end="", flush=True)
        for encoder in encoders.values():
            uar, covered = figures(network, encoder, rows)
            print(f"{uar:14.3f}{covered:9.3f}", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
