"""Whose a clause is: the user's role's, another role's, or everybody's, however policy and role are spelled and wherever the policy says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.features.memo import Memo, key_of
from gatling_core.features.policy import ROLE_KEYS, Float, PolicyFeatures
from gatling_core.features.standing import standing

_PARTS = re.compile(r"[,;|/()]|\bas\b")
WHOLE = 0.999
"""Of a share that is all but for rounding."""
_EVERYBODY = frozenset(map(text.value_id, ("*", "all", "any", "anyone", "everyone", "everybody", "anybody", "default", "")))

_ROLE_KEYS = frozenset(map(text.value_id, ROLE_KEYS))
_OF_ROLES = frozenset(map(text.value_id, ("roles", "role_permissions", "permissions_by_role")))
"""Keys below which each key is a role."""
LEVEL = 3
"""Words that a heading may hold beside the role: `Support agents (level 1)`."""

_ROLES = Memo[Float]()
_OWN = 3
"""Column of `of_role`."""


def _spellings(user_role: str) -> list[str]:
    """The role as it stands, and its parts: `Jane Doe, ward nurse` acts as a ward nurse."""
    parts = [part.strip() for part in _PARTS.split(user_role) if part.strip()]
    return [user_role, *parts] if len(parts) > 1 else [user_role]


def _in_other_words(policy: PolicyFeatures, user_role: str) -> Iterator[str]:
    """What a policy that never names the role may call it: by its first letters, without what every office is called, or by the only one of its
    roles that has all of its words, or longer and shorter forms of them: `vet` for veterinarians, `director` for the shelter director.
    """
    parts = [part.lower() for part in text.parts(user_role)]
    if len(parts) > 2 and text.stem(parts[-1]) in _OF_ANY_OFFICE:
        yield " ".join(parts[:-1])
    for said in (parts, [part for part in parts if part not in _RANKS]):
        initials = "".join(part[0] for part in said)
        if 1 < len(initials) < 6 and text.value_id(initials) in policy.acronyms:
            yield initials
    like = [role for role in policy.roles if _is_like(parts, [part.lower() for part in text.parts(role)])]
    if len({frozenset(text.word_ids(role)) for role in like}) == 1:
        yield from like


def _is_like(parts: Sequence[str], others: Sequence[str]) -> bool:
    return bool(parts) and all(any(_is_short_for(part, other) for other in others) for part in parts)


def _is_short_for(part: str, other: str) -> bool:
    short, long = sorted((part, other), key=len)
    return part == other or (len(short) >= SHORTEST and long.startswith(short))


SHORTEST = 3
"""Letters of a word that stands for a longer one."""
_OF_ANY_OFFICE = frozenset(
    map(text.stem, "officer agent member staff employee team specialist representative rep department desk crew user".split())
)
_RANKS = frozenset("first second third senior junior deputy chief lead head".split())


def _with_groups(policy: PolicyFeatures, roles: frozenset[int]) -> frozenset[int]:
    """The role with the groups that a policy lists it in and speaks of elsewhere: `sre: [site_reliability_engineer]` and `groups: [sre]`, or
    the roles that Kubernetes binds it to.
    """
    listing = ((policy.by_value.count([roles])[0] > 0) & ~policy.prose).nonzero()[0].tolist()
    paths = [policy.paths[c] for c in listing if _PARENTS.isdisjoint(policy.paths[c][-2:])]
    groups, bound = frozenset(path[-1] for path in paths if path), frozenset(part for path in paths for part in path)
    if not groups:
        return roles
    said = [(path, named) for path, named in zip(policy.paths, policy.named, strict=True) if path]
    naming = frozenset[int]().union(*(named for path, named in said if path[-1] in _NAMING))
    binding = frozenset[int]().union(*(named for path, named in said if not _BOUND.isdisjoint(path[-2:])))
    return roles | ((groups & naming) | (bound & binding)) - _ROLE_KEYS - _EVERYBODY


_BOUND = frozenset(map(text.value_id, ("roleRef", "role_ref")))
_NAMING = _ROLE_KEYS | frozenset(
    map(text.value_id, "name group groups member_of members subjects team teams allow allowed".split())
)
"""Keys whose values name roles, or groups of them."""


def _written(spellings: Sequence[str]) -> Iterator[str]:
    """As policies write a role: `ward_nurse`, `WardNurse` and `ward nurse` are one, and so are `ward nurses`."""
    for name in spellings:
        yield name
        parts = text.parts(name)
        for one in (sep.join(parts) for sep in (" ", "_", "-", "")):
            yield from (one, f"{one}s")


def of_role(policy: PolicyFeatures, user_role: str) -> Float:
    """[C, 5] of each clause: whether the role itself is among its values, the share of the role's words that it holds, whether it stands below the
    role's own key, whether it is the role's, whether it is another role's. Nothing of that depends on who acts in the role and asks for what.
    """
    key = key_of(user_role)
    found = _ROLES.get((policy.token, key)) if key else None
    if found is None:
        found = _relate_role(policy, _spellings(user_role))
        if not found[:, _OWN].any() and (others := list(_in_other_words(policy, user_role))):
            found = _relate_role(policy, [user_role, *others])
        if key:
            _ROLES.put((policy.token, key), found, found.nbytes + len(key))
    return found


def _relate_role(policy: PolicyFeatures, spellings: Sequence[str]) -> Float:
    """[C, 5]: as `of_role`."""
    words = [frozenset(text.word_ids(name)) for name in spellings]
    roles = _with_groups(policy, frozenset(map(text.value_id, _written(spellings))))
    valued = policy.by_value.count([roles])[0]  # 0: the role itself is among the clause's values
    totals = [text.weigh(name) or 1.0 for name in words]
    shares = policy.by_word.weigh(words, totals).max(0)  # 1: share of the role's words that the clause holds
    below = policy.by_path_value.count([roles])[0]  # 8: the clause stands below the role's own key
    here, elsewhere = map(np.array, standing(policy.tokens, spellings, shares > WHOLE))
    # sentences may speak of the role by the way
    exact, below_others = ((valued > 0) & ~policy.prose) | (below > 0), _below_others(policy, roles)
    titled = policy.by_path_word.weigh(words, totals).max(0) > WHOLE
    worded = (shares > WHOLE) & (here | ~elsewhere) & ~below_others & ~(titled & exact.any())
    own = exact | np.where(policy.told, meant(policy, words) | _of_that_kind(policy, spellings), worded)
    others = (below_others | _below_offices(policy, words) | policy.told | elsewhere) & ~own & ~_inherited(policy, own, roles)
    given, taken = _through(policy, own, others, roles)
    own, others = own | given, others | taken
    return np.stack([valued, shares, below, own, others], axis=1).astype(np.float32)


def meant(policy: PolicyFeatures, names: Sequence[frozenset[int]]) -> NDArray[np.bool_]:
    """[C]: clauses about a role that has all words of one of the names, and no rank besides: a lead mechanic is no mechanic."""
    return np.array(
        [
            any(name <= role and _RANK.isdisjoint(role - name) for role in audience for name in names)
            for audience in policy.audiences
        ]
    )


def _of_that_kind(policy: PolicyFeatures, spellings: Sequence[str]) -> NDArray[np.bool_]:
    """[C]: clauses about what the role is by its last word and some others: `the coordinator` where the user is the pool coordinator, `nurses` where
    the user is a ward nurse. What a rank sets apart is no kind: a lead mechanic is no mechanic.
    """
    found = np.zeros(policy.size, np.bool_)
    for name in spellings:
        words = text.word_ids(name)
        if len(words) < 2 or len(words) > LEVEL + 1:
            continue
        for c in policy.told.nonzero()[0].tolist():
            found[c] |= any(
                words[-1] in who and who < frozenset(words) and _RANK.isdisjoint(frozenset(words) - who)
                for who in policy.audiences[c]
            )
    return found


_RANK = frozenset(
    text.word_ids("senior junior deputy chief lead head principal master vice trainee apprentice student assistant")
)


def _inherited(policy: PolicyFeatures, own: NDArray[np.bool_], roles: frozenset[int]) -> NDArray[np.bool_]:
    """[C]: clauses of roles whose rights the user's role has too: `editors can do everything reporters can`, `inherits: reporter`, and
    `members: [reporters], role: viewer`.
    """
    found = np.zeros(policy.size, np.bool_)
    reached = own
    for _ in range(GENERATIONS):
        clauses = reached.nonzero()[0].tolist()
        names = {
            match["whom"] for c in clauses for pattern in (_ALL_THAT, _GROUPED) for match in pattern.finditer(policy.texts[c])
        }
        listed = (policy.named[c] for c in clauses if _is_of_parents(policy.paths[c], policy.named[c], roles))
        parents = frozenset(map(text.value_id, names)).union(*listed)
        if not parents:
            break
        held = policy.by_path_value.count([parents])[0] + policy.by_value.count([parents])[0] * ~policy.told
        reached = (meant(policy, [frozenset(text.word_ids(name)) for name in names]) | (held > 0)) & ~found
        found = found | reached
    return found


def _is_of_parents(path: Sequence[int], named: frozenset[int], roles: frozenset[int]) -> bool:
    """Whether a clause of the role's own names roles that it has as well."""
    return not _PARENTS.isdisjoint(path[-2:]) or (path[-1:] != () and path[-1] in _ROLE_KEYS and roles.isdisjoint(named))


