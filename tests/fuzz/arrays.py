"""Damage to archives of arrays that leaves them archives: other values, lengths and kinds."""

import io
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

VALUES = (0, 1, -1, 255, 256, 1 << 31, -(1 << 63), (1 << 63) - 1)
TEXTS = (
    b"[]",
    b"{}",
    b"null",
    b"[[]]",
    b"[[1]]",
    b'[["a",2,3]]',
    b"[[1,2,3,4,5]]",
    b'[[0,1,"x",2,"en",null]]',
)


@st.composite
def damaged_archive(draw: st.DrawFn, data: bytes) -> bytes:
    """An ``.npz`` of which one array is another one, or missing."""
    with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
        arrays = {name: loaded[name] for name in loaded.files}
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(arrays)))
        way = draw(st.sampled_from(("value", "cut", "kind", "shape", "gone", "texts")))
        if way == "gone" and len(arrays) > 1:
            del arrays[name]
        elif way == "texts":
            arrays["texts"] = np.frombuffer(draw(st.sampled_from(TEXTS) | st.binary(max_size=20)), np.uint8)
        else:
            arrays[name] = _other(draw, arrays[name], way)
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def _other(draw: st.DrawFn, array: NDArray[Any], way: str) -> NDArray[Any]:
    if way == "cut":
        return array[: draw(st.integers(0, len(array)))] if array.ndim else array
    if way == "kind":
        with np.errstate(all="ignore"):
            return array.astype(draw(st.sampled_from(("u1", "i2", "i8", "f4", "f8", "?"))))
    if way == "shape":
        return array.reshape(-1) if array.ndim > 1 else array[None]
    changed = array.copy()
    if changed.size:
        at = draw(st.integers(0, changed.size - 1))
        value = draw(st.sampled_from(VALUES) | st.just(float("nan")))
        with np.errstate(all="ignore"):
            changed.reshape(-1)[at] = np.array(value).astype(changed.dtype)
    return changed
