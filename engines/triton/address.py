"""Where a Triton server is: ``triton://HOST:PORT[/MODEL]``, or ``tritons://`` for TLS."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from fsrf_live.engines.common.names import ENGINE_NAMES
from fsrf_live.fsrf.common.address import THIS_MACHINE, Address
from fsrf_live.fsrf.common.errors import UsageError

PLAIN_SCHEME, TLS_SCHEME = "triton", "tritons"
MODEL = "fsrf"
"""Of the repository that ``fsrf build --triton`` writes."""
SERVER_FORM = f"{PLAIN_SCHEME}://HOST:PORT[/MODEL]"


@dataclass(frozen=True, slots=True)
class TritonAddress:
    """A model on a server, asked over HTTP, or HTTPS if `secure`."""

    address: Address
    model: str
    secure: bool

    def __str__(self) -> str:
        return f"{TLS_SCHEME if self.secure else PLAIN_SCHEME}://{self.address}/{self.model}"


def is_triton(engine: str) -> bool:
    """Whether an engine is asked for by the address of a server."""
    return engine.partition("://")[0].lower() in (PLAIN_SCHEME, TLS_SCHEME) and "://" in engine


def triton_address(text: str) -> TritonAddress:
    """The server in ``triton://HOST:PORT[/MODEL]``.

    Raises UsageError: if it is none, if a secret is in it (everybody on the machine can read the command line
    of a program), and if what the person says and shows would cross a network in the clear.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    model = unquote(parts.path.strip("/")) or MODEL
    if port is None or not parts.hostname or "/" in model or parts.query or parts.fragment:
        raise UsageError(f"engine {text!r} is no address of a server: give it as {SERVER_FORM}")
    if parts.username is not None or parts.password is not None:
        raise UsageError("engine: others can read a name or password in an address: see docs/engines.md")
    found = TritonAddress(Address(parts.hostname, port), model, parts.scheme == TLS_SCHEME)
    if not found.secure and not found.address.is_here:
        raise UsageError(
            f"engine {text}: without TLS only a server on this machine is asked: "
            f"give {TLS_SCHEME}://{found.address}, or {PLAIN_SCHEME}://{THIS_MACHINE}:{port} and a tunnel"
        )
    return found


def checked_engine(name: str) -> str:
    """A name of `ENGINE_NAMES`, or the address of a server; raises UsageError if it is neither."""
    if is_triton(name):
        triton_address(name)
    elif name not in ENGINE_NAMES:
        raise UsageError(f"no engine {name!r}: choose from {', '.join(ENGINE_NAMES)} or {SERVER_FORM}")
    return name
