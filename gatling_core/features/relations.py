"""What a call and a clause share, stated exactly: names, sets of values, numbers and destinations.

The encoder selects clauses; these relations check them (names never seen in training still match, 101 is above 100).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import (
    CACHED_TEXT,
    EMPTY,
    Bag,
    Number,
    bag,
    bag_of,
    cached,
    contents,
    distinct,
    items_of,
    join,
    numbers,
    telling,
)
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.policy import WIDTH, PolicyFeatures, concepts_of
from gatling_core.features.quantities import CELLS, compare, farthest, quantities, reduce_blocks, runs
from gatling_core.features.role import WHOLE
from gatling_core.schemas import ToolCall

Float = NDArray[np.float32]
Half = NDArray[np.float16]
Bool = NDArray[np.bool_]
Index = NDArray[np.int64]

PAIR_RELATIONS = 30
OWNED = 5
"""The last of these, which depend on the user's own values too: see `ownership.owned`."""
STATES = 2
STATED = slice(PAIR_RELATIONS - OWNED - STATES, PAIR_RELATIONS - OWNED)
"""Those before, which depend on what was read before: see `records.states`."""
PARTLY, RULE = 20, slice(21, 23)
"""Columns: the clause speaks of some of the things that one argument names, and not of the others; SPEAKS and LISTED, at most over the clauses of its rule."""
NOT_OWN = [PAIR_RELATIONS - OWNED, PAIR_RELATIONS - 1]
"""Columns: an argument is above a number of the user's, or none of the user's values, that the clause compares it with."""
LISTED = 1
"""Column: the clause lists the tool by its name."""
SPEAKS = 0
"""Column: how much the clause speaks of what the call does, against the one that does most."""
NAMING = [SPEAKS, LISTED, 16, 18, PARTLY, RULE.start]
"""Columns: how the clause names the call: as SPEAKS says, the tool's name itself, words of its description, things that it names."""


class Name(NamedTuple):
    """The name of an argument."""

    ids: tuple[int, ...]
    words: frozenset[int]
    heavy: frozenset[int]  # the telling ones
    concepts: int  # as bits


class Said(NamedTuple):
    """A text among the arguments, read once."""

    bag: Bag
    items: frozenset[int]  # what it names, for set tests
    numbers: tuple[Number, ...]
    thing: frozenset[int]  # words of the thing that it names, if it is that short
    asked: tuple[frozenset[int], ...]  # each word of a query


class Argument(NamedTuple):
    """One argument of a call: its name, what its value names, and its numbers."""

    name: Name
    items: frozenset[int]
    numbers: tuple[Number, ...]
    bag: Bag
    things: tuple[frozenset[int], ...]  # words of each thing that it names: a column with its table, a tool, a place


class Call(NamedTuple):
    """A call read once, for all the comparisons it takes part in."""

    name: Bag
    description: Bag
    described: str
    arguments: tuple[Argument, ...]
    said: Bag  # name and argument values: what is compared with requests and outputs
    values: Bag  # argument values alone
    tool: str
    names: frozenset[int]  # value ids under which a policy may list the tool
    spoken: frozenset[int]  # words by which prose may speak of the tool, if they are at least two
    things: tuple[frozenset[int], ...]  # that the arguments name, MAX_THINGS at most
    several: tuple[tuple[int, ...], ...]  # places of the things of each argument that names more than one
    texts: tuple[list[int], list[int]]  # words of name and description, and of the arguments, as the text encoder reads them
    key: bytes | None  # the same for equal calls

    @property
    def hosts(self) -> frozenset[str]:
        return self.values.hosts


MAX_THINGS = 48
LONGEST_THING = 60
_QUERY = re.compile(r"\bselect\b.*\bfrom\b", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r"'[^']*'|\b\d[\d.]*\b")
_SQL = frozenset(
    text.word_ids(
        "select distinct from where and or not in like ilike is null between exists join inner left right outer full cross on using group by having order asc desc"
        " limit offset union all as case when then else end count sum avg min max"
    )
)
"""Words of a query that name no thing."""


class Relation(NamedTuple):
    """What a call shares with each clause of a policy."""

    rows: Float  # [C, PAIR_RELATIONS]
    held: Bool  # [things, C] the clause holds all words of the thing
    alike: Bool  # [arguments, C] the clause speaks of what the argument is called

    @property
    def nbytes(self) -> int:
        return self.rows.nbytes + self.held.nbytes + self.alike.nbytes


