"""Who asks, related to the clauses of a policy: which of them are for the user's role, and how they compare with the user's attributes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import Bag, Number, numbers
from gatling_core.features.policy import APART, FORBIDS, NO, YES, Float, PolicyFeatures, concepts_of
from gatling_core.features.quantities import compare, quantities
from gatling_core.features.role import meant, of_role
from gatling_core.policy import Clause

Bool = NDArray[np.bool_]


class Named(NamedTuple):
    """An attribute of the user that clauses name."""

    key: tuple[int, ...]  # the words of its name
    name: tuple[int, ...]  # the telling ones, in their order
    several: bool  # whether it is a list
    concepts: int  # the kinds of quantity that it is, as bits
    numbers: tuple[Number, ...]
    values: frozenset[int]
    clauses: Bool  # [C]
    unlike: Bool  # [C] those that ask for it where it is untrue, or for another value of it
    alike: Bool  # [C] those that rule the value out that it has


ROLE_RELATIONS = 20
OWN, OTHER = 9, 10
"""Columns: the clause speaks of the user's role; of another role and not of this one."""
OF_ROLE = (0, 1, 8, OWN, OTHER)
"""Columns of `role.of_role`."""
UNTRUE, TRUE = 11, 12
"""Columns: the clause names an attribute that is untrue; one that is true."""
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
        table[:, OF_ROLE] = _of_roles(policy, user_role, _groups(attributes))
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
    ways = zip(attributes, kinds.tolist(), owned, pairs, named, unlike, true, asks, strict=True)
    return tuple(
        _named(policy, a, clauses, kind, own, values, (unlike, true, asked))
        for a, kind, own, (_, values), clauses, unlike, true, asked in ways
        if clauses.any()
    )


def _named(
    policy: PolicyFeatures,
    attribute: Clause,
    clauses: Bool,
    kind: int,
    own: tuple[Number, ...],
    values: frozenset[int],
    asks: tuple[Bool, Bool, Callable[[PolicyFeatures, Clause, Bool], Bool]],
) -> Named:
    """An attribute that some clauses name. `asks`: where it is unlike what they say, whether it is true, and which of them ask for it."""
    unlike, true, asked = asks
    negated = _negated(policy, attribute, clauses)
    return Named(
        key=tuple(text.word_ids(attribute.path[-1])),
        name=text.telling_ids(attribute.path[-1]),
        several=attribute.kind == "list",
        concepts=kind,
        numbers=own,
        values=values,
        clauses=clauses,
        unlike=asked(policy, attribute, clauses & unlike & ~negated),
        alike=_stated(policy, attribute, clauses & policy.bars) | (negated & ~policy.bars & true),
    )


def _asked_as_it_is(policy: PolicyFeatures, attribute: Clause, clauses: Bool) -> Bool:
    """[C]: of these clauses, those that name the attribute by more than one telling word, or as it is written: `on call`, not `call`."""
    if not clauses.any() or len(text.telling_ids(attribute.path[-1])) > 1:
        return clauses
    name = re.compile(rf"(?<![\w])(?:{_spelled(attribute)})(?![\w])")
    found = np.zeros(policy.size, np.bool_)
    for c in clauses.nonzero()[0].tolist():
        found[c] = name.search(f"{policy.titles[c]} {policy.texts[c]}") is not None
    return found


def _spelled(attribute: Clause) -> str:
    """A pattern of an attribute's name as it is written, or with other signs or none between its parts."""
    return "[ _-]?".join(map(re.escape, text.parts(attribute.path[-1].lower())))


