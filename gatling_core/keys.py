"""API keys as they are kept: hashed, with roles, and the tenant and the rate they are bound to.

A key reads `gk_<id>_<secret>`. The secret is 32 random bytes: nobody can guess through them, so one SHA-256 is hash enough.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PositiveInt, TypeAdapter, ValidationError, model_validator

from gatling_core.errors import KeysUnreadable, NotFound

Role = Literal["score", "review", "metrics", "admin"]
"""`score` scores, `review` reads queued cases and judges them, `metrics` reads /metrics, `admin` may do everything."""
ROLES: tuple[Role, ...] = get_args(Role)

TENANT = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"

_KEY = re.compile(r"gk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")


class Key(BaseModel):
    """One key without its secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=64)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    roles: tuple[Role, ...] = Field(min_length=1)
    tenant: str | None = Field(default=None, pattern=f"^{TENANT}$", description="the only tenant it speaks for; absent = any")
    per_minute: PositiveInt | None = Field(default=None, description="cases; absent = as the settings say")
    created: AwareDatetime
    expires: AwareDatetime | None = None

    @model_validator(mode="after")
    def _a_tenant_binds(self) -> Self:
        if self.tenant is not None and not {"admin", "metrics"}.isdisjoint(self.roles):
            raise ValueError("admin and metrics reach every tenant: such a key can have none")
        return self


_KEYS = TypeAdapter(tuple[Key, ...])


def new_key(
    roles: Sequence[str], *, now: datetime, tenant: str | None = None, per_minute: int | None = None, days: int | None = None
) -> tuple[str, Key]:
    """A key as its holder gets it, this once, and as it is kept.

    Raises:
        ValidationError: no such role, a role that no tenant can have, or a tenant that is no name.
    """
    secret = f"gk_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    expires = now + timedelta(days=days) if days else None
    kept = {"roles": roles, "tenant": tenant, "per_minute": per_minute, "created": now, "expires": expires}
    return secret, Key.model_validate({"id": id_of(secret), "sha256": hashed(secret), **kept})


def id_of(secret: str) -> str:
    """The public part of a key. A key that was not made here (GATLING_API_KEY) has none, and goes by the setting's name."""
    made = _KEY.fullmatch(secret)
    return made[1] if made else "api-key"


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file.

    Raises:
        FileNotFoundError: there is none.
        KeysUnreadable: it is there and holds something else.
    """
    try:
        return _KEYS.validate_json(path.read_bytes())
    except FileNotFoundError:
        raise
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise KeysUnreadable(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except OSError as error:
        raise KeysUnreadable(f"{path}: {error.strerror}") from None


def add_key(path: Path, key: Key) -> None:
    """Keep a key. A running server knows it within a second.

    Raises:
        KeysUnreadable: the file holds something else.
    """
    with _writing(path) as kept:
        _write(path, [*kept, key])


def revoke_key(path: Path, key_id: str) -> None:
    """Forget a key. A running server refuses it within a second.

    Raises:
        NotFound: no such key.
        KeysUnreadable: the file holds something else.
    """
    with _writing(path) as kept:
        left = [key for key in kept if key.id != key_id]
        if len(left) == len(kept):
            raise NotFound(f"{path} holds no key {key_id}")
        _write(path, left)


@contextmanager
def _writing(path: Path) -> Generator[Sequence[Key]]:
    """The keys of the file, while nobody else changes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield read_keys(path) if path.exists() else ()
    finally:
        os.close(turn)


def _write(path: Path, keys: Collection[Key]) -> None:
    """Replaced whole, and only for its owner to read: no secrets are in it, but who may do what is."""
    staged = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    document = [key.model_dump(mode="json", exclude_none=True) for key in keys]
    with open(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
