"""Hard negatives mined from judged cases: their minimal pairs, the corrupter's plans that the model does not see through, and neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatling_core.runtime import Model, Score
from gatling_core.schemas import Case, LabelledPlan
from trainer.material import Material
from trainer.metrics import BANDS, unit
from trainer.minimal_pairs import broken, repaired

HARDEST = 4
"""Broken plans kept of one case."""


class Scorer(Protocol):
    """What scores cases: the model that the retraining starts from."""

    def score(self, cases: Sequence[Case], /) -> list[Score]: ...


def mine(parent: Path, cases: Sequence[Case]) -> Material:
    """The material of judged cases, as the model in `parent` sees them."""
    return mined(Model.load(parent), cases)


def mined(model: Scorer, cases: Sequence[Case]) -> Material:
    """Judged cases with their minimal pairs and, of compliant ones, the broken plans that the model scores lowest."""
    scores = model.score(cases)
    plans = [list(broken(case)) if case.label == "gold" else [] for case in cases]
    tried = [case.model_copy(update={"execution_plan": plan}) for case, found in zip(cases, plans, strict=True) for plan in found]
    energies = iter([score.energy for score in model.score(tried)] if tried else [])
    material = [
        case.model_copy(
            update={"minimal_pair": repaired(case), "hard_negatives": hardest([(next(energies), plan) for plan in found])}
        )
        for case, found in zip(cases, plans, strict=True)
    ]
    return Material(material, opposites([case.label == "gold" for case in cases], scores))


def hardest(found: Sequence[tuple[float, LabelledPlan]]) -> list[LabelledPlan]:
    """The plans that the model scores lowest, lowest first, without those that it already scores as high as their label asks."""
    missed = [(energy, plan) for energy, plan in found if energy < BANDS[plan.label or "gold"][0]]
    return [plan for _, plan in sorted(missed, key=lambda item: item[0])[:HARDEST]]


def opposites(gold: Sequence[bool], scores: Sequence[Score]) -> list[int | None]:
    """For each case the nearest one in latent space, by cosine of (z_g, z_e), that is on the other side; None if there is none."""
    if len(set(gold)) < 2:
        return [None] * len(gold)
    latents = np.concatenate([unit(np.stack([s.z_g for s in scores])), unit(np.stack([s.z_e for s in scores]))], axis=1)
    sides: NDArray[np.bool_] = np.array(gold)
    similarity = np.where(sides[:, None] != sides, latents @ latents.T, -np.inf)
    return [int(k) for k in similarity.argmax(1)]
