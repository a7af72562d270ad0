"""Policy and context as arrays. The policy part depends on nothing else, so it is read once per policy digest."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.audience import is_office
from gatling_core.features.bag import Bag, Number, bag, items, numbers
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.postings import Postings
from gatling_core.features.quantities import Quantities, compare, quantities, runs
from gatling_core.features.standing import standing
from gatling_core.policy import KINDS, Clause, Policy, clauses, policy_digest

Float = NDArray[np.float32]
Ids = NDArray[np.int32]
Index = NDArray[np.int64]
Named = tuple[tuple[tuple[Number, ...], frozenset[int], NDArray[np.bool_]], ...]

WIDTH = 40
"""Words of one text that reach the text encoder. Relations compare all of them."""

CLAUSE_FEATURES = len(KINDS) + 12
FORBIDS = slice(len(KINDS) + 7, len(KINDS) + 9)
"""Columns of the clause features: it has a word that forbids; a word that leaves it to those whom it names."""
ROLE_RELATIONS = 20
OWN, OTHER = 9, 10
"""Columns: the clause speaks of the user's role; of another role and not of this one."""
SAYS_NO, SAYS_ONLY = 18, 19
"""Columns: FORBIDS of each clause again, to be joined there with what else relates it to who asks."""
CONTEXT_KINDS = 3
MAX_ATTRIBUTES = 24
MAX_REQUEST_CHUNKS = 4

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


# What a clause does with what it speaks of, told by single words of it or of its path.
_TONES = tuple(
    frozenset(text.word_ids(line))
    for line in (
        "no not never cannot neither nor deny denied denylist forbid forbidden prohibit block blacklist blocklist ban refuse reject disallow except exclude without off revoke barred withheld vetoed hidden",
        "only alone nobody else solely exclusively limit confine just nothing",
        "may can allow permit grant access entitled open accept yes enable",
        "if unless when while provided require must need condition where until before",
        "everything all every any full complete unrestricted",
    )
)  # fmt: skip


def concepts_of(words: Iterable[int]) -> int:
    """The kinds of quantity that some words name, as bits."""
    kinds = 0
    for word in words:
        kinds |= CONCEPTS.get(word, 0)
    return kinds


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
    texts: tuple[str, ...]  # what each clause says, in lower case, where it is text
    audiences: tuple[frozenset[int] | None, ...]  # words of the roles that each clause is about, where its sentence says so
    paths: tuple[tuple[int, ...], ...]  # value ids of each clause's path
    offices: Mapping[int, frozenset[int]]  # words of each heading that sounds like a role, by its value id
    named: tuple[frozenset[int], ...]  # value ids of the whole values that each clause lists
    quantities: Quantities  # owned by clauses
    bounded: tuple[Index, Index]  # where the quantities of each clause that has some begin, and which clause that is
    token: object = field(default_factory=object)  # names this reading of the policy, without keeping it in memory

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
    attributes: tuple[tuple[frozenset[int], frozenset[int]], ...]  # (telling words of its key, value ids) of each attribute
    named: Named  # numbers and values of each attribute that a clause names, and which clauses [C] do
    values: frozenset[int]  # all values of the context but the request
    hosts: frozenset[str]
    token: object = None  # the same for equal governances; None for one that is not remembered


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
        feats[c] = _clause_feats(clause, quantity, words)
    bounds = quantities(found_numbers)
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
        has_hosts=np.array(sorted({c for clauses in by_host.values() for c in clauses}), np.int64),
        texts=tuple(clause.text.lower() if clause.kind in ("prose", "text") else "" for clause in found),
        audiences=tuple(frozenset(text.word_ids(clause.audience)) if clause.audience else None for clause in found),
        paths=tuple(paths),
        offices={text.value_id(title): frozenset(text.word_ids(title)) for title in _offices(found)},
        named=tuple(frozenset(map(text.value_id, clause.items)) for clause in found),
        quantities=bounds,
        bounded=runs(bounds.owner),
    )


def _offices(found: Iterable[Clause]) -> Iterator[str]:
    return (clause.path[-1] for clause in found if clause.kind == "heading" and is_office(clause.path[-1].partition(" (")[0]))


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


def _clause_feats(clause: Clause, quantity: tuple[Number, ...], words: frozenset[int]) -> Float:
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
        *(not tone.isdisjoint(words) for tone in _TONES),
    )
    return row


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


def _read_context(policy: PolicyFeatures, user_role: str, context: Mapping[str, Any]) -> Callable[..., GovernanceFeatures]:
    """All but the policy itself, which what is remembered must not keep in memory."""
    attributes = [
        clause for clause in _attributes({key: value for key, value in context.items() if key != "request"}) if clause.text
    ][:MAX_ATTRIBUTES]
    request = context.get("request", "")
    chunks = chunk(request if isinstance(request, str) else str(request))
    rows = [(0, text.word_ids(user_role))]
    rows += [(1, [i for part in clause.path for i in text.word_ids(part)] + bag(clause.text).ids) for clause in attributes]
    rows += [(2, part.ids) for part in chunks]
    keys = (frozenset(i for part in a.path[-2:] for i in text.word_ids(part)) for a in attributes)
    pairs = tuple((text.heavy(key), items(a.text)) for key, a in zip(keys, attributes, strict=True))
    hosts = frozenset(h for a in attributes for v in text.values(a.text) if (h := text.host(v) or (v if "." in v else None)))
    role, named = _role_relations(policy, user_role, attributes, pairs, chunks)
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


