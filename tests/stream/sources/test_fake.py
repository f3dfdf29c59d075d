from itertools import pairwise

import numpy as np

from fsrf_live.stream.flow.clock import NS, FakeClock
from fsrf_live.stream.flow.items import Frame, Samples
from fsrf_live.stream.sources.fake import FakeCamera, FakeMicrophone
from fsrf_live.stream.supervision.novelty import Novelty


def test_the_camera_gives_25_new_pictures_a_second() -> None:
    clock, novelty = FakeClock(3 * NS), Novelty()
    camera = FakeCamera(clock)
    camera.open()
    frames = [frame for _ in range(400) if (frame := camera.read()) is not None]
    assert np.all(np.diff([frame.time_ns for frame in frames]) == NS // 25)
    assert all(novelty.fault_of(frame) is None for frame in frames)
    assert clock.now_ns() == frames[-1].time_ns
    assert isinstance(frames[0], Frame)


def test_the_microphone_hums_without_a_gap() -> None:
    clock = FakeClock()
    microphone = FakeMicrophone(clock)
    microphone.open()
    blocks = [block for _ in range(200) if (block := microphone.read()) is not None]
    assert all(a.end_ns == b.time_ns for a, b in pairwise(blocks))
    assert clock.now_ns() == blocks[-1].end_ns
    assert all(isinstance(block, Samples) and np.abs(block.samples).max() < 1 for block in blocks)
    assert all(block.samples.any() for block in blocks)
    again = FakeMicrophone(FakeClock())
    again.open()
    first = again.read()
    assert first is not None
    assert np.array_equal(first.samples, blocks[0].samples)
