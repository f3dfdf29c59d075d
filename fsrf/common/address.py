"""A host and a port on the network, and whether only this machine can reach it."""

import ipaddress
from dataclasses import dataclass

THIS_MACHINE = "127.0.0.1"


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