def _asked_otherwise(policy: PolicyFeatures, attribute: Clause, clauses: Bool) -> Bool:
    """[C]: of these clauses, those that state a value for the attribute: below its name, or right after it (`truck_licence = valid`)."""
    found = np.zeros(policy.size, np.bool_)
    if not clauses.any():
        return found
    name = attribute.path[-1].lower()
    spelled = _spelled(attribute)
    stated = re.compile(
        rf"\b{spelled}\b[\"'”]?(?:\s*(?:==?|:|\bis|\bmust be|\bequals?|\bof)\s*[\"'“]?|\s+[\"“]){_NO_VALUE}[\w-]{{2,}}(?![\w\[(-]|\.\w)"
        rf"|\b{spelled} (?:class|level|category|grade|type) \w+"
    )
    has = frozenset(map(text.value_id, attribute.items))
    held = re.compile(_HELD.format(name=re.escape(name))) if attribute.kind == "list" else None
    for c in clauses.nonzero()[0].tolist():
        said = policy.texts[c]
        below = _is_below(_HELD_TO.sub("", policy.titles[c]), name) and not policy.prose[c]
        plain = _PLAIN.fullmatch(said) is not None
        if below and policy.named[c] and (not said or (plain and attribute.kind == "list")):
            found[c] = has.isdisjoint(policy.named[c])
            continue
        lacks = next((match[1] or match[2] for match in [held.search(said)] if match), None) if held else None
        found[c] = (below and plain) or stated.search(said) is not None or (lacks is not None and text.value_id(lacks) not in has)
    return found


def _stated(policy: PolicyFeatures, attribute: Clause, clauses: Bool) -> Bool:
    """[C]: of these clauses, those that state the value that the attribute has: below its name, in a list below it, or after it. Of an attribute
    that is true, sentences that say it of a user and conditions that are its name alone (`deny … when: user.suspended`).
    """
    found = np.zeros(policy.size, np.bool_)
    if not clauses.any():
        return found
    name, value = attribute.path[-1].lower(), attribute.text.strip().lower()
    spellings = next((which for which in (_TRUE, _UNTRUE) if value in which), frozenset((value,)))
    alone = re.compile(rf"(?:^|[{{(&]|\b(?:if|when)\b)\s*(?:[\w$]+[.:])*{re.escape(name)}\s*(?=$|[}})&;])")
    stated = re.compile(rf"\b{re.escape(name)}\b[\"']?\s*(?:==?|:|is|equals?)\s*[\"']?")
    ids = frozenset(map(text.value_id, spellings))
    column = YES if value in _TRUE else NO if value in _UNTRUE else None
    for c in clauses.nonzero()[0].tolist():
        said = policy.texts[c]
        if any(_begins(said[match.end() :], spellings) for match in stated.finditer(said)):
            found[c] = True
        elif policy.prose[c]:
            found[c] = value in _TRUE and (alone.search(said) is not None or _is_said_of_a_user(policy, c, attribute))
        else:
            below = _is_below(policy.titles[c], name) or _COMPARES.search(policy.titles[c]) is not None
            listed = bool(ids & policy.named[c]) or (column is not None and policy.feats[c, column] > 0)
            found[c] = (below and listed) or (value in _TRUE and alone.search(said) is not None)
    return found


def _begins(said: str, values: Iterable[str]) -> bool:
    """Whether a text begins with one of the values, and not with a longer one."""
    return any(said.startswith(value) and not _GOES_ON.match(said[len(value) :]) for value in values)


def _is_said_of_a_user(policy: PolicyFeatures, c: int, attribute: Clause) -> bool:
    """Whether a sentence says an attribute of somebody: by more than one word of its name, of whom it is about (`suspended clerks`), or after
    `who`, `while` or `if`. `Clerks may not close active files` says it of no user.
    """
    words, said = text.telling_ids(attribute.path[-1]), policy.texts[c]
    if _CODE.search(said) is not None:
        return False
    if len(words) > 1 or any(not audience.isdisjoint(words) for audience in policy.audiences[c]):
        return True
    return any(not frozenset(text.word_ids(match[0])).isdisjoint(words) for match in _OF_WHOM.finditer(said))


_GOES_ON = re.compile(r"[\w.(\[-]")
_OF_WHOM = re.compile(r"\b(?:who|whose|while|when|if|under|on|during)\b[^.;,]{1,60}")
_CODE = re.compile(r"[={}]")


