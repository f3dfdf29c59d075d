"""The checks of ``fsrf doctor`` that concern the checkpoint and what runs it."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fsrf_live.engines.common.names import ENGINES, EngineKind
from fsrf_live.fsrf.common.config import check_features
from fsrf_live.fsrf.common.errors import CheckpointError, EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES
from fsrf_live.tools.checks.machine import Check, guarded
from fsrf_live.tools.shell import exits

_LOG = logging.getLogger(__name__)


def engine_checks(checkpoint: Path) -> Iterator[Check]:
    """Checkpoint, engines, text encoder; only the first if the checkpoint is unfit."""
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint

    try:
        stored = read_checkpoint(checkpoint)
        check_features(stored.config, MODALITIES)
    except CheckpointError as error:
        yield Check("checkpoint", "fail", str(error), code=exits.NO_ENGINE)
        return
    yield Check("checkpoint", "ok", f"{checkpoint.name}, {stored.fingerprint[:12]}")
    for name, facts in sorted(ENGINES.items(), key=lambda engine: engine[1].needs_gpu):
        check = check_engine_on_gpu if facts.needs_gpu else check_engine
        yield guarded(f"engine {name}", partial(check, name, checkpoint), exits.NO_ENGINE)
    yield guarded("text encoder", partial(check_text_encoder, checkpoint), exits.NO_ENGINE)
    yield guarded("other languages", partial(check_tongues, checkpoint), exits.NO_ENGINE)


def check_engine(name: EngineKind, checkpoint: Path) -> Check:
    """The engine loads and agrees with the reference (loading it compares them)."""
    from fsrf_live.engines.select import select_engine
    from fsrf_live.stream.reading.loading import plan_cache

    started = time.perf_counter()
    select_engine(name, checkpoint, _LOG.info, cache=plan_cache())
    took = time.perf_counter() - started
    return Check(f"engine {name}", "ok", f"ready in {took:.1f} s, agrees with the reference")


def check_engine_on_gpu(name: EngineKind, checkpoint: Path) -> Check:
    """The engine runs; on a machine without an NVIDIA driver it need not."""
    from fsrf_live.engines.tensorrt.cuda import load_driver

    try:
        load_driver()
    except EngineError as error:
        return Check(f"engine {name}", "ok", f"not needed: {error}")
    try:
        return check_engine(name, checkpoint)
    except EngineError as error:
        return Check(f"engine {name}", "warn", str(error), "the next engine is used instead")


def check_text_encoder(checkpoint: Path) -> Check:
    """The text encoder reads a sentence."""
    from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
    from fsrf_live.engines.text.select import load_text_encoder
    from fsrf_live.stream.reading.loading import plan_cache

    encoder = load_text_encoder(checkpoint, _LOG.info, plan_cache())
    _, mask = encoder.encode(["It works."])
    if not mask.any():
        return Check(
            "text encoder", "fail", "reads nothing in a sentence", "install the tested set", exits.NO_ENGINE
        )
    if isinstance(encoder, SentenceTransformersEncoder):
        return Check("text encoder", "ok", "sentence-transformers", "'fsrf build' makes a faster one")
    return Check("text encoder", "ok", "exported, agrees with sentence-transformers")


def check_tongues(checkpoint: Path) -> Check:
    """The text encoder of many languages is here; without it words in those are missing, no more."""
    from fsrf_live.engines.text.e5 import tongues_for
    from fsrf_live.fsrf.common.checkpoint import read_checkpoint, tongues_of

    if not tongues_of(checkpoint).exists():
        return Check("other languages", "ok", "none: no text encoder was taught to go with this checkpoint")
    problems: list[str] = []
    path = tongues_for(checkpoint, problems.append)
    if path is None:
        return Check("other languages", "warn", problems[0])
    return Check("other languages", "ok", f"reads {', '.join(sorted(read_checkpoint(path).languages))}")
