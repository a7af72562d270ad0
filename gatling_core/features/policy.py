"""A policy as arrays. It depends on nothing else, so it is read once per policy digest."""

from __future__ import annotations

import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.audience import REACH_OF_CODE, each, is_office
from gatling_core.features.bag import Number, bag, items, numbers
from gatling_core.features.postings import Postings
from gatling_core.features.quantities import Quantities, quantities, runs
from gatling_core.features.standing import tokens_of
from gatling_core.features.tone import asks_for, forbids_outright, is_apart, is_denial, is_everything, rules_out, tones
from gatling_core.features.tone import bounds as bounds_of
from gatling_core.policy import KINDS, Clause, Policy, clauses, policy_digest

Float = NDArray[np.float32]
Ids = NDArray[np.int32]
Index = NDArray[np.int64]

WIDTH = 40
"""Words of one text that reach the text encoder. Relations compare all of them."""

CLAUSE_FEATURES = len(KINDS) + 12
PROSE, HEADING = KINDS.index("prose"), KINDS.index("heading")
"""Columns of the clause features: it is a sentence; a heading."""
FORBIDS = slice(len(KINDS) + 7, len(KINDS) + 9)
"""Columns of the clause features: it has a word that forbids; a word that leaves it to those whom it names."""
YES, NO = len(KINDS) + 4, len(KINDS) + 5
"""Columns of the clause features: all that it says is true, or a word for it; false, or a word for that."""
ALLOWS = FORBIDS.stop
"""Column: it has a word that allows."""

# Words that name the same kind of quantity: a limit called `max_rows` bounds an argument called `limit`, and `at least 21 years` an age.
_KINDS_OF_QUANTITY = (
    "amount sum total value price payment eur usd gbp chf dollar euro cost budget spend transfer limit",
    "row record item limit count volume result max maximum size number top page batch quantity export download",
    "day date period range window month week year since until start end history retention",
    "age year old",
    "tier provenance trust source",
    "sensitivity clearance level classification confidential",
)
CONCEPTS: dict[int, int] = {}
"""The kinds that a word names, as bits."""
for _kind, _names in enumerate(_KINDS_OF_QUANTITY):
    for _word in text.word_ids(_names):
        CONCEPTS[_word] = CONCEPTS.get(_word, 0) | 1 << _kind


def concepts_of(words: Iterable[int]) -> int:
    """The kinds of quantity that some words name, as bits."""
    kinds = 0
    for word in words:
        kinds |= CONCEPTS.get(word, 0)
    return kinds


class Compared(NamedTuple):
    """Two names that an expression in a clause compares: `args.drafted_by == user.id`."""

    clause: int
    names: tuple[tuple[int, ...], tuple[int, ...]]  # word ids of the last part of each
    same: bool  # whether it is about their being the same, not about which is more


APART = " | | | | "
"""Between the parts of a path: words of two parts do not stand close to each other."""


@dataclass(frozen=True)
class PolicyFeatures:
    """Clauses as arrays, and the postings that find them by word, value, host and number."""

    digest: str
    ids: Ids  # [C, WIDTH]
    feats: Float  # [C, CLAUSE_FEATURES]
    totals: Float  # [C] summed word weight
    path_totals: Float  # [C] the same, of the path alone
    by_word: Postings
    by_path_word: Postings
    by_value: Postings
    by_path_value: Postings
    by_host: dict[str, list[int]]
    concepts: NDArray[np.uint8]  # [C] as bits
    listed: NDArray[np.bool_]  # [C] the clause lists values, so a missing one means something
    has_hosts: Index  # the clauses that name hosts
    apart: NDArray[np.bool_]  # [C] it wants two things to differ
    everything: NDArray[np.bool_]  # [C] the clause is about whatever can be done
    texts: tuple[str, ...]  # what each clause says, in lower case, where it is text
    tokens: tuple[tuple[str, ...], ...]  # the same, as words and signs
    titles: tuple[str, ...]  # the path of each clause, in lower case, its parts far apart
    audiences: tuple[tuple[frozenset[int], ...], ...]  # words of each role that a clause is about
    told: NDArray[np.bool_]  # [C] whether it says so
    prose: NDArray[np.bool_]  # [C] it is a sentence
    paths: tuple[tuple[int, ...], ...]  # value ids of each clause's path
    offices: Mapping[int, frozenset[int]]  # words of each heading that sounds like a role, by its value id
    acronyms: frozenset[int]  # words of capitals that it has
    roles: tuple[str, ...]  # whom its sentences and its keys of roles name
    least: NDArray[np.bool_]  # [C] its number is the least that is asked for
    most: NDArray[np.bool_]  # [C] its number is the most
    demands: NDArray[np.bool_]  # [C] what it names of a user is asked for, not ruled out
    bars: NDArray[np.bool_]  # [C] what it names of a user is ruled out
    rules: Index  # [C] the rule that it is part of, 0 for none (`policy.Clause.rule`)
    compared: tuple[Compared, ...]  # the comparisons of two names in expressions
    denies: NDArray[np.bool_]  # [C] it forbids whomever it is about all that it speaks of, without a condition
    named: tuple[frozenset[int], ...]  # value ids of the whole values that each clause lists
    quantities: Quantities  # owned by clauses
    bounded: tuple[Index, Index]  # where the quantities of each clause that has some begin, and which clause that is
    token: object = field(default_factory=object)  # names this reading of the policy, without keeping it in memory

    @property
    def size(self) -> int:
        return len(self.ids)


