"""One engine for several streams: windows that wait at the same moment are run together (micro-batching)."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import numpy as np

from fsrf_live.engines.common.contract import Engine, Inputs, ModelConfig, Outputs
from fsrf_live.fsrf.common.answers import Answers
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES

LARGEST = 4
"""On a CPU a batch of four costs three quarters of four runs, and larger ones save no more."""

Waiting = tuple[Inputs, "Future[Outputs]"]


def batch_sizes(streams: int) -> tuple[int, ...]:
    """Batch sizes for n streams: 1, 2, 4 up to n; each compiled engine has one, so none is padded."""
    return tuple(2**power for power in range(LARGEST.bit_length()) if 2**power <= max(streams, 1))


class BatchingEngine:
    """An engine that any number of threads may use at once; one thread of its own runs the real ones.

    No window waits for others to join it: while a batch runs, the next one gathers.
    """

    def __init__(self, load: Callable[[int], Engine], sizes: Sequence[int]) -> None:
        """`load` gives the engine for a batch size; `sizes` contains 1. Raises what `load` raises."""
        self._engines = {size: load(size) for size in sorted(sizes, reverse=True)}
        self.name: str = self._engines[1].name
        self.config: ModelConfig = self._engines[1].config
        self.prior: Outputs = self._engines[1].prior
        self.runs: dict[int, int] = dict.fromkeys(self._engines, 0)
        self._ready = threading.Condition()
        self._waiting: deque[Waiting] = deque()
        self._over = False
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many callers wait for a run that has not begun."""
        with self._ready:
            return len(self._waiting)

    def run(self, inputs: Inputs) -> Outputs:
        """Answer for B windows; waits for its turn. Raises EngineError if the engine refuses."""
        _windows(inputs)
        answer: Future[Outputs] = Future()
        with self._ready:
            if self._over:
                raise EngineError("the engine is closed: start the session again")
            self._waiting.append((inputs, answer))
            self._ready.notify()
        return answer.result()

    def close(self) -> None:
        """Answer what is waiting, then end the thread."""
        with self._ready:
            self._over = True
            self._ready.notify()
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._take():
            try:
                outputs = self._run(batch)
            except Exception as error:  # noqa: BLE001 - the edge of a thread: the waiting callers get it
                for _, answer in batch:
                    answer.set_exception(error)
                continue
            for (_, answer), part in zip(batch, outputs, strict=True):
                answer.set_result(part)

    def _take(self) -> list[Waiting]:
        """As many single windows as fill the largest engine that they can fill; empty once closed."""
        with self._ready:
            while not self._waiting and not self._over:
                self._ready.wait()
            singles = 0
            for inputs, _ in self._waiting:
                if _windows(inputs) != 1:
                    break
                singles += 1
            size = next((size for size in self._engines if size <= singles), 1)
            return [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]

    def _run(self, batch: list[Waiting]) -> list[Outputs]:
        size = len(batch)
        self.runs[size] += 1
        if size == 1:
            return [self._engines[1].run(batch[0][0])]
        outputs = self._engines[size].run(_joined([inputs for inputs, _ in batch]))
        return [_row(outputs, row) for row in range(size)]


def _windows(inputs: Inputs) -> int:
    """How many there are; raises EngineError for inputs without features."""
    try:
        return len(inputs.features[MODALITIES[0]])
    except (KeyError, TypeError) as error:
        raise EngineError(f"inputs without {MODALITIES[0]} features ({error}) cannot be run") from error


def _joined(parts: Sequence[Inputs]) -> Inputs:
    try:
        return Inputs(
            {m: np.concatenate([part.features[m] for part in parts]) for m in MODALITIES},
            {m: np.concatenate([part.masks[m] for part in parts]) for m in MODALITIES},
        )
    except (KeyError, ValueError) as error:
        raise EngineError(f"windows of different shapes cannot be run together ({error})") from error


def _row(outputs: Outputs, row: int) -> Outputs:
    own = slice(row, row + 1)
    return Answers(*(values[own] for values in outputs))
