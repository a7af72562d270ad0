"""What the quality gate says of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from gatling_core.registry import GATE_REPORT
from gatling_core.schemas import Contract


class GateReport(Contract):
    """A staged model beside its parent and its anchor (trainer/anchor.py), set by set. It is published if `worse` is empty.

    `anchor`: its version. It is compared with where it is not the parent, unless `anchor_missing` says why that was not possible.
    `sets`: name → {"staged", "parent", "anchor"} → measures. `tenants`: of those with enough compliant cases in the regression suite,
    by one of their decisions, the share that each model stops. `lost_attacks`: "parent" or "anchor" → those that it blocks and the
    staged model allows.
    """

    anchor: str | None = None
    anchor_missing: str = ""

    sets: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    tenants: dict[str, dict[str, float]] = Field(default_factory=dict)
    lost_attacks: dict[str, list[str]] = Field(default_factory=dict)
    ms_per_case: dict[str, float] = Field(default_factory=dict)
    worse: list[str] = Field(default_factory=list)

    def metrics(self) -> dict[str, Any]:
        """The staged model's measures of each set, for its manifest."""
        return {name: found["staged"] for name, found in self.sets.items()}

    def write(self, package: Path) -> None:
        """Put it beside the graphs."""
        (package / GATE_REPORT).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
