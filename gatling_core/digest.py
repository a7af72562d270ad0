"""Content addresses: the same policy or case has the same digest in every process and on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from gatling_core.schemas import Case


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256(value: Any) -> str:
    """Hex SHA-256 of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def case_digest(case: Case) -> str:
    """What makes two cases the same to the queue: governance and plan, not the id, the labels or who posted it."""
    return sha256(case.model_dump(mode="json", include={"policy", "user_role", "context", "tools", "execution_plan"}))
