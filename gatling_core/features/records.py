"""Records in outputs, in whatever form tools give them: which one a call acts on, whether the request speaks of that one, and its state."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, islice
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import contents
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.policy import PolicyFeatures
from gatling_core.features.relations import STATES, Argument, Call

Bool = NDArray[np.bool_]

MAX_RECORDS = 256
"""Of one output."""
MAX_FIELDS = 40
"""Of one record."""
LONGEST_OUTPUT = 100_000
"""Characters of an output that are looked at."""
LONGEST_ID = 64
SHORTEST_ID = 2
LONGEST_NAME = 8
"""Words of an argument that may name a record."""


class Record(NamedTuple):
    """One thing that an output lists."""

    ids: frozenset[int]  # value ids of its short fields, by any of which a call may name it
    words: frozenset[int]  # the telling words of its fields that few of its fellows have
    states: tuple[
        tuple[frozenset[int], frozenset[int]], ...
    ]  # words of the name and of the value, of fields that say how things stand


class Found(NamedTuple):
    """The records of an output that hold a value, and all of that output."""

    holding: tuple[Record, ...]
    fellows: Sequence[Record]


_OUTPUTS = Memo[list[Record]]()
_OUTPUT_BYTES = 32
"""Of memory for each byte of an output, about."""


class Records:
    """The records that were read so far, by value."""

    def __init__(self) -> None:
        self._found: dict[int, Found] = {}

    def add(self, output: str) -> None:
        """Records of a later output stand in the place of earlier ones that hold the same value."""
        fellows = read_records(output)
        holding = defaultdict[int, list[Record]](list)
        for record in fellows:
            for value in record.ids:
                holding[value].append(record)
        most = max(1, len(fellows) // 2)
        self._found |= {value: Found(tuple(held), fellows) for value, held in holding.items() if len(held) <= most}

    def of(self, argument: Argument) -> Found | None:
        """The records that an argument names, if it is short enough to name one."""
        if not argument.items or len(argument.bag.ids) > LONGEST_NAME:
            return None
        return next((found for value in argument.items if (found := self._found.get(value)) is not None), None)


def read_records(output: str) -> list[Record]:
    """The records of an output: objects of JSON and Python, rows of tables, elements of XML, items of lists, lines of `key=value`."""
    key = key_of(output)
    found = _OUTPUTS.get(key) if key else None
    if found is None:
        found = _read(output[:LONGEST_OUTPUT].strip())
        if key:
            _OUTPUTS.put(key, found, _OUTPUT_BYTES * len(key))
    return found


def acted_on(
    call: Call, records: Records, asked: AbstractSet[int], requested: AbstractSet[int]
) -> tuple[tuple[float, float, float], list[Record]]:
    """Of a call: whether it acts on a record; how much more the request speaks of another record of the same output, as a
    share of that, at most over its arguments (nothing for what the request names itself); how many of the record's words the request holds,
    as a share of 3. And these records. `asked`: words of the request; `requested`: its values.
    """
    acts = other = told = 0.0
    found: list[Record] = []
    for argument in call.arguments:
        which = records.of(argument)
        if which is None:
            continue
        acts = 1.0
        found += which.holding
        own = max(len(record.words & asked) for record in which.holding)
        best = max(len(record.words & asked) for record in which.fellows)
        told = max(told, min(own, 3) / 3)
        if requested.isdisjoint(argument.items) and not argument.bag.words <= asked:
            other = max(other, (best - own) / max(best, 1))
    return (acts, other, told), found


def states(found: Sequence[Record], policy: PolicyFeatures) -> Bool:
    """[C, STATES]: the clause names a field of a record by all its words, and what the record has there; and not what it has there."""
    table = np.zeros((policy.size, STATES), np.bool_)
    fields = list(dict.fromkeys(field for record in found for field in record.states))[:MAX_FIELDS]
    if fields:
        words = [*(name for name, _ in fields), *(value for _, value in fields)]
        named, held = np.split(policy.by_word.count(words) == np.array([[len(part)] for part in words]), 2)
        table[:, 0], table[:, 1] = (named & held).any(0), (named & ~held).any(0)
    return table


def _read(output: str) -> list[Record]:
    rows = list(islice(_rows(output), MAX_RECORDS))
    held = [[(name, value) for name, value in islice(row, MAX_FIELDS)] for row in rows]
    words = [text.heavy(frozenset(i for _, value in fields for i in text.word_ids(value))) for fields in held]
    counted = Counter(chain.from_iterable(words))
    most = max(1, len(words) // 2)
    return [
        Record(
            frozenset(text.value_id(value) for _, value in fields if SHORTEST_ID <= len(value) <= LONGEST_ID),
            frozenset(word for word in said if counted[word] <= most),
            tuple(
                (key, value_words)
                for name, value in fields
                if _STATE.fullmatch(value)
                and (key := text.heavy(frozenset(text.word_ids(name))))
                and (value_words := text.heavy(frozenset(text.word_ids(value))))
            ),
        )
        for fields, said in zip(held, words, strict=True)
    ]


Row = Iterator[tuple[str, str]]


def _rows(output: str) -> Iterator[Row]:
    """Each record as pairs of name and value."""
    if output.startswith(("{", "[")):
        document = _document(output)
        if document is not None:
            yield from map(iter, _objects(document))
            return
    if opened := _OPENED.match(output):
        for element in output.split(f"</{opened[1]}>"):
            if fields := [(match[1], match[2].strip()) for match in _FIELD_OF_XML.finditer(element)]:
                yield iter(fields)
        return
    lines = output.splitlines()
    if len(lines) > 1 and (rows := _table(lines)):
        yield from rows
        return
    parts = _ITEM.split(output) if _ITEM.search(output) else lines if any(map(_ASSIGNED.search, lines[:3])) else [output]
    for part in filter(str.strip, parts):
        pairs = [(match[1], (match[2] or match[3] or "").strip()) for match in _ASSIGNED.finditer(part)]
        pairs = pairs or [(match[1], match[2].strip("\"' ")) for match in _STATED.finditer(part)]
        yield iter(pairs or [("", part.strip())])


def _document(output: str) -> Any:
    """The JSON, or the literal of Python."""
    try:
        return msgspec.json.decode(output)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return ast.literal_eval(_NO_ESCAPE.sub(r"\\\\", output)) if len(output) <= _LONGEST_LITERAL else None
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


_LONGEST_LITERAL = 20_000
_NO_ESCAPE = re.compile(r"\\(?![\\'\"nrtxuUNabfv0-7\n])")
"""Python warns of these each time."""


def _objects(document: Any) -> Iterator[list[tuple[str, str]]]:
    """Each object, with what stands in objects in it, but not in lists of objects, which are records of their own."""
    stack = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, list | tuple):
            stack.extend(reversed(item))
            continue
        if not isinstance(item, dict):
            yield [("", str(item))]
            continue
        pairs: list[tuple[str, str]] = []
        for key, value in item.items():
            if isinstance(value, list) and any(isinstance(child, dict) for child in value):
                stack.extend(reversed(value))
            elif isinstance(value, dict | list):
                pairs += [(str(key), str(scalar)) for scalar in contents(value)[1]]
                stack += [value] if isinstance(value, dict) else []
            elif value is not None:
                pairs.append((str(key), str(value)))
        if pairs:
            yield pairs


def _table(lines: Sequence[str]) -> list[Row]:
    """Rows below a line of names; empty, if this is no table."""
    for sign in ("|", ",", "\t"):
        names = [name.strip() for name in lines[0].strip("| ").split(sign)]
        if len(names) < 2 or not all(_NAME.fullmatch(name) for name in names):
            continue
        rows = csv.reader((line.strip("| ") for line in lines[1 : MAX_RECORDS + 1]), delimiter=sign)
        try:
            return [zip(names, map(str.strip, row), strict=False) for row in rows if len(row) == len(names)]
        except csv.Error:
            return []
    return []


_NAME = re.compile(r"[A-Za-z][\w -]{0,40}")
_STATE = re.compile(r"[a-z]{2,20}(?:[ _-][a-z]{1,20}){0,2}|[A-Z]{2,20}(?:_[A-Z]{1,20}){0,2}")
"""A value that says how something stands: no name, number or sentence."""
_OPENED = re.compile(r"<(\w{1,60})>")
_FIELD_OF_XML = re.compile(r"<(\w{1,60})>([^<>]{0,2000})</\1>")
_ITEM = re.compile(r"(?m)^- |\n\s*\n")
"""Where the next item of a list or the next paragraph begins."""
_ASSIGNED = re.compile(r"\b(\w{1,60})=(?:\"([^\"]{0,2000})\"|(\S{1,200}))")
_STATED = re.compile(r"(?m)^[ \t]*[\"']?([A-Za-z][\w -]{0,40}?)[\"']?\s?: (.{1,500}?),?$")
