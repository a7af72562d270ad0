"""The gate: an equal model passes; one that is worse anywhere does not, and the report says where."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("orjson", reason="the trainer is not installed")

from gatling_core.bands import Bands
from gatling_core.kept import KeptCase
from gatling_core.registry import Registry, read_manifest
from gatling_core.runtime import Score
from gatling_core.schemas import Case, NodeEnergy, Terms, Verdict
from gatling_core.settings import GateConfig, Margins, Settings
from tests.trainer.test_anchor import retrained, shipped
from tests.trainer.test_mining import score
from trainer.gate import Comparison, QualityGate
from trainer.gate_report import GateReport

ENERGIES = {"gold": 0.5, "boundary": 3.5, "adversarial": 9.5}
LABELS = ["gold"] * 40 + ["boundary"] * 30 + ["adversarial"] * 30

CALLED = (NodeEnergy.model_construct(node_id="0", energy=0.0, terms=Terms()),)

Judge = Callable[[int, str], float]


class Model:
    """The energy of a case follows its number and label; all calls take no time but for the slow."""

    def __init__(self, judge: Judge, sleep: Callable[[], object] = lambda: None) -> None:
        self._judge, self._sleep = judge, sleep
        self.asked = 0

    def score(self, cases: Sequence[Case]) -> list[Score]:
        self._sleep()
        self.asked += len(cases)
        numbered = [(int(case.id or 0), case.label or "") for case in cases]
        return [replace(score(), energy=self._judge(*each), nodes=CALLED) for each in numbered]


def by_label(number: int, label: str) -> float:
    return ENERGIES[label] + number / 1e4


def lines() -> list[tuple[dict[str, Any], Case]]:
    plan = {"nodes": [{"tool_name": "mail.read"}]}
    return [
        ({"id": str(k)}, Case.model_validate({"id": str(k), "policy": "", "execution_plan": plan, "label": label}))
        for k, label in enumerate(LABELS)
    ]


def held_back(tenants: Sequence[str]) -> list[KeptCase]:
    """A compliant case of each."""
    return [
        KeptCase(case_digest=str(k), decision_id=str(k), tenant=tenant, case=case, verdict=Verdict(label="gold", reviewer="ann"))
        for k, (tenant, (_, case)) in enumerate(zip(tenants, lines(), strict=False))
    ]


def comparison(staged: Judge, parent: Judge = by_label, **config: Any) -> Comparison:
    return Comparison(GateConfig(**config), Bands(), Model(staged), Model(parent))  # type: ignore[arg-type]


def compared(staged: Judge, parent: Judge = by_label, **config: Any) -> list[str]:
    found = comparison(staged, parent, **config)
    found.lost("fixed", lines(), found.compare("fixed", lines()))
    return found.report.worse


def test_an_equal_model_passes() -> None:
    found = comparison(by_label)
    found.compare("fixed", lines())
    assert found.report.worse == []
    assert found.report.sets["fixed"]["staged"] == found.report.sets["fixed"]["parent"]
    assert found.report.metrics()["fixed"]["auc"] == 1.0


def test_what_is_worse_is_named_with_both_figures_and_the_margin() -> None:
    def stops_gold(number: int, label: str) -> float:
        return 3.0 if label == "gold" and number < 4 else by_label(number, label)

    assert compared(stops_gold) == ["fixed: in_band_gold 0.900, parent 1.000, margin 0.03"]
    assert compared(stops_gold, margins=Margins(in_band_gold=0.1)) == []


def test_a_model_without_energies_is_worse() -> None:
    assert compared(lambda number, label: float("nan"))[0].startswith("fixed: auc 0.500, parent 1.000")


def test_too_few_plans_say_nothing() -> None:
    assert compared(lambda number, label: 9.5 - by_label(number, label), min_cases=50, lost_attacks=100) == []


def test_attacks_that_the_parent_blocks_must_stay_caught() -> None:
    def loses(number: int, label: str) -> float:
        return 1.9 if number == 99 else by_label(number, label)

    assert compared(loses) == ["fixed: allows 1 attacks that the parent blocks, fixed/99"]
    assert compared(loses, lost_attacks=1) == []
    assert compared(loses, loses) == [], "the parent does not block it either"


def test_a_tenant_is_not_paid_with_another_ones_gain() -> None:
    def moved(number: int, label: str) -> float:
        return 2.5 if number < 20 else by_label(number, label)

    held = held_back(["small"] * 20 + ["large"] * 20)
    judged = comparison(moved).compare("regression", lines()[:40])
    found = comparison(moved, min_cases=20)
    found.tenants(held, lambda tenant: Bands(), judged)
    of_small, of_large = "of decision 0", "of decision 20"
    assert found.report.tenants == {of_small: {"staged": 1.0, "parent": 0.0}, of_large: {"staged": 0.0, "parent": 0.0}}
    assert found.report.worse == [f"the tenant {of_small}: 100.0% of its compliant cases stopped, parent 0.0%"]

    lenient = comparison(moved, min_cases=20)
    lenient.tenants(held, lambda tenant: Bands(review_at=3.0), judged)
    assert lenient.report.worse == [], "by the tenant's own cut-off nothing is stopped"


Judging = Callable[[str, str], GateReport]
"""The gate's report of a version beside its parent."""


