"""The exported text encoder beside the sentence-transformers reference, with a real adapter."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common.cache import Plan, PlanCache
from fsrf_live.engines.tensorrt.cuda import Gpu
from fsrf_live.engines.tensorrt.library import open_library
from fsrf_live.engines.tensorrt.runner import PlanRunner
from fsrf_live.engines.text.encoder import SentenceTransformersEncoder
from fsrf_live.engines.text.onnx import IDS, VECTORS, ExportedTextEncoder, onnx_text_encoder
from fsrf_live.engines.text.select import (
    MODEL_FILE,
    PROBE_FILE,
    build_text_encoder,
    check_probe,
    load_text_encoder,
    text_fingerprint,
)
from fsrf_live.engines.text.tensorrt import LAYERS_FILE, PLAN_FILE, compile_text_plan, text_plan_fingerprint
from fsrf_live.engines.text.tokens import load_tokens
from fsrf_live.fsrf.common.checkpoint import Arrays, Checkpoint, read_checkpoint, write_checkpoint
from fsrf_live.fsrf.common.config import ModalityConfig, ModelConfig
from fsrf_live.fsrf.common.errors import EngineError
from tests.conftest import REPOSITORY
from tests.doubles.fake_gpu import FakeDriver, FakeTensorrt
from tests.engines.conftest import foreign_model

LENGTH = 12
CONFIG = ModelConfig(text=ModalityConfig(LENGTH, 384))
TEXTS = [
    "",
    " \n\t",
    "no",
    "I loved every minute of it, what a wonderful film",
    "Émigré café 🙂 naïve — “quoted” 漢字",
    "so good " * 100,
]

PROBE = """
import sys
from pathlib import Path
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.text.select import load_text_encoder

