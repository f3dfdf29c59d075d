"""The engine against a server in this process; a real one is asked by `test_real_server`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import get_args

import pytest

from fsrf_live.engines.common.arrays import OUTPUT_NAMES
from fsrf_live.engines.common.cache import PlanCache
from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.engines.common.parity import check_parity, difference
from fsrf_live.engines.network.onnx_engine import OnnxEngine
from fsrf_live.engines.select import select_engine
from fsrf_live.engines.triton import connection as connection_module
from fsrf_live.engines.triton import engine as engine_module
from fsrf_live.engines.triton.address import triton_address
from fsrf_live.engines.triton.engine import TritonEngine
from fsrf_live.fsrf.common.checkpoint import Checkpoint, read_checkpoint
from fsrf_live.fsrf.common.errors import EngineAwayError, EngineError
from tests.doubles.triton import Fault, TritonServer, triton_server, written_repository
from tests.engines.conftest import random_windows, write_tiny

FAULTS = {
    "silent": "does not answer within 0.5 s",
    "garbage": "does not answer as a server of Triton does",
    "refusing": "refuses: .*not at ready state",
    "infinite": "answers with arrays of another kind, or without numbers",
    "short": "answers with arrays of another kind, or without numbers",
}


@pytest.fixture
def server(repository: Path) -> Iterator[TritonServer]:
    with triton_server(repository) as running:
        yield running


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine that runs the tests is no slow server."""
    monkeypatch.setattr(engine_module, "FIRST_S", 120.0)
    monkeypatch.setattr(engine_module, "RUN_S", 120.0)


def at(server: TritonServer, model: str = "fsrf") -> str:
    return f"triton://127.0.0.1:{server.port}/{model}"


def opened(server: TritonServer, stored: Checkpoint) -> TritonEngine:
    return TritonEngine(triton_address(at(server)), stored)


def test_it_answers_as_the_onnx_engine_does(
    server: TritonServer, stored: Checkpoint, exported: bytes
) -> None:
    windows = random_windows(5, seed=3)
    with closing(opened(server, stored)) as engine:
        answers = engine.run(windows)
        assert check_parity(engine, stored) < 1e-5
        assert engine.prior.score.shape == (1, 7)
    assert [getattr(answers, name).shape[0] for name in OUTPUT_NAMES] == [5] * 4
    assert difference(answers, OnnxEngine(exported, stored).run(windows)) < 1e-5


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (8, [8]), (19, [8, 8, 3])])
def test_a_call_takes_as_many_windows_as_the_server_does(
    server: TritonServer, stored: Checkpoint, exported: bytes, count: int, batches: list[int]
) -> None:
    windows = random_windows(max(count, 1), seed=1)
    windows = Inputs(
        {m: values[:count] for m, values in windows.features.items()},
        {m: mask[:count] for m, mask in windows.masks.items()},
    )
    with closing(opened(server, stored)) as engine:
        answers = engine.run(windows)
    assert server.manners.batches == batches
    assert difference(answers, OnnxEngine(exported, stored).run(windows)) < 1e-5


def test_it_is_chosen_by_its_address_and_compared_with_the_reference(
    server: TritonServer, tiny: Path, plans: PlanCache
) -> None:
    said: list[str] = []
    engine = select_engine(at(server), tiny, said.append, cache=plans)
    assert isinstance(engine, TritonEngine)
    engine.close()
    assert engine.name == "triton"
    assert said[-1].startswith("engine triton is ready")
    assert server.manners.batches == [1]


def test_wrong_shapes_are_the_callers_fault_and_never_sent(server: TritonServer, stored: Checkpoint) -> None:
    windows = random_windows(1)
    wrong = Inputs({**windows.features, "text": windows.features["text"][:, :2]}, windows.masks)
    with (
        closing(opened(server, stored)) as engine,
        pytest.raises(EngineError, match="input text is") as refusal,
    ):
        engine.run(wrong)
    assert not isinstance(refusal.value, EngineAwayError)
    assert server.manners.batches == []


def test_a_server_that_is_not_there_is_one_line(tiny: Path, plans: PlanCache, repository: Path) -> None:
    with triton_server(repository) as server:
        address = at(server)
    with pytest.raises(
        EngineError, match=r"the triton engine cannot be used: triton://\S+ cannot be reached \(.*start it"
    ) as refusal:
        select_engine(address, tiny, lambda line: None, cache=plans)
    assert "\n" not in str(refusal.value)


def test_a_model_that_is_not_there_is_said(server: TritonServer, tiny: Path, plans: PlanCache) -> None:
    with pytest.raises(EngineError, match=r"/nothing refuses: .*'nothing' is not found"):
        select_engine(at(server, "nothing"), tiny, lambda line: None, cache=plans)


