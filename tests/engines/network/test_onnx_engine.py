import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.contract import COMPLETE, Inputs, subset_index
from fsrf_live.engines.common.parity import difference
from fsrf_live.engines.network.onnx_engine import OnnxEngine
from fsrf_live.engines.network.torch_engine import TorchEngine
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from tests.conftest import REPOSITORY
from tests.engines.conftest import foreign_model, random_windows

PROBE = """
import sys
from pathlib import Path
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.reference import sample_of
from fsrf_live.engines.select import select_engine
from fsrf_live.fsrf.common.checkpoint import read_checkpoint

path = Path(sys.argv[1])
engine = select_engine("onnx", path, lambda line: None, cache=PlanCache(Path(sys.argv[2])))
engine.run(sample_of(read_checkpoint(path))[0])
print(engine.name, sorted({"torch", "transformers", "onnx"} & set(sys.modules)))
"""


def test_it_answers_as_torch_does_on_windows_with_and_without_gaps(
    tiny: Path, stored: Checkpoint, exported: bytes
) -> None:
    windows = random_windows(5, seed=3)
    answers = OnnxEngine(exported, stored).run(windows)
    assert answers.score.shape == (5, 7)
    assert difference(answers, TorchEngine(tiny, stored).run(windows)) < 1e-5


def test_without_evidence_the_answer_is_the_prior(stored: Checkpoint, exported: bytes) -> None:
    engine = OnnxEngine(exported, stored)
    window = random_windows(1)
    nothing = Inputs(window.features, {m: np.zeros_like(mask) for m, mask in window.masks.items()})
    assert difference(engine.run(nothing), engine.prior) < 1e-6


def test_one_call_gives_what_a_call_for_each_masked_copy_gives(stored: Checkpoint, exported: bytes) -> None:
    engine = OnnxEngine(exported, stored)
    gaps = random_windows(1)
    window = Inputs(gaps.features, {m: np.ones_like(mask) for m, mask in gaps.masks.items()})
    at_once = engine.run(window)
    silent = Inputs(window.features, {**window.masks, "audio": np.zeros_like(window.masks["audio"])})
    alone = engine.run(silent)
    without_audio = subset_index({"text", "video"})
    np.testing.assert_allclose(alone.score[0, COMPLETE], at_once.score[0, without_audio], atol=1e-5)


def test_with_the_export_cached_torch_is_never_imported(tiny: Path, plans: PlanCache) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(tiny), str(plans.root)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.split("\n")[0] == "onnx []"
    assert done.stderr == ""


@pytest.mark.parametrize("foreign", [b"", b"no model at all"])
def test_a_file_that_is_no_model_is_refused(stored: Checkpoint, foreign: bytes) -> None:
    with pytest.raises(EngineError, match="refuses the model") as refusal:
        OnnxEngine(foreign, stored)
    assert "\n" not in str(refusal.value)


def test_a_model_that_is_not_ours_is_refused(stored: Checkpoint) -> None:
    with pytest.raises(EngineError, match="not an export of this checkpoint: it takes x"):
        OnnxEngine(foreign_model(), stored)


def test_an_export_for_another_number_of_windows_is_refused(stored: Checkpoint, exported: bytes) -> None:
    with pytest.raises(EngineError, match="not an export of this checkpoint"):
        OnnxEngine(exported, stored, batch=2)
