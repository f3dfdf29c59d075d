"""A host and a port, as people write them."""

import socket
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsrf_live.fsrf.common.address import Address, address_in
from fsrf_live.fsrf.common.errors import UsageError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.org:9000", "example.org", 9000),
        ("LocalHost:1", "localhost", 1),
        ("10.0.0.7:65535", "10.0.0.7", 65535),
        ("[::1]:9000", "::1", 9000),
        ("[fe80::1%eth0]:9000", "fe80::1%eth0", 9000),
        ("example.org.:9000", "example.org.", 9000),
        (f"{'a' * 63}.{'b' * 63}:9000", f"{'a' * 63}.{'b' * 63}", 9000),
        ("M\u00fcnchen.example:9000", "m\u00fcnchen.example", 9000),
    ],
)
def test_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert address_in(text, "it", "HOST:PORT") == Address(host, port)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "here:7"),
        ("8", "here:8"),
        (":8", "here:8"),
        ("there", "there:7"),
        ("there:", "there:7"),
        ("[::1]", "[::1]:7"),
        ("there:8", "there:8"),
    ],
)
def test_what_is_left_out_is_the_usual(text: str, shown: str) -> None:
    assert str(address_in(text, "it", "HOST:PORT", "here", 7)) == shown


@pytest.mark.parametrize("text", ["", "9000", ":9000", "example.org", "example.org:", "[::1]"])
def test_what_has_nothing_usual_must_be_given(text: str) -> None:
    with pytest.raises(
        UsageError, match="it is no address: give it as HOST:PORT, with a port from 1 to 65535"
    ):
        address_in(text, "it", "HOST:PORT")


@pytest.mark.parametrize(
    "text",
    [
        *("a:0", "a:65536", "a:-1", "a:+1", "a:1 ", "a:b", "a:\u0661", "0", "65536", "a:" + "9" * 5000),
        *(
            "::1:80",
            "[::1:80",
            "::1]:80",
            "[:::]:80",
            "[]:80",
            "[a]:80",
            "a b:80",
            "a/b:80",
            "a:80/b",
            "me@a:80",
        ),
        *("a..b:80", ".a:80", ".:80", "a.b..:80", "a" * 64 + ":80", "a." + "b" * 64 + ".c:80"),
        *("\u3002a:80", "\u00e9" * 63 + ":80", "\u200d:80", "[fe80::1%a..b]:80", f"[fe80::1%{'a' * 64}]:80"),
    ],
)
def test_another_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        address_in(text, "it", "FORM", "here", 7)
    assert str(refused.value) == "it is no address: give it as FORM, with a port from 1 to 65535"


LABELS = st.sampled_from(
    ["", "a", "b-c", "a" * 63, "a" * 64, "\u00e9" * 63, "\u3002", "\u0130", "%eth0", "1"]
)
HOSTS = st.text() | st.lists(LABELS).map(".".join)


@given(HOSTS, st.booleans())
def test_whatever_is_an_address_can_be_looked_up(host: str, bracketed: bool) -> None:
    text = f"[fe80::1%{host}]:9" if bracketed else f"{host}:9"
    with suppress(UsageError):
        address = address_in(text, "it", "FORM")
        with suppress(OSError):  # there may be no such host
            socket.getaddrinfo(address.host, address.port, flags=socket.AI_NUMERICHOST)  # asks no network
