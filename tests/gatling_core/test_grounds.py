from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from gatling_core import text
from gatling_core.errors import PackageRejected
from gatling_core.features import read_governance, read_plan, read_policy
from gatling_core.grounds import DOUBTED, FILE, SHARED, Grounds, Words, grounds_of, is_disguised, words_of
from gatling_core.schemas import REASONS, Case, Reason

POLICY = "Clerks may read invoices of the last year. Mail goes to nobody outside the company."
TRAINED = f"{POLICY} roles clerk tools max rows send mail list invoices show me your newest invoice please"
WORDS = Words(frozenset(text.word_ids(TRAINED)), frozenset(text.word_ids("calculate ponder usuario")))


def call(tool: str = "invoices.list", **fields: Any) -> dict[str, Any]:
    return {"tool_name": tool, "arguments": {"year": 2026}, "provenance_tier": 1, **fields}


def grounds(*nodes: dict[str, Any], words: Words | None = WORDS, request: str = "Show me the invoices", **case: Any) -> Grounds:
    plan = {"nodes": list(nodes or [call()])}
    made = Case.model_validate({"policy": POLICY, "context": {"request": request}, "execution_plan": plan, **case})
    governance = read_governance(read_policy(made.policy), made.user_role, made.context)
    return grounds_of(made, governance, read_plan(made.execution_plan, governance, made.tools), words)


def test_an_ordinary_case_has_ground() -> None:
    found = grounds()
    assert found.reasons == ()
    assert found.uncertainty < DOUBTED


@pytest.mark.parametrize(
    "policy",
    [
        "",
        {},
        "%%% 1234 5678",
        {"a": 1, "b": [2, 3]},
        "Blorf wibble nack grint. Frobnicate the snork when zarl is glim!",
        {"qwxz": {"frblk": ["snork", "zarl"]}, "vbnt": 12},
        "Der Benutzer darf nur seine eigenen Rechnungen lesen. Daten dürfen das Unternehmen nicht verlassen.",
        "Пользователь может читать только свои счета.",
        "用户只能读取自己的发票，不得转账。",
    ],
)
def test_a_policy_that_says_nothing_the_model_knows(policy: Any) -> None:
    assert grounds(policy=policy).reasons == ("unreadable_policy",)


@pytest.mark.parametrize("cut", [1, 20])
def test_a_policy_that_lost_a_part_is_doubted(cut: int) -> None:
    rules = json.dumps({"roles": {"clerk": {"tools": ["invoices.list"], "max_rows": 100}}, "mail": "nobody outside the company"})
    assert grounds(policy=rules).reasons == ()
    assert grounds(policy=rules[:-cut]) == (1.0, ("broken_policy",))


def test_names_and_numbers_do_not_make_a_policy_unreadable() -> None:
    names = ["Okonkwo", "Baumgartner", "Srivastava", "Quispe"] * 20
    assert grounds(policy={"roles": {"clerk": {"tools": ["invoices.list"], "max_rows": 100, "mail": names}}}).reasons == ()


@pytest.mark.parametrize(
    ("tool", "request_", "reasons"),
    [
        ("mail.send", "", ("no_request",)),
        ("mail.send", "  ", ("no_request",)),
        ("mail.send", "4711 !!!", ("no_request",)),
        ("mail.send", "zarl snork wibble glim frint", ("no_request",)),
        ("mail.send", "Send the newest invoice to Srivastava", ()),
        ("invoices.list", "", ()),
        ("invoices.list", "zarl snork wibble glim frint", ()),
        ("invoices.list_and_send", "", ("no_request",)),
        ("invoices", "", ("no_request",)),
    ],
)
def test_a_plan_that_does_more_than_read_needs_a_request(tool: str, request_: str, reasons: tuple[Reason, ...]) -> None:
    assert grounds(call(tool), request=request_).reasons == reasons


UNPLACED = {"provenance_tier": None, "arguments": {"amount": 7}}


@pytest.mark.parametrize(
    "placed",
    [
        {"provenance_tier": 3},
        {"argument_provenance": {"amount": 2}},
        {"influence": {"outputs": 0.4}},
        {"tool_name": "invoices.list"},
        {"arguments": {"note": "newest"}},
    ],
)
def test_calls_that_come_from_nowhere(placed: dict[str, Any]) -> None:
    unplaced = call("mail.send", **UNPLACED)
    asked = "Show me the newest invoices"
    assert grounds(unplaced, unplaced, request=asked).reasons == ("unknown_origin",)
    assert grounds({**unplaced, "provenance_tier": 0, "influence": {}}, request=asked).reasons == ("unknown_origin",)
    assert grounds(unplaced, {**unplaced, **placed}, request=asked).reasons == (), "one of them is placed"


def test_a_call_is_placed_by_what_an_earlier_output_says() -> None:
    reading = call("invoices.list", output="Please send mail", **UNPLACED)
    assert grounds(reading, call("mail.send", **UNPLACED), request="Show me the newest").reasons == ()


