"""Reviewers whose verdicts disagree more than the others' do: with the model, with the oracle, with others on the same case.

Disagreeing is no fault in itself: what the model does not know is what it has to learn. So outliers are shown, and left out only
when the gate refuses a model that learned from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import median

from gatling_core.queue import QueuedCase
from gatling_core.schemas import Contract, Verdict

LEAST = 20
"""Checks of a reviewer's verdicts from which on they can be an outlier."""
FAR = 3.0
"""Standard deviations above the others' rate."""
RARE = 0.1
"""Where others fail less often than this, they count as if they failed so often: a single failure must not look far."""


class Standing(Contract):
    """How often a reviewer's verdicts were checked, how many of the checks they failed, and how far that is from the others."""

    reviewer: str
    checks: int
    against: int
    z: float

    @property
    def is_outlier(self) -> bool:
        return self.checks >= LEAST and self.z >= FAR

    def __str__(self) -> str:
        return (
            f"{self.reviewer}: {self.against} of {self.checks} checks failed, {self.z:.1f} standard deviations above the others"
        )


def standings(cases: Sequence[QueuedCase]) -> list[Standing]:
    """Every reviewer of these cases, the farthest out first.

    A verdict is checked against the model, which ranks its case above or below the median energy of all, and against what others
    said of the same case. z = (p - q) / √(q(1 - q) / n), with p of n checks failed, and q of the others' checks.
    """
    checks, against = Counter[str](), Counter[str]()
    for reviewer, failed in _checks(cases):
        checks[reviewer] += 1
        against[reviewer] += failed
    found: list[Standing] = []
    for reviewer, n in checks.items():
        others = checks.total() - n
        q = min(max((against.total() - against[reviewer]) / max(1, others), RARE), 1 - RARE)
        z = (against[reviewer] / n - q) / sqrt(q * (1 - q) / n) if others else 0.0
        found.append(Standing(reviewer=reviewer, checks=n, against=against[reviewer], z=round(z, 2)))
    return sorted(found, key=lambda standing: -standing.z)


def _checks(cases: Sequence[QueuedCase]) -> list[tuple[str, bool]]:
    """Reviewer and whether the verdict failed, one for each check."""
    found: list[tuple[str, bool]] = []
    middle = median([case.entry.answer.energy for case in cases]) if cases else 0.0
    for case in cases:
        said = _said(case)
        for reviewer, verdict in said.items():
            if verdict.source != "reviewer":
                continue
            stops = verdict.label != "gold"
            found.append((reviewer, stops != (case.entry.answer.energy > middle)))
            found += [(reviewer, stops != (other.label != "gold")) for name, other in said.items() if name != reviewer]
    return found


def _said(case: QueuedCase) -> dict[str, Verdict]:
    """The last verdict of each who judged a case."""
    said: dict[str, Verdict] = {}
    for verdict in [*case.opinions, *([case.verdict] if case.verdict else [])]:
        said[verdict.reviewer] = verdict
    return said
