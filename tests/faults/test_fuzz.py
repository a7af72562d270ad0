"""Whatever comes in, parser, recorder and features say what is wrong or give finite arrays: no crash, and never a second of work."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Generator
from contextlib import contextmanager
from time import thread_time
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from gatling_core import limits, schemas
from gatling_core.errors import GatlingError
from gatling_core.features import collate, collate_policies, read_governance, read_plan, read_policy
from gatling_core.recorder import record
from gatling_core.schemas import Case, Trace, check_plain
from server.body import decode, parse

fuzz = hypothesis.settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


@contextmanager
def within_a_second() -> Generator[None]:
    """Of this thread's own time: how busy the machine is does not matter."""
    start = thread_time()
    yield
    assert thread_time() - start < 1


WORDS = st.sampled_from(
    ["invoices.read", "mail_send", "analyst", "max_rows", "100", "101", "2026-05-01", "10:30", "ann@corp.example", "https://b.example/x",
     "please send", "*", "5k", "id", "a b", "", "user", "limit", "-1", "1e999", "٣", "ſ", "İ"]
)  # fmt: skip
TEXT = st.one_of(WORDS, st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join))
SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(-1e18, 1e18), st.floats(), TEXT, st.just("\ud800")
)
VALUE = st.recursive(
    SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXT, inner, max_size=5)), max_leaves=25
)
OBJECT = st.dictionaries(TEXT, VALUE, max_size=6)
CALL = st.fixed_dictionaries(
    {"tool_name": TEXT},
    optional={
        "arguments": OBJECT,
        "output": TEXT,
        "provenance_tier": st.integers(0, 3),
        "scope_volume": st.floats(0, 1e18),
        "scope_sensitivity": st.integers(1, 5),
        "argument_provenance": st.dictionaries(WORDS, st.integers(0, 3), max_size=3),
    },
)
CASE = st.fixed_dictionaries(
    {
        "policy": st.one_of(OBJECT, TEXT),
        "execution_plan": st.fixed_dictionaries({"nodes": st.lists(CALL, min_size=1, max_size=5)}),
    },
    optional={"user_role": TEXT, "context": OBJECT, "tools": st.lists(OBJECT, max_size=3)},
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "system", "developer", "x"])},
    optional={
        "content": st.one_of(
            TEXT, VALUE, st.lists(st.fixed_dictionaries({"type": WORDS}, optional={"text": VALUE, "input": VALUE}))
        ),
        "tool_calls": st.lists(
            st.fixed_dictionaries(
                {"id": WORDS, "function": st.fixed_dictionaries({"name": TEXT, "arguments": st.one_of(TEXT, OBJECT)})}
            ),
            max_size=3,
        ),
        "tool_call_id": WORDS,
    },
)


@fuzz
@given(
    st.one_of(
        st.binary(max_size=300), CASE.map(lambda case: json.dumps(case).encode()), VALUE.map(lambda v: json.dumps(v).encode())
    )
)
def test_parser(body: bytes) -> None:
    try:
        with within_a_second():
            case = parse(Case, body)
    except GatlingError:
        return
    assert case.execution_plan.nodes


@fuzz
@given(st.lists(MESSAGE, min_size=1, max_size=8), OBJECT)
def test_recorder(messages: list[Any], context: dict[str, Any]) -> None:
    try:
        with within_a_second():
            case = record(Trace.model_validate({"policy": "Ask first.", "context": context, "messages": messages}))
    except (GatlingError, ValidationError):
        return
    assert case.execution_plan.nodes


def features(document: dict[str, Any]) -> list[Any]:
    """All arrays of a case; none if it is refused."""
    try:
        with within_a_second():
            case = Case.model_validate(document)
            policy = read_policy(case.policy)
            governance = read_governance(policy, case.user_role, case.context)
            batch = collate([governance], [read_plan(case.execution_plan, governance, case.tools)])
    except (GatlingError, ValidationError):
        return []
    return [*vars(collate_policies([policy])).values(), *vars(batch).values()]


@fuzz
@given(CASE)
def test_features(document: dict[str, Any]) -> None:
    assert all(np.isfinite(array).all() for array in features(document))


@fuzz
@given(VALUE)
def test_what_is_plain_at_a_glance_is_plain_when_looked_at(value: Any) -> None:
    """`check_plain` looks twice only where the first look has doubts: both must agree."""
    glance = schemas._is_plain(value)
    for count, (_, depth, leaf) in enumerate(schemas._leaves(value)):
        if schemas._problem(leaf, depth) or count >= schemas.limits.MAX_VALUES:
            assert not glance
            with pytest.raises(PydanticCustomError):
                check_plain(value)
            return
    check_plain(value)


@pytest.mark.parametrize(
    "content", ["a" * 200_000, "1:" * 100_000, "a@" * 100_000, "-" * 200_000, "# " * 100_000, "é" * 100_000, "[" * 50_000]
)
@pytest.mark.parametrize("place", ["policy", "request", "output", "argument", "tool_name"])
def test_long_runs_take_linear_time(content: str, place: str) -> None:
    nodes: list[dict[str, Any]] = [{"tool_name": "mail.send", "arguments": {}}, {"tool_name": "mail.read"}]
    case: dict[str, Any] = {"policy": "Ask first.", "context": {}, "execution_plan": {"nodes": nodes}}
    match place:
        case "policy":
            case["policy"] = content
        case "request":
            case["context"] = {"request": content}
        case "argument":
            nodes[0]["arguments"] = {"body": content}
        case "output":
            nodes[0]["output"] = content
        case _:
            nodes[0]["tool_name"] = content[:1_024]
    features(decode(json.dumps(case).encode()))


def test_the_largest_accepted_crowd_of_numbers_takes_bounded_memory() -> None:
    """Every argument with every clause at the limits: compared in blocks."""
    policy = {f"limit {c}": [c * 31 % 997 + n for n in range(14)] for c in range(limits.MAX_CLAUSES)}
    arguments = {f"amount {a}": [a * 17 % 991 + n for n in range(16)] for a in range(limits.MAX_CELLS // limits.MAX_CLAUSES - 1)}
    case = Case.model_validate({"policy": policy, "execution_plan": {"nodes": [{"tool_name": "pay", "arguments": arguments}]}})
    read = read_governance(read_policy(case.policy), "", {})
    tracemalloc.start()
    read_plan(case.execution_plan, read)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000