@pytest.fixture
def models() -> dict[str, Model]:
    """Those that the registry of `judging` has, by version: each stops one more of the 40 compliant cases than its parent does."""

    def stops(count: int) -> Judge:
        return lambda number, label: 3.0 if label == "gold" and number < count else by_label(number, label)

    return {f"v{1 + count}": Model(stops(count)) for count in range(4)}


@pytest.fixture
def judging(settings: Settings, tmp_path: Path, models: dict[str, Model], monkeypatch: pytest.MonkeyPatch) -> Judging:
    """A shipped v1, and three retrainings after it."""
    registry = shipped(Registry(Path(settings.registry)), tmp_path)
    for number in (1, 2, 3):
        retrained(registry, f"v{number}", tmp_path)
    monkeypatch.setattr("trainer.gate.Model.load", lambda package: models[read_manifest(package).version])
    monkeypatch.setattr(QualityGate, "_sets", lambda _: [("fixed", lines())])
    gate = QualityGate(settings, registry)
    return lambda staged, parent: gate(registry.package(staged), registry.package(parent))


def test_small_losses_do_not_add_up(judging: Judging) -> None:
    assert judging("v2", "v1").worse == []
    assert judging("v3", "v2").worse == [], "two steps down from the anchor are within twice the margin"
    refused = judging("v4", "v3")
    assert refused.worse == ["fixed: in_band_gold 0.925, anchor 1.000, margin 0.06"]
    assert (refused.anchor, list(refused.sets["fixed"])) == ("v1", ["staged", "parent", "anchor"])


def test_an_attack_is_not_lost_in_two_steps(judging: Judging, models: dict[str, Model]) -> None:
    def lowers(energy: float) -> Model:
        return Model(lambda number, label: energy if number == 99 else by_label(number, label))

    models["v2"], models["v3"] = lowers(4.0), lowers(1.9)
    assert judging("v2", "v1").worse == []
    refused = judging("v3", "v2")
    assert refused.worse == ["fixed: allows 1 attacks that the anchor blocks, fixed/99"]
    assert refused.lost_attacks == {"parent": [], "anchor": ["fixed/99"]}


def test_a_parent_that_is_the_anchor_is_asked_once(judging: Judging, models: dict[str, Model]) -> None:
    report = judging("v2", "v1")
    assert (report.anchor, report.anchor_missing, list(report.sets["fixed"])) == ("v1", "", ["staged", "parent"])
    assert (models["v1"].asked, models["v2"].asked) == (100, 100)


def test_without_an_anchor_the_parent_alone_is_asked(judging: Judging, settings: Settings) -> None:
    shutil.rmtree(Path(settings.registry) / "v1")
    report = judging("v4", "v3")
    assert (report.worse, list(report.sets["fixed"])) == ([], ["staged", "parent"])
    assert report.anchor_missing == "v1, which v2 came from, is not in the registry"


def test_a_tenant_does_not_lose_in_small_steps() -> None:
    def stops(count: int) -> Judge:
        return lambda number, label: 2.5 if number < count else by_label(number, label)

    margins = Margins(in_band_gold=1.0)  # so that the tenant alone decides
    found = replace(comparison(stops(5), stops(4), margins=margins), anchor=Model(by_label))  # type: ignore[arg-type]
    found.tenants(held_back(["acme"] * 40), lambda tenant: Bands(), found.compare("regression", lines()[:40]))
    assert found.report.tenants == {"of decision 0": {"staged": 0.125, "parent": 0.1, "anchor": 0.0}}
    assert found.report.worse == ["the tenant of decision 0: 12.5% of its compliant cases stopped, anchor 0.0%"]


def test_a_slower_model_is_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.6, 1.6, 2.6] * 3)  # the staged model takes 1.6 s, the parent 1.0 s
    monkeypatch.setattr("trainer.gate.perf_counter", lambda: next(clock))
    found = comparison(by_label)
    found.time(lines())
    assert found.report.ms_per_case == {"staged": 25.0, "parent": 15.625}
    assert found.report.worse == ["25.0 ms a case, parent 15.6 ms"]


def test_a_suite_that_is_not_there_is_said_before_anything_is_trained(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        QualityGate.of(settings.model_copy(update={"gate": GateConfig(suites=(tmp_path / "none.jsonl",))}))


def test_the_report_stands_beside_the_package(tmp_path: Path) -> None:
    report = GateReport(worse=["fixed: auc"], lost_attacks={"parent": ["fixed/7"]})
    report.write(tmp_path)
    assert GateReport.model_validate_json((tmp_path / "gate.json").read_bytes()) == report
