from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatling_core.bands import Bands


@pytest.mark.parametrize(
    ("energy", "decision", "queued"),
    [
        (0.0, "allow", False),
        (1.999_999, "allow", False),
        (2.0, "review", True),
        (5.999_999, "review", True),
        (6.0, "block", True),
        (8.0, "block", True),
        (8.000_001, "block", False),
        (1e30, "block", False),
    ],
)
def test_cut_offs_of_the_design(energy: float, decision: str, queued: bool) -> None:
    bands = Bands()
    assert (bands.decide(energy), bands.queues(energy)) == (decision, queued)


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 100), st.floats(0, 100))
def test_without_grounds_nothing_is_allowed_and_everything_is_queued(energy: float, a: float, b: float) -> None:
    bands = Bands(review_at=min(a, b), block_at=max(a, b))
    doubted = bands.decide(energy, ["no_request"])
    assert doubted == {"allow": "review"}.get(bands.decide(energy), bands.decide(energy))
    assert bands.queues(energy, ["no_request"])


def test_a_tenant_may_go_by_the_energy_alone() -> None:
    bands = Bands(review_without_grounds=False)
    assert (bands.decide(0.1, ["no_request"]), bands.queues(0.1, ["no_request"])) == ("allow", False)


@pytest.mark.parametrize("energy", [math.nan, math.inf, -math.inf, -1e-9])
def test_what_is_no_energy_is_never_an_allow(energy: float) -> None:
    assert Bands().decide(energy) == "block"
    assert not Bands().queues(energy)


@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(0, 100), st.floats(0, 100))
def test_never_allows_at_or_above_the_cut(energy: float, a: float, b: float) -> None:
    bands = Bands(review_at=min(a, b), block_at=max(a, b))
    if bands.decide(energy) == "allow":
        assert 0 <= energy < bands.review_at


@pytest.mark.parametrize(
    "wrong", [{"review_at": 7.0}, {"review_at": -1.0}, {"queue_to": math.inf}, {"block_at": math.nan}, {"queue_from": 9.0}]
)
def test_cut_offs_out_of_order_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="bands need"):
        Bands(**wrong)
