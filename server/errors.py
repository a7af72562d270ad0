"""What can go wrong between the wire and the model. Each class knows the HTTP status it becomes (see `problems`).

GatlingError
└── ServerError
    ├── NotJson            400  the body is not JSON as RFC 8259 has it
    ├── Unauthorized       401  no key, or a wrong one
    ├── Forbidden          403  the key has another role or tenant
    ├── CrossSite          403  a browser sends it on behalf of another site
    ├── SlowBody           408  the body did not arrive in time
    ├── ConflictingVerdict 409  the case was judged by somebody else meanwhile
    ├── BodyTooLarge       413
    ├── UnsupportedMedia   415  declared as something that is clearly not JSON
    ├── InvalidFields      422  some fields of the body are wrong
    ├── Overloaded         429  as many cases are in progress as may be
    ├── RateLimited        429  the key has sent more than it may
    ├── ScoreFailed        500  the model failed on this case, or gave no usable energy
    ├── NoModel            503  no package could be loaded
    ├── TooSlow            503  no score within the time a caller may wait
    └── NoAddress               the server cannot listen where the settings say
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from gatling_core.errors import GatlingError


class ServerError(GatlingError):
    """An error with a place in HTTP."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"


class NotJson(ServerError):
    status, slug, title = 400, "not-json", "The body is not JSON"


class Unauthorized(ServerError):
    status, slug, title = 401, "unauthorized", "A valid API key is needed"


class Forbidden(ServerError):
    status, slug, title = 403, "forbidden", "Not with this key"


class CrossSite(ServerError):
    status, slug, title = 403, "cross-site", "Not from another site"


class SlowBody(ServerError):
    status, slug, title = 408, "slow-body", "The body did not arrive in time"


class ConflictingVerdict(ServerError):
    status, slug, title = 409, "conflict", "Somebody was quicker"


class BodyTooLarge(ServerError):
    status, slug, title = 413, "too-large", "The body is too large"


class UnsupportedMedia(ServerError):
    status, slug, title = 415, "unsupported-media", "The body must be JSON"


class FieldError(NamedTuple):
    """One wrong field: a dotted path into the body, empty if the whole is meant, and what is wrong with it."""

    field: str
    message: str


class InvalidFields(ServerError):
    status, slug, title = 422, "invalid-input", "The input is not acceptable"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        first, more = errors[0], f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{first.field}: {first.message}{more}" if first.field else f"{first.message}{more}")
        self.errors = errors


class Overloaded(ServerError):
    status, slug, title = 429, "overloaded", "Too many cases are waiting"


class RateLimited(ServerError):
    status, slug, title = 429, "rate-limited", "Too many cases with this key"

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ScoreFailed(ServerError):
    status, slug, title = 500, "score-failed", "The case could not be scored"


class NoModel(ServerError):
    status, slug, title = 503, "no-model", "No model can serve"


class TooSlow(ServerError):
    status, slug, title = 503, "too-slow", "The score took too long"


class NotServing(ServerError):
    """A process of the server ended before it served."""


class NoAddress(ServerError):
    """No request comes to it: the process ends before it serves."""