_ARGUMENTS = Memo[Argument]()
_CALLS = Memo[Call]()
_TOOLS = Memo[Float]()
_ROWS = Memo[Relation]()
_CALL_BYTES = 32
"""Of memory for each byte of a call or an argument, about."""


def read_call(node: ToolCall, description: str) -> Call:
    """Words, values, numbers and destinations of a call."""
    metadata = (node.scope_volume, node.scope_sensitivity, node.provenance_tier or None)
    key = key_of(node.tool_name, description, node.arguments, metadata)
    call = _CALLS.get(key) if key else None
    if call is None:
        call = _read_call(node.tool_name, description, node.arguments, metadata, key)
        if key:
            _CALLS.put(key, call, _CALL_BYTES * len(key))
    return call


def _read_call(
    tool: str, description: str, given: Mapping[str, Any], metadata: Sequence[float | None], key: bytes | None
) -> Call:
    name = bag(tool)
    arguments = [_argument(key, value) for key, value in given.items()]
    arguments += [
        Argument(key, frozenset(), (("number", float(x)),), EMPTY, ())
        for key, x in zip(_METADATA, metadata, strict=True)
        if x is not None
    ]
    values = join([a.bag for a in arguments])
    described = bag(description)
    texts = (
        [*name.ids[:12], *described.ids[:WIDTH]][:WIDTH],
        [word for a in arguments for word in [*a.name.ids[:3], *a.bag.ids[:20]]][:WIDTH],
    )
    things = tuple(dict.fromkeys(thing for a in arguments for thing in a.things))[:MAX_THINGS]
    place = {thing: k for k, thing in enumerate(things)}
    places = (tuple(dict.fromkeys(place[thing] for thing in a.things if thing in place)) for a in arguments)
    return Call(
        name,
        described,
        description,
        tuple(arguments),
        join([name, values]),
        values,
        tool,
        _names(tool),
        _spoken_words(tool),
        things,
        tuple(some for some in places if len(some) > 1),
        texts,
        key,
    )


@cached
def _names(tool: str) -> frozenset[int]:
    last = tool.replace("__", ".").replace("/", ".").rsplit(".", 1)[-1]
    spellings = {tool, last, *(sep.join(text.words(form)) for form in (tool, last) for sep in ("", "_"))} - {""}
    return frozenset(map(text.value_id, spellings))


@cached
def _spoken_words(tool: str) -> frozenset[int]:
    """Of the last part of a name: `shop.create_order` is `create` and `order` in a sentence."""
    said = text.heavy(frozenset(text.word_ids(_PARTS.split(tool)[-1])))
    return said if len(said) > 1 else frozenset()


_PARTS = re.compile(r"[.:/]+|->|__")


@cached
def _name(key: str) -> Name:
    ids = tuple(text.word_ids(key))
    words = frozenset(ids)
    return Name(ids, words, text.heavy(words), concepts_of(words))


_METADATA = tuple(_name(key)._replace(ids=()) for key in ("rows", "sensitivity", "provenance tier"))
"""Scope and tier take part as arguments, so that a policy's limits on them are checked the same way; no text encoder reads them."""


def _argument(name: str, value: Any) -> Argument:
    key = key_of(name, value)
    argument = _ARGUMENTS.get(key) if key else None
    if argument is None:
        argument = _read_argument(name, value)
        if key:
            _ARGUMENTS.put(key, argument, _CALL_BYTES * len(key))
    return argument


def _read_argument(name: str, value: Any) -> Argument:
    within, found = contents(value)
    said = [_said(s if isinstance(s, str) else str(s)) for s in found]
    bags = [*map(bag, within), *(s.bag for s in said)]
    named = said[0].items if len(said) == 1 else frozenset[int]().union(*(s.items for s in said))
    given = tuple(number for scalar, s in zip(found, said, strict=True) for number in _numbers(scalar, s))
    return Argument(_name(name), named, telling(given), join(bags), tuple(things(value)))


@cached
def _said(content: str) -> Said:
    found = text.values(content)
    said = bag_of(content, found)
    named = items_of(content, found) if len(content) <= CACHED_TEXT else said.values
    thing = text.heavy(said.words) if _is_name(content) else frozenset[int]()
    query = None if thing else _QUERY.search(content[:CACHED_TEXT])
    words = text.heavy(frozenset(text.word_ids(_LITERAL.sub(" ", content)))) - _SQL if query else frozenset[int]()
    asked = tuple(frozenset((word,)) for word in sorted(words))
    return Said(said, named, numbers(content) if len(content.strip()) <= 200 else (), thing, asked)


