"""Who may see the console: a signed cookie after the API key was given once, and no page of another site."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.requests import Request

from server.errors import CrossSite, Unauthorized

COOKIE = "gatling_session"
LASTS_S = 12 * 3_600


class Sessions:
    """Sessions without a store: the cookie is a time, a nonce and their HMAC under a secret made from the key.

    A new key ends every session; the key itself never leaves the form it is given in.
    """

    def __init__(self, key: SecretStr | None, now: Callable[[], float] = time.time) -> None:
        self._key = key.get_secret_value().encode() if key else None
        self._secret = hmac.digest(self._key or b"", b"gatling console session", hashlib.sha256)
        self._now = now

    @property
    def needed(self) -> bool:
        return self._key is not None

    def open(self, key: str) -> str:
        """The cookie of a new session.

        Raises:
            Unauthorized: that is not the key.
        """
        if self._key is None or not hmac.compare_digest(key.strip().encode(), self._key):
            raise Unauthorized("this is not the API key")
        ticket = f"{int(self._now()) + LASTS_S}.{secrets.token_hex(16)}"
        return f"{ticket}.{self._sign(ticket)}"

    def admits(self, cookie: str) -> bool:
        if not self.needed:
            return True
        ticket, _, signature = cookie.rpartition(".")
        # The signature first: what it covers was written here, so it has a time.
        return hmac.compare_digest(signature.encode(), self._sign(ticket).encode()) and int(ticket.split(".")[0]) > self._now()

    def _sign(self, ticket: str) -> str:
        return hmac.digest(self._secret, ticket.encode(), hashlib.sha256).hex()


def check_same_site(request: Request, *, named: bool) -> None:
    """Refuse what a page of another site makes a browser send.

    A POST must say that it comes from this origin. And unless the host may be `named`, it must be an address: a site of an attacker
    can give its own name the address of this machine, and would then be the same origin.

    Raises:
        CrossSite: it comes from elsewhere.
    """
    if not named and not _is_address(request.url.hostname or ""):
        raise CrossSite("without GATLING_API_KEY the console answers only under an IP address or localhost")
    if request.method in ("GET", "HEAD"):
        return
    origin = urlsplit(request.headers.get("origin", ""))
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or origin.netloc != request.headers.get("host"):
        raise CrossSite("a form of the console is sent from the console only")


def _is_address(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
