import pytest

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device, choose

DEVICES = [
    Device(0, "HD Webcam"),
    Device(2, "USB Microphone"),
    Device(3, "USB Microphone Pro"),
    Device(5, "HD Webcam"),
]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [("usb microphone pro", 3), ("Pro", 3), ("USB Microphone", 2), ("webcam", 0)],
)
def test_a_name_or_a_part_of_one_means_a_device(wanted: str, index: int) -> None:
    assert choose("camera", wanted, DEVICES).index == index


def test_a_name_that_means_two_lists_them() -> None:
    with pytest.raises(SourceError, match=r"means 2 microphones.*'USB Microphone', 'USB Microphone Pro'"):
        choose("microphone", "usb", DEVICES)


def test_a_name_that_means_none_lists_what_there_is() -> None:
    with pytest.raises(SourceError, match=r"no camera is called 'kinect'; there is 'HD Webcam'"):
        choose("camera", "kinect", DEVICES)
    with pytest.raises(SourceError, match="there is none at all"):
        choose("camera", "kinect", [])
