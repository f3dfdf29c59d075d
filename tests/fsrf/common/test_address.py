"""A host and a port, as people write them."""

import pytest

from fsrf_live.fsrf.common.address import Address, address_in
from fsrf_live.fsrf.common.errors import UsageError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("example.org:9000", "example.org", 9000),
        ("LocalHost:1", "localhost", 1),
        ("10.0.0.7:65535", "10.0.0.7", 65535),
        ("[::1]:9000", "::1", 9000),
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
    ],
)
def test_another_text_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        address_in(text, "it", "FORM", "here", 7)
    assert str(refused.value) == "it is no address: give it as FORM, with a port from 1 to 65535"
