"""Engines and text encoders against the plain way of running the same networks, on this machine's CPU.

python -m benchmarks.engines [--checkpoint FILE] [--rounds N]
"""

import argparse
from itertools import cycle
from pathlib import Path

import numpy as np

from benchmarks.compare import compare, percentiles
from fsrf_live.engines.common.contract import SUBSETS, Engine, Inputs
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
from fsrf_live.engines.text.select import build_text_encoder, load_text_encoder
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint
from fsrf_live.fsrf.common.modalities import MODALITIES

SENTENCES = (
    "I loved every minute of it, what a wonderful film",
    "this was a terrible waste of my time",
    "the meeting is at three",
    "well i don't know really it could have been a bit better if they had listened",
    "thanks",
    "Honestly, the acting was fine, but the story fell apart after the first half hour and never came back.",
)


def masked_copies(window: Inputs) -> list[Inputs]:
    """The window once for each subset, with all other modalities masked out."""
    return [
        Inputs(
            window.features,
            {m: window.masks[m] if m in subset else np.zeros_like(window.masks[m]) for m in MODALITIES},
        )
        for subset in SUBSETS
    ]


def compare_engines(onnx: Engine, torch: Engine, window: Inputs, rounds: int) -> None:
    """One window, all seven subsets."""
    copies = masked_copies(window)
    against_torch = compare(
        "ONNX, one call, against torch on seven masked copies",
        lambda: onnx.run(window),
        lambda: [torch.run(copy) for copy in copies],
        rounds=rounds,
    )
    print(against_torch.line(8))
    median = percentiles(against_torch.ours)[0]
    print(f"ONNX, one window, all seven subsets: {median:.2f} ms p50 (asked: at most 3)")
    at_once = compare(
        "ONNX, seven subsets in one call, against seven calls",
        lambda: onnx.run(window),
        lambda: [onnx.run(copy) for copy in copies],
        rounds=rounds,
    )
    print(at_once.line(1))


def compare_text(checkpoint: Path, rounds: int) -> None:
    """One sentence a call."""
    build_text_encoder(checkpoint, print)
    stored = read_checkpoint(checkpoint)
    ours = load_text_encoder(checkpoint, print)
    theirs = SentenceTransformersEncoder(stored.group("adapter") or None, stored.config.text.length)
    mine, yours = cycle(SENTENCES), cycle(SENTENCES)
    against = compare(
        "text encoder, ONNX against sentence-transformers, batch 1",
        lambda: ours.encode([next(mine)]),
        lambda: theirs.encode([next(yours)]),
        rounds=rounds,
    )
    print(against.line(2))


def main() -> None:
    """Print every comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=default_checkpoint())
    parser.add_argument("--rounds", type=int, default=120)
    options = parser.parse_args()
    window, _ = sample_of(read_checkpoint(options.checkpoint))
    onnx = select_engine("onnx", options.checkpoint, print)
    torch = select_engine("torch", options.checkpoint, print)
    compare_engines(onnx, torch, window, options.rounds)
    compare_text(options.checkpoint, options.rounds)


if __name__ == "__main__":
    main()
