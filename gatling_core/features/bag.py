"""A bag: the words, whole values and numbers of a text, ready to be compared with another's."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache, wraps
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from gatling_core import text

MAX_WORDS = 8_192
"""Distinct words of one text that are compared."""

MAX_NUMBERS = 16

CACHED_TEXT = 400
CACHED_TEXTS = 8_192
"""Longer texts are read anew each time: a cache of them would hold gigabytes, of users' data. Full, a cache holds some 50 MB."""

_DIGIT = re.compile(r"\d")
_SPECIFIC = re.compile(r"\d|[@._/#-]\w")
_NUMBER = re.compile(r"(?<![\w.-])[-+]?\d[\d,_]*(?:\.\d+)?(?=[\s%€$£)\]},;:!?.]|[A-Za-z]{1,4}\b|$)")
_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_MONTHS: Sequence[str] = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH_LETTERS = tuple(form for month in _MONTHS for form in (month, month.title(), month.upper()))
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_SPELLED_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?),? (\d{{4}})\b", re.IGNORECASE
)
"""`1 January 2025`, `March 3rd, 2025`."""
_TIME = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")

T = TypeVar("T")

Number = tuple[str, float]
"""(kind, value): kind `number`, `date` (days) or `time` (minutes)."""


class Bag(NamedTuple):
    """`ids` in order of appearance; `values` are CRC-32 of whole values specific enough that sharing one means something."""

    ids: list[int]
    words: frozenset[int]
    total: float  # summed weight of the words
    values: frozenset[int]
    hosts: frozenset[str]

    def share_in(self, other: Bag) -> float:
        """Weighted share of this bag's words that `other` holds, 0…1."""
        return 0.0 if self.words.isdisjoint(other.words) else text.weigh(self.words & other.words) / self.total

    def values_in(self, other: Bag) -> float:
        """Share of this bag's specific values that `other` holds, 0…1."""
        return 0.0 if self.values.isdisjoint(other.values) else len(self.values & other.values) / len(self.values)


def distinct(ids: list[int]) -> frozenset[int]:
    """The words that are compared: of very many the first."""
    words = frozenset(ids)
    return words if len(words) <= MAX_WORDS else frozenset(list(dict.fromkeys(ids))[:MAX_WORDS])


def cached(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read`, which remembers what it has made of short texts."""
    kept = lru_cache(maxsize=CACHED_TEXTS)(read)

    @wraps(kept)
    def look_up(content: str) -> T:
        return kept(content) if len(content) <= CACHED_TEXT else read(content)

    return look_up


EMPTY = Bag([], frozenset(), 0.0, frozenset(), frozenset())


@cached
def bag(content: str) -> Bag:
    """The bag of a text. Values are only those that hold a digit or punctuation, such as ids, addresses, files and dates."""
    return bag_of(content, text.values(content))


def bag_of(content: str, values: list[str]) -> Bag:
    """The bag of a text whose values are known."""
    found = _specific(values)
    hosts = [h for h in map(text.host, found) if h]
    ids = text.word_ids(content)
    words = distinct(ids)
    return Bag(ids, words, text.weigh(words), frozenset(map(text.value_id, found + hosts)), frozenset(hosts))


def _specific(values: list[str]) -> list[str]:
    return [v for v in values if not v.isalpha() and _SPECIFIC.search(v)]  # nothing is specific in letters alone


def join(bags: Sequence[Bag]) -> Bag:
    """One bag with everything in `bags`, in order."""
    bags = [item for item in bags if item is not EMPTY]
    if len(bags) < 2:
        return bags[0] if bags else EMPTY
    ids = list(chain.from_iterable([item.ids for item in bags]))
    words = distinct(ids)
    values = EMPTY.values.union(*[item.values for item in bags])
    hosts = EMPTY.hosts.union(*[item.hosts for item in bags])
    return Bag(ids, words, text.weigh(words), values, hosts)


@cached
def numbers(content: str) -> tuple[Number, ...]:
    """Dates, times and plain numbers in a text; of very many the first, and the least and the greatest of each kind."""
    if not _DIGIT.search(content):
        return ()
    found: list[Number] = []
    if any(map(content.__contains__, _MONTH_LETTERS)) and (spelled := [*_SPELLED_DATE.finditer(content)]):
        found.extend(day for match in spelled for day in _day(match))
        content = _SPELLED_DATE.sub(" ", content)
    if "-" in content:
        for match in _DATE.finditer(content):
            try:
                found.append(("date", float(date(*map(int, match.groups())).toordinal())))
            except ValueError:
                continue
        content = _DATE.sub(" ", content)
    if ":" in content:
        found.extend(("time", int(m[1]) * 60.0 + int(m[2])) for m in _TIME.finditer(content))
        content = _TIME.sub(" ", content)
    for match in _NUMBER.finditer(content):
        value = float(match.group().replace(",", "").replace("_", "") or 0)
        unit = re.match(r"[kKmM]\b", content[match.end() : match.end() + 2])
        found.append(("number", value * ({"k": 1e3, "m": 1e6}[unit[0].lower()] if unit else 1.0)))
    return telling(tuple(number for number in found if math.isfinite(number[1]) and abs(number[1]) <= 1e18))


def _day(match: re.Match[str]) -> Iterator[Number]:
    """The date that a match of _SPELLED_DATE spells; none, if there is no such day."""
    day, month = (match[1], match[2]) if match[1] else (match[4], match[3])
    with suppress(ValueError):
        yield "date", float(date(int(match[5]), _MONTHS.index(month.lower()) + 1, int(day)).toordinal())


def telling(found: tuple[Number, ...]) -> tuple[Number, ...]:
    """At most 16 numbers, and the least and greatest of each kind: no crowd of others can hide the one over a limit."""
    if len(found) <= MAX_NUMBERS:
        return found
    kinds = sorted({kind for kind, _ in found})
    extremes = [(kind, pick(value for k, value in found if k == kind)) for kind in kinds for pick in (min, max)]
    return (*found[:MAX_NUMBERS], *extremes)


def scalars(value: Any) -> list[Any]:
    """The scalars inside a JSON value, in order, without nulls and empty strings."""
    return contents(value)[1]


def contents(value: Any) -> tuple[list[str], list[Any]]:
    """The keys of the objects inside a JSON value, and its `scalars`, each in order."""
    keys: list[str] = []
    found: list[Any] = []
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            keys.extend(item)
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif item is not None and item != "":
            found.append(item)
    return keys, found


@cached
def items(content: str) -> frozenset[int]:
    """What a short value names, for set tests: the whole, and each of its parts (`a, b` or a query's columns)."""
    return items_of(content, text.values(content))


def items_of(content: str, values: list[str]) -> frozenset[int]:
    """The items of a short text whose values are known."""
    return frozenset(map(text.value_id, [content, *(values if len(values) <= 40 else _specific(values))]))
