"""What is done to a picture before a face is sought in it."""

import numpy as np

from fsrf_live.fsrf.common.aliases import Image

_LARGEST, _SMALLEST = 960, 192
"""In pixels. The mesh looks at 192 of them; a larger picture only costs time."""

_MARGIN = 4
_DARK_MEAN, _DARK_DEVIATION = 10.0, 4.0
"""A covered lens gives noise of a few steps round a low level; a lamp at night is dark too, but not flat."""

_SAMPLE = 64


def is_black(image: Image) -> bool:
    """Whether ``image [H, W, 3]`` shows nothing, as with a covered lens: a coarse sample is dark and flat.

    The one rule for it: a source is judged by it, and so is a picture before a face is looked for in it.
    """
    height, width = image.shape[:2]
    sample = image[:: max(1, height // _SAMPLE), :: max(1, width // _SAMPLE)]
    return bool(sample.mean() < _DARK_MEAN and sample.std() < _DARK_DEVIATION)


def sized(image: Image) -> Image:
    """The picture in RGB, with its longer side at 960 pixels at most and its shorter at 192 at least."""
    import cv2

    longer, shorter = max(image.shape[:2]), min(image.shape[:2])
    scale = min(max(1.0, _SMALLEST / shorter), _LARGEST / longer)
    if scale != 1:
        size = tuple(max(1, round(side * scale)) for side in image.shape[1::-1])
        smooth = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
        image = np.asarray(cv2.resize(image, size, interpolation=smooth), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def is_small(image: Image) -> bool:
    """Whether a picture is so small that it is most likely a face cut out of a larger one."""
    return bool(min(image.shape[:2]) < _SMALLEST)


def with_margin(picture: Image) -> Image:
    """The picture in a black margin, so that a face that fills it is found more often."""
    margin = min(picture.shape[:2]) // _MARGIN
    return np.pad(picture, ((margin, margin), (margin, margin), (0, 0)))
