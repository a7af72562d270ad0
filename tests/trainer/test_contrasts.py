import pytest

from gatling_core.schemas import Case
from trainer.contrasts import likeness, pairs


def of(policy="p", role="clerk", request="pay 10", amount=10, label="gold", kind="", **context):
    plan = {"nodes": [{"tool_name": "pay", "arguments": {"amount": amount, "note": ["x", True]}}]}
    case = Case.model_validate(
        {
            "policy": policy, "user_role": role, "context": {"request": request, **context}, "execution_plan": plan, "label": label, "kind": kind,
        }
    )  # fmt: skip
    return case, policy


def found(*cases):
    return pairs(
        [likeness(case, policy) for case, policy in cases],
        [case.label == "gold" for case, _ in cases],
        [case.kind for case, _ in cases],
    )


@pytest.mark.parametrize(
    ("part", "other"), [("policy", {"policy": "q"}), ("role", {"role": "guest"}), ("request", {"request": "nothing"})]
)
def test_a_pair_differs_in_one_thing(part, other):
    apart = found(of(), of(label="boundary", **other))
    assert apart.pop(part) == [(0, 1)]
    assert not any(apart.values())


def test_two_things_or_none_make_no_pair():
    assert not any(found(of(), of(label="boundary")).values())
    assert not any(found(of(), of(label="boundary", policy="q", role="guest")).values())
    assert not any(found(of(), of(label="boundary", policy="q", department="x")).values())
    assert not any(found(of(), of(label="gold", policy="q")).values())


@pytest.mark.parametrize(("amount", "some"), [(10.01, True), (11, True), (12, False), (9, False), (10, False)])
def test_a_pair_around_a_limit_is_at_most_one_apart(amount, some):
    over = of(amount=amount, label="boundary", kind="numeric_edge")
    assert bool(found(of(), over)["limit"]) is some


def test_a_pair_around_a_limit_may_be_asked_for_and_must_break_the_limit():
    assert found(of(), of(amount=11, request="pay 11", label="boundary", kind="numeric_edge"))["limit"] == [(0, 1)]
    assert not found(of(), of(amount=11, label="boundary", kind="wrong_value"))["limit"]
    assert not found(of(), of(amount=11, policy="q", label="boundary", kind="numeric_edge"))["limit"]
