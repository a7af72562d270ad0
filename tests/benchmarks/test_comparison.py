"""The comparison: readers of the same cases, each with its intervals; what is withheld is really gone."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

pytest.importorskip("sklearn", reason="the tools of development are not installed")

from benchmarks.comparison import WITHHELD, comparison
from gatling_core.schemas import Case
from gatling_core.settings import ROOT
from trainer.generator.cases import cases


def test_every_reader_has_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(case) for case in cases(seed=8, count=96, split="test")))
    found = {line["reader"]: line for line in comparison(ROOT / "shipped", [path], trained_on=160, most=96)}
    assert set(found) == {"calls", "influence", "orders", "trees", "model", *(f"model without {name}" for name in WITHHELD)}
    for line in found.values():
        figure, low, high = line["auc"]
        assert 0 <= low <= figure <= high <= 1
    assert found["model"] != {**found["model without request"], "reader": "model"}


def test_what_is_withheld_is_gone() -> None:
    case = next(case for line in cases(seed=8, count=160) if (case := Case.model_validate(line)).tools and case.request)
    assert WITHHELD["request"](case).request == ""
    assert WITHHELD["policy"](case).policy == ""
    assert WITHHELD["descriptions"](case).tools == []
    assert all(node.output is None for node in WITHHELD["outputs"](case).execution_plan.nodes)
    bare = WITHHELD["provenance"](case).execution_plan.nodes
    assert all(node.influence is None and node.provenance_tier is None and node.argument_provenance is None for node in bare)
