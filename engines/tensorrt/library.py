"""TensorRT, or TensorRT for RTX if only that is installed, behind one interface."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fsrf_live.fsrf.common.errors import EngineError

Progress = Callable[[str, float], None]
"""Called with the current phase and the share of the whole that is done, in [0, 1]; it never falls."""

PORTABLE = "portable"
"""The target of a plan that runs on every card since Ampere (compute capability 8.0)."""


@dataclass(frozen=True, slots=True)
class Library:
    """An imported TensorRT. `complaints` holds what it logged as errors, latest last."""

    module: Any
    name: str
    version: str
    logger: Any
    complaints: list[str] = field(default_factory=list)

    @property
    def ahead_of_time(self) -> bool:
        """Whether plans for other cards can be built, and without any card."""
        return hasattr(self.module, "ComputeCapability")

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets that plans can be built for ahead of time: ``sm75`` and so on."""
        if not self.ahead_of_time:
            return ()
        names = self.module.ComputeCapability.__members__
        return (PORTABLE, *sorted((n.lower() for n in names if n.startswith("SM")), key=lambda n: int(n[2:])))

    def make(self, kind: str) -> Any:
        """A `Builder` or `Runtime`; raises EngineError if there is no usable card or driver for it."""
        try:
            return getattr(self.module, kind)(self.logger)
        except (AttributeError, TypeError, RuntimeError) as error:  # how its bindings report a null pointer
            raise EngineError(f"{self.name} {self.version} cannot start here: {self.reason()}") from error

    def reason(self) -> str:
        """The latest complaint, for an error message."""
        return self.complaints[-1] if self.complaints else "no reason given"


def open_library() -> Library:
    """Import TensorRT; raises EngineError if neither flavour is installed or loads."""
    for name in ("tensorrt", "tensorrt_rtx"):
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        except (ImportError, OSError) as error:
            raise EngineError(
                f"{name} is installed but does not load: {str(error).splitlines()[0]}"
            ) from error
        complaints: list[str] = []
        return Library(module, name, str(module.__version__), _logger(module, complaints), complaints)
    raise EngineError("TensorRT is not installed: install fsrf-live[rtx] or fsrf-live[tensorrt]")


def _logger(module: Any, complaints: list[str]) -> Any:
    """A logger that keeps errors for our messages and prints nothing."""
    base: Any = module.ILogger

    class Quiet(base):  # type: ignore[misc]
        def __init__(self) -> None:
            base.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if severity <= base.Severity.ERROR:
                complaints.append(" ".join(message.split())[:300])
                del complaints[:-8]  # a long session must not collect them without end

    return Quiet()


class Phases:
    """Folds TensorRT's nested build phases into one share that only grows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._steps: dict[str, tuple[str | None, int]] = {}
        self._done: dict[str, float] = {}
        self._share = 0.0

    def start(self, name: str, parent: str | None, steps: int) -> None:
        """A phase of `steps` steps begins, inside one step of its parent."""
        self._steps[name] = (parent if parent in self._steps else None, max(steps, 1))
        self._done[name] = 0.0
        self._report(name)

    def step(self, name: str, step: int) -> None:
        """A step (counted from 0) of a phase is done."""
        if name in self._steps:
            self._done[name] = step + 1.0
            self._report(name)

    def finish(self, name: str) -> None:
        """A phase ends; TensorRT may leave its last steps out."""
        if name in self._steps:
            self._done[name] = float(self._steps[name][1])
            self._report(name)
            del self._steps[name], self._done[name]

    def _report(self, name: str) -> None:
        share, at = 0.0, name
        while True:
            parent, steps = self._steps[at]
            share = min((self._done[at] + share) / steps, 1.0)
            if parent is None or parent not in self._steps:
                break
            at = parent
        self._share = max(self._share, share)
        self._progress(name, self._share)


def monitor(library: Library, progress: Progress) -> Any:
    """An `IProgressMonitor` that reports to a callback."""
    module = library.module
    phases = Phases(progress)

    base: Any = module.IProgressMonitor

    class Monitor(base):  # type: ignore[misc]
        def __init__(self) -> None:
            base.__init__(self)

        def phase_start(self, name: str, parent: str | None, steps: int) -> None:
            phases.start(name, parent, steps)

        def step_complete(self, name: str, step: int) -> bool:
            phases.step(name, step)
            return True

        def phase_finish(self, name: str) -> None:
            phases.finish(name)

    return Monitor()
