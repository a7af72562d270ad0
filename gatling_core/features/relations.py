"""What a call and a clause share, stated exactly: names, sets of values, numbers and destinations.

The encoder selects clauses; these relations check them (names never seen in training still match, 101 is above 100).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import EMPTY, Bag, Number, bag, items, join, scalars, telling
from gatling_core.features.governance import CONCEPTS, PolicyFeatures, compare
from gatling_core.schemas import ToolCall

Float = NDArray[np.float32]

PAIR_RELATIONS = 18


@dataclass(frozen=True)
class Argument:
    """One argument of a call: the words of its name, what its value names, and its numbers."""

    name: tuple[int, ...]
    key: frozenset[int]
    concepts: frozenset[int]
    items: frozenset[int]
    numbers: tuple[Number, ...]
    bag: Bag


@dataclass(frozen=True)
class Call:
    """A call read once, for all the comparisons it takes part in."""

    name: Bag
    description: Bag
    arguments: tuple[Argument, ...]
    said: Bag  # name and argument values: what is compared with requests and outputs
    values: Bag  # argument values alone
    names: frozenset[int]  # value ids under which a policy may list the tool
    hosts: frozenset[str]


def read_call(node: ToolCall, description: str) -> Call:
    """Words, values, numbers and destinations of a call."""
    name = bag(node.tool_name)
    arguments = [_argument(key, value) for key, value in node.arguments.items()]
    arguments += [_quantity(concept, value) for concept, value in _metadata(node) if value is not None]
    values = join(a.bag for a in arguments)
    last = node.tool_name.replace("__", ".").replace("/", ".").rsplit(".", 1)[-1]
    spellings = {node.tool_name, last, *(sep.join(text.words(form)) for form in (node.tool_name, last) for sep in ("", "_"))} - {
        ""
    }
    strings = [s for s in scalars(node.arguments) if isinstance(s, str)]
    hosts = frozenset(h for s in strings for v in text.values(s) if (h := text.host(v)))
    return Call(
        name, bag(description), tuple(arguments), join([name, values]), values, frozenset(map(text.value_id, spellings)), hosts
    )


def _argument(key: str, value: Any) -> Argument:
    found = [str(s) for s in scalars(value)]
    joined = join(map(bag, found))
    numbers = telling(tuple(n for s in scalars(value) for n in _numbers(s)))
    named = frozenset[int]().union(*(items(s) if len(s) <= 400 else bag(s).values for s in found))
    name = tuple(text.word_ids(key))
    return Argument(name, frozenset(name), _concepts(name), named, numbers, joined)


def _numbers(scalar: Any) -> tuple[Number, ...]:
    if isinstance(scalar, bool):
        return ()
    if isinstance(scalar, int | float):
        return (("number", float(scalar)),)
    return bag(scalar).numbers if len(scalar.strip()) <= 200 else ()


def _metadata(node: ToolCall) -> tuple[tuple[str, float | None], ...]:
    """Scope and tier take part as arguments, so that a policy's limits on them are checked the same way."""
    return ("rows", node.scope_volume), ("sensitivity", node.scope_sensitivity), ("provenance tier", node.provenance_tier or None)


def _quantity(name: str, value: float) -> Argument:
    words = tuple(text.word_ids(name))
    return Argument((), frozenset(words), _concepts(words), frozenset(), (("number", float(value)),), EMPTY)


def _concepts(words: tuple[int, ...]) -> frozenset[int]:
    return frozenset(CONCEPTS[word] for word in words if word in CONCEPTS)


def relate(call: Call, policy: PolicyFeatures) -> Float:
    """[C, PAIR_RELATIONS] for one call. Columns: 0-2, 16, 17 names; 3-6 sets; 7-13 numbers; 14, 15 destinations."""
    table = np.zeros((policy.size, PAIR_RELATIONS), np.float32)
    table[:, 0] = _shares(policy.by_word, call.name, policy.size)
    for name in call.names:
        table[policy.by_value.get(name, ()), 1] = 1.0
        for c, path in enumerate(policy.path_values):
            if name in path:
                table[c, 1] = 1.0
    table[:, 2] = _weights(
        policy.by_word, join([call.said, *(Bag(list(a.key), frozenset()) for a in call.arguments)]), policy.size
    )
    table[:, 2] = np.minimum(table[:, 2] / np.maximum(policy.totals, 1.0), 1.0)
    table[:, 16] = _shares(policy.by_word, call.description, policy.size)
    table[:, 17] = np.minimum(_weights(policy.by_path_word, call.name, policy.size) / np.maximum(policy.path_totals, 1.0), 1.0)
    for argument in call.arguments:
        _relate_argument(argument, policy, table)
    _relate_hosts(call.hosts, policy, table)
    return table


def _relate_argument(argument: Argument, policy: PolicyFeatures, table: Float) -> None:
    named: dict[int, int] = {}
    for item in argument.items:
        for c in policy.by_value.get(item, ()):
            named[c] = named.get(c, 0) + 1
    share = {c: count / len(argument.items) for c, count in named.items()}
    for c, value in share.items():
        table[c, 3] = max(table[c, 3], value)
    keyed: dict[int, float] = {}
    for word in argument.key:
        if text.weight(word) == 1.0:
            for c in policy.by_word.get(word, ()):
                keyed[c] = keyed.get(c, 0.0) + 1.0 / len(argument.key)
    for c, value in keyed.items():
        table[c, 6] = max(table[c, 6], value)
        if argument.items and policy.listed[c]:
            table[c, 4] = max(table[c, 4], share.get(c, 0.0))
            table[c, 5] = max(table[c, 5], 1.0 - share.get(c, 0.0))
    if not argument.numbers:
        return
    for c, bounds in policy.numbers.items():
        above, equal, below, ratio = compare(argument.numbers, bounds)
        if c in keyed or argument.concepts & policy.concepts[c]:
            table[c, 7:10] = np.maximum(table[c, 7:10], (above, equal, below))
            table[c, 10] = ratio if abs(ratio) > abs(table[c, 10]) else table[c, 10]
        table[c, 11:14] = np.maximum(table[c, 11:14], (above, equal, below))


def _relate_hosts(hosts: frozenset[str], policy: PolicyFeatures, table: Float) -> None:
    if not hosts:
        return
    for c, listed in enumerate(policy.hosts):
        if listed:
            known = sum(1 for host in hosts if any(host == name or host.endswith("." + name) for name in listed)) / len(hosts)
            table[c, 14], table[c, 15] = known, 1.0 - known


def _weights(postings: dict[int, list[int]], content: Bag, size: int) -> Float:
    found = np.zeros(size, np.float32)
    for word in content.words:
        hits = postings.get(word)
        if hits:
            found[hits] += text.weight(word)
    return found


def _shares(postings: dict[int, list[int]], content: Bag, size: int) -> Float:
    """Per clause: weighted share of the content's words that the clause holds."""
    return _weights(postings, content, size) / max(content.total, 0.1) if content.ids else np.zeros(size, np.float32)
