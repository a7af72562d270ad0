from time import perf_counter

import numpy as np
import pytest

from gatling_core import text
from gatling_core.features import read_governance, read_plan, read_policy
from gatling_core.features.plan import ENTITLEMENT, ORIGIN
from gatling_core.features.records import LONGEST_OUTPUT, MAX_RECORDS, read_records, states
from gatling_core.features.relations import PARTLY, RULE, SPEAKS, STATED, read_call, relate
from gatling_core.schemas import Case, ToolCall

ORDERS = [
    {"order_id": "W17", "buyer": "Ann Lee", "status": "pending"},
    {"order_id": "W18", "buyer": "Bo Kim", "status": "shipped"},
]
FORMS = {
    "JSON": '[{"order_id": "W17", "buyer": "Ann Lee", "status": "pending"}, {"order_id": "W18", "buyer": "Bo Kim", "status": "shipped"}]',
    "JSON with more around it": '{"orders": [{"order_id": "W17", "buyer": "Ann Lee", "status": "pending"}, {"order_id": "W18", "buyer": "Bo Kim", "status": "shipped"}]}',
    "Python": str(ORDERS),
    "YAML": "- order_id: W17\n  buyer: Ann Lee\n  status: pending\n- order_id: W18\n  buyer: Bo Kim\n  status: shipped",
    "CSV": "order_id,buyer,status\nW17,Ann Lee,pending\nW18,Bo Kim,shipped",
    "a table": "| order_id | buyer | status |\n| W17 | Ann Lee | pending |\n| W18 | Bo Kim | shipped |",
    "XML": "<order><order_id>W17</order_id><buyer>Ann Lee</buyer><status>pending</status></order>"
    "<order><order_id>W18</order_id><buyer>Bo Kim</buyer><status>shipped</status></order>",
    "a log": 'order_id=W17 buyer="Ann Lee" status=pending\norder_id=W18 buyer="Bo Kim" status=shipped',
    "paragraphs": "order_id: W17\nbuyer: Ann Lee\nstatus: pending\n\norder_id: W18\nbuyer: Bo Kim\nstatus: shipped",
}
POLICY = "Orders are cancelled only if their status is pending. Be kind."


def words(said):
    return frozenset(text.word_ids(said))


@pytest.mark.parametrize("form", FORMS)
def test_records_are_found_in_whatever_form_a_tool_gives_them(form):
    found = {name: record for record in read_records(FORMS[form]) for name in ("W17", "W18") if text.value_id(name) in record.ids}
    for name, buyer, status in (("W17", "Ann Lee", "pending"), ("W18", "Bo Kim", "shipped")):
        assert words(buyer) <= found[name].words
        assert (words("status"), words(status)) in found[name].states


@pytest.mark.parametrize(
    "output",
    [
        "<a>" * 33_000,
        "\n" * 100_000,
        'a="' * 33_000,
        "[" * 100_000,
        "{'a':" * 20_000,
        "x: " * 33_000,
        "\n- " * 33_000,
        "[1," * 5_000,
        "\\d'" * 9,
    ],
)
def test_no_output_takes_long_to_read(output):
    start = perf_counter()
    assert len(read_records(output)) <= MAX_RECORDS
    assert perf_counter() - start < 2


def test_what_lies_beyond_the_longest_output_is_not_read():
    assert not any(text.value_id("W17") in record.ids for record in read_records(" x" * LONGEST_OUTPUT + FORMS["a log"]))


def plan_of(request, order, output=FORMS["JSON"], policy=POLICY):
    case = Case.model_validate(
        {
            "policy": policy,
            "user_role": "clerk",
            "context": {"request": request},
            "execution_plan": {
                "nodes": [
                    {"node_id": "a", "tool_name": "list_orders", "arguments": {}, "output": output},
                    {"node_id": "b", "tool_name": "cancel_order", "arguments": {"order_id": order}},
                ],
                "edges": [["a", "b"]],
            },
        }
    )
    return read_plan(case.execution_plan, read_governance(read_policy(case.policy), case.user_role, case.context), case.tools)


