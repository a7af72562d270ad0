"""Who asks, related to the clauses of a policy: which of them are for the user's role, and how they compare with the user's attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import Bag, Number, numbers
from gatling_core.features.policy import FORBIDS, Float, PolicyFeatures, concepts_of
from gatling_core.features.quantities import compare, quantities
from gatling_core.features.role import meant, of_role
from gatling_core.policy import Clause


class Named(NamedTuple):
    """An attribute of the user that clauses name."""

    name: tuple[int, ...]  # its telling words, in their order
    several: bool  # whether it is a list
    concepts: int  # the kinds of quantity that it is, as bits
    numbers: tuple[Number, ...]
    values: frozenset[int]
    clauses: NDArray[np.bool_]  # [C]
    unlike: NDArray[np.bool_]  # [C] those that ask for it where it is untrue, or for another value of it


ROLE_RELATIONS = 20
OWN, OTHER = 9, 10
"""Columns: the clause speaks of the user's role; of another role and not of this one."""
OF_ROLE = (0, 1, 8, OWN, OTHER)
"""Columns of `role.of_role`."""
TRUE = 12
"""Column: the clause names an attribute that is true."""
NAMED_ABOVE, NAMED_BELOW = 15, 17
"""Columns: an attribute of the user's is above a number of a clause that names it; below one."""
SAYS_NO, SAYS_ONLY = 18, 19
"""Columns: FORBIDS of each clause again, to be joined there with what else relates it to who asks."""


def relate_asker(
    policy: PolicyFeatures,
    user_role: str,
    attributes: list[Clause],
    pairs: Sequence[tuple[frozenset[int], frozenset[int]]],
    request: list[Bag],
) -> tuple[Float, tuple[Named, ...]]:
    """How each clause relates to who asks: columns are documented beside the code that fills them. And the attributes that clauses name."""
    table = np.zeros((policy.size, ROLE_RELATIONS), np.float32)
    if user_role.strip():
        table[:, OF_ROLE] = of_role(policy, user_role)
    named = _relate_attributes(policy, attributes, pairs, table) if attributes else ()
    table[:, SAYS_NO : SAYS_ONLY + 1] = policy.feats[:, FORBIDS]
    said = [word for part in request for word in part.words]
    # 7: share of the clause's words that the request holds
    table[:, 7] = np.minimum(policy.by_word.weigh([said])[0] / np.maximum(policy.totals, 1.0), 1.0)
    return table, named


def _relate_attributes(
    policy: PolicyFeatures, attributes: list[Clause], pairs: Sequence[tuple[frozenset[int], frozenset[int]]], table: Float
) -> tuple[Named, ...]:
    said = [attribute.text.strip().lower() for attribute in attributes]
    keys, words = [key for key, _ in pairs], [frozenset(text.word_ids(value)) for value in said]
    names = [text.heavy(frozenset(text.word_ids(a.path[-1]))) if a.path else frozenset[int]() for a in attributes]
    counts = policy.by_word.count([*keys, *names, *words]).reshape(3, len(attributes), policy.size)
    kinds = np.array(
        [concepts_of(name) if a.number is not None else 0 for name, a in zip(names, attributes, strict=True)], np.uint8
    )
    touched = (counts[0] > 0) | (kinds[:, None] & policy.concepts > 0)
    sizes = np.array([len(name) for name in names])[:, None]
    named = (counts[1] == sizes) & (sizes > 0)  # the clause holds all telling words of the attribute's own name
    held = counts[2] == np.array([max(len(w), 1) for w in words])[:, None]
    values = frozenset[int]().union(*(values for _, values in pairs))
    _act_as(policy, attributes, words, table)
    table[:, 2] = policy.by_value.count([values])[0] > 0  # 2: an attribute's value is among the clause's values
    table[:, 3] = touched.any(0)  # 3: clause and attribute share a name
    untrue, true = (np.array([value in which for value in said])[:, None] for which in (_UNTRUE, _TRUE))
    worded = np.array([a.kind in ("text", "list", "prose") for a in attributes])[:, None] & ~untrue & ~true
    # 11-14: the clause names an attribute that is untrue, that is true, whose value it holds, whose value it does not hold
    for column, which in enumerate((untrue, true, worded & held, worded & ~held), start=11):
        table[:, column] = (named & which).any(0)
    owned = [numbers(a.text) if a.number is None else (("number", a.number),) for a in attributes]
    found, bounds = quantities(owned), policy.quantities
    columns, clause = policy.bounded
    for block in compare(found, bounds):  # 4-6: the attribute is above, at or below the clause's number
        for place, which in ((4, touched), (15, named)):  # 15-17: the same, where the clause holds all of the attribute's name
            signs = (block.signs & which[found.owner[block.found]][:, bounds.owner, None]).any(0)
            of_clause = np.logical_or.reduceat(signs, columns, axis=0)
            table[clause, place : place + 3] = np.maximum(table[clause, place : place + 3], of_clause)
    unlike = (untrue & (table[:, TRUE] == 0)) | (worded & ~held)
    asks = (_asked_as_it_is if value in _UNTRUE else _asked_otherwise for value in said)
    ways = zip(attributes, kinds.tolist(), owned, pairs, named, unlike, asks, strict=True)
    return tuple(
        Named(text.telling_ids(a.path[-1]), a.kind == "list", kind, own, values, clauses, asked(policy, a, clauses & unlike))
        for a, kind, own, (_, values), clauses, unlike, asked in ways
        if clauses.any()
    )