def read_policy(policy: Policy) -> PolicyFeatures:
    """The features of a policy.

    Raises:
        InvalidInput: the policy is text that cannot be accepted, or has too many clauses.
    """
    found = clauses(policy) or [Clause((), "null", "")]
    rows: list[list[int]] = []
    feats = np.zeros((len(found), CLAUSE_FEATURES), np.float32)
    totals, path_totals = np.zeros(len(found), np.float32), np.zeros(len(found), np.float32)
    concepts = np.zeros(len(found), np.uint8)
    by_word: dict[int, list[int]] = defaultdict(list)
    by_path_word: dict[int, list[int]] = defaultdict(list)
    by_value: dict[int, list[int]] = defaultdict(list)
    by_path_value: dict[int, list[int]] = defaultdict(list)
    by_host: dict[str, list[int]] = defaultdict(list)
    found_numbers: list[tuple[Number, ...]] = []
    paths: list[tuple[int, ...]] = []
    for c, clause in enumerate(found):
        path_ids = [i for part in clause.path[-6:] for i in text.word_ids(part)]
        path_values = tuple(map(text.value_id, clause.path))
        paths.append(path_values)
        said = bag(clause.text)
        rows.append([*path_ids[-16:], *said.ids[:WIDTH]])
        words, path_words = frozenset(path_ids) | said.words, frozenset(path_ids)
        totals[c], path_totals[c] = text.weigh(words), text.weigh(path_words)
        concepts[c] = concepts_of(words)
        for postings, keys in (
            (by_word, words),
            (by_path_word, path_words),
            (by_value, _values(clause)),
            (by_path_value, frozenset(path_values)),
        ):
            for key in keys:
                postings[key].append(c)
        for host in _hosts(clause):
            by_host[host].append(c)
        quantity = numbers(clause.text) if clause.number is None else (("number", clause.number),)
        found_numbers.append(quantity if clause.kind != "heading" else ())
        feats[c] = _clause_feats(clause, quantity, tones(clause, words))
    bounds = quantities(found_numbers)
    directions = np.array([bounds_of(clause) for clause in found])
    forbids = feats[:, FORBIDS.start] > 0
    texts = tuple(clause.text.lower() if clause.kind in ("prose", "text") else "" for clause in found)
    return PolicyFeatures(
        digest=policy_digest(policy),
        ids=text.buckets(rows, WIDTH),
        feats=feats,
        totals=totals,
        path_totals=path_totals,
        by_word=Postings(by_word, len(found)),
        by_path_word=Postings(by_path_word, len(found)),
        by_value=Postings(by_value, len(found)),
        by_path_value=Postings(by_path_value, len(found)),
        by_host=dict(by_host),
        concepts=concepts,
        listed=np.array([clause.kind in ("list", "text") and bool(clause.items) for clause in found]),
        apart=_apart(found, feats),
        everything=np.array([is_everything(clause) for clause in found]),
        has_hosts=np.array(sorted({c for clauses in by_host.values() for c in clauses}), np.int64),
        texts=texts,
        tokens=tuple(tuple(map(sys.intern, tokens_of(said))) for said in texts),
        titles=tuple(APART.join(clause.path).lower() for clause in found),
        audiences=tuple(
            tuple(frozenset(text.word_ids(role)) for role in each(clause.audience)) if clause.audience else () for clause in found
        ),
        told=np.array([bool(clause.audience) for clause in found]),
        prose=feats[:, PROSE] > 0,
        paths=tuple(paths),
        offices={text.value_id(title): frozenset(text.word_ids(who)) for title, who in _offices(found)},
        acronyms=frozenset(
            text.value_id(name) for clause in found for name in _ACRONYM.findall(" ".join((*clause.path[-2:], clause.text)))
        ),
        roles=tuple(dict.fromkeys(islice(_roles(found), MOST_ROLES))),
        least=directions[:, 0],
        most=directions[:, 1],
        demands=np.array([asks_for(clause, forbids=no) for clause, no in zip(found, forbids.tolist(), strict=True)]),
        bars=np.array([rules_out(clause) for clause in found]) & forbids,
        rules=_rules(found),
        compared=tuple(comparison for c, clause in enumerate(found) for comparison in _compared(c, clause)),
        denies=np.array([is_denial(clause) for clause in found]),
        named=tuple(frozenset(map(text.value_id, clause.items)) for clause in found),
        quantities=bounds,
        bounded=runs(bounds.owner),
    )