@pytest.mark.parametrize("form", FORMS)
def test_a_call_that_acts_on_another_record_than_the_request_speaks_of_is_told(form):
    asked, other, named = (
        plan_of(request, "W18", FORMS[form]).node_feats[1, ORIGIN.start : ORIGIN.start + 3].tolist()
        for request in ("Cancel the order of Bo Kim", "Cancel the order of Ann Lee", "Cancel W18; that of Ann Lee stays")
    )
    assert asked == pytest.approx([1, 0, 2 / 3])
    assert other == [1, 1, 0]
    assert named[:2] == [1, 0], "the user named it outright"


def test_what_only_an_output_names_and_what_nothing_names_are_told_apart():
    share = [plan_of(f"Cancel {asked}", order).node_feats[1, ORIGIN.start + 3 : ORIGIN.stop].tolist() for asked, order in
             (("order W17", "W17"), ("the order of Ann Lee", "W17"), ("the order of Ann Lee", "tabby"))]  # fmt: skip
    assert share == [[0, 0, 0], [0, 0, 1], [1, 1, 0]]


def test_a_clause_that_names_the_state_of_the_record_is_told_whether_it_is_in_that_state():
    pending, shipped = (plan_of("Cancel it", order).pair[1, :, STATED].tolist() for order in ("W17", "W18"))
    assert pending == [[1, 0], [0, 0]]
    assert shipped == [[0, 1], [0, 0]]
    assert not states([], read_policy(POLICY)).any()


def test_a_list_that_holds_some_of_what_an_argument_names_tells_of_the_rest():
    policy = read_policy({"clerk": {"columns": ["name", "city"]}, "other": ["fee"]})
    calls = [
        ToolCall(node_id="n", tool_name="read", arguments={"columns": columns, "limit": 9})
        for columns in (["name", "city"], ["name", "fee"], ["x", "y"])
    ]
    rows = [relation.rows[:, PARTLY].tolist() for relation in relate([read_call(call, "") for call in calls], policy)]
    assert rows == [[0, 0], [0.5, 0.5], [0, 0]]


def test_what_no_clause_but_one_for_another_role_holds_is_counted_in_the_whole_plan():
    policy = read_policy({"roles": {"clerk": {"columns": ["name", "city"]}, "auditor": {"columns": ["name", "fee"]}}})
    governance = read_governance(policy, "clerk", {})
    case = Case.model_validate({"policy": {"a": 1}, "user_role": "clerk", "context": {}, "execution_plan": {"edges": [], "nodes": [
        {"node_id": str(k), "tool_name": "read", "arguments": {"columns": columns}} for k, columns in enumerate((["name", "city"], ["name", "fee"], ["name", "x"]))
    ]}})  # fmt: skip
    feats = read_plan(case.execution_plan, governance, ()).node_feats[:, ENTITLEMENT.stop - 4 : ENTITLEMENT.stop]
    assert feats.tolist() == [[0, 0, 0, 0], [0, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0]]


def test_the_condition_of_a_statement_knows_how_its_actions_speak_of_a_call():
    policy = read_policy(
        {
            "Statement": [
                {"Effect": "Allow", "Action": ["orders.cancel", "a.b", "c.d", "e.f", "g.h"], "Condition": {"on_duty": True}},
                {"Effect": "Allow", "Action": ["mail.send"]},
            ]
        }
    )
    rows = relate([read_call(ToolCall(node_id="n", tool_name="orders.cancel", arguments={}), "")], policy)[0].rows
    condition = policy.titles.index(next(title for title in policy.titles if title.endswith("on_duty")))
    assert rows[condition, SPEAKS] < 0.5
    assert rows[condition, RULE].tolist() == [1, 1]
    other = policy.named.index(frozenset([text.value_id("mail.send")]))
    assert rows[other, RULE][1] == 0
    assert np.all(rows[:, RULE.start] >= rows[:, SPEAKS])
