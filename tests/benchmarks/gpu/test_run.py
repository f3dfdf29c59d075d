"""The driver with a runner and a clock that are not real."""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from benchmarks.gpu.manifest import MANIFEST, Manifest, split
from benchmarks.gpu.run import DONE, FAILED, TOO_LONG, Ended, Outcome, Run, rows_of, run_process
from benchmarks.gpu.steps import STEPS, TOTAL_S, longest_s


class FakeRunner:
    """Takes `seconds` for each command; what a step finds and how it ends is given by its name."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.now = 0.0
        self.commands: list[Sequence[str]] = []
        self.environments: list[Mapping[str, str]] = []
        self.limits: list[float] = []
        self.ends: dict[str, Ended] = {}
        self.rows: dict[str, list[dict[str, object]]] = {}
        self._seconds = seconds

    def clock(self) -> float:
        return self.now

    def __call__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, limit_s: float
    ) -> Ended:
        name = log.stem
        self.commands.append(command)
        self.environments.append(environment)
        self.limits.append(limit_s)
        if "--out" in command:
            lines = [json.dumps(row) + "\n" for row in self.rows.get(name, [])]
            Path(command[-1]).write_text("".join(lines))
        ended = self.ends.get(name, Ended(0, ""))
        self.now += limit_s if ended.status is None else self._seconds
        return ended


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "kit"
    folder.mkdir()
    (folder / "numpy-1-py3-none-any.whl").write_bytes(b"0123456789")
    wheel = split(folder / "numpy-1-py3-none-any.whl", 6)
    (folder / MANIFEST).write_text(Manifest("3.12", (wheel,)).to_json())
    return folder


def run(kit: Path, runner: FakeRunner, *, carried: bool = True) -> tuple[dict[str, Outcome], str]:
    page = kit / "gpu.md"
    outcomes = Run(kit, page, runner, runner.clock, carried=carried).all()
    return {outcome.name: outcome for outcome in outcomes}, page.read_text()


def test_all_limits_together_fit_into_the_time_that_there_is() -> None:
    assert longest_s() <= TOTAL_S == 600.0
    assert {"facts", "export", "parity", "latency", "throughput", "training"} < {step.name for step in STEPS}


def test_wheels_are_joined_checked_and_unpacked_without_a_network(kit: Path) -> None:
    runner = FakeRunner()
    outcomes, _ = run(kit, runner)
    assert {outcome.how for outcome in outcomes.values()} == {DONE}
    venv, unpack, *steps = runner.commands
    assert venv[:3] == [sys.executable, "-m", "venv"]
    assert unpack[:3] == [sys.executable, "-m", "benchmarks.gpu.unpack"]
    assert Path(unpack[-1]).read_bytes() == b"0123456789"
    assert all(command[0] == str(kit / "venv" / "bin" / "python") for command in steps)
    assert all(environment["FSRF_CACHE_DIR"] == str(kit / "cache") for environment in runner.environments)


def test_where_the_program_is_installed_its_own_interpreter_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FSRF_CACHE_DIR", raising=False)
    runner = FakeRunner()
    outcomes, page = run(tmp_path, runner, carried=False)
    assert list(outcomes) == [step.name for step in STEPS]
    assert {command[0] for command in runner.commands} == {sys.executable}
    assert not any("FSRF_CACHE_DIR" in environment for environment in runner.environments)
    assert "| latency | one window" in page


@pytest.mark.parametrize(
    ("ended", "how", "says"),
    [
        (Ended(1, "RuntimeError: CUDA error: out of memory"), FAILED, "CUDA error: out of memory"),
        (Ended(-11, ""), FAILED, "exit status -11"),
        (Ended(None, "step 3"), TOO_LONG, "stopped after 95 s"),
    ],
)
def test_a_step_that_fails_or_hangs_is_told_and_the_next_ones_run(
    kit: Path, ended: Ended, how: str, says: str
) -> None:
    runner = FakeRunner()
    runner.ends["parity"] = ended
    runner.rows["parity"] = [
        {"way": "ONNX Runtime, CPU", "windows": 1, "differs": "1.0e-06", "allowed": "0.001"}
    ]
    outcomes, page = run(kit, runner)
    assert outcomes["parity"].how == how
    assert outcomes["latency"].how == DONE
    assert says in page
    assert "| ONNX Runtime, CPU | 1 | 1.0e-06 | 0.001 |" in page


def test_a_missing_part_costs_its_wheel_and_no_more(kit: Path) -> None:
    (kit / "numpy-1-py3-none-any.whl.part02").unlink()
    outcomes, page = run(kit, FakeRunner())
    assert outcomes["latency"].how == DONE
    assert "numpy-1-py3-none-any.whl was left out: numpy-1-py3-none-any.whl.part02 is not here" in page


def test_wheels_for_another_python_are_told(kit: Path) -> None:
    manifest = Manifest.of((kit / MANIFEST).read_text())
    (kit / MANIFEST).write_text(Manifest("2.7", manifest.wheels).to_json())
    assert "the wheels are for Python 2.7, and this is 3." in run(kit, FakeRunner())[1]


def test_an_install_that_takes_too_long_leaves_the_rest_its_time(kit: Path) -> None:
    runner = FakeRunner()
    runner.ends["install"] = Ended(None, "unpacked numpy")
    outcomes, _ = run(kit, runner)
    assert outcomes["install"].how == TOO_LONG
    assert outcomes["tests"].how == DONE
    assert runner.now <= TOTAL_S


def test_nothing_carried_is_no_reason_to_stop(tmp_path: Path) -> None:
    outcomes, page = run(tmp_path, FakeRunner())
    assert outcomes["latency"].how == DONE
    assert "nothing was carried" in page


def test_no_step_begins_when_the_time_is_over_and_the_last_gets_what_is_left(kit: Path) -> None:
    runner = FakeRunner(seconds=150.0)
    outcomes, page = run(kit, runner)
    assert runner.now <= TOTAL_S + 150.0
    assert outcomes["tests"].how == "not begun"
    assert "the 600 s of a run were over" in page
    assert all(limit > 0 for limit in runner.limits)


def test_a_second_run_does_what_is_not_done(kit: Path) -> None:
    first = FakeRunner()
    first.ends["training"] = Ended(None, "")
    first.rows["latency"] = [{"way": "torch eager, CPU", "runs": 500, "wall p50": "60.1"}]
    run(kit, first)
    again = FakeRunner()
    again.rows["training"] = [{"way": "torch eager, GPU", "card": True, "batch": 64, "steps/s": "88.0"}]
    outcomes, page = run(kit, again)
    assert [command[3] for command in again.commands] == ["training"]
    assert {outcome.how for outcome in outcomes.values()} == {DONE}
    assert "60.1" in page
    assert "88.0" in page


def test_who_is_stopped_keeps_what_there_is(kit: Path) -> None:
    class Stopped(FakeRunner):
        def __call__(
            self, command: Sequence[str], environment: Mapping[str, str], log: Path, limit_s: float
        ) -> Ended:
            if log.stem == "training":
                raise KeyboardInterrupt
            return super().__call__(command, environment, log, limit_s)

    runner = Stopped()
    runner.rows["parity"] = [{"way": "torch eager, GPU", "card": True, "windows": 1, "differs": "2.0e-06"}]
    with pytest.raises(KeyboardInterrupt):
        run(kit, runner)
    assert "2.0e-06" in (kit / "gpu.md").read_text()


def test_a_torn_line_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"way": "a"}\n[1]\n{"way": "b')
    assert rows_of(tmp_path / "rows.jsonl") == [{"way": "a"}]
    assert rows_of(tmp_path / "none.jsonl") == []


def test_a_real_process_ends_by_itself_or_is_stopped_with_its_children(tmp_path: Path) -> None:
    program = "import sys; print('one'); print('two'); sys.exit(3)"
    assert run_process([sys.executable, "-c", program], {}, tmp_path / "log", 60.0) == Ended(3, "two")
    child = "import time; time.sleep(600)"
    hanging = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    begun = time.monotonic()
    ended = run_process([sys.executable, "-c", hanging], {}, tmp_path / "log", 2.0)
    assert ended.status is None
    assert time.monotonic() - begun < 60.0