said = []
encoder = load_text_encoder(Path(sys.argv[1]), said.append, PlanCache(Path(sys.argv[2])))
encoder.encode(["hello"])
heavy = {"torch", "transformers", "sentence_transformers", "onnx"} & set(sys.modules)
print(type(encoder).__name__, said, sorted(heavy))
"""


def adapter(seed: int) -> Arrays:
    """A small adapter on two layers; `seed` decides its weights."""
    random = np.random.default_rng(seed)
    state: Arrays = {"alpha": np.array(8.0, np.float32)}
    for name in ("encoder.layer.0.attention.self.query", "encoder.layer.5.output.dense"):
        wide = 1536 if name.endswith("output.dense") else 384
        state[f"{name}.a"] = random.normal(0, 0.1, (4, wide)).astype(np.float32)
        state[f"{name}.b"] = random.normal(0, 0.1, (384, 4)).astype(np.float32)
    return state


def write(path: Path, seed: int) -> Path:
    write_checkpoint(path, CONFIG, {f"adapter.{k}": v for k, v in adapter(seed).items()}, {})
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("text") / "text.safetensors", seed=1)


@pytest.fixture(scope="module")
def stored(checkpoint: Path) -> Checkpoint:
    return read_checkpoint(checkpoint)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> PlanCache:
    return PlanCache(tmp_path_factory.mktemp("text-plans"))


@pytest.fixture(scope="module")
def plan(checkpoint: Path, cache: PlanCache) -> Plan:
    return build_text_encoder(checkpoint, lambda line: None, cache)


@pytest.fixture(scope="module")
def reference() -> SentenceTransformersEncoder:
    return SentenceTransformersEncoder(adapter(1), LENGTH)


def test_it_equals_sentence_transformers_on_any_text(
    checkpoint: Path, cache: PlanCache, plan: Plan, reference: SentenceTransformersEncoder
) -> None:
    encoder = load_text_encoder(checkpoint, lambda line: None, cache)
    assert isinstance(encoder, ExportedTextEncoder)
    vectors, mask = encoder.encode(TEXTS)
    wanted, wanted_mask = reference.encode(TEXTS)
    np.testing.assert_array_equal(mask, wanted_mask)
    assert np.abs(vectors - wanted).max() < 1e-3
    assert mask.sum(1).tolist()[:3] == [0, 0, 1]
    assert mask[-1].all()
    assert not vectors[~mask].any()


def test_no_texts_give_no_rows(checkpoint: Path, cache: PlanCache, plan: Plan) -> None:
    vectors, mask = load_text_encoder(checkpoint, lambda line: None, cache).encode([])
    assert (vectors.shape, mask.shape) == ((0, LENGTH, 384), (0, LENGTH))


def test_with_the_export_cached_nothing_heavy_is_imported(
    checkpoint: Path, cache: PlanCache, plan: Plan
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(checkpoint), str(cache.root)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.strip() == "ExportedTextEncoder [] []"
    assert done.stderr == ""


def test_without_an_export_the_reference_runs_and_says_how_to_be_faster(
    checkpoint: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    encoder = load_text_encoder(checkpoint, said.append, PlanCache(tmp_path))
    assert isinstance(encoder, SentenceTransformersEncoder)
    assert "fsrf build" in said[0]


def test_another_adapter_is_another_export(stored: Checkpoint, tmp_path: Path) -> None:
    other = read_checkpoint(write(tmp_path / "other.safetensors", seed=2))
    assert text_fingerprint(other).key != text_fingerprint(stored).key


def test_the_second_build_finds_the_first(checkpoint: Path, cache: PlanCache, plan: Plan) -> None:
    assert build_text_encoder(checkpoint, lambda line: None, cache).cached


def test_an_export_that_says_something_else_is_refused(
    checkpoint: Path, stored: Checkpoint, plan: Plan, tmp_path: Path
) -> None:
    cache, said = PlanCache(tmp_path), []
    other = plan.files[PROBE_FILE][:-4] + np.float32(9).tobytes()
    cache.store(text_fingerprint(stored), {**plan.files, PROBE_FILE: other})
    encoder = load_text_encoder(checkpoint, lambda line: said.append(line), cache)
    assert isinstance(encoder, SentenceTransformersEncoder)
    assert "differs from the reference by" in said[0]


def test_what_is_no_text_encoder_is_refused() -> None:
    with pytest.raises(EngineError, match="not a text encoder of this checkpoint"):
        onnx_text_encoder(foreign_model(), 384, LENGTH)


def test_the_tokenizer_leaves_room_for_the_special_tokens() -> None:
    tokens = load_tokens(5)
    assert len(tokens.ids("one two three four five six seven")) == 7
    assert len(tokens.ids("one")) == 3


def test_a_plan_on_the_gpu_is_preferred_and_takes_texts_of_any_length(
    checkpoint: Path,
    stored: Checkpoint,
    cache: PlanCache,
    plan: Plan,
    reference: SentenceTransformersEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tensorrt = FakeTensorrt(FakeDriver())
    monkeypatch.setattr("fsrf_live.engines.text.tensorrt.load_driver", lambda: tensorrt.driver)
    monkeypatch.setattr("fsrf_live.engines.text.tensorrt.open_library", tensorrt.library)
    fingerprint = text_plan_fingerprint(text_fingerprint(stored), tensorrt.library(), "sm89")
    cache.store(fingerprint, {PLAN_FILE: plan.files[MODEL_FILE], LAYERS_FILE: b"1"})
    encoder = load_text_encoder(checkpoint, lambda line: None, cache)
    tensorrt.driver.calls.clear()
    vectors, mask = encoder.encode(TEXTS)
    wanted, wanted_mask = reference.encode(TEXTS)
    np.testing.assert_array_equal(mask, wanted_mask)
    assert np.abs(vectors - wanted).max() < 1e-3
    assert tensorrt.driver.calls.count("cuStreamSynchronize") == 4
    tensorrt.error = 1.0
    said: list[str] = []
    exported = load_text_encoder(checkpoint, said.append, cache)
    assert check_probe(exported, plan.files[PROBE_FILE]) < 1e-3
    assert "differs" in said[0]


def test_a_plan_with_a_free_axis_is_not_captured(plan: Plan) -> None:
    tensorrt = FakeTensorrt(FakeDriver())
    largest = {IDS: (LENGTH + 2,), VECTORS: (LENGTH + 2, 384)}
    runner = PlanRunner(tensorrt.library(), Gpu(tensorrt.driver), plan.files[MODEL_FILE], largest)
    assert runner.capture() == "the plan has free axes"


def test_a_real_plan_compiles_without_a_gpu(plan: Plan) -> None:
    try:
        library = open_library()
    except EngineError as error:
        pytest.skip(str(error))
    if not library.ahead_of_time:
        pytest.skip(f"{library.name} builds only for a card that is there")
    files = compile_text_plan(library, plan.files[MODEL_FILE], "sm89", CONFIG, lambda phase, share: None)
    assert len(files[PLAN_FILE]) > 1_000_000
