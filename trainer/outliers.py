"""Reviewers whose verdicts differ from the others' more than chance lets them: about cases like these, and about the same cases.

Differing is no fault in itself: what the model does not know is what it has to learn. So outliers are shown, and left out only
when the gate refuses a model that learned from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gatling_core.queue import QueuedCase
from gatling_core.schemas import Contract, Verdict

LEAST = 20
"""Verdicts of a reviewer from which on they can be an outlier."""
FAR = 3.0
"""Standard deviations from what the others' verdicts let expect."""
CONTRARY = 1.28
"""And from verdicts of which the model's energy tells nothing. Less is asked: this is not to say who differs, but to spare those who judge what the
model does not know, of whom one in ten is as far by chance."""
RARE = 0.1
"""No verdict is expected with more than 1 - RARE: a single one that is otherwise must not look far."""
_STEPS = 12
"""Of Newton's method; with the prior it stands still long before."""

Floats = NDArray[np.float64]


class Standing(Contract):
    """How many verdicts a reviewer gave, and how many are not what the others' let expect.

    `z`: how far they are, in standard deviations and towards the opposite, from those of the others. `contrary`: how far they are from verdicts
    of which the energy tells nothing.
    """

    reviewer: str
    verdicts: int
    against: int
    z: float
    contrary: float

    @property
    def is_outlier(self) -> bool:
        return self.verdicts >= LEAST and self.z >= FAR and self.contrary >= CONTRARY

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.against} of {self.verdicts} verdicts differ, {self.z:.1f} standard deviations from the others"


def standings(cases: Sequence[QueuedCase]) -> list[Standing]:
    """Every reviewer of these cases, the farthest out first.

    What a verdict should be is read from the others' verdicts: how often they stop a case of such an energy, of which other people or the
    oracle say such things. A case near the middle, of which neither tells anything, counts nothing; one far out counts most.
    """
    verdicts = _Verdicts.of(cases)
    found = [_standing(reviewer, verdicts) for reviewer in sorted(set(verdicts.reviewers.tolist()))]
    return sorted(found, key=lambda standing: -standing.z)


@dataclass(frozen=True)
class _Verdicts:
    """n verdicts of reviewers. `said`, n × 3: one, the logarithm of the case's energy in standard deviations from the mean, and of the others
    who judged the case how many more stop it than let it pass."""

    reviewers: NDArray[np.str_]
    stops: Floats
    said: Floats

    @classmethod
    def of(cls, cases: Sequence[QueuedCase]) -> Self:
        rows: list[tuple[str, bool, float, int]] = []
        for case in cases:
            judged = _judged(case)
            votes = {name: 1 if verdict.label != "gold" else -1 for name, verdict in judged.items()}
            energy, balance = np.log1p(case.entry.answer.energy), sum(votes.values())
            rows += [
                (name, vote > 0, energy, balance - vote) for name, vote in votes.items() if judged[name].source == "reviewer"
            ]
        reviewers, stopped, energies, others = zip(*rows, strict=True) if rows else ((), (), (), ())
        energy = np.array(energies, np.float64)
        energy = (energy - energy.mean()) / (energy.std() or 1.0) if rows else energy
        said = np.column_stack([np.ones(len(rows)), energy, np.array(others, np.float64)])
        return cls(np.array(reviewers, np.str_), np.array(stopped, np.float64), said)


def _standing(reviewer: str, verdicts: _Verdicts) -> Standing:
    """Score tests of "as the others" and of "as if the energy told nothing" against "the opposite of the others".

    With p expected of a verdict y and w its log-odds, z = -Σ w(y - p) / √(Σ w²p(1 - p) + what is unsure in p itself). Of the energy's part in w only
    what differs between the cases of the reviewer is taken: somebody stricter than the others, or whose cases are, is not their opposite.
    """
    own = verdicts.reviewers == reviewer
    fitted = _Fit.of(verdicts.said[~own], verdicts.stops[~own])
    said, stops = verdicts.said[own], verdicts.stops[own]
    middle = said[:, 1].mean()
    lean = (said - [1.0, middle, 0.0]) @ fitted.weights
    without_energy = np.column_stack([said[:, 0], np.full(len(said), middle), said[:, 2]])
    return Standing(
        reviewer=reviewer,
        verdicts=len(stops),
        against=int(((fitted.expected(said) > 0.5) != (stops > 0)).sum()),
        z=fitted.distance(lean, stops, said),
        contrary=fitted.distance(lean, stops, without_energy),
    )


@dataclass(frozen=True)
class _Fit:
    """Logistic regression with a normal prior of variance one: weights [3], and their covariance [3, 3]."""

    weights: Floats
    unsure: Floats

    @classmethod
    def of(cls, said: Floats, stops: Floats) -> Self:
        """By Newton's method; of no verdicts the weights are 0.

        None says the opposite of the energy, or of others: where one of two reviewers flips, it must not be the other who looks like it.
        """
        weights, prior = np.zeros(said.shape[1]), np.eye(said.shape[1])
        precision = prior
        for _ in range(_STEPS):
            share = _share(said @ weights)
            precision = (said * (share * (1 - share))[:, None]).T @ said + prior
            weights = weights + np.linalg.solve(precision, said.T @ (stops - share) - weights)
        return cls(np.append(weights[:1], np.maximum(weights[1:], 0)), np.linalg.inv(precision).astype(np.float64))

    def expected(self, said: Floats) -> Floats:
        """The share of verdicts [n] that stop such cases [n, 3]."""
        return np.clip(_share(said @ self.weights), RARE, 1 - RARE)

    def distance(self, lean: Floats, stops: Floats, said: Floats) -> float:
        """Standard deviations by which verdicts [n] go against a lean [n] more than is expected of such cases [n, 3]; 0 if nothing leans."""
        expected = self.expected(said)
        chance = expected * (1 - expected)
        pull = (lean * chance) @ said
        variance = float(lean**2 @ chance + pull @ self.unsure @ pull)
        return round(-float(lean @ (stops - expected)) / variance**0.5, 2) if variance else 0.0


def _share(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def _judged(case: QueuedCase) -> dict[str, Verdict]:
    """The last verdict of each who judged a case."""
    said: dict[str, Verdict] = {}
    for verdict in [*case.opinions, *([case.verdict] if case.verdict else [])]:
        said[verdict.reviewer] = verdict
    return said
