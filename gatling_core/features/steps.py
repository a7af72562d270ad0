"""A call behind the calls before it: what it shares with the request and with the outputs so far, and what the policy says of it.

Nothing that comes later changes that. An agent posts its plan again with every call, and then all steps but the last are known.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from gatling_core import text
from gatling_core.features.asker import OTHER, OWN
from gatling_core.features.bag import MAX_WORDS, Bag
from gatling_core.features.governance import GovernanceFeatures
from gatling_core.features.memo import LONGEST_KEY, Memo
from gatling_core.features.outputs import Piece
from gatling_core.features.ownership import owned
from gatling_core.features.policy import Float
from gatling_core.features.quantities import runs
from gatling_core.features.records import LONGEST_NAME, Records, acted_on, states
from gatling_core.features.relations import PARTS_OF_ONE, SPEAKS, Bool, Call, Half, Relation, partly
from gatling_core.schemas import ToolCall

Measures = tuple[float, float, float, float, float, float]

STEP_FEATURES = 36
TEXT_MEASURES = 6
EDGE_MEASURES = TEXT_MEASURES + 4

PIECES_PER_CALL = 4


class Step(NamedTuple):
    """What a call brings into the graph, however the plan goes on."""

    feats: Float  # [STEP_FEATURES]
    best: tuple[int, ...]  # the pieces that it resembles most, and the most imperative one
    alike: Float  # [best, EDGE_MEASURES] to these
    asked: Float  # [chunks of the request, TEXT_MEASURES]
    owned: Half  # [C, relations.OWNED]
    stated: Bool  # [C, records.STATES]
    token: object  # names the plan up to here; None where it is not remembered


_STEPS = Memo[Step]()
_STEP_BYTES = 1_024
"""Of memory for a step beside what it resembles, about."""


def read_steps(
    nodes: Sequence[ToolCall],
    calls: Sequence[Call],
    related: Sequence[Relation],
    governance: GovernanceFeatures,
    outputs: tuple[Sequence[Piece], int],
) -> list[Step]:
    """Of each call. `outputs`: the pieces, and how many of one output there may be."""
    pieces, most = outputs
    read = ["", *(node.output or "" for node in nodes[:-1])]
    steps: list[Step] = []
    before = governance.token
    for call, said in zip(calls, read, strict=True):
        key = _key(before, call, said, most)
        step = _STEPS.get(key) if key else None
        if step is None:
            break
        steps.append(step)
        before = step.token
    known = len(steps)
    for call, said, step in zip(
        calls[known:], read[known:], _read(calls, related, governance, (pieces, read[1:]), known), strict=True
    ):
        key = _key(before, call, said, most)
        before = object() if key else None
        steps.append(step._replace(token=before))
        if key:
            _STEPS.put(key, steps[-1], _STEP_BYTES + step.alike.nbytes + step.owned.nbytes + len(said) + len(call.key or b""))
    return steps


def _key(before: object, call: Call, said: str, most: int) -> Hashable:
    """`said`: the output of the call before."""
    return (before, call.key, said, most) if before and call.key and len(said) <= LONGEST_KEY else None


def _read(
    calls: Sequence[Call],
    related: Sequence[Relation],
    governance: GovernanceFeatures,
    read: tuple[Sequence[Piece], Sequence[str]],
    known: int,
) -> Iterator[Step]:
    """The steps of the calls from `known` on. `read`: the pieces of the outputs, and the outputs of all calls but the last."""
    pieces, outputs = read
    if known == len(calls):
        return
    requested = frozenset[int]().union(*(part.values for part in governance.request))
    asked_words = frozenset[int]().union(*(part.words for part in governance.request))
    observed, observed_words = set[int](), set[int]()
    records = Records()
    done = 0
    entitlements = _entitlements(calls[known:], related[known:], governance.role)
    ownership = owned(calls[known:], related[known:], governance)
    for i, (entitled, own) in enumerate(zip(entitlements, ownership, strict=True), known):
        start, done = done, bisect_left(pieces, i, key=_call_of)
        observed.update(*(piece.bag.values for piece in pieces[start:done]))
        observed_words.update(*(piece.bag.words for piece in pieces[start:done]))
        for output in outputs[0 if i == known else i - 1 : i]:
            records.add(output)
        seen = [_measure(piece.bag, calls[i]) for piece in pieces[:done]]
        asked = [_measure(part, calls[i]) for part in governance.request]
        texts = (*_best(asked), *_best(seen), float(bool(seen)), float(bool(asked)))
        origins = _origins(calls[i], governance, requested, observed)
        named = _named(calls[i], (asked_words, requested), (observed_words, observed))
        acts, acted = acted_on(calls[i], records, asked_words, requested)
        best = _closest(seen, pieces)
        yield Step(
            np.array((*texts, *origins, *_obedience(seen, asked, pieces), *entitled, *acts, *named), np.float32),
            tuple(best),
            np.array([(*seen[k], *_place(pieces[k], i, k == best[0])) for k in best], np.float32).reshape(-1, EDGE_MEASURES),
            np.array(asked, np.float32).reshape(-1, TEXT_MEASURES),
            own.copy(),
            states(acted, governance.policy),
            None,
        )


_call_of = attrgetter("call")


def _closest(seen: Sequence[Measures], pieces: Sequence[Piece]) -> list[int]:
    """The earlier pieces that a call resembles most, closest first, and the most imperative one."""
    best = sorted(range(len(seen)), key=lambda k: -_alike(seen[k]))[:PIECES_PER_CALL]
    loudest = max(range(len(seen)), key=lambda k: pieces[k].imperative, default=0)
    if seen and loudest not in best and pieces[loudest].imperative > 0:
        best.append(loudest)
    return best


def _place(piece: Piece, call: int, closest: bool) -> tuple[float, float, float, float]:
    """The last measures of an edge from a piece to a call."""
    return piece.urged, float(closest), piece.pointed, float(piece.call == call - 1)


def _measure(part: Bag, call: Call) -> Measures:
    """How much a text and a call share: words of the call, of the text, values, any value, name, argument words."""
    values = call.values.values_in(part)
    if len(call.said.words) < MAX_WORDS and call.said.words.isdisjoint(part.words):  # nor does a part of the call share any
        return 0.0, 0.0, values, float(values > 0), 0.0, 0.0
    shared = text.weigh(call.said.words & part.words)
    return (
        shared / call.said.total if call.said.total else 0.0,
        shared / part.total if part.total else 0.0,
        values,
        float(values > 0),
        call.name.share_in(part),
        call.values.share_in(part),
    )


def _origins(
    call: Call, governance: GovernanceFeatures, requested: AbstractSet[int], observed: AbstractSet[int]
) -> Sequence[float]:
    """Where the values of a call come from: nowhere, an output; the user's own, somebody else's; whose destinations they are."""
    values, hosts = call.values.values, call.hosts
    return (
        len(values.difference(requested, observed, governance.values)) / len(values) if values else 0.0,
        len((values & observed) - requested) / len(values) if values else 0.0,
        *_ownership(call, governance),
        float(bool(hosts)),
        len(hosts & governance.hosts) / len(hosts) if hosts else 0.0,
    )


def _named(
    call: Call, asked: tuple[AbstractSet[int], AbstractSet[int]], seen: tuple[AbstractSet[int], AbstractSet[int]]
) -> tuple[float, float, float]:
    """Of the arguments that name something in a few words: the share that neither the request holds nor any output, whether there is one, and the
    share that only outputs hold. Each by words and whole values: names of letters alone count here, as they do not in `_origins`.
    """
    nowhere = outputs = short = 0
    for argument in call.arguments:
        words = text.heavy(argument.bag.words)
        if not words or len(argument.bag.ids) > LONGEST_NAME:
            continue
        short += 1
        if _holds(asked, words, argument.items):
            continue
        known = _holds(seen, words, argument.items)
        nowhere, outputs = nowhere + (not known), outputs + known
    return nowhere / max(short, 1), float(nowhere > 0), outputs / max(short, 1)


def _holds(said: tuple[AbstractSet[int], AbstractSet[int]], words: frozenset[int], items: frozenset[int]) -> bool:
    return words <= said[0] or not said[1].isdisjoint(items)


def _best(measures: Sequence[Measures]) -> Sequence[float]:
    """Over all texts: the best share of the call's words, values, name and argument words."""
    if not measures:
        return (0.0,) * 4
    words, _, values, _, name, said = zip(*measures, strict=True)
    return max(words), max(values), max(name), max(said)


