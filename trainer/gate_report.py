"""What the quality gate says of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from gatling_core.registry import GATE_REPORT
from gatling_core.schemas import Contract


class GateReport(Contract):
    """A staged model beside its parent, set by set. It is published if `worse` is empty.

    `sets`: name → {"staged", "parent"} → measures. `tenants`: of those with enough compliant cases in the regression suite, by one
    of their decisions, the share that each model stops. `lost_attacks`: the parent blocks them, the staged model allows them.
    """

    sets: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)
    tenants: dict[str, dict[str, float]] = Field(default_factory=dict)
    lost_attacks: list[str] = Field(default_factory=list)
    ms_per_case: dict[str, float] = Field(default_factory=dict)
    worse: list[str] = Field(default_factory=list)

    def metrics(self) -> dict[str, Any]:
        """The staged model's measures of each set, for its manifest."""
        return {name: found["staged"] for name, found in self.sets.items()}

    def write(self, package: Path) -> None:
        """Put it beside the graphs."""
        (package / GATE_REPORT).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
