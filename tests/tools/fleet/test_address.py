"""Where a fleet may meet."""

import socket

import pytest

from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.tools.fleet.address import bus_address, safe_address


@pytest.mark.parametrize("text", ["tcp/127.0.0.1:7447", "tls/lab-2.example:7447", "tcp/[::1]:1"])
def test_an_address_is_as_it_was_written(text: str) -> None:
    assert str(bus_address(text)) == text


@pytest.mark.parametrize(
    "text", ["", "127.0.0.1:7447", "tcp/127.0.0.1", "tcp/a:0", "tcp/a:70000", "tcp/a:1#iface=x"]
)
def test_another_text_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="is no address of a bus: give it as tcp/"):
        bus_address(text)


@pytest.mark.parametrize("text", ["tcp/0.0.0.0:7447", "tcp/192.168.1.7:7447", "tcp/lab-2:7447"])
def test_without_a_configuration_a_bus_is_of_this_machine(text: str) -> None:
    with pytest.raises(UsageError, match="say who may use it with --zenoh-config FILE"):
        safe_address(text)
    assert safe_address("tcp/localhost:7447").at.is_here


def test_an_address_is_free_until_somebody_listens_there() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        address = bus_address(f"tcp/127.0.0.1:{door.getsockname()[1]}")
        door.listen()
        assert not address.is_free()
    assert address.is_free()
    assert not bus_address("tcp/192.0.2.1:7447").is_free()
