"""Where a Triton server is: ``triton://HOST:PORT[/MODEL]``, or ``tritons://`` for TLS."""

from dataclasses import dataclass
from urllib.parse import unquote

from fsrf_live.engines.common.names import ENGINE_NAMES
from fsrf_live.fsrf.common.address import THIS_MACHINE, Address, address_in
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
    scheme, _, rest = text.partition("://")
    server, _, path = rest.partition("/")
    if "@" in server:
        raise UsageError("engine: others can read a name or password in an address: see docs/engines.md")
    model = unquote(path.strip("/")) or MODEL
    well_formed = not {"/", "?", "#"} & set(model)
    address = address_in(server if well_formed else "", f"engine {text!r}", SERVER_FORM)
    found = TritonAddress(address, model, scheme.lower() == TLS_SCHEME)
    if not found.secure and not address.is_here:
        raise UsageError(
            f"engine {text}: without TLS only a server on this machine is asked: "
            f"give {TLS_SCHEME}://{address}, or {PLAIN_SCHEME}://{THIS_MACHINE}:{address.port} and a tunnel"
        )
    return found


def checked_engine(name: str) -> str:
    """A name of `ENGINE_NAMES`, or the address of a server; raises UsageError if it is neither."""
    if is_triton(name):
        triton_address(name)
    elif name not in ENGINE_NAMES:
        raise UsageError(f"no engine {name!r}: choose from {', '.join(ENGINE_NAMES)} or {SERVER_FORM}")
    return name
