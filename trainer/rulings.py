"""Rulings from judged cases: arguments that verdicts blame, and that no verdict lets pass."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from gatling_core.features import read_policy
from gatling_core.features.policy import PolicyFeatures
from gatling_core.policy import Policy
from gatling_core.rulings import Key, Ruling, Rulings, key_of, speaks_of, telling_words
from gatling_core.schemas import Case, Label
from trainer.argument_pairs import is_own, is_value_based
from trainer.dependence import speaks_of_approval
from trainer.precedents import Precedent, blamed


def rulings_of(cases: Iterable[Case], targets: dict[Label, float]) -> Rulings:
    """What cases that carry the verdict as label and violations rule.

    Only where the verdict blames one argument for what it is, which the planner chose by itself, and nothing speaks of an approval: then
    the same argument breaks the same rule whoever asks.

    Args:
        targets: the energy that a verdict asks for, by label; the mildest one counts.
    """
    blames, passed = defaultdict[Key, list[Precedent]](list), defaultdict[Key, set[str]](set)
    for case in cases:
        for call in case.execution_plan.nodes if case.label == "gold" else ():
            for name, value in call.arguments.items():
                if key := key_of(name, value):
                    passed[key].add(call.tool_name)
        found = blamed(case)
        if found is None or not is_value_based(case) or not is_own(found, found.argument) or speaks_of_approval(case):
            continue
        if key := key_of(found.argument, found.call.arguments[found.argument]):
            blames[key].append(found)
    ruled, read = ((key, found) for key, found in blames.items() if _tools(found) - passed[key]), _reader()
    return Rulings(_widened([_ruling(key, found, passed[key], targets, read) for key, found in ruled], passed))


def unexplained(cases: Iterable[Case], rulings: Rulings, targets: dict[Label, float]) -> list[Case]:
    """The cases of which a network still has something to learn: not those whose blamed argument costs already what the verdict asked for.

    Of such a case nothing but the argument is wrong. A network that is to give it more energy suspects what stands around it.
    """
    read = _reader()
    return [case for case in cases if not _is_explained(case, rulings, targets, read)]


def _reader() -> Callable[[Policy], PolicyFeatures]:
    """`read_policy`, once for the many cases under one policy."""

    @lru_cache(maxsize=READ)
    def read(policy: bytes) -> PolicyFeatures:
        return read_policy(msgspec.json.decode(policy))

    return lambda policy: read(msgspec.json.encode(policy))


READ = 256
"""Policies that are kept as they were read."""


def _is_explained(case: Case, rulings: Rulings, targets: dict[Label, float], read: Callable[[Policy], PolicyFeatures]) -> bool:
    found = blamed(case)
    if found is None:
        return False
    costs = rulings.cost(case.execution_plan, read(case.policy))
    asked = targets[case.label or "boundary"] - targets["gold"]
    return costs is not None and float(costs.sum(1)[case.execution_plan.nodes.index(found.call)]) >= asked


def _widened(rulings: Sequence[Ruling], passed: dict[Key, set[str]]) -> list[Ruling]:
    """What counts for all tools of two arguments with a telling word in common, whatever their tools, counts so for every one with that word."""
    arguments = {(word, ruling.argument) for ruling in rulings if ruling.everywhere for word in telling_words(ruling.argument)}
    common = {word for word, count in Counter(word for word, _ in arguments).items() if count > 1}
    return [
        ruling.model_copy(update={"everywhere": True})
        if common & telling_words(ruling.argument) and not passed[ruling.argument, ruling.value]
        else ruling
        for ruling in rulings
    ]


def _ruling(
    key: Key, found: list[Precedent], passed: set[str], targets: dict[Label, float], read: Callable[[Policy], PolicyFeatures]
) -> Ruling:
    tools = _tools(found)
    energy = min(targets[one.case.label or "boundary"] for one in found) - targets["gold"]
    policies = {policy.digest for policy in (read(one.case.policy) for one in found) if not speaks_of(policy, key[0])}
    return Ruling(
        argument=key[0],
        value=key[1],
        energy=energy,
        tools=sorted(tools - passed),
        policies=sorted(policies),
        everywhere=len(tools) > 1 and not passed,
    )


def _tools(found: Iterable[Precedent]) -> set[str]:
    return {one.call.tool_name for one in found}
