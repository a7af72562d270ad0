"""Policy and context as arrays. The policy part depends on nothing else, so it is read once per policy digest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.bag import Bag, Number, bag, items, numbers
from gatling_core.policy import KINDS, Clause, Policy, clauses, policy_digest

Float = NDArray[np.float32]
Ids = NDArray[np.int32]

WIDTH = 40
"""Words of one text that reach the text encoder. Relations compare all of them."""

CLAUSE_FEATURES = len(KINDS) + 7
ROLE_RELATIONS = 9
CONTEXT_KINDS = 3
MAX_ATTRIBUTES = 24
MAX_REQUEST_CHUNKS = 4

# Words that name the same kind of quantity: a limit called `max_rows` bounds an argument called `limit`.
CONCEPTS: dict[int, int] = {
    word: number
    for number, names in enumerate(
        (
            "amount sum total value price payment eur usd gbp chf dollar euro cost budget spend transfer",
            "row record item limit count volume result max maximum size number top page batch quantity export download",
            "day date period range window month week year since until start end history retention",
            "age year old",
            "tier provenance trust source",
            "sensitivity clearance level classification confidential",
        )
    )
    for name in names.split()
    for word in text.word_ids(name)
}


@dataclass(frozen=True)
class PolicyFeatures:
    """Clauses as arrays, and the postings that find them by word, value and number."""

    digest: str
    ids: Ids  # [C, WIDTH]
    feats: Float  # [C, CLAUSE_FEATURES]
    totals: Float  # [C] summed word weight
    path_totals: Float  # [C] the same, of the path alone
    by_word: dict[int, list[int]]
    by_path_word: dict[int, list[int]]
    by_value: dict[int, list[int]]
    concepts: tuple[frozenset[int], ...]
    path_values: tuple[frozenset[int], ...]
    listed: NDArray[np.bool_]  # [C] the clause lists values, so a missing one means something
    hosts: tuple[frozenset[str], ...]
    numbers: dict[int, tuple[Number, ...]]

    @property
    def size(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class GovernanceFeatures:
    """Role, attributes and request of one case, related to its policy."""

    policy: PolicyFeatures
    context_ids: Ids  # [S, WIDTH]
    context_kinds: Ids  # [S] 0 role, 1 attribute, 2 request
    role: Float  # [C, ROLE_RELATIONS]
    request: tuple[Bag, ...]  # the request's chunks
    attributes: tuple[tuple[frozenset[int], frozenset[int]], ...]  # (key words, value ids) of each attribute
    values: frozenset[int]  # all values of the context but the request
    hosts: frozenset[str]


def read_policy(policy: Policy) -> PolicyFeatures:
    """The features of a policy.

    Raises:
        InvalidInput: the policy is text that cannot be accepted, or has too many clauses.
    """
    found = clauses(policy) or [Clause((), "null", "")]
    ids = np.zeros((len(found), WIDTH), np.int32)
    feats = np.zeros((len(found), CLAUSE_FEATURES), np.float32)
    totals, path_totals = np.zeros(len(found), np.float32), np.zeros(len(found), np.float32)
    by_word: dict[int, list[int]] = defaultdict(list)
    by_path_word: dict[int, list[int]] = defaultdict(list)
    by_value: dict[int, list[int]] = defaultdict(list)
    concepts, path_values, hosts = [], [], []
    quantities: dict[int, tuple[Number, ...]] = {}
    for c, clause in enumerate(found):
        path_ids = [i for part in clause.path[-6:] for i in text.word_ids(part)]
        said = bag(clause.text)
        ids[c] = text.buckets([*path_ids[-16:], *said.ids], WIDTH)
        words, path_words = frozenset(path_ids) | said.words, frozenset(path_ids)
        totals[c], path_totals[c] = sum(map(text.weight, words)), sum(map(text.weight, path_words))
        for word in words:
            by_word[word].append(c)
        for word in path_words:
            by_path_word[word].append(c)
        for value in _values(clause):
            by_value[value].append(c)
        concepts.append(frozenset(CONCEPTS[w] for w in words if w in CONCEPTS))
        path_values.append(frozenset(text.value_id(part) for part in clause.path))
        hosts.append(_hosts(clause))
        quantity = numbers(clause.text) if clause.number is None else (("number", clause.number),)
        if quantity and clause.kind != "heading":
            quantities[c] = quantity
        feats[c] = _clause_feats(clause, quantity)
    listed = np.array([clause.kind in ("list", "text") and bool(clause.items) for clause in found])
    return PolicyFeatures(
        policy_digest(policy), ids, feats, totals, path_totals, dict(by_word), dict(by_path_word), dict(by_value),
        tuple(concepts), tuple(path_values), listed, tuple(hosts), quantities,
    )  # fmt: skip


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


def _clause_feats(clause: Clause, quantity: tuple[Number, ...]) -> Float:
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
    )
    return row


def read_governance(policy: PolicyFeatures, user_role: str, context: Mapping[str, Any]) -> GovernanceFeatures:
    """Role, attributes and request, related to the clauses of an already read policy."""
    attributes = [
        clause for clause in _attributes({key: value for key, value in context.items() if key != "request"}) if clause.text
    ][:MAX_ATTRIBUTES]
    request = context.get("request", "")
    chunks = chunk(request if isinstance(request, str) else str(request))
    rows = [(0, text.word_ids(user_role))]
    rows += [(1, [i for part in clause.path for i in text.word_ids(part)] + bag(clause.text).ids) for clause in attributes]
    rows += [(2, part.ids) for part in chunks]
    pairs = tuple((frozenset(i for part in a.path[-2:] for i in text.word_ids(part)), items(a.text)) for a in attributes)
    hosts = frozenset(h for a in attributes for v in text.values(a.text) if (h := text.host(v) or (v if "." in v else None)))
    return GovernanceFeatures(
        policy=policy,
        context_ids=np.stack([text.buckets(ids, WIDTH) for _, ids in rows]),
        context_kinds=np.array([kind for kind, _ in rows], np.int32),
        role=_role_relations(policy, user_role, attributes, pairs, chunks),
        request=tuple(chunks),
        attributes=pairs,
        values=frozenset[int]().union(items(user_role), *(values for _, values in pairs)),
        hosts=hosts,
    )


def _attributes(context: dict[str, Any]) -> list[Clause]:
    return clauses(context) if context else []


def chunk(content: str) -> list[Bag]:
    """A long text as at most MAX_REQUEST_CHUNKS bags of whole sentences; the last takes what is left."""
    chunks: list[list[str]] = []
    length = 0
    for sentence in text.sentences(content):
        size = len(sentence.split())
        if (not chunks or length + size > 0.75 * WIDTH) and len(chunks) < MAX_REQUEST_CHUNKS:
            chunks.append([sentence])
            length = size
        else:
            chunks[-1].append(sentence)
            length += size
    return [bag(" ".join(part)) for part in chunks]


def _role_relations(
    policy: PolicyFeatures,
    user_role: str,
    attributes: list[Clause],
    pairs: Iterable[tuple[frozenset[int], frozenset[int]]],
    request: list[Bag],
) -> Float:
    """How each clause relates to who asks: columns are documented beside the code that fills them."""
    table = np.zeros((policy.size, ROLE_RELATIONS), np.float32)
    role, role_words = text.value_id(user_role), frozenset(text.word_ids(user_role))
    if user_role.strip():
        total = sum(map(text.weight, role_words)) or 1.0
        for word in role_words:  # 1: share of the role's words that the clause holds
            table[policy.by_word.get(word, ()), 1] += text.weight(word) / total
        table[policy.by_value.get(role, ()), 0] = 1.0  # 0: the role itself is among the clause's values
        for c, path in enumerate(policy.path_values):
            table[c, 8] = role in path  # 8: the clause stands below the role's own key
    for attribute, (key, values) in zip(attributes, pairs, strict=True):
        for value in values:  # 2: an attribute's value is among the clause's values
            table[policy.by_value.get(value, ()), 2] = 1.0
        touched = {c for word in key if text.weight(word) == 1.0 for c in policy.by_word.get(word, ())}
        table[list(touched), 3] = 1.0  # 3: clause and attribute share a name
        quantity = numbers(attribute.text) if attribute.number is None else (("number", attribute.number),)
        for c in touched & policy.numbers.keys():  # 4-6: the attribute is above, at or below the clause's number
            table[c, 4:7] = np.maximum(table[c, 4:7], compare(quantity, policy.numbers[c])[:3])
    for part in request:  # 7: share of the clause's words that the request holds
        for word in part.words:
            table[policy.by_word.get(word, ()), 7] += text.weight(word)
    table[:, 7] = np.minimum(table[:, 7] / np.maximum(policy.totals, 1.0), 1.0)
    return table


def compare(found: tuple[Number, ...], bounds: tuple[Number, ...]) -> tuple[float, float, float, float]:
    """Exact comparison of quantities of the same kind: (some found > some bound, =, <, largest signed log-ratio in -1…1)."""
    above = equal = below = 0.0
    ratio = 0.0
    for kind, value in found:
        for bound_kind, bound in bounds:
            if kind != bound_kind:
                continue
            above, equal, below = max(above, value > bound), max(equal, value == bound), max(below, value < bound)
            distance = _distance(kind, value, bound)
            ratio = distance if abs(distance) > abs(ratio) else ratio
    return float(above), float(equal), float(below), ratio


def _distance(kind: str, value: float, bound: float) -> float:
    if kind == "number":
        raw = math.asinh(value) - math.asinh(bound)
    else:
        raw = (value - bound) / (365.0 if kind == "date" else 1440.0)
    return max(-1.0, min(1.0, raw / 5.0))
