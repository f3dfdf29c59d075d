"""Where a fleet may meet."""

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.address import DOORS, bus_address, safe_address


@pytest.mark.parametrize("text", ["tcp/127.0.0.1:7447", "tls/lab-2.example:7447", "tcp/[::1]:1"])
def test_an_address_is_as_it_was_written(text: str) -> None:
    assert str(bus_address(text)) == text


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:7447", "tcp/127.0.0.1", "tcp/a:0", "tcp/a:70000", "tcp/a:1#iface=x"]
)
def test_another_text_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no address: give it as tcp/"):
        bus_address(text)


@pytest.mark.parametrize("text", ["tcp/0.0.0.0:7447", "tcp/192.168.1.7:7447", "tcp/lab-2:7447"])
def test_without_a_configuration_a_bus_is_of_this_machine(text: str) -> None:
    with pytest.raises(UsageError, match="say who may use it with --zenoh-config FILE"):
        safe_address(text)
    assert safe_address("tcp/localhost:7447").at.is_here


def test_the_doors_of_an_address_are_its_port_and_those_after_it() -> None:
    doors = [str(door) for door in bus_address("tcp/[::1]:7447").doors()]
    assert len(set(doors)) == DOORS
    assert doors[:2] == ["tcp/[::1]:7447", "tcp/[::1]:7448"]
    assert len(bus_address("tcp/a:65535").doors()) == 1
