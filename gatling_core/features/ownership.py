"""What of a call is not the user's own: things and numbers that are somebody else's, and what a policy withholds from this user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from gatling_core import text
from gatling_core.features.asker import NAMED_ABOVE, NAMED_BELOW, OTHER, OWN, UNTRUE, Named
from gatling_core.features.governance import GovernanceFeatures
from gatling_core.features.policy import HEADING
from gatling_core.features.quantities import runs
from gatling_core.features.relations import OWNED, SPEAKS, Argument, Bool, Call, Half, Name, Relation


def owned(calls: Sequence[Call], related: Sequence[Relation], governance: GovernanceFeatures) -> Half:
    """[N, C, OWNED], the last columns of the rows: an argument that the clause speaks of is above, at, below a number of the user's that the
    clause names too (`amount` against the user's `signing_limit`); it is one of the user's values, or none (`course` among `teaches`), the
    other way round where the clause wants them to differ. 1 where argument and attribute have a telling word of their names in common
    (`district` and `bailiff_district`), or are the same kind of quantity, and are compared as what they are, numbers or things, and where an
    expression compares them by name; ½ where the clause alone brings them together, or a heading is all there is. What a rule withholds from the
    user is none of the user's either: in all clauses of the rule that are about the call.
    """
    table = np.zeros((len(calls), governance.policy.size, OWNED), np.float16)
    arguments = [argument for call in calls for argument in call.arguments]
    if arguments and governance.named:
        alike = np.concatenate([relation.alike for relation in related])
        named = np.stack([attribute.clauses for attribute in governance.named]).astype(np.float32)
        against = np.zeros((len(arguments), OWNED, len(named)), np.float32)
        for a, k in np.argwhere(alike.astype(np.float32) @ named.T).tolist():  # they meet in some clause
            against[a, :, k] = _against(arguments[a], governance.named[k])
        holds = (((against > 0) @ named > 0) * 0.5 + ((against == 1) @ named > 0) * 0.5) * alike[:, None]
        for a, k, c, columns in _compared(arguments, governance):
            holds[a, columns, c] = np.maximum(holds[a, columns, c], against[a, columns, k] > 0)
        starts, rows = runs(np.arange(len(calls)).repeat([len(call.arguments) for call in calls]))
        table[rows] = np.maximum.reduceat(holds, starts, axis=0).transpose(0, 2, 1)
        apart = governance.policy.apart
        table[:, apart, 3:] = table[:, apart, :2:-1]
        table[:, governance.policy.feats[:, HEADING] > 0] *= 0.5
    withheld = _withheld(governance)
    # A sentence may be about several roles, one in each part; a rule that is data is for whom its clauses about the call are.
    rules, free = governance.policy.rules, ~governance.policy.prose | (governance.role[:, OTHER] == 0)
    for row, relation in zip(table, related, strict=True):
        broken = rules[free & (withheld | (row[:, [0, -1]] == 1).any(1))]
        if broken.size:
            about = relation.rows[:, SPEAKS] >= ABOUT
            row[about & (withheld | (np.isin(rules, broken) & (rules > 0))), -1] = 1.0
    return table


def _compared(arguments: Sequence[Argument], governance: GovernanceFeatures) -> Iterator[tuple[int, int, int, slice]]:
    """Argument, attribute and clause, where an expression in the clause compares the two by their names, and the columns that say how."""
    called = defaultdict[tuple[int, ...], list[int]](list)
    for a, argument in enumerate(arguments):
        called[argument.name.ids].append(a)
    own = {attribute.key: k for k, attribute in enumerate(governance.named)}
    for c, names, same in governance.policy.compared:
        for ours, theirs in (names, names[::-1]):
            k = own.get(ours)
            if k is not None and governance.named[k].clauses[c]:
                yield from ((a, k, c, slice(3, OWNED) if same else slice(3)) for a in called.get(theirs, ()))


def _withheld(governance: GovernanceFeatures) -> Bool:
    """[C]: the clauses that deny the user's role outright (not for what is untrue of the user: `suspended clerks`); those that ask for what is not
    true of the user: an attribute that is untrue, that has another value, or that is below the least or above the most; and conditions of a
    denial that are true of the user.
    """
    policy, role = governance.policy, governance.role
    above, below = role[:, NAMED_ABOVE] > 0, role[:, NAMED_BELOW] > 0
    unmet = (policy.least & below & ~above) | (policy.most & above & ~below)
    met = policy.bars & ((policy.least & above & ~below) | (policy.most & below & ~above))
    for attribute in governance.named:
        unmet |= attribute.unlike
        met |= attribute.alike
    return (policy.denies & (role[:, OWN] > 0) & (role[:, UNTRUE] == 0)) | (policy.demands & unmet) | met


ABOUT = 0.75
"""How much a clause must speak of a call to be about it."""


_COUNTED = frozenset(text.word_ids("id ids no number nr code ref key uuid"))
"""Words by which a number only names a thing."""


def _against(argument: Argument, own: Named) -> list[float]:
    """Above, at, below the user's number; one of the user's values, none of them: as much as 1 where the names say that the two belong together."""
    signs = {(x > y) - (x < y) for kind, x in argument.numbers for other, y in own.numbers if kind == other}
    same = not argument.items.isdisjoint(own.values)
    other = bool(argument.items and own.values) and not same
    akin = _are_akin(argument.name, own)
    counted = bool(signs) and len(own.numbers) == 1 and argument.name.words.isdisjoint(_COUNTED)
    number = 1.0 if counted and (akin or argument.name.concepts & own.concepts) else 0.5
    thing = 1.0 if akin and not counted else 0.5
    return [*(number * (sign in signs) for sign in (1, 0, -1)), thing * same, thing * other]


def _are_akin(name: Name, own: Named) -> bool:
    """Whether an argument and an attribute are of the same kind by their last words, which say what a thing is: a `crane_certificate` is no crane.
    An attribute that is a list may say more after that: `courses_taught`.
    """
    ours = [i for i in name.ids if i in name.heavy and i not in _COUNTED]
    theirs = [i for i in own.name if i not in _COUNTED]
    return bool(ours and theirs) and (ours[-1] == theirs[-1] or (own.several and {*ours} <= {*theirs}))
