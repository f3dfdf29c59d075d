"""Where a page listens, and by which names it may be asked for; elsewhere than here only with TLS."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from fsrf_live.fsrf.common.address import THIS_MACHINE, Address, address_in
from fsrf_live.fsrf.common.errors import UsageError
from fsrf_live.stream.page.guard.certificate import certified_names

PAGE_NAMES = (THIS_MACHINE, "localhost")
HOW_TO_TLS = "give --tls-cert FILE and --tls-key FILE (docs/page.md says how to make them)"


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate, with what leads to it, and of its key; both are PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class PagePlace:
    """An address to listen on, and the names of it, the one that is shown first; an IPv6 one in brackets."""

    address: Address
    names: tuple[str, ...] = PAGE_NAMES
    tls: Tls | None = None


def place_of(wanted: str, certificate: str | None, key: str | None) -> PagePlace:
    """What ``--page PORT`` or ``--page HOST:PORT``, ``--tls-cert`` and ``--tls-key`` say; raises UsageError.

    The names are those of the certificate, for no others are ours; a host that was given comes first.
    """
    address = address_in(wanted, f"--page {wanted}", "PORT or HOST:PORT", THIS_MACHINE)
    if (certificate is None) != (key is None):
        raise UsageError("--tls-cert and --tls-key belong together: give both")
    if certificate is None or key is None:
        if not address.is_here:
            raise UsageError(f"--page {wanted} lets other machines in, and that needs TLS: {HOW_TO_TLS}")
        return PagePlace(address, tuple(dict.fromkeys((_shown(address.host), *PAGE_NAMES))))
    tls = Tls(Path(certificate), Path(key))
    own = () if _is_any(address.host) else (_shown(address.host),)
    names = (
        *own,
        *map(_shown, certified_names(tls.certificate, tls.key)),
        *(PAGE_NAMES if address.is_here else ()),
    )
    if not names:
        raise UsageError(f"{certificate} names no host that a browser could ask for: give --page HOST:PORT")
    return PagePlace(address, tuple(dict.fromkeys(names)), tls)


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _shown(host: str) -> str:
    """A host as a browser writes it in an address."""
    return f"[{ipaddress.ip_address(host.strip())}]" if ":" in host else host.lower()
