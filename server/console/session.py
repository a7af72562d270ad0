"""Who may see the console: a signed cookie after an API key was given once, and no page of another site."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from gatling_core.keys import Key
from server.errors import CrossSite, Unauthorized
from server.keyring import Caller, Keyring

COOKIE = "gatling_session"
LASTS_S = 12 * 3_600


class Sessions:
    """Sessions without a store: the cookie is a time, a key's id, and their HMAC.

    The HMAC is under what all servers of a queue share, and covers the key's hash: neither who reads the keys file nor who reads Redis
    can make one up, and another key under the same id ends it. What the key may do, and whether it still may, the keyring says each time.
    """

    def __init__(self, keyring: Keyring, now: Callable[[], float] = time.time) -> None:
        self._keyring = keyring
        self._now = now

    def open(self, key_id: str, shared: bytes) -> str:
        """The cookie of a new session, for who just gave that key."""
        key, _ = self._keyring.holder(key_id)
        end = int(self._now()) + LASTS_S
        return f"{end}.{key.id.encode().hex()}.{_sign(end, key, shared)}"

    def caller(self, cookie: str, shared: bytes) -> Caller:
        """Who a cookie was given to.

        Raises:
            Unauthorized: the session has ended, its key is no longer valid, or it never was one.
        """
        try:
            end, key_id, signature = cookie.split(".")
            key, caller = self._keyring.holder(bytes.fromhex(key_id).decode())
            signed = hmac.compare_digest(signature.encode(), _sign(int(end), key, shared).encode())
        except ValueError:
            raise Unauthorized("this is no session") from None
        if not signed or int(end) <= self._now():
            raise Unauthorized("the session has ended")
        return caller


def _sign(end: int, key: Key, shared: bytes) -> str:
    return hmac.digest(shared, f"{end}.{key.id}.{key.sha256}".encode(), hashlib.sha256).hex()


def check_same_site(request: Request, *, named: bool) -> None:
    """Refuse what a page of another site makes a browser send.

    A POST must say that it comes from this origin. And unless the host may be `named`, it must be an address: a site of an attacker
    can give its own name the address of this machine, and would then be the same origin.

    Raises:
        CrossSite: it comes from elsewhere.
    """
    if not named and not _is_address(request.url.hostname or ""):
        raise CrossSite("without an API key the console answers only under an IP address or localhost")
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
