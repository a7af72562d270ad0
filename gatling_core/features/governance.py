"""A case's governance as arrays: its policy, and who asks for what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gatling_core import text
from gatling_core.features.asker import ROLE_RELATIONS, Named, relate_asker
from gatling_core.features.bag import Bag, bag, items, numbers
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.policy import WIDTH, Float, Ids, PolicyFeatures
from gatling_core.policy import Clause, clauses

CONTEXT_KINDS = 3
MAX_ATTRIBUTES = 24
MAX_REQUEST_CHUNKS = 4


@dataclass(frozen=True)
class GovernanceFeatures:
    """Role, attributes and request of one case, related to its policy."""

    policy: PolicyFeatures
    context_ids: Ids  # [S, WIDTH]
    context_kinds: Ids  # [S] 0 role, 1 attribute, 2 request
    role: Float  # [C, ROLE_RELATIONS]
    request: tuple[Bag, ...]  # the request's chunks
    attributes: tuple[tuple[frozenset[int], frozenset[int]], ...]  # (telling words of its key, value ids) of each attribute
    named: tuple[Named, ...]  # the attributes that clauses name
    values: frozenset[int]  # all values of the context but the request
    hosts: frozenset[str]
    token: object = None  # the same for equal governances; None for one that is not remembered


_GOVERNANCES = Memo[Callable[..., "GovernanceFeatures"]]()
_CONTEXT_BYTES = 32
"""Of memory for each byte of role and context, about."""


def read_governance(policy: PolicyFeatures, user_role: str, context: Mapping[str, Any]) -> GovernanceFeatures:
    """Role, attributes and request, related to the clauses of an already read policy."""
    key = key_of(user_role, context)
    found = _GOVERNANCES.get((policy.token, key)) if key else None
    if found is None:
        found = _read_context(policy, user_role, context)
        if key:
            _GOVERNANCES.put((policy.token, key), found, _CONTEXT_BYTES * len(key) + 4 * ROLE_RELATIONS * policy.size)
    return found(policy=policy, token=(policy.token, key) if key else None)


def _run_out(attributes: Sequence[Clause]) -> list[Clause]:
    """Of attributes that say until when something is valid, where today is another one and later: that it is not (`licence: false`) and that it
    has expired (`licence expired: true`).
    """
    days = {a.path[-1].lower(): day for a in attributes if a.path and (day := _day_of(a.text)) is not None}
    today = next((days[name] for name in _TODAY if name in days), None)
    if today is None:
        return []
    found: list[Clause] = []
    for a in attributes:
        parts = text.parts(a.path[-1]) if a.path else []
        name = " ".join(part for part in parts if part.lower() not in _UNTIL)
        if name and name != " ".join(parts) and days.get(a.path[-1].lower(), today) < today:
            found.append(Clause((*a.path[:-1], name), "boolean", "false", ("false",)))
            found.append(Clause((*a.path[:-1], f"{name} expired"), "boolean", "true", ("true",)))
    return found


def _day_of(content: str) -> float | None:
    return next((value for kind, value in numbers(content) if kind == "date"), None)


_TODAY = ("today", "current_date", "date", "now", "current_time", "as_of")
_UNTIL = frozenset("until expires expiry expire expired expiration valid validity to end ends date thru through due".split())


def _read_context(policy: PolicyFeatures, user_role: str, context: Mapping[str, Any]) -> Callable[..., GovernanceFeatures]:
    """All but the policy itself, which what is remembered must not keep in memory."""
    attributes = [
        clause for clause in _attributes({key: value for key, value in context.items() if key != "request"}) if clause.text
    ][:MAX_ATTRIBUTES]
    attributes += _run_out(attributes)
    request = context.get("request", "")
    chunks = chunk(request if isinstance(request, str) else str(request))
    rows = [(0, text.word_ids(user_role))]
    rows += [(1, [i for part in clause.path for i in text.word_ids(part)] + bag(clause.text).ids) for clause in attributes]
    rows += [(2, part.ids) for part in chunks]
    keys = (frozenset(i for part in a.path[-2:] for i in text.word_ids(part)) for a in attributes)
    pairs = tuple((text.heavy(key), items(a.text)) for key, a in zip(keys, attributes, strict=True))
    hosts = frozenset(h for a in attributes for v in text.values(a.text) if (h := text.host(v) or (v if "." in v else None)))
    role, named = relate_asker(policy, user_role, attributes, pairs, chunks)
    return partial(
        GovernanceFeatures,
        context_ids=text.buckets([ids for _, ids in rows], WIDTH),
        context_kinds=np.array([kind for kind, _ in rows], np.int32),
        role=role,
        named=named,
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