def _negated(policy: PolicyFeatures, attribute: Clause, clauses: Bool) -> Bool:
    """[C]: of these clauses, those that ask for an attribute that is true or untrue to be untrue: `allow if { … not user.on_probation }`."""
    found = np.zeros(policy.size, np.bool_)
    if attribute.text.strip().lower() not in _TRUE | _UNTRUE:
        return found
    name = re.escape(attribute.path[-1].lower())
    asked = re.compile(rf"(?:\bnot\s+|!\s*)(?:[\w$]+[.:])*{name}\b(?!\s*[=(.\[])|\b{name}\b[\"']?\s*(?:==?|:)\s*[\"']?false\b")
    for c in clauses.nonzero()[0].tolist():
        found[c] = asked.search(policy.texts[c]) is not None
    return found


_SAME = r"equals?|eq|is|in|one[ _]of|any[ _]of"
_COMPARES = re.compile(rf"[\s.:/](?:{_SAME}|is[ _]one[ _]of|value)$")
"""The end of a path whose last part only says how to compare: `user.employment: {in: [contractor]}`."""
_HELD_TO = re.compile(rf"(?<![\s.:/|])[\s.:/|]+(?:{_SAME}|contains?|includes?|has|holds|all[ _]of)$")
"""The same, with the signs before it, where several values are meant as well: `user.certificates: {contains: BSL-3}`."""
_HELD = r"[\"']([^\"']{{1,40}})[\"']\s+in\s+(?:[\w$]+[.:])*{name}\b|\b{name}\b[\"']?\s*\.?(?:contains|includes|has)\b\s*[(\s]*[\"']([^\"']{{1,40}})[\"']"
"""`"avionics" in user.certificates`."""
_NO_VALUE = r"(?!(?:an?|the|not|one|in|at|of|set|true|false|str|int|float|bool|string|number|boolean)\b)"


def _is_below(title: str, name: str) -> bool:
    """Whether a path ends with an attribute's name: `user.employment`. The `id` of a rule is its own."""
    return _LAST.split(title)[-1] == name and not (name in _OF_RULES and title.endswith(f"{APART}{name}"))


_OF_RULES = frozenset("id name sid title label version description comment".split())
_LAST = re.compile(r"[\s.:/$\[\]]+")
"""Between a clause's path and the last name in it: `user.employment`, `user:employment`."""
_PLAIN = re.compile(r"[\w -]{2,40}")
"""A value, and no expression."""


def _groups(attributes: Iterable[Clause]) -> list[str]:
    """The groups that the user is said to be in, each of which may be given something too."""
    named = (a for a in attributes if a.path and a.path[-1].lower() in _GROUP_KEYS and a.kind in ("text", "list"))
    return list(dict.fromkeys(chain.from_iterable(a.items for a in named)))[:MOST_GROUPS]


MOST_GROUPS = 8
_GROUP_KEYS = frozenset("group groups role roles member_of memberof membership memberships".split())


def _of_roles(policy: PolicyFeatures, user_role: str, groups: Sequence[str]) -> Float:
    """`of_role` of whoever acts in a role and is in groups: what any of those that the policy knows is given is the user's, and no other role's."""
    tables = [of_role(policy, name) for name in (user_role, *groups)]
    known = [table for table in tables if table[:, OF_ROLE.index(OWN)].any()] or tables[:1]
    found = np.maximum.reduce(known)
    found[:, OF_ROLE.index(OTHER)] = np.minimum.reduce([table[:, OF_ROLE.index(OTHER)] for table in known])
    found[found[:, OF_ROLE.index(OWN)] > 0, OF_ROLE.index(OTHER)] = 0.0
    return found


def _act_as(policy: PolicyFeatures, attributes: list[Clause], words: Sequence[frozenset[int]], table: Float) -> None:
    """`Contractors never export` is for a user whose employment is `contractor`, whatever the role is called."""
    names = [text.heavy(said) for a, said in zip(attributes, words, strict=True) if a.kind == "text"]
    own = meant(policy, [name for name in names if name])
    table[own, OWN], table[own, OTHER] = 1.0, 0.0


_UNTRUE = frozenset(
    "false no none null 0 off never n/a expired lapsed invalid revoked suspended inactive missing failed overdue withdrawn".split()
)
_TRUE = frozenset("true yes on 1 valid active current passed".split())
"""What an attribute may be where something either holds or does not: `safety_certificate: expired`."""
