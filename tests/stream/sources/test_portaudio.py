"""Which microphone of PortAudio's list is meant, with a list that a test says."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.errors import SourceError
from fsrf_live.stream.sources.device import Device
from fsrf_live.stream.sources.portaudio import find_input

if TYPE_CHECKING:
    import pyaudio

BUILT_IN, WEBCAM, HEADSET = "HDA Intel PCH: ALC257 Analog", "HD Pro Webcam C920: USB Audio", "USB Audio"
PARTS = {BUILT_IN: "alc257", WEBCAM: "C920", HEADSET: "USB Audio"}
"""A part of each name; that of the headset is its whole name, and a part of the webcam's too."""


class Listed:
    """PortAudio with this list of microphones."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def get_device_count(self) -> int:
        return len(self._names)

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        return {"index": index, "name": self._names[index], "maxInputChannels": 1}


def found(names: list[str], wanted: str, known: str | None = None) -> Device:
    return find_input(cast("pyaudio.PyAudio", Listed(names)), wanted, known)


def placed(order: list[str], places: list[int]) -> list[str]:
    """The list as ALSA gives it, with one device that has no place."""
    return [*(f"{name} (hw:{place},0)" for name, place in zip(order, places, strict=True)), "default"]


ORDERS, PLACES = st.permutations(list(PARTS)), st.permutations([0, 1, 2])


@given(ORDERS, PLACES, ORDERS, PLACES, st.sampled_from(list(PARTS)))
def test_a_microphone_is_found_again_wherever_it_is_plugged_in_however_it_was_named(
    order: list[str], places: list[int], order_after: list[str], places_after: list[int], device: str
) -> None:
    before, after = placed(order, places), placed(order_after, places_after)
    index = order.index(device)
    for wanted in (str(index), before[index], before[index].upper(), PARTS[device]):
        first = found(before, wanted)
        assert first == Device(index, before[index])
        again = order_after.index(device)
        assert found(after, wanted, first.name) == Device(again, after[again])


def test_of_two_that_differ_in_their_place_alone_the_exact_one_is_meant() -> None:
    twins = placed([WEBCAM, WEBCAM], [1, 2])
    for index in (0, 1):
        assert found(twins, twins[index]).index == index
        assert found(twins, str(1 - index), known=twins[index]).index == index
        assert found(twins[index:], twins[index]).name == twins[index]
    with pytest.raises(SourceError, match="means 2 microphones"):
        found(twins, WEBCAM)
    with pytest.raises(SourceError, match=r"no microphone is called .*\(hw:3,0\)'; there is"):
        found(twins, placed([WEBCAM], [3])[0])


def test_a_number_is_that_of_the_list_until_a_name_is_known() -> None:
    assert found(["one", "two"], "1") == Device(1, "two")
    assert found(["two", "one"], "1", known="two") == Device(0, "two")
    with pytest.raises(SourceError, match=r"no microphone has the number 7; there is 0 \(one\)"):
        found(["one"], "7")
