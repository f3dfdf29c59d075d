"""Where a page may listen, by which names it may be asked for, and whom a certificate names."""

from pathlib import Path

import pytest

from fsrf_live.fsrf.common.address import Address
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.page.guard.place import PagePlace, Tls, place_of
from tests.doubles.certificates import certificate

HERE = ("127.0.0.1", "localhost")


def test_a_port_alone_is_of_this_machine() -> None:
    assert place_of("8770", None, None) == PagePlace(Address("127.0.0.1", 8770), HERE)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("127.0.0.1:9000", HERE),
        ("localhost:9000", ("localhost", "127.0.0.1")),
        ("[::1]:9000", ("[::1]", *HERE)),
    ],
)
def test_other_names_of_this_machine_need_no_tls(wanted: str, names: tuple[str, ...]) -> None:
    place = place_of(wanted, None, None)
    assert place.address.port == 9000
    assert place.names == names
    assert place.tls is None


@pytest.mark.parametrize("wanted", ["0.0.0.0:8770", "[::]:8770", "192.168.1.7:8770", "lab.example:8770"])
def test_another_machine_needs_tls(wanted: str) -> None:
    with pytest.raises(UsageError, match="lets other machines in, and that needs TLS: give --tls-cert FILE"):
        place_of(wanted, None, None)


@pytest.mark.parametrize("wanted", ["", "0", "65536", "here", "127.0.0.1:", "127.0.0.1:port", "1.2.3.4"])
def test_what_has_no_port_is_refused(wanted: str) -> None:
    with pytest.raises(UsageError, match="give it as PORT or HOST:PORT, with a port from 1 to 65535"):
        place_of(wanted, None, None)


@pytest.mark.parametrize("given", [("cert.pem", None), (None, "key.pem")])
def test_a_certificate_and_its_key_belong_together(given: tuple[str | None, str | None]) -> None:
    with pytest.raises(UsageError, match="belong together"):
        place_of("8770", *given)


def test_with_tls_it_goes_by_the_names_of_its_certificate(tmp_path: Path) -> None:
    files = certificate(tmp_path, "DNS:Lab.Example,DNS:*.lab.example,IP:192.168.1.7,IP:fd00::7")
    everywhere = place_of("0.0.0.0:8770", *files)
    assert everywhere.names == ("lab.example", "192.168.1.7", "[fd00::7]")
    assert everywhere.tls == Tls(Path(files[0]), Path(files[1]))
    assert place_of("192.168.1.7:8770", *files).names[0] == "192.168.1.7"
    assert place_of("8770", *files).names == ("127.0.0.1", *everywhere.names, "localhost")


def test_a_certificate_that_names_nobody_needs_a_host(tmp_path: Path) -> None:
    files = certificate(tmp_path, "")
    with pytest.raises(UsageError, match="names no host that a browser could ask for: give --page HOST:PORT"):
        place_of("0.0.0.0:8770", *files)
    assert place_of("lab.example:8770", *files).names == ("lab.example",)


def test_a_certificate_that_is_not_for_a_server_is_refused(tmp_path: Path) -> None:
    files = certificate(tmp_path, "DNS:lab.example", "-addext", "extendedKeyUsage=clientAuth")
    with pytest.raises(
        UsageError, match=r"is of no use to a browser: un(suitable|supported) certificate purpose"
    ):
        place_of("0.0.0.0:8770", *files)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certified, _ = certificate(tmp_path)
    _, other = certificate(tmp_path / "other")
    with pytest.raises(UsageError, match=r"are no certificate and its key.*mismatch"):
        place_of("0.0.0.0:8770", certified, other)


def test_files_that_are_something_else_are_refused(tmp_path: Path) -> None:
    certified, key = certificate(tmp_path)
    noise = tmp_path / "noise.pem"
    noise.write_text("hello")
    for files in ((str(noise), key), (certified, str(noise))):
        with pytest.raises(UsageError, match="are no certificate and its key"):
            place_of("0.0.0.0:8770", *files)
    with pytest.raises(UsageError, match="cannot be read"):
        place_of("0.0.0.0:8770", str(tmp_path / "gone.pem"), key)
