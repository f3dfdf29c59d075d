"""Where a sink sends to, or listens."""

import pytest

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.sinks.address import address_of, listening_address


@pytest.mark.parametrize(
    ("target", "host", "port"),
    [
        ("//example.org:9000", "example.org", 9000),
        ("example.org:9000", "example.org", 9000),
        ("//[::1]:9000", "::1", 9000),
        ("9000", "127.0.0.1", 9000),
        ("//9000", "127.0.0.1", 9000),
    ],
)
def test_a_host_and_a_port(target: str, host: str, port: int) -> None:
    assert address_of("osc", target) == Address(host, port)


@pytest.mark.parametrize("target", ["", "//", "//example.org"])
def test_what_is_left_out_is_this_machine_and_the_usual_port(target: str) -> None:
    host = "example.org" if "example" in target else "127.0.0.1"
    assert address_of("mqtt", target, 1883) == Address(host, 1883)


@pytest.mark.parametrize("target", ["", "//host", "host:port", "host:99999", "//host:1/path", "//[::1:7"])
def test_what_is_no_address_is_refused_with_the_form_of_one(target: str) -> None:
    with pytest.raises(UsageError, match="give it as osc://HOST:PORT"):
        address_of("osc", target)


@pytest.mark.parametrize("target", ["//me:secret@host:1", "//me@host:1"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(target: str) -> None:
    with pytest.raises(UsageError, match=r"others can read .*: see docs/sinks.md$") as refused:
        address_of("mqtt", target)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("target", ["127.0.0.1:80", "localhost:80", "[::1]:80", "80"])
def test_a_sink_listens_on_this_machine(target: str) -> None:
    assert listening_address("ws", target, 8765).is_here


@pytest.mark.parametrize("target", ["0.0.0.0:80", "192.168.1.7:80", "example.org:80", "[::]:80"])
def test_and_on_no_other(target: str) -> None:
    with pytest.raises(UsageError, match=r"listens on this machine only, .* give 127.0.0.1:80"):
        listening_address("ws", target, 8765)


def test_an_address_is_written_as_it_is_read() -> None:
    assert [str(Address(host, 1)) for host in ("::1", "example.org")] == ["[::1]:1", "example.org:1"]
