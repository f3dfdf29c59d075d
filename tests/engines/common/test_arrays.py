from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.engines.common.arrays import Feed, input_shapes, output_shapes, run_in_batches, to_feed
from fsrf_live.engines.common.contract import Inputs
from fsrf_live.fsrf.common.aliases import Floats
from fsrf_live.fsrf.common.errors import EngineError
from tests.engines.conftest import TINY, random_windows


def counting(feed: Feed) -> list[Floats]:
    """Answers that identify their window."""
    marks = feed["text"][:, 0, 0].astype(np.float32)
    return [np.broadcast_to(marks.reshape(-1, *[1] * (len(s) - 1)), s).copy() for s in shapes(len(marks))]


def shapes(batch: int) -> list[tuple[int, ...]]:
    return list(output_shapes(batch).values())


@given(windows=st.integers(0, 9), batch=st.integers(1, 4))
def test_every_window_gets_its_own_answer_whatever_the_batch(windows: int, batch: int) -> None:
    inputs = random_windows(max(windows, 1))
    feed = {name: values[:windows] for name, values in to_feed(TINY, inputs).items()}
    sizes = []

    def run(part: Feed) -> list[Floats]:
        sizes.append(len(part["text"]))
        return counting(part)

    answers = run_in_batches(feed, batch, run)
    assert set(sizes) <= {batch}
    assert [answers.score.shape, answers.recovery.shape] == [(windows, 7), (windows, 7, 3)]
    np.testing.assert_array_equal(answers.score[:, 0], feed["text"][:, 0, 0])


def test_shapes_that_are_not_the_config_are_refused_by_name() -> None:
    window = random_windows(1)
    wrong = Inputs({**window.features, "audio": window.features["audio"][:, :-1]}, window.masks)
    with pytest.raises(EngineError, match=r"input audio is float32 \(1, 7, 5\)"):
        to_feed(TINY, wrong)
    with pytest.raises(EngineError, match="text_mask is float32"):
        to_feed(TINY, replace(window, masks={**window.masks, "text": np.ones((1, 4), np.float32)}))
    with pytest.raises(EngineError, match="input video is float64"):
        to_feed(TINY, replace(window, features={**window.features, "video": np.zeros((1, 6, 7))}))  # type: ignore[dict-item]
    with pytest.raises(EngineError, match="lacks video"):
        to_feed(TINY, replace(window, features={m: window.features[m] for m in ("text", "audio")}))


def test_the_modalities_of_a_call_hold_equally_many_windows() -> None:
    window = random_windows(2)
    with pytest.raises(EngineError, match="input audio"):
        to_feed(TINY, replace(window, features={**window.features, "audio": window.features["audio"][:1]}))


def test_inputs_are_named_in_the_order_in_which_engines_take_them() -> None:
    assert list(input_shapes(TINY, 2)) == ["text", "text_mask", "audio", "audio_mask", "video", "video_mask"]
    assert input_shapes(TINY, 2)["audio"] == (2, 8, 5)
