"""Real plans, compiled by the installed TensorRT without a GPU; only running them needs one."""

from pathlib import Path

import pytest

from fsrf_live.engines.build import build
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.half import to_half
from fsrf_live.engines.common.names import Precision
from fsrf_live.engines.select import onnx_fingerprint
from fsrf_live.engines.tensorrt.engine import PLAN_FILE, compile_network, expected_tensors, plan_fingerprint
from fsrf_live.engines.tensorrt.library import Library, Phases, open_library
from fsrf_live.engines.tensorrt.plan import compile_plan
from fsrf_live.fsrf.common.checkpoint import Checkpoint
from fsrf_live.fsrf.common.errors import EngineError
from tests.engines.conftest import TINY


@pytest.fixture(scope="module")
def library() -> Library:
    try:
        found = open_library()
    except EngineError as error:
        pytest.skip(str(error))
    if not found.ahead_of_time:
        pytest.skip(f"{found.name} builds only for a card that is there")
    return found


@pytest.mark.parametrize(("target", "precision"), [("sm89", "fp32"), ("sm75", "fp16")])
def test_a_plan_compiles_with_the_names_types_and_shapes_of_the_contract(
    library: Library, exported: bytes, target: str, precision: Precision
) -> None:
    shares: list[float] = []
    compiled = compile_network(
        library,
        exported,
        target,
        precision,
        TINY,
        1,
        lambda phase, share: shares.append(share),
    )
    assert dict(compiled.tensors) == expected_tensors(TINY, 1)
    assert compiled.tensors["text_mask"] == ("bool", (1, 4))
    assert len(compiled.plan) > 10_000
    assert compiled.layers > 100
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_target_is_in_the_plan(library: Library, exported: bytes) -> None:
    half = to_half(exported)
    plans = [compile_plan(library, half, t, lambda phase, share: None).plan for t in ("sm75", "sm89")]
    assert plans[0] != plans[1]


def test_turing_is_refused_in_fp32_with_what_to_do(library: Library, exported: bytes) -> None:
    with pytest.raises(EngineError, match=r"no fp32 products on Turing \(sm75\): use --precision fp16"):
        compile_network(library, exported, "sm75", "fp32", TINY, 1, lambda phase, share: None)


def test_a_plan_is_found_again_and_a_truncated_one_is_compiled_anew(
    library: Library, tiny: Path, stored: Checkpoint, plans: PlanCache, without_text: None
) -> None:
    def run() -> tuple[bool, int]:
        reports = build(tiny, ["sm89"], cache=plans, progress=lambda *step: None, report=lambda line: None)
        [plan] = [made for made in reports if made.name == library.name]
        return plan.cached, plan.bytes

    first, second = run(), run()
    assert (first[0], second[0]) == (False, True)
    fingerprint = plan_fingerprint(stored, library, "sm89", 1, "fp32")
    file = plans.root / fingerprint.key / PLAN_FILE
    file.write_bytes(file.read_bytes()[: first[1] // 2])
    assert not run()[0]
    assert file.stat().st_size == run()[1]


def test_fingerprints_differ_by_target_precision_and_batch(library: Library, stored: Checkpoint) -> None:
    keys = {
        plan_fingerprint(stored, library, "sm75", 1, "fp32").key,
        plan_fingerprint(stored, library, "sm89", 1, "fp32").key,
        plan_fingerprint(stored, library, "sm89", 1, "fp16").key,
        plan_fingerprint(stored, library, "sm89", 4, "fp16").key,
        onnx_fingerprint(stored, 1).key,
    }
    assert len(keys) == 5


def test_an_unknown_target_is_refused_with_the_known_ones(library: Library, tiny: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot build for sm60: it supports portable, sm75"):
        build(tiny, ["sm60"], progress=lambda *step: None, report=lambda line: None)
    assert "sm121" in library.targets


def test_what_is_no_network_is_refused_in_one_line(library: Library) -> None:
    with pytest.raises(EngineError, match="cannot read the network") as refusal:
        compile_plan(library, b"no network", "sm89", lambda phase, share: None)
    assert "\n" not in str(refusal.value)


def test_a_network_of_other_shapes_is_refused(library: Library, exported: bytes) -> None:
    with pytest.raises(EngineError, match="not one of this checkpoint"):
        compile_network(library, exported, "sm89", "fp32", TINY, 2, lambda phase, share: None)


def test_half_precision_makes_a_smaller_network_of_weights(exported: bytes) -> None:
    assert len(to_half(exported)) < 1.2 * len(exported)


@pytest.fixture
def without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the text encoder out: it has its own tests."""
    from fsrf_live.engines.build import BuildReport, _Job

    nothing = BuildReport("text", "cpu", "fp32", 0, 0, 0.0, True)
    monkeypatch.setattr(_Job, "text", lambda job, path: nothing)
    monkeypatch.setattr(_Job, "text_plan", lambda job, *target: nothing)


def test_nested_phases_fold_into_one_share_that_never_falls() -> None:
    reports: list[tuple[str, float]] = []
    phases = Phases(lambda phase, share: reports.append((phase, share)))
    phases.start("whole", None, 2)
    phases.start("half", "whole", 4)
    phases.step("half", 0)
    phases.step("half", 1)
    phases.finish("half")
    phases.step("whole", 0)
    phases.start("again", "whole", 1)
    phases.finish("again")
    phases.step("unknown", 3)
    phases.finish("whole")
    assert reports == [
        ("whole", 0.0),
        ("half", 0.0),
        ("half", 0.125),
        ("half", 0.25),
        ("half", 0.5),
        ("whole", 0.5),
        ("again", 0.5),
        ("again", 1.0),
        ("whole", 1.0),
    ]
