"""How large a picture is, before it is decoded."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.stream.page.browser.jpeg import jpeg_size


def jpeg(width: int, height: int, *options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8), options)[1])


@pytest.mark.parametrize("size", [(640, 480), (1, 1), (17, 1000)])
@pytest.mark.parametrize("progressive", [0, 1])
def test_it_is_told_by_the_head(size: tuple[int, int], progressive: int) -> None:
    picture = jpeg(*size, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert jpeg_size(picture) == size
    assert jpeg_size(picture[:2] + b"\xff\xff\x01" + picture[2:]) == size


def test_what_has_no_head_has_no_size() -> None:
    picture = jpeg(64, 48)
    assert jpeg_size(b"") is None
    assert jpeg_size(b"GIF89a") is None
    assert jpeg_size(picture[:2]) is None
    assert jpeg_size(b"\xff\xd8\xff\xda\x00\x02" + picture[2:]) is None


@given(st.binary(max_size=200))
def test_any_bytes_have_a_size_or_none(rest: bytes) -> None:
    size = jpeg_size(b"\xff\xd8" + rest)
    assert size is None or (0 <= size[0] < 2**16 and 0 <= size[1] < 2**16)


@given(st.integers(0, 700))
def test_half_a_picture_has_the_right_size_or_none(length: int) -> None:
    assert jpeg_size(jpeg(640, 480)[:length]) in (None, (640, 480))