def _obedience(seen: Sequence[Measures], asked: Sequence[Measures], pieces: Sequence[Piece]) -> tuple[float, float, float, float]:
    """Over all earlier pieces of outputs, at most: how much more the call resembles it than the request; how much it resembles one that gives
    orders (or stands beside one that does), how much more than the request, and that in words alone. A text that orders what a call does,
    where the request does not, is an instruction that the call follows.
    """
    wanted = max(map(_alike_by_name, asked), default=0.0)
    said = max((measure[0] for measure in asked), default=0.0)
    excess = resembled = further = worded = 0.0
    for measure, piece in zip(seen, pieces, strict=False):
        alike = _alike_by_name(measure)
        excess = max(excess, alike - wanted)
        if piece.urged:
            resembled = max(resembled, piece.urged * alike)
            further = max(further, piece.urged * (alike - wanted))
            worded = max(worded, piece.urged * (measure[0] - said))
    return excess, resembled, round(further * PARTS_OF_ONE) / PARTS_OF_ONE, worded


def _alike(measure: Measures) -> float:
    """Shares of a call that a text holds, of words, values and words of the arguments together: 0 … 3."""
    return measure[0] + measure[2] + measure[5]


def _alike_by_name(measure: Measures) -> float:
    """The same, and the share of the words of the tool's name: 0 … 4."""
    return _alike(measure) + measure[4]