def _is_name(content: str) -> bool:
    """A short text without digits: no id, amount or sentence."""
    return len(content) <= LONGEST_THING and content.count(" ") <= 3 and not any(map(str.isdigit, content))


def _numbers(scalar: Any, said: Said) -> tuple[Number, ...]:
    if isinstance(scalar, str):
        return said.numbers
    return () if isinstance(scalar, bool) else (("number", float(scalar)),)


def things(value: Any) -> Iterator[frozenset[int]]:
    """The words of each thing that a value names: of a short text, with the keys above it; of a query, of each of its words."""
    stack: list[tuple[Any, frozenset[int]]] = [(value, frozenset())]
    while stack:
        item, above = stack.pop()
        if isinstance(item, dict):
            below = [(child, above | text.heavy(frozenset(text.word_ids(key)))) for key, child in item.items()]
            stack.extend(reversed(below))
            yield from (words for _, words in below if words)
        elif isinstance(item, list):
            stack.extend((child, above) for child in reversed(item))
        elif isinstance(item, str) and item:
            said = _said(item)
            yield from (above | said.thing,) if said.thing else said.asked


def relate(calls: Sequence[Call], policy: PolicyFeatures) -> list[Relation]:
    """Of each call. Columns of the rows: 0 SPEAKS; 1, 2, 16, 17 names; 3-6 sets; 7-13 numbers; 14, 15 destinations; 18, 19 things; 20 PARTLY; 21, 22 RULE; 23, 24 see
    `records.states`; 25-29 see `ownership.owned`.
    """
    found = [_ROWS.get((policy.token, call.key)) if call.key else None for call in calls]
    new = [call for call, relation in zip(calls, found, strict=True) if relation is None]
    if new:
        made = iter(_relate(new, policy))
        for i, (call, relation) in enumerate(zip(calls, found, strict=True)):
            if relation is None:
                found[i] = relation = next(made)
                if call.key:
                    _ROWS.put((policy.token, call.key), relation, relation.nbytes + len(call.key))
    return [relation for relation in found if relation is not None]


def _relate(calls: Sequence[Call], policy: PolicyFeatures) -> Iterator[Relation]:
    table = np.zeros((len(calls), policy.size, PAIR_RELATIONS), np.float32)
    _relate_names(calls, policy, table)
    given = [len(call.arguments) for call in calls]
    arguments = [argument for call in calls for argument in call.arguments]
    alike = np.zeros((0, policy.size), np.bool_)
    if arguments:
        alike = _relate_arguments(np.arange(len(calls)).repeat(given), arguments, policy, table)
    _relate_hosts(calls, policy, table)
    held = _held([thing for call in calls for thing in call.things], policy)
    sizes = np.array([len(call.things) for call in calls])
    if len(held):
        starts, rows = runs(np.arange(len(calls)).repeat(sizes))
        counts = np.add.reduceat(held, starts, axis=0, dtype=np.int64)
        table[rows, :, 18], table[rows, :, 19] = counts / sizes[rows, None], counts > 0
    _relate_rules(policy, table)
    for call, rows, things, spoken in zip(calls, table, _split(held, sizes.tolist()), _split(alike, given), strict=True):
        rows[:, PARTLY] = partly(call, things)
        yield Relation(rows.copy(), things, spoken)


def partly(call: Call, held: Bool) -> Float:
    """[C]: of the things of one argument that a clause holds some of, the share that it does not hold; at most over the arguments.
    `held` [things, C] may be of other columns than clauses.
    """
    shares = np.zeros(held.shape[1], np.float32)
    for places in call.several:
        share = held[list(places)].mean(0, dtype=np.float32)
        shares = np.maximum(shares, np.where(share > 0, 1.0 - share, 0.0))
    return shares


def _relate_rules(policy: PolicyFeatures, table: Float) -> None:
    """A statement with a list of tools and a condition is two clauses, and the condition says nothing of the call."""
    names = table[:, :, [SPEAKS, LISTED]]
    table[:, :, RULE] = names
    order = policy.rules.argsort(kind="stable")
    starts, rules = runs(policy.rules[order])
    if len(rules) > 1 or rules[0] > 0:
        most = np.maximum.reduceat(names[:, order], starts, axis=1)
        rule = np.searchsorted(rules, policy.rules)
        table[:, :, RULE] = np.where(policy.rules[:, None] > 0, most[:, rule], names)


