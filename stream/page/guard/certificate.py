"""Whom a certificate names. Told by a handshake in memory, as a browser would have it: so it is tried too."""

import ssl
from pathlib import Path

from fsrf_live.fsrf.common.errors import UsageError

_MOST_TURNS = 10


def certified_names(certificate: Path, key: Path) -> list[str]:
    """The hosts and addresses of its subjectAltName, those with a wildcard left out.

    Raises UsageError if the files cannot be read or do not belong together, or if the certificate has
    expired, is not valid yet, or is not for a server.
    """
    try:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Else the library asks on the terminal, as a program must not that runs without one.
        server.load_cert_chain(certificate, key, password=lambda: "")
        told = _told(server, certificate)
    except ssl.SSLCertVerificationError as error:
        raise UsageError(f"{certificate} is of no use to a browser: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise UsageError(
            f"{certificate} and {key} are no certificate and its key, as PEM without a passphrase "
            f"({_cause(error)})"
        ) from error
    except OSError as error:
        raise UsageError(f"{error.filename or certificate}: {error.strerror}: it cannot be read") from error
    return [name for kind, name in told if kind in ("DNS", "IP Address") and "*" not in name]


def _told(server: ssl.SSLContext, certificate: Path) -> list[tuple[str, str]]:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    # Trusted by itself, whoever signed it: whether a browser trusts that one is its user's affair.
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks = client.wrap_bio(back, there)
    answers = server.wrap_bio(there, back, server_side=True)
    left = [asks, answers]
    for _ in range(_MOST_TURNS):
        left = [side for side in left if not _done(side)]
        if not left:
            break
    told = (asks.getpeercert() or {}).get("subjectAltName", ())
    return [(str(entry[0]), str(entry[1])) for entry in told]


def _done(side: ssl.SSLObject) -> bool:
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _cause(error: ssl.SSLError) -> str:
    return (error.reason or "not understood").replace("_", " ").lower()
