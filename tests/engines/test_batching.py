"""Many threads, one engine: everybody gets their own answer, and what waits together is run together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from fsrf_live.engines.batching import BatchingEngine, batch_sizes
from fsrf_live.engines.common.contract import Inputs, Outputs
from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.fsrf.common.modalities import MODALITIES
from tests.doubles.fakes import FakeEngine, config
from tests.doubles.waiting import until


def window(value: float, count: int = 1) -> Inputs:
    shapes = {m: config().modality(m) for m in MODALITIES}
    return Inputs(
        {m: np.full((count, s.length, s.width), value, np.float32) for m, s in shapes.items()},
        {m: np.ones((count, s.length), np.bool_) for m, s in shapes.items()},
    )


class Held(FakeEngine):
    """Waits in its first run until it is let go, and remembers the sizes of all runs."""

    def __init__(self, size: int, log: list[tuple[int, int]], go: threading.Event, in_it: threading.Event):
        super().__init__()
        self.size, self.log, self.go, self.in_it = size, log, go, in_it

    def run(self, inputs: Inputs) -> Outputs:
        self.in_it.set()
        assert self.go.wait(10)
        self.log.append((self.size, len(inputs.features["text"])))
        return super().run(inputs)


@pytest.mark.parametrize(
    ("streams", "sizes"), [(1, (1,)), (2, (1, 2)), (3, (1, 2)), (6, (1, 2, 4)), (99, (1, 2, 4))]
)
def test_sizes_never_need_filling_up(streams: int, sizes: tuple[int, ...]) -> None:
    assert batch_sizes(streams) == sizes


def test_what_gathers_during_a_run_is_run_together_and_everybody_gets_their_own() -> None:
    log: list[tuple[int, int]] = []
    go, in_it = threading.Event(), threading.Event()
    engine = BatchingEngine(lambda size: Held(size, log, go, in_it), batch_sizes(8))
    alone = FakeEngine()
    values = [-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 0.1]
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(engine.run, window(values[0]))]
        assert in_it.wait(10)
        answers += [pool.submit(engine.run, window(value)) for value in values[1:]]
        assert until(lambda: engine.waiting == 7)
        go.set()
        scores = [answer.result(10).score for answer in answers]
    engine.close()
    assert log == [(1, 1), (4, 4), (2, 2), (1, 1)]
    assert engine.runs == {4: 1, 2: 1, 1: 2}
    for value, score in zip(values, scores, strict=True):
        np.testing.assert_array_equal(score, alone.run(window(value)).score)


def test_several_windows_of_one_caller_stay_together() -> None:
    engine = BatchingEngine(lambda size: FakeEngine(), batch_sizes(4))
    assert engine.run(window(0.5, 3)).score.shape == (3, 7)
    engine.close()


def test_what_the_engine_raises_reaches_who_asked_and_it_goes_on() -> None:
    class Broken(FakeEngine):
        refuses = True

        def run(self, inputs: Inputs) -> Outputs:
            if self.refuses:
                raise EngineError("no")
            return super().run(inputs)

    broken = Broken()
    engine = BatchingEngine(lambda size: broken, (1,))
    with pytest.raises(EngineError, match="no"):
        engine.run(window(0.0))
    broken.refuses = False
    assert engine.run(window(0.0)).score.shape == (1, 7)
    engine.close()


def test_a_closed_engine_says_so() -> None:
    engine = BatchingEngine(lambda size: FakeEngine(), (1,))
    engine.close()
    with pytest.raises(EngineError, match="closed"):
        engine.run(window(0.0))


def test_inputs_without_features_are_refused_and_it_goes_on() -> None:
    engine = BatchingEngine(lambda size: FakeEngine(), (1,))
    with pytest.raises(EngineError, match="without text features"):
        engine.run(Inputs({}, {}))
    assert engine.run(window(0.0)).score.shape == (1, 7)
    engine.close()