def _split(rows: Bool, sizes: Sequence[int]) -> Iterator[Bool]:
    """Copies of so many rows each: a view would keep all the others in memory."""
    end = 0
    for size in sizes:
        start, end = end, end + size
        yield rows[start:end].copy()


def _held(found: Sequence[frozenset[int]], policy: PolicyFeatures) -> Bool:
    """[T, C]: the clause holds all words of the thing."""
    step = max(1, CELLS // policy.size)
    parts = [found[start : start + step] for start in range(0, len(found), step)]
    none = np.zeros((0, policy.size), np.bool_)
    return np.concatenate([none, *(policy.by_word.count(part) == _column(map(len, part)) for part in parts)])


def _relate_names(calls: Sequence[Call], policy: PolicyFeatures, table: Float) -> None:
    table[:, :, SPEAKS] = _speaks(calls, policy)
    table[:, :, _OF_TOOL] = _of_tools(calls, policy)
    said = [distinct([*call.said.ids, *(w for a in call.arguments for w in a.name.words)]) for call in calls]
    table[:, :, 2] = np.minimum(policy.by_word.weigh(said) / np.maximum(policy.totals, 1.0), 1.0)


PARTS_OF_ONE = 256
"""Parts of one in which what is energy by itself is measured: half floats hold them up to 8, so that what training keeps is what is served."""
BESIDE = 0.3
"""What a word of the arguments weighs against one of the tool's name."""
LEAST = 0.4
"""Share of the tool's name that the clause which speaks most of a call must hold to speak of it wholly."""


def _speaks(calls: Sequence[Call], policy: PolicyFeatures) -> Float:
    """[N, C]: what a policy calls an act is seldom the tool's whole name; the clause that is about it is the one that holds most of what it
    says, words weighing more the fewer clauses hold them.
    """
    names = [text.heavy(call.name.words) for call in calls]
    beside = [
        frozenset[int]().union(*call.things, *(argument.name.heavy for argument in call.arguments)) - name
        for call, name in zip(calls, names, strict=True)
    ]
    told = policy.by_word.distinguish([*names, *beside]).reshape(2, len(calls), policy.size)
    said = told[0] + BESIDE * told[1]
    share = said / np.maximum(said.max(1, keepdims=True), LEAST * _column(max(len(name), 1) for name in names))
    return np.where(policy.everything, 1.0, np.round(share * PARTS_OF_ONE) / PARTS_OF_ONE)


_OF_TOOL = (LISTED, 16, 17)


def _of_tools(calls: Sequence[Call], policy: PolicyFeatures) -> list[Float]:
    """Of each call [C, 3]: the columns _OF_TOOL, which do not depend on what the tool is called with."""
    keys = [(policy.token, call.tool, call.described) for call in calls]
    tools = dict(zip(keys, calls, strict=True))
    found = {key: rows for key in tools if (rows := _TOOLS.get(key)) is not None}
    new = {key: call for key, call in tools.items() if key not in found}
    for key, rows in zip(new, _relate_tools([*new.values()], policy) if new else (), strict=True):
        found[key] = rows
        _TOOLS.put(key, rows, rows.nbytes + len(new[key].tool) + len(new[key].described))
    return [found[key] for key in keys]


def _relate_tools(calls: Sequence[Call], policy: PolicyFeatures) -> Iterator[Float]:
    names, described = [call.name.words for call in calls], [call.description.words for call in calls]
    weights = policy.by_word.weigh([*names, *described]).reshape(2, len(calls), policy.size)
    listed = [call.names for call in calls]
    named = weights[0] / _column(max(call.name.total, 0.1) for call in calls)
    lists = (policy.by_value.count(listed) + policy.by_path_value.count(listed)) > 0
    worded = policy.by_word.count([call.spoken for call in calls])
    for call, clauses, held, row in zip(calls, (named > WHOLE) & ~lists, worded, lists, strict=True):
        name = call.tool.lower()
        row[[c for c in clauses.nonzero()[0].tolist() if name in policy.texts[c] and _spoken(name, policy.texts[c])]] = True
        if call.spoken:
            said = (held == len(call.spoken)) & ~row
            row[
                [
                    c
                    for c in said.nonzero()[0].tolist()
                    if any(_close(call.spoken, told[c]) for told in (policy.texts, policy.titles))
                ]
            ] = True
    told = weights[1] / _column(max(call.description.total, 0.1) for call in calls)
    below = np.minimum(policy.by_path_word.weigh(names) / np.maximum(policy.path_totals, 1.0), 1.0)
    for rows in np.stack([lists, told, below], axis=2):
        yield rows.copy()


def _spoken(name: str, said: str) -> bool:
    """Whether a text holds a name that is no single word (`GET /orders/:id`, `shop->getOrder`), and not only as part of another."""
    at = said.find(name)
    while at >= 0:
        before, after = said[max(0, at - 1) : at], said[at + len(name) : at + len(name) + 2]
        part = after[:1].isalnum() or (after[:1] in _JOINING and after[1:].isalnum()) or after[:2] == "/:"
        if not part and not (before.isalnum() or before in _BEFORE):
            return True
        at = said.find(name, at + 1)
    return False


def _close(words: frozenset[int], said: str) -> bool:
    """Whether a text holds all the words in one place, with at most SPREAD others between: `may change a prescription`. Names do not count."""
    last: dict[int, int] = {}
    for at, token in enumerate(_GAP.split(said)):
        plain = token.strip(_PUNCTUATION)
        for word in text.word_ids(plain) if plain.isalpha() else ():
            if word in words:
                last[word] = at
        if len(last) == len(words) and at - min(last.values()) < len(words) + SPREAD:
            return True
    return False


_GAP = re.compile(r"[\s,]+")
_PUNCTUATION = ".,;:!?()[]\"'’"
SPREAD = 2
_JOINING = frozenset("_-.:/>")
_BEFORE = frozenset("_-./:>")


def _relate_arguments(call: Index, arguments: Sequence[Argument], policy: PolicyFeatures, table: Float) -> Bool:
    """[A, C]: the clause speaks of what argument a is called, by a word or as the same kind of quantity. `call[a]` is its call, ascending."""
    named = [a.items for a in arguments]
    sizes = _column(map(len, named))
    share = policy.by_value.count(named) / np.maximum(sizes, 1.0)
    keyed = policy.by_word.count([a.name.heavy for a in arguments]) / _column(max(len(a.name.words), 1) for a in arguments)
    tested = (keyed > 0) & policy.listed & (sizes > 0)
    starts, rows = runs(call)
    values = np.stack([share, np.where(tested, share, 0.0), np.where(tested, 1.0 - share, 0.0), keyed], axis=2)
    table[rows, :, 3:7] = np.maximum.reduceat(values, starts, axis=0)
    alike = (keyed > 0) | (np.array([a.name.concepts for a in arguments], np.uint8)[:, None] & policy.concepts > 0)
    _relate_numbers(call, arguments, alike, policy, table)
    return alike


def _relate_numbers(call: Index, arguments: Sequence[Argument], alike: Bool, policy: PolicyFeatures, table: Float) -> None:
    """`alike[a, c]`: argument and clause speak of the same kind of quantity."""
    found, bounds = quantities([a.numbers for a in arguments]), policy.quantities
    columns, clauses = policy.bounded
    for block in compare(found, bounds):
        argument = found.owner[block.found]
        starts, rows = runs(call[argument])
        cells = rows[:, None], clauses
        counted = alike[argument][:, bounds.owner]
        now = table[cells]
        held = reduce_blocks(np.logical_or, block.signs & counted[..., None], starts, columns)
        now[..., 7:10] = np.maximum(now[..., 7:10], held)
        ratio = farthest(np.where(counted, block.distance, np.float32(0)), starts, columns)
        now[..., 10] = np.where(np.abs(ratio) > np.abs(now[..., 10]), ratio, now[..., 10])
        now[..., 11:14] = np.maximum(now[..., 11:14], reduce_blocks(np.logical_or, block.signs, starts, columns))
        table[cells] = now


def _relate_hosts(calls: Sequence[Call], policy: PolicyFeatures, table: Float) -> None:
    """A destination is known to a clause that names it or a domain above it."""
    for i, call in enumerate(calls):
        if call.hosts and policy.by_host:
            known = np.zeros(policy.size)
            for host in call.hosts:
                known[list({c for name in _domains(host) for c in policy.by_host.get(name, ())})] += 1
            share = known[policy.has_hosts] / len(call.hosts)
            table[i, policy.has_hosts, 14], table[i, policy.has_hosts, 15] = share, 1.0 - share


def _domains(host: str) -> list[str]:
    """The host and every domain above it: `a.b.c`, `b.c`, `c`."""
    parts = host.split(".")
    return [".".join(parts[i:]) for i in range(len(parts))]


def _column(values: Iterable[float]) -> Float:
    return np.array(list(values), np.float32)[:, None]
