"""A host and a port on the network, and whether only this machine can reach it."""

import ipaddress
import re
from dataclasses import dataclass

from fsrf_live.fsrf.common.errors import UsageError

THIS_MACHINE = "127.0.0.1"
_NAME = re.compile(r"[^\s:/?#@\[\]]+")
_PORT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, and a port of it."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def address_in(text: str, what: str, form: str, host: str | None = None, port: int | None = None) -> Address:
    """The address in ``HOST:PORT``, IPv6 in brackets; `host` and `port` stand for what is left out.

    Raises UsageError: says `what` is none, and the `form` of one; not the text, in which a secret may be.
    """
    name, colon, number = text.rpartition(":")
    if not colon or number.endswith("]"):
        name, number = ("", text) if _PORT.fullmatch(text) else (text, "")
    found_host = _host_in(name) if name else host
    found_port = port if not number else int(number) if _PORT.fullmatch(number) else None
    if found_host is None or found_port is None or not 0 < found_port < 2**16:
        raise UsageError(f"{what} is no address: give it as {form}, with a port from 1 to 65535")
    return Address(found_host, found_port)


def _host_in(text: str) -> str | None:
    if not text.startswith("["):
        host = text.lower() if _NAME.fullmatch(text) else None
    else:
        try:
            host = str(ipaddress.IPv6Address(text[1:].removesuffix("]"))) if text.endswith("]") else None
        except ValueError:
            host = None
    return host if host is not None and _can_be_looked_up(host) else None


def _can_be_looked_up(host: str) -> bool:
    """Whether its labels are neither empty nor too long (RFC 1035, 2.3.4): a look-up raises UnicodeError."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
