"""What one retraining learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gatling_core.schemas import Case


@dataclass(frozen=True)
class Material:
    """Judged cases with their mined plans, and of each case the nearest one on the other side."""

    cases: Sequence[Case]
    opposites: Sequence[int | None]

    def counts(self) -> dict[str, int]:
        """Mined plans by kind, for the manifest."""
        found = Counter[str]()
        for case in self.cases:
            found["repaired"] += case.minimal_pair is not None
            found.update(plan.kind for plan in case.hard_negatives)
        return {kind: count for kind, count in found.items() if count}
