"""Who may see a session in a browser: whoever has an address that nobody has used, and then its cookie.

A machine is shared by other people and other pages, and its page may be open to other machines. So a request
must name this server as its host (one that an attacker lets point here is another), come from our own pages
if it comes from a page, and bring the cookie that an address was exchanged for. Who finds an address that was
used finds nothing.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Literal

from fsrf_live.fsrf.common.address import THIS_MACHINE

MOST_OPEN = 8
"""Addresses that nobody has used yet; the oldest goes if there are more."""
MOST_COOKIES = 64
LONGEST_COOKIE_HEADER = 16_384
_BYTES = 32

Refusal = Literal["host", "origin", "cookie"]


class Admission:
    """Keeps hashes only, so that nothing in it can be used. Not thread-safe: the loop of the page owns it."""

    def __init__(
        self, port: int, names: Sequence[str] = (THIS_MACHINE, "localhost"), *, secure: bool = False
    ) -> None:
        """`names` are those of this host, the one that is shown first; `secure` says that TLS is spoken."""
        self.cookie = f"fsrf-page-{port}"
        """Its name: a browser sends cookies to every port of a machine, so each page has one of its own."""
        self.secure = secure
        self._scheme, usual = ("https", 443) if secure else ("http", 80)
        # A browser leaves the usual port out.
        self._hosts = {name if port == usual else f"{name}:{port}" for name in names}
        self._base = f"{self._scheme}://{names[0]}:{port}/"
        self._open: OrderedDict[bytes, None] = OrderedDict()
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def invite(self, *, overlay: bool = False) -> str:
        """A new address, which works once."""
        token = secrets.token_urlsafe(_BYTES)
        _keep(self._open, _hashed(token), MOST_OPEN)
        return f"{self._base}?{'overlay=1&' if overlay else ''}token={token}"

    def exchange(self, token: str) -> str | None:
        """The value of a cookie for the token of an address; None if it was used, or never given."""
        if _hashed(token) not in self._open:
            return None
        del self._open[_hashed(token)]
        cookie = secrets.token_urlsafe(_BYTES)
        _keep(self._known, _hashed(cookie), MOST_COOKIES)
        return cookie

    def refusal(self, headers: Mapping[str, str], *, must_tell_origin: bool = False) -> Refusal | None:
        """Why a request is refused, None if it is not.

        `must_tell_origin`: browsers always tell it, as of a WebSocket. A cookie is asked for last: ``cookie``
        says that all else is right, and a token might help.
        """
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return "host"
        if origin != f"{self._scheme}://{host}" and (must_tell_origin or origin is not None):
            return "origin"
        return None if self._knows(headers.get("cookie", "")) else "cookie"

    def _knows(self, header: str) -> bool:
        if len(header) > LONGEST_COOKIE_HEADER:
            return False
        # By hand: a parser of cookies gives up at one that another program of this machine has set oddly.
        pairs = (pair.strip().partition("=") for pair in header.split(";"))
        given = [_hashed(value) for name, _, value in pairs if name == self.cookie]
        return sum(hmac.compare_digest(one, known) for one in given for known in self._known) > 0


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _keep(kept: OrderedDict[bytes, None], new: bytes, most: int) -> None:
    kept[new] = None
    if len(kept) > most:
        kept.popitem(last=False)
