"""Hard negatives mined from judged cases: their minimal pairs, the corrupter's plans that the model does not see through, and neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatling_core.runtime import Model, Score
from gatling_core.schemas import Case, LabelledPlan
from trainer.material import Material
from trainer.metrics import BANDS, unit
from trainer.minimal_pairs import broken, repaired
from trainer.precedents import governance, precedents

HARDEST = 4
"""Broken plans kept of one case."""
TWIN = 5.0
"""More than two sums of two cosines can differ by."""


class Scorer(Protocol):
    """What scores cases: the model that the retraining starts from."""

    def score(self, cases: Sequence[Case], /) -> list[Score]: ...


def mine(parent: Path, cases: Sequence[Case]) -> Material:
    """The material of judged cases, as the model in `parent` sees them."""
    return mined(Model.load(parent), cases)


def mined(model: Scorer, cases: Sequence[Case]) -> Material:
    """Judged cases with their minimal pairs and, of compliant ones, the broken plans that the model scores lowest."""
    scores, governances = model.score(cases), [governance(case) for case in cases]
    known = precedents(cases, governances)
    plans = [list(broken(case, known[own])) if case.label == "gold" else [] for case, own in zip(cases, governances, strict=True)]
    tried = [case.model_copy(update={"execution_plan": plan}) for case, found in zip(cases, plans, strict=True) for plan in found]
    energies = iter([score.energy for score in model.score(tried)] if tried else [])
    material = [
        _with_pairs(case, repaired(case, known[own]), hardest([(next(energies), plan) for plan in found]))
        for case, own, found in zip(cases, governances, plans, strict=True)
    ]
    found = Material(material, opposites(cases, governances, scores))
    right = all(_is_right(case, score) for case, score in zip(cases, scores, strict=True))
    return replace(found, settled=right and not found.counts())


def _is_right(case: Case, score: Score) -> bool:
    low, high = BANDS[case.label or "gold"]
    return low <= score.energy < high


def _with_pairs(case: Case, repairs: Sequence[LabelledPlan], hard: Sequence[LabelledPlan]) -> Case:
    """A case with the first compliant plan next to it as its minimal pair, and with all others."""
    return case.model_copy(update={"minimal_pair": next(iter(repairs), None), "hard_negatives": [*repairs[1:], *hard]})


def hardest(found: Sequence[tuple[float, LabelledPlan]]) -> list[LabelledPlan]:
    """The plans that the model scores lowest, lowest first, without those that it already scores as high as their label asks."""
    missed = [(energy, plan) for energy, plan in found if energy < BANDS[plan.label or "gold"][0]]
    return [plan for _, plan in sorted(missed, key=lambda item: item[0])[:HARDEST]]


def opposites(cases: Sequence[Case], governances: Sequence[str], scores: Sequence[Score]) -> list[int | None]:
    """For each case the nearest one in latent space, by cosine of (z_g, z_e), that is on the other side; None if there is none.

    Twins come first: cases that call the same tool under the same policy, role and context.
    """
    gold: NDArray[np.bool_] = np.array([case.label == "gold" for case in cases])
    if len(set(gold)) < 2:
        return [None] * len(gold)
    latents = np.concatenate([unit(np.stack([s.z_g for s in scores])), unit(np.stack([s.z_e for s in scores]))], axis=1)
    similarity = np.where(gold[:, None] != gold, latents @ latents.T + TWIN * _twins(cases, governances), -np.inf)
    return [int(k) for k in similarity.argmax(1)]


def _twins(cases: Sequence[Case], governances: Sequence[str]) -> NDArray[np.bool_]:
    """Which cases call a tool of each other's under the same governance; of a violation those tools count that its verdict blames, if any."""
    callers: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, (case, own) in enumerate(zip(cases, governances, strict=True)):
        named = {violation.node_id for violation in case.violations}
        for tool in {node.tool_name for node in case.execution_plan.nodes if not named or node.node_id in named}:
            callers[own, tool].append(number)
    twins = np.zeros((len(cases), len(cases)), np.bool_)
    for numbers in callers.values():
        twins[np.ix_(numbers, numbers)] = True
    return twins