def test_another_checkpoint_is_refused(server: TritonServer, tmp_path: Path, plans: PlanCache) -> None:
    other = write_tiny(tmp_path / "other.safetensors", seed=1)
    mine = read_checkpoint(other).fingerprint[:12]
    with pytest.raises(EngineError, match=rf"serves another checkpoint \(\w+\) than this one \({mine}\)"):
        select_engine(at(server), other, lambda line: None, cache=plans)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("dims: [ 4, 6 ]", "dims: [ 4, 7 ]", "takes and gives other arrays"),
        ('name: "audio_mask"', 'name: "sound_mask"', "takes and gives other arrays"),
        ("max_batch_size: 8", "max_batch_size: 0", "did not write|takes and gives other arrays"),
        ("fsrf_precision", "precision", "takes and gives other arrays"),
        ("fsrf_checkpoint", "checkpoint", "serves another checkpoint"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_at_the_start(
    repository: Path, stored: Checkpoint, tmp_path: Path, old: str, new: str, says: str
) -> None:
    place = tmp_path / "models" / "fsrf"
    (place / "1").mkdir(parents=True)
    (place / "1" / "model.onnx").write_bytes((repository / "fsrf" / "1" / "model.onnx").read_bytes())
    text = (repository / "fsrf" / "config.pbtxt").read_text()
    assert old in text
    (place / "config.pbtxt").write_text(text.replace(old, new))
    with triton_server(tmp_path / "models") as server, pytest.raises(EngineAwayError, match=says):
        opened(server, stored)


@pytest.mark.parametrize("fault", [fault for fault in get_args(Fault) if fault != "none"])
def test_a_failure_is_one_line_and_the_same_engine_goes_on_when_it_is_over(
    server: TritonServer, stored: Checkpoint, exported: bytes, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = random_windows(2)
    if fault == "silent":
        monkeypatch.setattr(engine_module, "RUN_S", 0.5)
    with closing(opened(server, stored)) as engine:
        engine.run(windows)
        server.manners.fault = fault
        for _ in range(2):
            with pytest.raises(EngineAwayError, match=FAULTS[fault]) as failure:
                engine.run(windows)
            assert "\n" not in str(failure.value)
        server.manners.fault = "none"
        assert difference(sooner_or_later(engine, windows), OnnxEngine(exported, stored).run(windows)) < 1e-5


def sooner_or_later(engine: TritonEngine, windows: Inputs) -> Outputs:
    """The answer, asked for as often as a session would: a busy machine may take longer than the deadline."""
    for _ in range(60):
        with suppress(EngineAwayError):
            return engine.run(windows)
    raise AssertionError("the server is there again, and the engine never goes on")


def test_a_server_that_vanishes_and_comes_back(repository: Path, stored: Checkpoint) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(triton_server(repository))
        engine = stack.enter_context(closing(opened(server, stored)))
        before = engine.run(random_windows(1))
        server.stop()
        with pytest.raises(EngineAwayError):
            engine.run(random_windows(1))
        stack.enter_context(triton_server(repository, server.port))
        assert difference(engine.run(random_windows(1)), before) == 0.0


def test_another_checkpoint_never_takes_the_place_of_this_one(
    tiny: Path, stored: Checkpoint, plans: PlanCache, tmp_path: Path
) -> None:
    """The repository is written again while a session runs, for another checkpoint and then for this one."""
    other = write_tiny(tmp_path / "other.safetensors", seed=1)

    folder = written_repository(tiny, tmp_path / "models", plans)
    with triton_server(folder) as server, closing(opened(server, stored)) as engine:
        before = engine.run(random_windows(1))
        written_repository(other, folder, plans)
        with pytest.raises(EngineAwayError, match=r"refuses: .*version 1 is not at ready state"):
            engine.run(random_windows(1))
        with pytest.raises(EngineAwayError, match="serves another checkpoint"):
            engine.run(random_windows(1))
        written_repository(tiny, folder, plans)
        assert difference(engine.run(random_windows(1)), before) == 0.0
        assert server.manners.versions == ["1", "1", "3"]


def test_a_token_comes_from_the_environment(
    server: TritonServer, stored: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.manners.token = "hunter2"
    with pytest.raises(EngineAwayError, match=r"refuses: .*no such token"):
        opened(server, stored)
    monkeypatch.setenv(connection_module.TOKEN, "hunter2")
    with closing(opened(server, stored)) as engine:
        assert engine.run(random_windows(1)).score.shape == (1, 7)


def test_over_tls_the_certificate_is_checked(
    repository: Path, stored: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = own_certificate(tmp_path / "server.pem")
    with triton_server(repository, certificate=certificate) as server:
        address = triton_address(f"tritons://localhost:{server.port}")
        with pytest.raises(EngineAwayError, match=r"cannot be reached .*certificate"):
            TritonEngine(address, stored)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with closing(TritonEngine(address, stored)) as engine:
            assert engine.run(random_windows(1)).score.shape == (1, 7)


def own_certificate(path: Path) -> Path:
    """A key and a certificate that it signs itself, for localhost, in one file."""
    key = path.with_suffix(".key")
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(path)]
    try:
        subprocess.run(["openssl", *request, *names], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl, which makes a certificate, is not here")
    path.write_bytes(key.read_bytes() + path.read_bytes())
    return path


def test_without_the_extra_the_line_names_it(stored: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tritonclient.http", None)
    with pytest.raises(EngineError, match=r"pip install 'fsrf-live\[triton\]'"):
        TritonEngine(triton_address("triton://127.0.0.1:8000"), stored)
