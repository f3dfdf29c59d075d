"""Where a sink sends to, or listens: ``HOST:PORT``, with or without ``//`` before it."""

from urllib.parse import urlsplit

from fsrf_live.fsrf.common.address import THIS_MACHINE, Address
from fsrf_live.fsrf.common.errors import UsageError


def address_of(sink: str, target: str, port: int | None = None) -> Address:
    """The address in what follows the name of a sink; without a host it is on this machine.

    `port` is the usual one, None if there is none. Raises UsageError, also if a secret is in it: everybody on
    the machine can read the command line of a program.
    """
    plain = target.removeprefix("//")
    try:
        parts = urlsplit(f"//{THIS_MACHINE}:{plain}" if plain.isdecimal() else f"//{plain}")
        found = parts.port or port
    except ValueError:
        found = None
    if found is None or parts.path or parts.query:
        raise UsageError(f"sink {sink} needs a host and a port: give it as {sink}://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise UsageError(f"sink {sink}: others can read a name or password in an address: see docs/sinks.md")
    return Address(parts.hostname or THIS_MACHINE, found)


def listening_address(sink: str, target: str, port: int) -> Address:
    """As `address_of`, for a sink that listens; raises UsageError if it is not of this machine alone."""
    address = address_of(sink, target, port)
    if not address.is_here:
        raise UsageError(
            f"sink {sink} listens on this machine only, not on {address.host}: "
            f"give {THIS_MACHINE}:{address.port}, and reach it from elsewhere by a tunnel"
        )
    return address
