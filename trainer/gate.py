"""The quality gate: a staged model beside its parent and its anchor on fixed sets.

Worse anywhere by more than the margin, and it is not published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from math import nan
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
import structlog

from gatling_core.bands import Bands
from gatling_core.kept import KeptCase
from gatling_core.mirror import registry_of
from gatling_core.registry import Registry, read_manifest
from gatling_core.regression import NAME as REGRESSION
from gatling_core.regression import RegressionSuite
from gatling_core.runtime import Model
from gatling_core.schemas import Case
from gatling_core.settings import GateConfig, Settings
from trainer.anchor import Anchor
from trainer.dataset import files
from trainer.evaluation import Judged, judge, read_cases
from trainer.gate_report import GateReport
from trainer.generator.cases import cases

log = structlog.get_logger()

GENERATED = "gate"
SEED = 20_261
"""Of the generated cases: held-out worlds that no training run sees."""
TIMED_CASES = 64
ROUNDS = 3
"""Staged model and parent in turn; of each the fastest round, since other work on the machine only slows it."""

Line = tuple[dict[str, Any], Case]


@dataclass
class Comparison:
    """Two models, or three where the anchor is another one than the parent, and what was found so far."""

    config: GateConfig
    bands: Bands
    staged: Model
    parent: Model
    anchor: Model | None = None
    report: GateReport = field(default_factory=GateReport)

    def compare(self, name: str, lines: Sequence[Line]) -> Mapping[str, Judged]:
        """Judge each model on a set, by "staged", "parent" and "anchor", and note where the staged one is worse."""
        models = {"staged": self.staged, "parent": self.parent} | ({"anchor": self.anchor} if self.anchor else {})
        judged = {role: judge(model, lines) for role, model in models.items()}
        measures = {role: each.metrics(intervals=False) for role, each in judged.items()}
        self.report.sets[name] = measures
        for measure, margin in self.config.margins.model_dump().items():
            if not self._says_something(judged["staged"], measure):
                continue
            for elder, times in self._elders():
                found, before = (measures[role].get(measure, nan) for role in ("staged", elder))
                if not found >= before - times * margin:
                    self.worse(f"{name}: {measure} {found:.3f}, {elder} {before:.3f}, margin {times * margin:g}")
        return judged

    def lost(self, name: str, lines: Sequence[Line], judged: Mapping[str, Judged]) -> None:
        """Attacks that must stay caught: an elder blocks them, so the staged model must not allow them."""
        labels, ours = judged["staged"].labels, judged["staged"].energies
        for elder, times in self._elders():
            lost = [
                f"{name}/{line.get('id', k)}"
                for k, (line, _) in enumerate(lines)
                if labels[k] == "adversarial"
                and self.bands.decide(judged[elder].energies[k]) == "block"
                and self.bands.decide(ours[k]) == "allow"
            ]
            self.report.lost_attacks.setdefault(elder, []).extend(lost)
            if len(lost) > times * self.config.lost_attacks:
                self.worse(f"{name}: allows {len(lost)} attacks that the {elder} blocks, {', '.join(lost[:3])}")

    def tenants(self, held: Sequence[KeptCase], bands_of: Callable[[str], Bands], judged: Mapping[str, Judged]) -> None:
        """No tenant's compliant cases may be stopped more often, whatever the others gain.

        The report goes into a package, which names no tenant: it says of whom by the decision of the tenant's oldest case.
        """
        rows: dict[str, list[int]] = defaultdict(list)
        for k, case in enumerate(held):
            if case.verdict.label == "gold":
                rows[case.tenant].append(k)
        for tenant, own in rows.items():
            if len(own) < self.config.min_cases:
                continue
            cut = bands_of(tenant).review_at
            stopped = {role: float((np.array(each.energies)[own] >= cut).mean()) for role, each in judged.items()}
            whose = f"of decision {held[own[0]].decision_id}"
            self.report.tenants[whose] = {role: round(share, 4) for role, share in stopped.items()}
            for elder, times in self._elders():
                found, before = stopped["staged"], stopped[elder]
                if found > before + times * self.config.tenant_false_positives:
                    self.worse(f"the tenant {whose}: {found:.1%} of its compliant cases stopped, {elder} {before:.1%}")

    def time(self, lines: Sequence[Line]) -> None:
        """Milliseconds that a case takes, policies encoded. The parent alone is asked: a retraining leaves the graphs as large as they were."""
        timed = [case for _, case in lines[:TIMED_CASES]]
        best = {"staged": float("inf"), "parent": float("inf")}
        for _ in range(ROUNDS):
            for name in best:
                start = perf_counter()
                getattr(self, name).score(timed)
                best[name] = min(best[name], (perf_counter() - start) * 1e3 / len(timed))
        self.report.ms_per_case.update({name: round(value, 3) for name, value in best.items()})
        if best["staged"] > best["parent"] * (1 + self.config.slower):
            self.worse(f"{best['staged']:.1f} ms a case, parent {best['parent']:.1f} ms")

    def worse(self, where: str) -> None:
        self.report.worse.append(where)

    def _elders(self) -> Sequence[tuple[str, float]]:
        """Whom the staged model is held against, and how many times the margins it may be worse."""
        return [("parent", 1.0)] + ([("anchor", self.config.anchor_margins)] if self.anchor else [])

    def _says_something(self, judged: Judged, measure: str) -> bool:
        """Whether both sides of a measure have enough plans."""
        gold, attacks = judged.labels.count("gold"), judged.labels.count("adversarial")
        others = {"auc_any": len(judged.labels) - gold, "in_band_gold": gold}.get(measure, attacks)
        return min(gold, others) >= self.config.min_cases


@dataclass(frozen=True)
class QualityGate:
    """The fixed sets: generated held-out cases, the suites that the settings name, and the regression suite."""

    settings: Settings
    registry: Registry

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The gate of a registry.

        Raises:
            FileNotFoundError: a suite that the settings name is not there.
        """
        for path in settings.gate.suites:
            files(path)
        return cls(settings, registry_of(settings))

    def __call__(self, staged: Path, parent: Path) -> GateReport:
        """Judge a staged, sealed package against its parent and, where that is another one, its anchor."""
        comparison = self._comparison(staged, parent)
        for name, lines in self._sets():
            comparison.lost(name, lines, comparison.compare(name, lines))
            if name == GENERATED:
                comparison.time(lines)
        held = RegressionSuite(self.registry.root).latest(self.settings.gate.suite_cases)
        if held:
            judged = comparison.compare(REGRESSION, [_line(case) for case in held])
            comparison.tenants(held, self.settings.bands_of, judged)
        return comparison.report

    def _comparison(self, staged: Path, parent: Path) -> Comparison:
        anchor = Anchor.of(read_manifest(parent).version, self.registry)
        if anchor.missing:
            log.warning("compared with the parent alone", no_anchor=anchor.missing)
        return Comparison(
            self.settings.gate,
            self.settings.bands,
            Model.load(staged),
            Model.load(parent),
            anchor=Model.load(anchor.package) if anchor.package else None,
            report=GateReport(anchor=anchor.version, anchor_missing=anchor.missing),
        )

    def _sets(self) -> Iterator[tuple[str, list[Line]]]:
        config = self.settings.gate
        yield GENERATED, [(line, Case.model_validate(line)) for line in cases(seed=SEED, count=config.cases, split="test")]
        for path in config.suites:
            yield path.name, list(islice(chain.from_iterable(map(read_cases, files(path))), config.suite_cases))


def _line(held: KeptCase) -> Line:
    case = held.case.model_copy(update={"label": held.verdict.label, "violations": held.verdict.violations})
    return {"id": held.decision_id}, case
