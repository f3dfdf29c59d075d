from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.engines.text.packed import PackedModel, unpacked
from fsrf_live.fsrf.common.errors import EngineError


@given(st.lists(st.integers(-8, 7), min_size=32, max_size=32), st.floats(0.0, 100.0, width=16))
def test_a_block_is_its_scale_times_its_numbers(numbers: list[int], scale: float) -> None:
    nibbles = np.array(numbers, np.int64) + 8
    packed = (nibbles[:16] | nibbles[16:] << 4).astype(np.uint8)
    block = np.concatenate([np.array([scale], np.float16).view(np.uint8), packed])
    np.testing.assert_array_equal(unpacked(block), np.array(numbers, np.float32) * np.float32(scale))
    assert unpacked(np.stack([np.tile(block, 2)] * 3)).shape == (3, 64)


@pytest.mark.parametrize("content", [b"", b"E5S1", b"PK\x03\x04" + bytes(99), b"E5S1" + bytes(99)])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(content)
    with pytest.raises(EngineError, match="cannot be read"):
        PackedModel(path)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        PackedModel(tmp_path / "missing.bin")
