"""What was read before: an agent posts its plan again at every step, and a hard negative shares most calls with its gold plan."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

import msgspec

V = TypeVar("V")

MEMO_BYTES = 32 * 1024 * 1024
"""Of each memo, about: bounded, and the least recently used goes first."""

LONGEST_KEY = 2_048
"""Longer ones are not kept, nor is what they stand for: they are rarely met twice and hold much of the users' data."""


class Memo(Generic[V]):
    """Values by key, bounded in bytes. Thread-safe."""

    def __init__(self, max_bytes: int = MEMO_BYTES) -> None:
        self.used = 0
        self._max_bytes = max_bytes
        self._items: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._items.get(key)
            if found is None:
                return None
            self._items.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """`size`: bytes that key and value take, about."""
        with self._lock:
            if key in self._items:  # another thread was quicker
                return
            self._items[key] = value, size
            self.used += size
            while self.used > self._max_bytes:
                _, (_, freed) = self._items.popitem(last=False)
                self.used -= freed


def key_of(*values: Any) -> bytes | None:
    """The JSON values as a key, exactly (1, 1.0, true and "1" differ); None for what is too long to keep."""
    key = msgspec.json.encode(values)
    return key if len(key) <= LONGEST_KEY else None
