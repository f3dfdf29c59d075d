"""Teaches the text encoder of many languages: reads the texts, asks the teacher, writes the file."""

import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fsrf_live.engines.common.cache import content_hash
from fsrf_live.engines.text.e5 import E5_WEIGHTS, WIDTH_E5
from fsrf_live.engines.text.e5_export import export_e5
from fsrf_live.engines.text.e5_onnx import onnx_e5_encoder
from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
from fsrf_live.fsrf.common.aliases import Report
from fsrf_live.fsrf.common.checkpoint import default_checkpoint, read_checkpoint, write_checkpoint
from fsrf_live.fsrf.common.config import E5
from fsrf_live.fsrf.data.tongues import Tongue, draw_tongues
from fsrf_live.fsrf.network.inference import load_model
from fsrf_live.fsrf.network.model import FSRF
from fsrf_live.fsrf.network.tongues import TAPS
from fsrf_live.fsrf.training.tongues import Lessons, Said, TonguesConfig, said_of, teach

LEFT_OUT = frozenset(["hi"])
"""Taught in vain: told rightly no more often than by chance (`benchmarks.tongues`)."""
AT_ONCE = 64
SAY_EVERY = 2000


def make_tongues(data: Path, work: Path, out: Path, seed: int, report: Report) -> None:
    """Teach a map for the checkpoint that ships, and write it; raises DataError, EngineError."""
    torch.set_num_threads(1)  # so that the same data and seed give the same file
    rows, _ = draw_tongues(data / "text", seed)
    checkpoint, network = read_checkpoint(default_checkpoint()), load_model(default_checkpoint())
    network.requires_grad_(False)
    length = checkpoint.config.text.length
    tapped = tapped_vectors([row.text for row in rows], length, work, report)
    rows, tapped = _with_words(rows, tapped)
    originals = sorted({row.original for row in rows if row.original is not None})
    reader = SentenceTransformersEncoder(checkpoint.group("adapter"), length)
    places = {text: place for place, text in enumerate(originals)}
    lessons = Lessons(
        tapped,
        np.array([-1 if row.original is None else places[row.original] for row in rows]),
        np.array([-1 if row.label is None else row.label for row in rows]),
    )
    config = TonguesConfig(seed=seed)
    report(f"{len(rows)} texts, taught by what the network makes of {len(originals)} English ones")
    token_map = teach(network, lessons, answers(network, reader, originals), config, report)
    facts = {
        "languages": sorted({row.language for row in rows} - LEFT_OUT),
        "teacher": checkpoint.fingerprint,
        "provenance": {
            "recipe": asdict(config),
            "rows": len(rows),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        },
    }
    shapes = replace(checkpoint.config, text=replace(checkpoint.config.text, extractor=E5))
    halves = {f"adapter.{name}": value.half().numpy() for name, value in token_map.state_dict().items()}
    write_checkpoint(out, shapes, halves, facts)
    report(f"written to {out}")


def tapped_vectors(
    texts: Sequence[str], length: int, work: Path, report: Report
) -> list[NDArray[np.float16]]:
    """What the frozen encoder's taps say of each text, ``[T, taps * 384]``; raises EngineError.

    It is kept in `work`, for it takes most of the time.
    """
    digest = content_hash(E5_WEIGHTS.weights.sha256.encode(), *(text.encode() for text in texts))[:12]
    kept = work / f"tongues-{digest}.npz"
    if kept.exists():
        with np.load(kept) as stored:
            return np.split(stored["vectors"], stored["ends"][:-1])
    encoder = onnx_e5_encoder(export_e5(None), len(TAPS) * WIDTH_E5, length)
    tapped = []
    for number, text in enumerate(texts, start=1):
        vectors, mask = encoder.encode([text])
        tapped.append(vectors[0][mask[0]].astype(np.float16))
        if number % SAY_EVERY == 0:
            report(f"read {number} of {len(texts)} texts")
    work.mkdir(parents=True, exist_ok=True)
    unfinished = work / f"partial-{kept.name}"
    np.savez(unfinished, vectors=np.concatenate(tapped), ends=np.cumsum([len(each) for each in tapped]))
    unfinished.replace(kept)
    return tapped


@torch.inference_mode()
def answers(network: FSRF, reader: SentenceTransformersEncoder, texts: Sequence[str]) -> Said:
    """What the network makes of texts by its own text encoder."""
    said = []
    for start in range(0, len(texts), AT_ONCE):
        vectors, mask = reader.encode(list(texts[start : start + AT_ONCE]))
        said.append(said_of(network, torch.from_numpy(vectors), torch.from_numpy(mask)))
    return Said(torch.cat([each.view for each in said]), torch.cat([each.logits for each in said]))


def _with_words(
    rows: list[Tongue], tapped: list[NDArray[np.float16]]
) -> tuple[list[Tongue], list[NDArray[np.float16]]]:
    """Rows of which there is something to read."""
    kept = [place for place, vectors in enumerate(tapped) if len(vectors)]
    return [rows[place] for place in kept], [tapped[place] for place in kept]
