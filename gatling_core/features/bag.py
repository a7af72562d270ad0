"""A bag: the words, whole values and numbers of a text, ready to be compared with another's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from gatling_core import text

MAX_WORDS = 400
"""Distinct words of one text that are compared; an argument that is a whole document need not be compared in full."""

CACHED_TEXT = 1_000
"""Longer texts are read anew each time: a cache of them would hold gigabytes, of users' data."""

_SPECIFIC = re.compile(r"\d|[@._/#-]\w")
_NUMBER = re.compile(r"(?<![\w.-])[-+]?\d[\d,_]*(?:\.\d+)?(?=[\s%kKmM€$£)\]},;:!?.]|[A-Za-z]{3}\b|$)")
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")

Number = tuple[str, float]
"""(kind, value): kind `number`, `date` (days) or `time` (minutes)."""


@dataclass(frozen=True)
class Bag:
    """`ids` in order of appearance; `values` are CRC-32 of whole values specific enough that sharing one means something."""

    ids: list[int]
    values: frozenset[int]
    numbers: tuple[Number, ...] = ()

    @cached_property
    def words(self) -> frozenset[int]:
        return frozenset(self.ids[:MAX_WORDS])

    @cached_property
    def total(self) -> float:
        return sum(map(text.weight, self.words))

    def share_in(self, other: Bag) -> float:
        """Weighted share of this bag's words that `other` holds, 0…1."""
        return overlap(self.words, other.words) / self.total if self.total else 0.0

    def values_in(self, other: Bag) -> float:
        """Share of this bag's specific values that `other` holds, 0…1."""
        return len(self.values & other.values) / len(self.values) if self.values else 0.0


EMPTY = Bag([], frozenset())


def overlap(a: frozenset[int], b: frozenset[int]) -> float:
    """Summed weight of the shared words."""
    return sum(map(text.weight, a & b))


def bag(content: str) -> Bag:
    """The bag of a text. Values are only those that hold a digit or punctuation, such as ids, addresses, files and dates."""
    return _cached(content) if len(content) <= CACHED_TEXT else _bag(content)


def _bag(content: str) -> Bag:
    found = [v for v in text.values(content) if _SPECIFIC.search(v)]
    hosts = [h for h in map(text.host, found) if h]
    return Bag(text.word_ids(content), frozenset(map(text.value_id, found + hosts)), numbers(content))


_cached = lru_cache(maxsize=16_384)(_bag)


def join(bags: Iterable[Bag]) -> Bag:
    """One bag with everything in `bags`, in order."""
    items = list(bags)
    ids = [i for item in items for i in item.ids]
    values = frozenset[int]().union(*(item.values for item in items))
    return Bag(ids, values, tuple(number for item in items for number in item.numbers))


def numbers(content: str) -> tuple[Number, ...]:
    """Dates, times and plain numbers in a text, at most 16."""
    if not any(c.isdigit() for c in content):
        return ()
    found: list[Number] = []
    for match in _DATE.finditer(content):
        try:
            found.append(("date", float(date(*map(int, match.groups())).toordinal())))
        except ValueError:
            continue
    content = _DATE.sub(" ", content)
    found.extend(("time", int(m[1]) * 60.0 + int(m[2])) for m in _TIME.finditer(content))
    for match in _NUMBER.finditer(_TIME.sub(" ", content)):
        value = float(match.group().replace(",", "").replace("_", "") or 0)
        suffix = content[match.end() : match.end() + 1]
        found.append(("number", value * {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6}.get(suffix, 1.0)))
    return tuple(number for number in found[:16] if math.isfinite(number[1]) and abs(number[1]) <= 1e18)


def scalars(value: Any) -> list[Any]:
    """The scalars inside a JSON value, in order, at most 256."""
    found: list[Any] = []
    stack = [value]
    while stack and len(found) < 256:
        item = stack.pop()
        if isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        else:
            found.append(item)
    return found


def items(content: str) -> frozenset[int]:
    """What a short value names, for set tests: the whole, and each of its parts (`a, b` or a query's columns)."""
    parts = text.values(content)
    if len(parts) > 40:
        parts = [part for part in parts if _SPECIFIC.search(part)]
    return frozenset(map(text.value_id, [content, *parts]))
