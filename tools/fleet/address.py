"""Where a fleet meets: ``tcp/HOST:PORT``, as Zenoh writes it."""

from dataclasses import dataclass, replace

from fsrf_live.fsrf.common.address import Address, address_in
from fsrf_live.fsrf.common.errors import UsageError

BUS = "tcp/127.0.0.1:7447"
"""7447 is the port that Zenoh has at IANA."""
DOORS = 16
"""Ports, from that of a bus on, at each of which one worker listens: one that hangs shuts nobody out."""
_PROTOCOLS = ("tcp", "tls", "quic", "ws", "udp")


@dataclass(frozen=True, slots=True)
class BusAddress:
    """A protocol of Zenoh, and a host and port to speak it with."""

    protocol: str
    at: Address

    def __str__(self) -> str:
        return f"{self.protocol}/{self.at}"

    def doors(self) -> list["BusAddress"]:
        """The addresses at which workers listen that meet here."""
        ports = range(self.at.port, min(self.at.port + DOORS, 2**16))
        return [replace(self, at=replace(self.at, port=port)) for port in ports]


def bus_address(text: str) -> BusAddress:
    """Of ``PROTOCOL/HOST:PORT``; raises UsageError."""
    protocol, _, at = text.partition("/")
    return BusAddress(protocol, address_in(at if protocol in _PROTOCOLS else "", f"--bus {text!r}", BUS))


def safe_address(text: str) -> BusAddress:
    """As `bus_address`, of this machine only: anybody who reaches a bus may begin streams on it."""
    address = bus_address(text)
    if not address.at.is_here:
        raise UsageError(
            f"--bus {text} is open to that network: say who may use it with --zenoh-config FILE "
            "(examples/fleet.json5, docs/fleet.md)"
        )
    return address
