"""The loop's experiments, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import numpy as np

from benchmarks.loop import learning, outliers, poisoning, stage
from benchmarks.loop.silencing import FRESH, JUDGED, traffic
from benchmarks.loop.stage import Stage
from gatling_core.registry import Registry, seal
from gatling_core.schemas import Label
from gatling_core.settings import Settings
from tests.conftest import make_entry
from trainer.minimal_pairs import repaired
from trainer.worker import RetrainReport


def test_the_model_that_was_tried_is_the_published_or_the_refused_one_or_none(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.Model, "load", lambda package: package.parent.name)
    queue: Any = None
    found = Stage(settings, queue, Registry(tmp_path / "registry"))
    assert found.tried(RetrainReport(outcome="rejected", reason="parity")) is None, "the gate has not seen it"
    staged = tmp_path / "staged"
    staged.mkdir()
    (staged / "energy.onnx").write_bytes(b"graph")
    seal(staged, version="v2", feature_version="1")
    found.registry.keep_rejected(staged)
    assert found.tried(RetrainReport(outcome="rejected", reason="auc")) == "rejected"
    found.registry.activate(found.registry.publish(staged, feature_version="1").version)
    assert found.tried(RetrainReport(outcome="published")) == "registry"


def test_shares_are_of_violations_and_of_compliant_cases() -> None:
    found = traffic(JUDGED, 1, 10, 0.5)
    bad = np.array([case.label != "gold" for case in found])
    assert learning._stopped(found, bad) == {
        "violations": int(bad.sum()), "violations_stopped": 1.0, "compliant": int((~bad).sum()), "compliant_stopped": 0.0,
    }  # fmt: skip
    gold = [case for case in found if case.label == "gold"]
    assert learning._stopped(gold, np.zeros(len(gold), bool)) == {"compliant": len(gold), "compliant_stopped": 0.0}


def test_the_other_words_share_no_tool_and_no_flag_with_the_judged_ones() -> None:
    def used(words: Any) -> set[str]:
        calls = [call for case in traffic(words, 3, 200, 0.5) for call in case.execution_plan.nodes]
        return {call.tool_name for call in calls} | {name for call in calls for name in call.arguments}

    assert used(JUDGED).isdisjoint(used(FRESH))


def test_a_verdict_names_the_flag_and_its_twin_without_it_is_mined() -> None:
    for case in traffic(JUDGED, 1, 40, 0.5):
        call = case.execution_plan.nodes[-1]
        silent = [name for name, value in call.arguments.items() if (name, value) in JUDGED.silent]
        assert [violation.argument for violation in learning._verdict(case).violations] == silent, case.label
        for plan in repaired(case):
            *before, twin = plan.nodes
            assert before == case.execution_plan.nodes[:-1]
            assert twin.arguments == {name: value for name, value in call.arguments.items() if name not in silent}
        assert bool(repaired(case)) == bool(silent)


def test_an_attacker_among_the_reviewers_flips_what_is_theirs_and_nothing_else() -> None:
    found = traffic(JUDGED, 1, 200, 0.5)
    assert [v.label for _, v in poisoning._judged(found, poisoning.SCENARIOS["honest"])] == [case.label for case in found]
    judged = poisoning._judged(found, poisoning.SCENARIOS["one of ten reviewers flips all"])
    flipped = {verdict.reviewer for case, verdict in judged if verdict.label != case.label}
    assert flipped == {"reviewer 0"}
    assert all(verdict.label != case.label for case, verdict in judged if verdict.reviewer == "reviewer 0")


def test_who_flips_all_is_called_an_outlier_and_who_is_honest_is_not() -> None:
    def row(number: int, energy: float, label: Label) -> outliers.Judged:
        return make_entry(number, energy=energy + number / 40), label

    rows = [row(number, 2.5, "gold") for number in range(40)] + [row(number, 6.5, "adversarial") for number in range(40)]
    found = {name: outliers.called(rows, odd, 30, 3) for name, odd in outliers.ODDITIES.items()}
    assert found["flips all"] == {"called": 1.0, "others_called": 0.0, "draws": 3}
    assert found["is as honest as the others"] == {"called": 0.0, "others_called": 0.0, "draws": 3}
    assert outliers.called(rows, outliers.ODDITIES["flips all"], 19, 1)["called"] == 0.0, "too few verdicts"


def test_worse_is_what_loses_more_than_the_margin_of_the_gate() -> None:
    before = dict.fromkeys(poisoning.MARGINS, 0.9) | {"violations_allowed": 0.1}
    after = before | {"auc": 0.9 - poisoning.MARGINS["auc"] - 0.01, "auc_any": 0.9 - poisoning.MARGINS["auc_any"] + 0.001}
    assert poisoning._worse(before, after) == {"auc": 0.02}
    assert poisoning._worse(after, before) == {}
