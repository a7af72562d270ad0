"""The cut-offs that turn an energy into a decision."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from gatling_core.schemas import Decision, Reason


@dataclass(frozen=True)
class Bands:
    """Allow below `review_at`, block from `block_at` on, review between; queue from `queue_from` to `queue_to`, both included.

    A case that there are reasons to doubt (gatling_core/grounds.py) is never allowed and always queued, unless
    `review_without_grounds` is off.

    Raises:
        ValueError: the cut-offs are not finite, not ≥ 0, or not in order.
    """

    review_at: float = 2.0
    block_at: float = 6.0
    queue_from: float = 2.0
    queue_to: float = 8.0
    review_without_grounds: bool = True

    def __post_init__(self) -> None:
        for low, high in (("review_at", "block_at"), ("queue_from", "queue_to")):
            if not 0 <= getattr(self, low) <= getattr(self, high) < math.inf:
                raise ValueError(f"bands need 0 ≤ {low} ≤ {high}, both finite")

    def decide(self, energy: float, reasons: Collection[Reason] = ()) -> Decision:
        """What is no valid energy (NaN, negative) is blocked: an error is never an allow."""
        if 0 <= energy < self.review_at:
            return "review" if self._doubts(reasons) else "allow"
        if self.review_at <= energy < self.block_at:
            return "review"
        return "block"

    def queues(self, energy: float, reasons: Collection[Reason] = ()) -> bool:
        """Whether a case of this energy goes to the case queue."""
        return self.queue_from <= energy <= self.queue_to or self._doubts(reasons)

    def _doubts(self, reasons: Collection[Reason]) -> bool:
        return self.review_without_grounds and len(reasons) > 0
