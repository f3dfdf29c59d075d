"""Windows to engine inputs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fsrf_live.fsrf.common.errors import EngineError
from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.flow.items import HOP_NS, Reason
from fsrf_live.stream.reading.assemble import assemble, slots
from fsrf_live.stream.windows.window import Presence, Window
from tests.doubles.fakes import WIDTHS, FakeTextEncoder, config, face, no_face, voice

HERE = Presence(1.0, None)


def vectors(times_ns: list[int], width: int) -> list[tuple[int, NDArray[np.float32]]]:
    return [(t, np.full(width, i + 1, np.float32)) for i, t in enumerate(times_ns)]


def test_hops_fill_slots_from_the_left_without_a_gap() -> None:
    start_ns = 700_000_000
    times_ns = [start_ns + 13_000_000 + i * HOP_NS for i in range(50)]
    features, mask = slots(vectors(times_ns, 6), start_ns, start_ns + 2 * NS, config(), "audio")
    assert features.shape == (300, 6)
    assert features.dtype == np.float32
    assert mask.tolist() == [True] * 50 + [False] * 250
    assert features[:50, 0].tolist() == list(range(1, 51))
    assert not features[50:].any()


def test_jitter_neither_shares_nor_skips_a_slot() -> None:
    times_ns = [i * HOP_NS + (7_000_000 if i % 2 else 0) for i in range(40)]
    _, mask = slots(vectors(times_ns, 6), 0, 2 * NS, config(), "audio")
    assert mask.sum() == 40


def test_a_gap_in_time_is_a_gap_in_the_mask() -> None:
    times_ns = [0, 100_000_000, 500_000_000]
    features, mask = slots(vectors(times_ns, 5), 0, NS, config(), "video")
    assert np.flatnonzero(mask).tolist() == [0, 1, 5]
    assert features[5, 0] == 3


def test_of_two_pictures_in_a_slot_the_later_one_counts() -> None:
    features, mask = slots(vectors([0, 40_000_000], 5), 0, NS, config(), "video")
    assert mask.sum() == 1
    assert features[0, 0] == 2


def test_of_a_window_with_more_time_than_slots_the_newest_part_is_kept() -> None:
    times_ns = [i * 100_000_000 for i in range(200)]
    features, mask = slots(vectors(times_ns, 5), 0, 20 * NS, config(), "video")
    assert mask.all()
    assert (features[0, 0], features[-1, 0]) == (81, 200)


def test_features_of_another_checkpoint_are_refused() -> None:
    with pytest.raises(EngineError, match="video features of shape"):
        slots(vectors([0], 7), 0, NS, config(), "video")


def test_what_is_not_real_is_masked_out() -> None:
    faces = (face(0), no_face(100_000_000, Reason.NO_FACE))
    voices = (voice(0), voice(HOP_NS, silent=True))
    window = Window(0, 0, True, 0, NS, NS, 0, faces, voices, (), dict.fromkeys(WIDTHS, HERE))
    inputs = assemble([window, window], FakeTextEncoder().encode(["good", ""]), config())
    assert {m: inputs.features[m].shape for m in WIDTHS} == {
        "text": (2, 64, 4),
        "audio": (2, 300, 6),
        "video": (2, 120, 5),
    }
    assert inputs.masks["video"].sum(1).tolist() == [1, 1]
    assert inputs.masks["audio"].sum(1).tolist() == [1, 1]
    assert inputs.masks["text"].sum(1).tolist() == [1, 0]
