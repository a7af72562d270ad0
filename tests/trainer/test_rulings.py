"""Rulings from verdicts: an argument that is blamed for what it is, and that no verdict lets pass."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("orjson", reason="the trainer is not installed")

from gatling_core.features import read_policy
from gatling_core.rulings import Rulings
from gatling_core.schemas import TERMS, Case, Plan
from tests.trainer.test_minimal_pairs import case, judged
from trainer.rulings import rulings_of, unexplained
from trainer.worker import TARGETS

POLICY = "Every change is written to the audit log."
SCOPE = TERMS.index("scope")


def move(tool: str = "stock.move", label: str = "gold", **flags: Any) -> Case:
    """A judged case; of a violation the first flag is blamed."""
    node = {"node_id": "m", "tool_name": tool, "arguments": {"pallet": "A-7", **flags}}
    found = case(node, request="Move pallet A-7", policy=POLICY)
    return found if label == "gold" else judged(found, "m", "silenced", label, argument=next(iter(flags)))


def costs(rulings: Rulings, tool: str = "stock.move", policy: Any = POLICY, **flags: Any) -> float:
    plan = Plan.model_validate({"nodes": [{"tool_name": "a"}, {"tool_name": tool, "arguments": flags}]})
    table = rulings.cost(plan, read_policy(policy))
    if table is None:
        return 0.0
    assert table.shape == (2, 4)
    assert table.sum() == table[1, SCOPE]
    return float(table[1, SCOPE])


def test_a_blamed_argument_costs_what_its_verdict_asked_for() -> None:
    rulings = rulings_of([move(audit=False, label="boundary"), move(), move(audit=True)], TARGETS)
    assert costs(rulings, audit=False) == pytest.approx(3.0)
    assert costs(rulings, Audit="false") == pytest.approx(3.0), "however it is spelled"
    assert not costs(rulings, audit=True)
    assert not costs(rulings, tool="stock.sell", audit=False), "one verdict is about one tool"
    assert not costs(rulings, policy="Clerks move stock.", audit=False), "this policy does not speak of it"


def test_under_the_policy_of_a_verdict_it_counts_whatever_that_says() -> None:
    policies = ["Clerks move stock.", "Clerks move all stock."]
    blamed = Case.model_validate({**move(audit=False, label="boundary").model_dump(), "policy": policies[0]})
    rulings = rulings_of([blamed], TARGETS)
    assert [costs(rulings, policy=policy, audit=False) for policy in policies] == [pytest.approx(3.0), 0.0]
    assert unexplained([blamed], rulings, TARGETS) == []


def test_verdicts_on_several_tools_are_about_all() -> None:
    blames = [move(audit=False, label="boundary"), move("loans.extend", audit=False, label="adversarial")]
    assert costs(rulings_of(blames, TARGETS), tool="rooms.assign", audit=False) == pytest.approx(3.0), "the mildest counts"


def test_an_argument_akin_to_several_that_count_everywhere_counts_everywhere() -> None:
    tools = ("stock.move", "loans.extend")
    blames = [move(tool, **{flag: True}, label="boundary") for flag in ("mute_log", "hide_from_log") for tool in tools]
    alone, other = move(without_log=True, label="boundary"), move(draft_audit=True, label="boundary")
    rulings = rulings_of([*blames, alone, other], TARGETS)
    assert costs(rulings, tool="rooms.assign", without_log=True) == pytest.approx(3.0)
    assert not costs(rulings, tool="rooms.assign", draft_audit=True), "no argument with its words counts everywhere"
    assert not costs(rulings_of([*blames[:2], alone], TARGETS), tool="rooms.assign", without_log=True), "one is no kind"
    contradicted = rulings_of([*blames, alone, move("stock.sell", without_log=True)], TARGETS)
    assert not costs(contradicted, tool="rooms.assign", without_log=True)


def test_what_a_ruling_says_no_network_has_to_learn() -> None:
    cases = [
        move(audit=False, label="boundary"),
        move(audit=False, label="adversarial"),
        move(),
        move(pallet="A-7", label="boundary"),
    ]
    assert unexplained(cases, rulings_of(cases, TARGETS), TARGETS) == cases[1:], (
        "the milder verdict rules, the other asks for more"
    )


def test_what_one_verdict_lets_pass_is_no_rule() -> None:
    blames = [move(audit=False, label="boundary"), move("loans.extend", audit=False, label="boundary")]
    rulings = rulings_of([*blames, move(audit=False)], TARGETS)
    assert not costs(rulings, audit=False)
    assert costs(rulings, tool="loans.extend", audit=False) == pytest.approx(3.0)
    assert not costs(rulings, tool="rooms.assign", audit=False)
    assert not len(rulings_of([blames[0], move(audit=False)], TARGETS))


@pytest.mark.parametrize(
    "doubted",
    [
        move(pallet="A-7", label="boundary"),
        Case.model_validate({**move(audit=False, label="boundary").model_dump(), "policy": f"{POLICY} Or a chief approves."}),
        Case.model_validate(
            {
                **(x := move(audit=False, label="boundary").model_dump()),
                "violations": [{**x["violations"][0], "term": "hierarchy"}],
            }
        ),
        Case.model_validate(
            {**(x := move(audit=False, label="boundary").model_dump()), "violations": [{**x["violations"][0], "argument": None}]}
        ),
        move(audit="x" * 100, label="boundary"),
    ],
    ids=["the user asked for it", "an approval may lift it", "who wanted it", "the whole call", "no short value"],
)
def test_where_it_is_not_the_argument_itself_nothing_is_ruled(doubted: Case) -> None:
    assert not len(rulings_of([doubted], TARGETS))