_ALL_THAT = re.compile(
    r"\b(?:everything|all|anything|whatever)(?: that| which)?(?: the| an?)? (?P<whom>\w[\w-]*(?: [\w-]+){0,3}?)(?: can| may| gets?| do(?:es)?| has| have)\b"
)
_GROUPED = re.compile(r"^g\d?, *[\w:-]+, *(?P<whom>[\w:-]+)$")
"""In Casbin: the first belongs to the group of the second."""
_PARENTS = frozenset(
    map(text.value_id, "inherits inherits_from inheritance extends includes parent parents base base_role".split())
)
"""Keys of a role's parents, or of a table of them by role."""
GENERATIONS = 4


def _through(
    policy: PolicyFeatures, own: NDArray[np.bool_], others: NDArray[np.bool_], roles: frozenset[int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[C], [C]: clauses of everybody's about what the user's role is given by a name of its own, and about what other roles alone are given:
    `clerk: [payments]` and `payments: [pay_invoice]`, or `pay_invoice: {scope: payments}`.
    """
    open_to_all = ~own & ~others & ~policy.told & ~policy.prose
    ours, theirs = (
        frozenset[int]().union(*(policy.named[c] for c in (which & ~policy.prose).nonzero()[0].tolist())) - roles - _EVERYBODY
        for which in (own, others)
    )
    theirs -= ours
    scoped = np.array([bool(path) and path[-1] in _SCOPES for path in policy.paths])
    keyed, valued = (np.array(by.count([ours, theirs])) > 0 for by in (policy.by_path_value, policy.by_value))
    given, taken = open_to_all & (keyed | (valued & scoped))
    return given, taken & ~given


_SCOPES = frozenset(
    map(
        text.value_id,
        "scope scopes permission permissions privilege privileges capability capabilities entitlement entitlements required_scope required_scopes"
        " required_permission required_permissions requires requires_permission requires_scope needs".split(),
    )
)
"""Keys of what a tool takes to be called, by a name that roles are given."""


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
    keys = {key for key, named in listing if key in _ROLE_KEYS or not roles.isdisjoint(named)} - _PARENTS
    if keys:
        others = frozenset[int]().union(*(named for key, named in listing if key in keys)) - roles - _EVERYBODY
        return (policy.by_value.count([others])[0] > 0) | (policy.by_path_value.count([others])[0] > 0)
    places = {
        path[:at] for path in policy.paths for at, part in enumerate(path) if part in roles or (at and path[at - 1] in _OF_ROLES)
    }
    others = {path[at] for path in policy.paths for at in range(len(path)) if path[:at] in places} - roles - _EVERYBODY
    return np.array([not others.isdisjoint(path) for path in policy.paths])
