"""Policies written by hand: each pair differs in the one thing that it says, and the shares are of the pairs."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn", reason="the tools of development are not installed")

from benchmarks.written.pairs import PARTS, SETS, pairs, written
from gatling_core.settings import ROOT


@pytest.mark.parametrize("name", SETS)
def test_a_pair_differs_in_one_thing(name: str) -> None:
    found = list(pairs(name))
    assert len({policy for policy, _, _ in found}) >= 12
    for _, _, (kept, broken) in found:
        assert kept.policy == broken.policy
        assert kept.request == broken.request
        plans = kept.execution_plan != broken.execution_plan
        assert [kept.user_role != broken.user_role, kept.context != broken.context, plans].count(True) == 1


def test_every_pair_has_a_line_and_every_part_its_share() -> None:
    lines = list(written(ROOT / "shipped"))
    for name in SETS:
        own = [line for line in lines if line["set"] == name]
        each, shares = own[: -len(PARTS) - 1], {line["differs"]: line for line in own[-len(PARTS) - 1 :]}
        ordered = [line["ordered"] for line in each]
        assert shares["all"]["pairs"] == len(ordered) == sum(shares[part]["pairs"] for part in PARTS)
        assert shares["all"]["ordered"][0] == round(sum(ordered) / len(ordered), 3)