def _rules(found: Sequence[Clause]) -> Index:
    """[C]: numbers of the rules that clauses are part of."""
    numbered = {clause.rule: 0 for clause in found if not clause.rule[0]}
    return np.array([numbered.setdefault(clause.rule, len(numbered) + 1) for clause in found], np.int64)


def _compared(c: int, clause: Clause) -> Iterator[Compared]:
    for match in islice(_EXPRESSION.finditer(clause.text[:REACH_OF_CODE]), MOST_COMPARED):
        left, right = (tuple(text.word_ids(_LAST_NAME.split(side)[-1])) for side in match.group(1, 3))
        yield Compared(c, (left, right), match[2] not in ("<", "<=", ">", ">="))


_EXPRESSION = re.compile(r"([A-Za-z][\w.\[\]\"':$]{1,80})\s*(==?|!=|<>|≠|<=?|>=?|\bin\b)\s*([A-Za-z][\w.\[\]\"':$]{1,80})")
_LAST_NAME = re.compile(r"[.:\[\]\"'$]+(?=\w)")
MOST_COMPARED = 16


def _apart(found: Sequence[Clause], feats: Float) -> NDArray[np.bool_]:
    """[C]: clauses that want two things to differ: in so many words, or because they forbid what has them equal, and allow nothing."""
    differ, outright = (np.array([says(clause) for clause in found]) for says in (is_apart, forbids_outright))
    no, allows = feats[:, FORBIDS.start] > 0, feats[:, ALLOWS] > 0
    return np.where(no, outright & ~allows & ~differ, differ)


def _roles(found: Iterable[Clause]) -> Iterator[str]:
    """Whom clauses are about, the values of keys of roles, and the keys below them."""
    for clause in found:
        yield from each(clause.audience) if clause.audience else ()
        if clause.path and clause.path[-1].lower() in ROLE_KEYS:
            yield from clause.items
        yield from (name for key, name in pairwise(clause.path) if key.lower() in ROLE_KEYS)


MOST_ROLES = 1_024
ROLE_KEYS = frozenset(
    "role roles user_role user_roles allowed_roles denied_roles for_role for_roles principal principals role_permissions permissions_by_role".split()
)
"""Keys whose values are roles, whether the user's is among them or not, or below which keys are."""
_ACRONYM = re.compile(r"\b[A-Z]{2,5}(?=s?\b)")


def _offices(found: Iterable[Clause]) -> Iterator[tuple[str, str]]:
    """Headings that sound like a role, and whom they name: `Callers: shift leads and clerks.`, `Support agents (level 1)`."""
    for title in (clause.path[-1] for clause in found if clause.kind == "heading"):
        label = _CALLERS.match(title)
        who = label["who"] if label else title
        if is_office(who.partition(" (")[0]):
            yield title, who


_CALLERS = re.compile(r"\w+(?: \w+){0,2}: *(?P<who>[^.,;:]{3,80})")


def _values(clause: Clause) -> frozenset[int]:
    if clause.items:
        return frozenset[int]().union(*map(items, clause.items))
    return frozenset(map(text.value_id, text.values(clause.text))) if clause.kind == "prose" else frozenset()


def _hosts(clause: Clause) -> frozenset[str]:
    """Domains that a clause names, as addresses, as URLs or bare (`corp.com`, `@corp.com`)."""
    found: set[str] = set()
    for value in text.values(clause.text):
        host = text.host(value) or (value.lstrip("@*.") if "." in value and not value[0].isdigit() else None)
        if host:
            found.add(host)
    return frozenset(found)


def _clause_feats(clause: Clause, quantity: tuple[Number, ...], told: Iterable[bool]) -> Float:
    row = np.zeros(CLAUSE_FEATURES, np.float32)
    row[KINDS.index(clause.kind)] = 1.0
    value = quantity[0][1] if quantity else 0.0
    row[len(KINDS) :] = (
        min(len(clause.path), 8) / 8,
        math.copysign(math.log1p(abs(value)), value) / 20,
        bool(quantity),
        math.log1p(len(clause.items)) / 4,
        clause.text in ("true", "allow", "allowed", "permit", "yes"),
        clause.text in ("false", "deny", "denied", "forbid", "no"),
        "*" in clause.items,
        *told,
    )
    return row
