"""What one retraining learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gatling_core.schemas import Case


@dataclass(frozen=True)
class Material:
    """Judged cases with their mined plans, and of each case one on the other side that is learnt beside it.

    `settled`: the model to start from has them all right, and nothing was mined that it does not know.
    """

    cases: Sequence[Case]
    opposites: Sequence[int | None]
    settled: bool = False

    def counts(self) -> dict[str, int]:
        """Mined plans by kind, for the manifest."""
        found = Counter[str]()
        for case in self.cases:
            plans = [*([case.minimal_pair] if case.minimal_pair else []), *case.hard_negatives]
            found.update("repaired" if plan.label == "gold" else plan.kind for plan in plans)
        return dict(found)