def test_the_words_of_every_sentence_place_nothing() -> None:
    said = {"arguments": {"body": "the ledger stood there for a while and then nobody was anywhere near"}}
    nothing = call("mail.send", **{**UNPLACED, **said})
    assert grounds(nothing, request="Show me the invoices and that is it").reasons == ("unknown_origin",)


@pytest.mark.parametrize(
    ("tool", "case", "opaque"),
    [
        ("xq.zorbl", {}, True),
        ("fn_17", {}, True),
        ("run_tool_7", {}, True),
        ("zorbl.send", {}, False),
        ("ponder", {}, False),
        ("xq.zorbl", {"tools": [{"name": "xq.zorbl", "description": "Glims the snork."}]}, True),
        ("xq.zorbl", {"tools": [{"name": "xq.zorbl", "description": "Show the newest invoice."}]}, False),
        ("xq.zorbl", {"policy": {"roles": {"clerk": {"tools": ["xq.zorbl"], "max_rows": 9}}, "note": POLICY}}, False),
    ],
)
def test_a_tool_that_nobody_describes(tool: str, case: dict[str, Any], opaque: bool) -> None:
    assert ("opaque_tool" in grounds(call(), call(tool), **case).reasons) == opaque


@pytest.mark.parametrize(
    "disguised",
    ["pаyments.transfer", "Ηello", "mаil_send", "pay\u200bments", "a\u202eb", "\U000e0069\U000e0067", "pay\u200b\u200dments"],
)
def test_letters_that_only_look_alike(disguised: str) -> None:
    assert is_disguised(disguised)
    for node in (
        call(f"{disguised}.list"),
        call(arguments={disguised: 1}),
        call(arguments={"to": [{"x": disguised}]}),
        call(output=f"Read {disguised}"),
    ):
        assert "look_alike_letters" in grounds(node).reasons


@pytest.mark.parametrize(
    "plain",
    [
        "café",
        "naïve Ünal",
        "Москва",
        "IP-адрес",
        "Δt = 5 μm",
        "用户 read",
        "co\u00adoperate",
        "👩\u200d👧 family",
        "\ufeffhello",
        "ﬁle",
    ],
)
def test_other_scripts_are_no_disguise(plain: str) -> None:
    assert not is_disguised(plain)


def test_a_long_text_is_looked_at_in_linear_time() -> None:
    assert not is_disguised("a" * 1_000_000 + " о" + "\u200b " * 1_000)


def test_without_a_vocabulary_only_what_is_missing_counts() -> None:
    assert grounds(call("xq.zorbl"), words=None, policy="Blorf wibble nack.", request="zarl snork").reasons == ()
    assert grounds(call("xq.zorbl"), words=None, policy="", request="").reasons == ("unreadable_policy", "no_request")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.text(min_size=1, max_size=20), st.sampled_from([None, 0, 1, 3]))
def test_uncertain_and_doubted_are_the_same(policy: str, request_: str, tool: str, tier: int | None) -> None:
    found = grounds(call(tool, provenance_tier=tier), policy=f"_{policy}", request=request_)
    assert 0 <= found.uncertainty <= 1
    assert (found.uncertainty >= DOUBTED) == bool(found.reasons)


def test_half_of_enough_is_a_doubt_of_one_half() -> None:
    words = "send mail zarl snork wibble glim frint blorf nack grint"
    assert grounds(call("mail.send"), request=words) == (pytest.approx(0.5), ("no_request",))
    assert grounds(call("mail.send"), request=f"{words} invoice").reasons == (), "a little more is known"


def test_the_words_of_a_judged_case_are_known_from_then_on() -> None:
    case: dict[str, Any] = {"policy": "Blorf wibble nack grint.", "request": "zarl the snork"}
    assert grounds(call("xq.zorbl"), **case).reasons == ("unreadable_policy", "no_request", "opaque_tool")
    plan = Case.model_validate({"policy": "", "execution_plan": {"nodes": [call("xq.zorbl")]}}).execution_plan
    taught = WORDS.taught(words_of([case["policy"]], [case["request"]], [], [plan]))
    assert grounds(call("xq.zorbl"), words=taught, **case).reasons == ()


def test_words_are_kept_in_the_package(tmp_path: Path) -> None:
    WORDS.write(tmp_path)
    assert Words.read(tmp_path) == WORDS
    assert Words.read(tmp_path / "none") is None


def test_words_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    save_file({"trained": np.zeros(3, np.uint32)}, tmp_path / FILE)
    with pytest.raises(PackageRejected, match=r"words\.safetensors cannot be read"):
        Words.read(tmp_path)
    (tmp_path / FILE).write_bytes(b"no tensors")
    with pytest.raises(PackageRejected, match=r"words\.safetensors cannot be read"):
        Words.read(tmp_path)


def test_every_reason_is_explained() -> None:
    assert list(REASONS) == list(get_args(Reason))
    assert 0 < SHARED < 0.1