def _ownership(call: Call, governance: GovernanceFeatures) -> tuple[float, float]:
    """Whether arguments named like the user's attributes hold the user's own values (own), or somebody else's (foreign)."""
    own = foreign = 0.0
    for argument in call.arguments:
        for key, values in governance.attributes if argument.items else ():
            if values and not key.isdisjoint(argument.name.words):
                same = bool(argument.items & values)
                own, foreign = max(own, float(same)), max(foreign, float(not same))
    return own, foreign


def _entitlements(calls: Sequence[Call], related: Sequence[Relation], role: Float) -> Float:
    """[N, 10]: of the things that a call names, the share that the policy speaks of, and of these the share that it speaks of for this
    role, and not for another alone; how much the clauses of each kind speak of the call, at most; of the things of one argument of which
    the clauses of a kind together hold some, the share that they do not hold, at most over the arguments; and the share of all things that
    clauses of other roles hold, and no other clause.
    """
    clauses = np.stack([np.ones(len(role), np.bool_), role[:, OWN] > 0, role[:, OTHER] == 0])
    found = np.zeros((len(related), 10), np.float32)
    spoken_of = np.stack([relation.rows[:, SPEAKS] for relation in related])
    found[:, 3:6] = (spoken_of[:, None] * clauses).max(2)
    sizes = np.array([len(relation.held) for relation in related])
    if sizes.any():
        starts, rows = runs(np.arange(len(related)).repeat(sizes))
        things = np.concatenate([relation.held for relation in related])
        spoken = np.stack([things[:, which].any(1) for which in clauses], axis=1)
        counts = np.add.reduceat(spoken, starts, axis=0, dtype=np.int64)
        found[rows, :3] = counts / np.maximum(np.stack([sizes[rows], counts[:, 0], counts[:, 0]], axis=1), 1)
        for n, call, end in zip(range(len(calls)), calls, sizes.cumsum().tolist(), strict=True):
            held = spoken[end - sizes[n] : end]
            if len(held):
                found[n, 6:9] = partly(call, held)
                found[n, 9] = (held[:, 0] & ~held[:, 2]).mean()
    return found
