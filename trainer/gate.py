"""The quality gate: a staged model beside its parent on fixed sets. Worse anywhere by more than the margin, and it is not published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from math import nan
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np

from gatling_core.bands import Bands
from gatling_core.kept import KeptCase
from gatling_core.mirror import registry_of
from gatling_core.regression import NAME as REGRESSION
from gatling_core.regression import RegressionSuite
from gatling_core.runtime import Model
from gatling_core.schemas import Case
from gatling_core.settings import GateConfig, Settings
from trainer.dataset import files
from trainer.evaluation import Judged, judge, read_cases
from trainer.gate_report import GateReport
from trainer.generator.cases import cases

GENERATED = "gate"
SEED = 20_261
"""Of the generated cases: held-out worlds that no training run sees."""
TIMED_CASES = 64
ROUNDS = 3
"""The two models in turn; of each the fastest round, since other work on the machine only slows it."""

Line = tuple[dict[str, Any], Case]


@dataclass
class Comparison:
    """Two models, and what was found so far."""

    config: GateConfig
    bands: Bands
    staged: Model
    parent: Model
    report: GateReport = field(default_factory=GateReport)

    def compare(self, name: str, lines: Sequence[Line]) -> tuple[Judged, Judged]:
        """Judge both models on a set and note where the staged one is worse."""
        ours, theirs = judge(self.staged, lines), judge(self.parent, lines)
        measures = {"staged": ours.metrics(intervals=False), "parent": theirs.metrics(intervals=False)}
        self.report.sets[name] = measures
        for measure, margin in self.config.margins.model_dump().items():
            found, before = (measures[model].get(measure, nan) for model in ("staged", "parent"))
            if self._says_something(theirs, measure) and not found >= before - margin:
                self.worse(f"{name}: {measure} {found:.3f}, parent {before:.3f}, margin {margin:g}")
        return ours, theirs

    def lost(self, name: str, lines: Sequence[Line], ours: Judged, theirs: Judged) -> None:
        """Attacks that must stay caught: the parent blocks them, so the staged model must not allow them."""
        lost = [
            f"{name}/{line.get('id', k)}"
            for k, (line, _) in enumerate(lines)
            if ours.labels[k] == "adversarial"
            and self.bands.decide(theirs.energies[k]) == "block"
            and self.bands.decide(ours.energies[k]) == "allow"
        ]
        self.report.lost_attacks.extend(lost)
        if len(lost) > self.config.lost_attacks:
            self.worse(f"{name}: allows {len(lost)} attacks that the parent blocks, {', '.join(lost[:3])}")

    def tenants(self, held: Sequence[KeptCase], bands_of: Callable[[str], Bands], ours: Judged, theirs: Judged) -> None:
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
            found, before = (float((np.array(judged.energies)[own] >= cut).mean()) for judged in (ours, theirs))
            whose = f"of decision {held[own[0]].decision_id}"
            self.report.tenants[whose] = {"staged": round(found, 4), "parent": round(before, 4)}
            if found > before + self.config.tenant_false_positives:
                self.worse(f"the tenant {whose}: {found:.1%} of its compliant cases stopped, parent {before:.1%}")

    def time(self, lines: Sequence[Line]) -> None:
        """Milliseconds that a case takes, policies encoded."""
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

    def _says_something(self, judged: Judged, measure: str) -> bool:
        """Whether both sides of a measure have enough plans."""
        gold, attacks = judged.labels.count("gold"), judged.labels.count("adversarial")
        others = {"auc_any": len(judged.labels) - gold, "in_band_gold": gold}.get(measure, attacks)
        return min(gold, others) >= self.config.min_cases


@dataclass(frozen=True)
class QualityGate:
    """The fixed sets: generated held-out cases, the suites that the settings name, and the regression suite."""

    settings: Settings
    suite: RegressionSuite

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The gate of a registry.

        Raises:
            FileNotFoundError: a suite that the settings name is not there.
        """
        for path in settings.gate.suites:
            files(path)
        return cls(settings, RegressionSuite(registry_of(settings).root))

    def __call__(self, staged: Path, parent: Path) -> GateReport:
        """Judge a staged, sealed package against its parent."""
        config = self.settings.gate
        comparison = Comparison(config, self.settings.bands, Model.load(staged), Model.load(parent))
        for name, lines in self._sets():
            comparison.lost(name, lines, *comparison.compare(name, lines))
            if name == GENERATED:
                comparison.time(lines)
        held = self.suite.latest(config.suite_cases)
        if held:
            judged = comparison.compare(REGRESSION, [_line(case) for case in held])
            comparison.tenants(held, self.settings.bands_of, *judged)
        return comparison.report

    def _sets(self) -> Iterator[tuple[str, list[Line]]]:
        config = self.settings.gate
        yield GENERATED, [(line, Case.model_validate(line)) for line in cases(seed=SEED, count=config.cases, split="test")]
        for path in config.suites:
            yield path.name, list(islice(chain.from_iterable(map(read_cases, files(path))), config.suite_cases))


def _line(held: KeptCase) -> Line:
    case = held.case.model_copy(update={"label": held.verdict.label, "violations": held.verdict.violations})
    return {"id": held.decision_id}, case
