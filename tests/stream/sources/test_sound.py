import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.flow.clock import NS
from fsrf_live.stream.sources.sound import BLOCK, Blocks, Clipping, Resampler, sanitised


@given(st.lists(st.integers(0, 2000), max_size=20))
def test_blocks_hold_every_sample_once_and_in_order(sizes: list[int]) -> None:
    blocks, out, at = Blocks(), [], 0
    for size in sizes:
        out += blocks.put(np.arange(at, at + size, dtype=np.float32), at * NS // 16_000)
        at += size
    out += blocks.flush()
    heard = np.concatenate([block.samples for block in out]) if out else np.zeros(0)
    assert np.array_equal(heard, np.arange(at))
    assert all(len(block.samples) == BLOCK for block in out[:-1])
    for block in out:
        assert block.time_ns == pytest.approx(float(block.samples[0]) * NS / 16_000, abs=2 * len(sizes) + 2)


def test_a_gap_begins_a_new_run() -> None:
    blocks = Blocks()
    out = blocks.put(np.ones(400, np.float32), 0)
    out += blocks.put(np.ones(400, np.float32), NS)
    assert [(block.time_ns, len(block.samples)) for block in out] == [(0, 320), (20_000_000, 80), (NS, 320)]


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_resampled_in_pieces_it_is_the_same_tone(rate_hz: int, layout: str) -> None:
    resampler, parts = Resampler(), []
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(rate_hz) / rate_hz)).astype(np.float32)
    for piece in np.array_split(tone, 50):
        planes = np.repeat(piece[None], 1 if layout == "mono" else 2, axis=0)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        parts.append(resampler.convert(frame))
    out = np.concatenate([*parts, resampler.flush()])
    assert len(out) == pytest.approx(16_000, abs=2)
    expected = 0.5 * np.sin(2 * np.pi * 300 * np.arange(len(out)) / 16_000)
    assert np.abs(out - expected)[200:-200].max() < 0.02


def test_the_format_may_change_on_the_way() -> None:
    resampler, total = Resampler(), 0
    for rate_hz in (8_000, 48_000):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, rate_hz), np.float32), format="fltp", layout="mono")
        frame.sample_rate = rate_hz
        total += len(resampler.convert(frame))
    assert total + len(resampler.flush()) == pytest.approx(32_000, abs=3)


def test_samples_become_finite_and_fit_in_the_range() -> None:
    wild = np.array([np.nan, np.inf, -np.inf, 3, -0.5], np.float32)
    assert sanitised(wild).tolist() == [0, 1, -1, 1, -0.5]


def mixed(
    channels: np.ndarray[tuple[int, ...], np.dtype[np.float32]], layout: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Sound of 16 kHz ``[c, n]`` through the resampler in frames of 20 ms."""
    resampler, parts = Resampler(), []
    for piece in np.array_split(channels, channels.shape[1] // BLOCK, axis=1):
        packed = np.ascontiguousarray(piece.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate = 16_000
        parts.append(resampler.convert(frame))
    return np.concatenate([*parts, resampler.flush()])


@pytest.mark.parametrize("sign", [-1.0, -0.8, 1.0])
def test_sides_do_not_cancel(sign: float) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)).astype(np.float32)
    assert np.abs(mixed(np.stack([tone, np.float32(sign) * tone]), "stereo")).max() > 0.4


@pytest.mark.parametrize("channels", [3, 6, 9, 17])
@pytest.mark.parametrize("spoken", [0, 2])
def test_channels_without_a_place_are_all_heard(channels: int, spoken: int) -> None:
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)).astype(np.float32)
    samples = np.zeros((channels, len(tone)), np.float32)
    samples[spoken] = tone
    assert np.abs(mixed(samples, f"{channels} channels")).max() == pytest.approx(0.5, abs=0.02)


def test_sound_that_is_cut_off_is_noticed() -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000).astype(np.float32)
    heard = {}
    for gain in (0.9, 3.0):
        clipping = Clipping()
        clipping.seen(np.clip(np.float32(gain) * tone, -1, 1))
        heard[gain] = clipping.matters
    assert heard == {0.9: False, 3.0: True}
