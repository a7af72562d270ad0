"""A limit against one more than it: the pairs are what they say, and the shares are of them."""

from __future__ import annotations

import re
from itertools import islice

import pytest

pytest.importorskip("sklearn", reason="the tools of development are not installed")

from benchmarks import limits
from benchmarks.limits import KINDS
from gatling_core.schemas import Case
from gatling_core.settings import ROOT
from trainer.contrasts import EDGE


def test_a_pair_differs_by_one_in_one_number() -> None:
    for kind, low, high in islice(limits._pairs(), 12):
        assert kind in KINDS
        assert (low.label, high.label) == ("gold", "boundary")
        assert {violation.kind for violation in high.violations or ()} == {EDGE}
        assert (low.policy, low.user_role) == (high.policy, high.user_role)
        steps = [int(b) - int(a) for a, b in zip(_digits(low), _digits(high), strict=True) if a != b]
        assert steps == [1]


def test_every_kind_and_all_of_them_have_a_share() -> None:
    found = {line["differs"]: line for line in limits.limits(ROOT / "shipped", pairs=12)}
    assert found["all"]["pairs"] == 12 == sum(found[kind]["pairs"] for kind in KINDS if kind in found)
    share, low, high = found["all"]["ordered"]
    assert 0 <= low <= share <= high <= 1


def _digits(case: Case) -> list[str]:
    """Every run of digits in the arguments, in order."""
    return re.findall(r"\d+", str([node.arguments for node in case.execution_plan.nodes]))