def _asked_as_it_is(policy: PolicyFeatures, attribute: Clause, clauses: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[C]: of these clauses, those that name the attribute by more than one telling word, or as it is written: `on call`, not `call`."""
    if not clauses.any() or len(text.telling_ids(attribute.path[-1])) > 1:
        return clauses
    name = re.compile(rf"(?<![\w])(?:{'[ _-]?'.join(map(re.escape, text.parts(attribute.path[-1].lower())))})(?![\w])")
    found = np.zeros(policy.size, np.bool_)
    for c in clauses.nonzero()[0].tolist():
        found[c] = name.search(f"{policy.titles[c]} {policy.texts[c]}") is not None
    return found


def _asked_otherwise(policy: PolicyFeatures, attribute: Clause, clauses: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[C]: of these clauses, those that state a value for the attribute: below its name, or right after it (`truck_licence = valid`)."""
    found = np.zeros(policy.size, np.bool_)
    if not clauses.any():
        return found
    name = attribute.path[-1].lower()
    stated = re.compile(
        rf"\b{re.escape(name)}\b[\"']?\s*(?:==?|:|is|must be|equals?|of)\s*[\"']?{_NO_VALUE}[\w-]{{2,}}(?![\w\[(-]|\.\w)"
    )
    for c in clauses.nonzero()[0].tolist():
        below = _LAST.split(policy.titles[c])[-1] == name and policy.texts[c] and not policy.prose[c]
        found[c] = (below and _PLAIN.fullmatch(policy.texts[c]) is not None) or stated.search(policy.texts[c]) is not None
    return found


_NO_VALUE = r"(?!(?:an?|the|not|one|in|at|of|set|true|false|str|int|float|bool|string|number|boolean)\b)"
_LAST = re.compile(r"[\s.:/$\[\]]+")
"""Between a clause's path and the last name in it: `user.employment`, `user:employment`."""
_PLAIN = re.compile(r"[\w -]{2,40}")
"""A value, and no expression."""


def _act_as(policy: PolicyFeatures, attributes: list[Clause], words: Sequence[frozenset[int]], table: Float) -> None:
    """`Contractors never export` is for a user whose employment is `contractor`, whatever the role is called."""
    names = [text.heavy(said) for a, said in zip(attributes, words, strict=True) if a.kind == "text"]
    own = meant(policy, [name for name in names if name])
    table[own, OWN], table[own, OTHER] = 1.0, 0.0


_UNTRUE = frozenset(("false", "no", "none", "null", "0", "off", "never", "n/a"))
_TRUE = frozenset(("true", "yes", "on", "1"))