def _role_relations(
    policy: PolicyFeatures,
    user_role: str,
    attributes: list[Clause],
    pairs: Sequence[tuple[frozenset[int], frozenset[int]]],
    request: list[Bag],
) -> tuple[Float, Named]:
    """How each clause relates to who asks: columns are documented beside the code that fills them. And the attributes that clauses name."""
    table = np.zeros((policy.size, ROLE_RELATIONS), np.float32)
    if user_role.strip():
        table[:, _OF_ROLE] = _of_role(policy, user_role)
    named = _relate_attributes(policy, attributes, pairs, table) if attributes else ()
    table[:, SAYS_NO : SAYS_ONLY + 1] = policy.feats[:, FORBIDS]
    said = [word for part in request for word in part.words]
    # 7: share of the clause's words that the request holds
    table[:, 7] = np.minimum(policy.by_word.weigh([said])[0] / np.maximum(policy.totals, 1.0), 1.0)
    return table, named


def _relate_attributes(
    policy: PolicyFeatures, attributes: list[Clause], pairs: Sequence[tuple[frozenset[int], frozenset[int]]], table: Float
) -> Named:
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
    ways = zip(owned, pairs, named, strict=True)
    return tuple((own, values, clauses) for own, (_, values), clauses in ways if clauses.any())


def _act_as(policy: PolicyFeatures, attributes: list[Clause], words: Sequence[frozenset[int]], table: Float) -> None:
    """`Contractors never export` is for a user whose employment is `contractor`, whatever the role is called."""
    names = [text.heavy(said) for a, said in zip(attributes, words, strict=True) if a.kind == "text"]
    meant = [bool(audience) and any(name and name <= audience for name in names) for audience in policy.audiences]
    table[meant, OWN], table[meant, OTHER] = 1.0, 0.0


_PARTS = re.compile(r"[,;|/()]|\bas\b")
WHOLE = 0.999
"""Of a share that is all but for rounding."""
_UNTRUE = frozenset(("false", "no", "none", "null", "0", "off", "never", "n/a"))
_TRUE = frozenset(("true", "yes", "on", "1"))

_EVERYBODY = frozenset(map(text.value_id, ("*", "all", "any", "anyone", "everyone", "everybody", "anybody", "default", "")))

LEVEL = 3
"""Words that a heading may hold beside the role: `Support agents (level 1)`."""

_ROLES = Memo[Float]()
_OF_ROLE = (0, 1, 8, OWN, OTHER)


def _spellings(user_role: str) -> list[str]:
    """The role as it stands, and its parts: `Jane Doe, ward nurse` acts as a ward nurse."""
    parts = [part.strip() for part in _PARTS.split(user_role) if part.strip()]
    return [user_role, *parts] if len(parts) > 1 else [user_role]


def _of_role(policy: PolicyFeatures, user_role: str) -> Float:
    """[C, 5]: the columns _OF_ROLE, which do not depend on who acts in the role and asks for what."""
    key = key_of(user_role)
    found = _ROLES.get((policy.token, key)) if key else None
    if found is None:
        found = _relate_role(policy, user_role)
        if key:
            _ROLES.put((policy.token, key), found, found.nbytes + len(key))
    return found


def _relate_role(policy: PolicyFeatures, user_role: str) -> Float:
    spellings = _spellings(user_role)
    roles, words = frozenset(map(text.value_id, spellings)), [frozenset(text.word_ids(name)) for name in spellings]
    valued = policy.by_value.count([roles])[0]  # 0: the role itself is among the clause's values
    # 1: share of the role's words that the clause holds
    shares = policy.by_word.weigh(words, [text.weigh(name) or 1.0 for name in words]).max(0)
    below = policy.by_path_value.count([roles])[0]  # 8: the clause stands below the role's own key
    told = np.array([audience is not None for audience in policy.audiences])
    meant = np.array([any(name <= audience for name in words) if audience else False for audience in policy.audiences])
    here, elsewhere = map(np.array, standing(policy.texts, spellings))
    own = (valued > 0) | (below > 0) | np.where(told, meant, (shares > WHOLE) & (here | ~elsewhere))
    others = (_below_others(policy, roles) | _below_offices(policy, words) | told | elsewhere) & ~own
    return np.stack([valued, shares, below, own, others], axis=1).astype(np.float32)


def _below_offices(policy: PolicyFeatures, words: Sequence[frozenset[int]]) -> NDArray[np.bool_]:
    """[C]: clauses below headings that are other roles, where one heading is this role: `Support agents (level 1)`."""
    own = {
        title
        for title, said in policy.offices.items()
        if any(name <= said and len(said) <= len(name) + LEVEL for name in words if name)
    }
    others = policy.offices.keys() - own if own else set[int]()
    return np.array([not others.isdisjoint(path) for path in policy.paths])


def _below_others(policy: PolicyFeatures, roles: frozenset[int]) -> NDArray[np.bool_]:
    """[C]: clauses of other roles, which are what else stands where this one does: as the value of a key, or as a key."""
    listing = [(path[-1], named) for path, named in zip(policy.paths, policy.named, strict=True) if path]
    keys = {key for key, named in listing if not roles.isdisjoint(named)}
    if keys:
        others = frozenset[int]().union(*(named for key, named in listing if key in keys)) - roles - _EVERYBODY
        return (policy.by_value.count([others])[0] > 0) | (policy.by_path_value.count([others])[0] > 0)
    places = {path[:at] for path in policy.paths for at, part in enumerate(path) if part in roles}
    others = {path[at] for path in policy.paths for at in range(len(path)) if path[:at] in places} - roles - _EVERYBODY
    return np.array([not others.isdisjoint(path) for path in policy.paths])
