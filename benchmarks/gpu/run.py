"""Runs each step in a process of its own with a limit; of a kit, joins, checks and installs it first.

Standard library alone. What a step has found lies in DIR/results as it comes, a JSON object a line. The page
is written again after each step: whoever is stopped keeps what there is. A second run does what is not done.
"""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.gpu.manifest import MANIFEST, Manifest, join
from benchmarks.gpu.page import page_of
from benchmarks.gpu.steps import INSTALL_S, PAGE_S, STEPS, TOTAL_S, Step

DONE, FAILED, TOO_LONG = "done", "failed", "over its limit"
_SHOWN = 300
"""Characters of a step's last line."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its status, None if it was stopped at its limit; and its last line."""

    status: int | None
    last: str


@dataclass(frozen=True)
class Outcome:
    """What became of a step."""

    name: str
    about: str
    how: str
    seconds: float
    why: str


Runner = Callable[[Sequence[str], Mapping[str, str], Path, float], Ended]
"""Runs a command with an environment, its output to a file, for so many seconds at most."""


def measured(folder: Path, page: Path, *, carried: bool) -> int:
    """Everything, in an environment of the kit's if it was `carried` here; 1 if no step was done."""
    outcomes = Run(folder, page, run_process, time.monotonic, carried=carried).all()
    for outcome in outcomes:
        why = f" ({outcome.why})" if outcome.why else ""
        print(f"{outcome.name}: {outcome.how}, {outcome.seconds:.0f} s{why}")
    print(f"written: {page}")
    return 0 if any(outcome.how == DONE for outcome in outcomes) else 1


def run_process(command: Sequence[str], environment: Mapping[str, str], log: Path, limit_s: float) -> Ended:
    """A `Runner`; at the limit the process and its children are killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = None
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return Ended(status, lines[-1].strip()[:_SHOWN] if lines else "")


class Run:
    """One run in a folder."""

    def __init__(
        self, folder: Path, page: Path, runner: Runner, clock: Callable[[], float], *, carried: bool
    ) -> None:
        """`clock` gives seconds; what was `carried` is installed first, else all is installed here."""
        self._folder = folder
        self._page = page
        self._runner = runner
        self._clock = clock
        self._begun = clock()
        self._results = folder / "results"
        self._venv = folder / "venv"
        self._carried = carried
        self._notes: list[str] = []
        self._outcomes: list[Outcome] = []

    def all(self) -> list[Outcome]:
        """Do what is not done, and write the page after each step."""
        self._results.mkdir(parents=True, exist_ok=True)
        before = {outcome.name: outcome for outcome in self._recorded() if outcome.how == DONE}
        if self._carried:
            install = Step("install", (), INSTALL_S, "the wheels that were carried, beside what is there")
            self._record(before.get(install.name) or self._installed(install))
        for step in STEPS:
            self._record(before.get(step.name) or self._done(step))
        return self._outcomes

    def _done(self, step: Step) -> Outcome:
        results = self._results / f"{step.name}.jsonl"
        results.unlink(missing_ok=True)
        words = [word.format(results=results) for word in step.words]
        python = str(self._venv / "bin" / "python") if self._carried else sys.executable
        return self._timed(step, [python, *words])

    def _installed(self, step: Step) -> Outcome:
        """The environment sees what the interpreter that runs this sees, torch above all."""
        flaws, wheels = self._joined()
        self._notes += flaws
        made = self._timed(step, [sys.executable, "-m", "venv", "--without-pip", str(self._venv)])
        if made.how != DONE:
            return made
        inside = self._venv / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
        inside.mkdir(parents=True, exist_ok=True)
        # --system-site-packages would show what lies below, if that interpreter is of an environment itself.
        paths = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
        (inside / "outside.pth").write_text("".join(f"{path}\n" for path in paths))
        unpack = [sys.executable, "-m", "benchmarks.gpu.unpack", str(inside)]
        return self._timed(step, [*unpack, *map(str, wheels)])

    def _joined(self) -> tuple[list[str], list[Path]]:
        """What is wrong with what was carried, and the wheels that are whole."""
        try:
            manifest = Manifest.of((self._folder / MANIFEST).read_text())
        except (OSError, ValueError) as error:
            return [f"nothing was carried: {error}"], []
        flaws = [] if manifest.python == sysconfig.get_python_version() else [_other_python(manifest.python)]
        flaws += [f"{name} was not packed" for name in manifest.missing]
        wheels = []
        for wheel in manifest.wheels:
            flaw = join(self._folder, wheel, self._folder / "wheels")
            if flaw is None:
                wheels.append(self._folder / "wheels" / wheel.name)
            else:
                flaws.append(f"{wheel.name} was left out: {flaw}")
        return flaws, wheels

    def _timed(self, step: Step, command: Sequence[str]) -> Outcome:
        begun = self._clock()
        left = TOTAL_S - PAGE_S - (begun - self._begun)
        if left <= 0:
            return Outcome(step.name, step.about, "not begun", 0.0, f"the {TOTAL_S:.0f} s of a run were over")
        limit = min(step.limit_s, left)
        log = self._results / f"{step.name}.log"
        try:
            ended = self._runner(command, self._environment(), log, limit)
        except OSError as error:
            ended = Ended(1, str(error))
        took = self._clock() - begun
        if ended.status is None:
            return Outcome(step.name, step.about, TOO_LONG, took, f"stopped after {limit:.0f} s")
        why = "" if ended.status == 0 else ended.last or f"exit status {ended.status}"
        return Outcome(step.name, step.about, DONE if ended.status == 0 else FAILED, took, why)

    def _environment(self) -> dict[str, str]:
        here = Path.cwd()
        own = {"FSRF_CACHE_DIR": str(self._folder / "cache")} if self._carried else {}
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(here / "src"), str(here)]),
            "PYTHONUNBUFFERED": "1",
            **own,
        }

    def _record(self, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        _replace(self._results / "outcomes.json", json.dumps([asdict(o) for o in self._outcomes], indent=1))
        rows = {step.name: rows_of(self._results / f"{step.name}.jsonl") for step in STEPS}
        told = [(o.name, o.about, o.how, o.seconds, o.why) for o in self._outcomes]
        _replace(self._page, page_of(told, rows, self._notes))

    def _recorded(self) -> list[Outcome]:
        try:
            return [Outcome(**values) for values in json.loads((self._results / "outcomes.json").read_text())]
        except (OSError, TypeError, ValueError):
            return []


def _other_python(packed_for: str) -> str:
    return f"the wheels are for Python {packed_for}, and this is {sysconfig.get_python_version()}"


def rows_of(path: Path) -> list[dict[str, object]]:
    """What a step has found; a line that was torn when it was stopped is left out."""
    rows: list[dict[str, object]] = []
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return rows
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.replace(path)
