"""JSON objects without repeated keys. Of equal keys one reader keeps the first and another the last: two documents in one text."""

from __future__ import annotations

from typing import Any

_SHOWN = 64


class RepeatedKey(ValueError):
    """An object has a key twice."""


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The `object_pairs_hook` of a reader that keeps neither.

    Raises:
        RepeatedKey: two of the keys are equal.
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise RepeatedKey(f"the key {key[:_SHOWN]!r} is repeated within one object")
        found[key] = value
    return found
