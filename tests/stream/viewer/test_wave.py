"""The sound of a recording as bytes of a WAV file that exists nowhere."""

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.aliases import Reals
from fsrf_live.stream.flow.items import SAMPLE_RATE_HZ
from fsrf_live.stream.viewer.wave import ByteRange, part_of, wave_bytes, wave_part

LENGTH_S = 9.5
SIZE = wave_bytes(LENGTH_S)


def ramp(first: int, end: int) -> Reals:
    return (np.arange(first, end) % 1000 / 1000.0).astype(np.float32)


def whole() -> bytes:
    return b"".join(wave_part(ByteRange(0, SIZE), SIZE, ramp))


def test_it_is_a_wav_file_of_its_length() -> None:
    with wave.open(io.BytesIO(whole())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE_HZ)
        assert file.getnframes() == LENGTH_S * SAMPLE_RATE_HZ
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.array_equal(samples, (ramp(0, len(samples)) * 32767.0).round())


@given(st.integers(0, SIZE - 1), st.integers(1, SIZE))
def test_any_part_is_the_same_as_in_the_whole(first: int, length: int) -> None:
    end = min(SIZE, first + length)
    assert b"".join(wave_part(ByteRange(first, end), SIZE, ramp)) == whole()[first:end]


def test_what_is_too_loud_is_clipped() -> None:
    loud = b"".join(wave_part(ByteRange(44, 48), SIZE, lambda first, end: np.array([2.0, -2.0])))
    assert np.frombuffer(loud, "<i2").tolist() == [32767, -32767]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, ByteRange(0, 100)),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=10-19", ByteRange(10, 20)),
        ("bytes=90-200", ByteRange(90, 100)),
        ("bytes=-5", ByteRange(95, 100)),
        ("bytes=-500", ByteRange(0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", ByteRange(0, 100)),  # several parts may be answered by all of it
        ("pages=1-2", ByteRange(0, 100)),
        ("bytes=-", ByteRange(0, 100)),
        (f"bytes={'9' * 400}-", ByteRange(0, 100)),
    ],
)
def test_a_range_is_read_as_http_says(asked: str | None, part: ByteRange | None) -> None:
    assert part_of(asked, 100) == part


@given(st.text(max_size=30), st.integers(1, 10_000))
def test_whatever_is_asked_for_lies_within(asked: str, size: int) -> None:
    part = part_of(f"bytes={asked}", size)
    assert part is None or 0 <= part.first < part.end <= size
