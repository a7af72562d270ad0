"""Which keys are valid now, and who is behind a request."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import structlog

from gatling_core.errors import KeysUnreadable
from gatling_core.keys import ROLES, Key, Role, hashed, id_of, read_keys
from gatling_core.settings import Settings
from server.bucket import Bucket, bucket_of
from server.errors import Forbidden, Unauthorized
from server.sibling import kept

_ASKS = "asks-for-keys"

LOOK_EVERY_S = 1.0
"""How long a key that was revoked in the file is still taken, at most."""

_NOBODY = hashed("")
_THE_START = datetime.min.replace(tzinfo=UTC)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request: what it may do, the one tenant it speaks for (None: whichever it names), and how much it may send."""

    key: str | None
    roles: frozenset[Role]
    tenant: str | None = None
    bucket: Bucket | None = None

    def require(self, role: Role) -> None:
        """
        Raises:
            Forbidden: the caller has another role.
        """
        if role not in self.roles and "admin" not in self.roles:
            raise Forbidden(f"this needs a key with the role {role}")

    def charge(self, cases: int) -> None:
        """
        Raises:
            RateLimited: the caller has sent too much.
        """
        if self.bucket is not None:
            self.bucket.take(cases)

    def may_see(self, tenant: str) -> bool:
        return self.tenant in (None, tenant)

    def speak_for(self, tenant: str) -> None:
        """
        Raises:
            Forbidden: the caller's key is bound to another tenant.
        """
        if not self.may_see(tenant):
            raise Forbidden(f"this key speaks for the tenant {self.tenant} alone")


ANYBODY = Caller(None, frozenset(ROLES))
"""Where no key was ever configured."""


class Keyring:
    """The keys of GATLING_API_KEY, GATLING_KEYS and the keys file, which is read again when it changes.

    A file that is there asks for a key, even if it holds none. One that vanishes or breaks while the server runs opens nothing.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = monotonic, folder: Path | None = None) -> None:
        """
        Args:
            folder: where processes that serve together keep what they count; without one this process serves alone.

        Raises:
            KeysUnreadable: the file holds something else; better no start than one without the keys that were meant.
        """
        self._file: Path = settings.keys_file
        self._rate = settings.rate_per_minute
        self._folder = folder
        self._clock = clock
        self._given = settings.keys
        if settings.api_key:
            secret = settings.api_key.get_secret_value()
            simple = Key(id=id_of(secret), sha256=hashed(secret), roles=("admin",), created=_THE_START)
            self._given = (*self._given, simple)
        self._asks = bool(self._given) or self._is_marked()
        self._keys: dict[str, tuple[Key, Caller]] = {}
        self._looked = clock()
        self._read()

    @property
    def asks(self) -> bool:
        """Whether a key is asked for."""
        self._follow()
        return self._asks

    def caller(self, authorization: str) -> Caller:
        """Who sends this `Authorization` header.

        Raises:
            Unauthorized: a key is asked for, and this is none that is valid.
        """
        if not self.asks:
            return ANYBODY
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        key, caller = self._keys.get(id_of(secret), (None, None))
        # Hashed and compared also for an id that is not there: the time tells nothing of the ids either.
        matches = hmac.compare_digest(hashed(secret), key.sha256 if key else _NOBODY)
        if scheme.lower() != "bearer" or not matches or key is None or caller is None:
            raise Unauthorized("send the header Authorization: Bearer <key>")
        _check_expiry(key)
        return caller

    def holder(self, key_id: str) -> tuple[Key, Caller]:
        """A key that is valid now, and the caller who holds it: for whoever proved before that they do.

        Raises:
            Unauthorized: it was revoked or has expired.
        """
        self._follow()
        key, caller = self._keys.get(key_id, (None, None))
        if key is None or caller is None:
            raise Unauthorized("this key is no longer valid")
        _check_expiry(key)
        return key, caller

    def bucket(self, name: str, per_minute: int) -> Bucket:
        """One that this server's processes share."""
        return bucket_of(name, per_minute, folder=self._folder)

    def _follow(self) -> None:
        now = self._clock()
        if now - self._looked < LOOK_EVERY_S:
            return
        self._looked = now
        try:
            if self._signature() != self._seen:
                self._read()
        except KeysUnreadable as error:
            log.warning("keys_unreadable", reason=str(error), kept=len(self._keys))

    def _read(self) -> None:
        self._seen: tuple[int, int, int] | None = self._signature()
        try:
            keys = read_keys(self._file)
        except FileNotFoundError:
            keys = ()
        else:
            self._asks = True
        self._hold(keys)
        self._mark()

    def _mark(self) -> None:
        """Tell who takes this process' place that keys are asked for. What the file says holds, whatever the disk does."""
        if self._asks and self._folder:
            try:
                (kept(self._folder) / _ASKS).touch()
            except OSError as error:
                log.warning("keys_not_marked", reason=error.strerror)

    def _is_marked(self) -> bool:
        """Whether another process of this server has asked for keys: one that takes a dead one's place opens nothing either."""
        return self._folder is not None and (self._folder / _ASKS).exists()

    def _hold(self, keys: tuple[Key, ...]) -> None:
        """Take these and the given ones. A key that stays keeps its bucket."""
        before = self._keys
        self._keys = {key.id: (key, self._caller(key, before.get(key.id))) for key in (*keys, *self._given)}
        self.tenants = frozenset(key.tenant for key, _ in self._keys.values() if key.tenant)

    def _caller(self, key: Key, before: tuple[Key, Caller] | None) -> Caller:
        rate = key.per_minute or self._rate
        bucket = before[1].bucket if before else None
        if bucket is None or bucket.per_minute != rate:
            bucket = self.bucket(f"key {key.id}", rate) if rate else None
        return Caller(key.id, frozenset(key.roles), key.tenant, bucket)

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def _check_expiry(key: Key) -> None:
    if key.expires is not None and key.expires <= datetime.now(UTC):
        raise Unauthorized("this key has expired")
