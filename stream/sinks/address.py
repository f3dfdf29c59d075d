"""Where a sink sends to, or listens: ``HOST:PORT``, with or without ``//`` before it."""

from fsrf_live.fsrf.common.address import THIS_MACHINE, Address, address_in
from fsrf_live.fsrf.common.errors import UsageError


def address_of(sink: str, target: str, port: int | None = None) -> Address:
    """The address in what follows the name of a sink; without a host it is on this machine.

    `port` is the usual one, None if there is none. Raises UsageError, also if a secret is in it: everybody on
    the machine can read the command line of a program.
    """
    if "@" in target:
        raise UsageError(f"sink {sink}: others can read a name or password in an address: see docs/sinks.md")
    what = f"what follows sink {sink}"
    return address_in(target.removeprefix("//"), what, f"{sink}://HOST:PORT", THIS_MACHINE, port)


def listening_address(sink: str, target: str, port: int) -> Address:
    """As `address_of`, for a sink that listens; raises UsageError if it is not of this machine alone."""
    address = address_of(sink, target, port)
    if not address.is_here:
        raise UsageError(
            f"sink {sink} listens on this machine only, not on {address.host}: "
            f"give {THIS_MACHINE}:{address.port}, and reach it from elsewhere by a tunnel"
        )
    return address
