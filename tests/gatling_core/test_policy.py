import contextlib
import json
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatling_core import limits
from gatling_core.errors import InvalidInput, LimitExceeded
from gatling_core.policy import clauses, is_broken, parse, policy_digest

RULES = {"roles": {"analyst": {"tables": {"orders": ["id", "total"]}, "max_rows": 100}}}
AS_YAML = "roles:\n  analyst:\n    tables:\n      orders: [id, total]\n    max_rows: 100\n"


def test_one_policy_in_three_forms_has_the_same_clauses():
    assert clauses(RULES) == clauses(json.dumps(RULES)) == clauses(AS_YAML)


@pytest.mark.parametrize(
    "name", ["mcp:files:read", "urn:tool:files", "mcp::read", "https://tools.example/read", "mcp:*", '"mcp:files:read"']
)
def test_a_name_with_colons_is_a_key_like_any_other(name):
    plain = name.strip('"')
    assert clauses(f"{name}:\n  {name}:\n    max_rows: 5\n") == clauses({plain: {plain: {"max_rows": 5}}})
    assert clauses(f"tools:\n  {name}: allow\n  {name}s: deny\n".replace('"s', 's"')) == clauses(
        {"tools": {plain: "allow", f"{plain}s": "deny"}}
    )


@pytest.mark.parametrize(
    "prose", ["Meet at 10:30.\nBring: a pen, a book\nLeave at 11:30.", "See https://x.example\nand 10:30\nor so"]
)
def test_prose_with_times_and_addresses_stays_prose(prose):
    assert parse(prose) == prose


def test_a_list_of_scalars_is_one_clause_and_a_number_keeps_its_value():
    listed, number = clauses(RULES)
    assert (listed.path, listed.items) == (("roles", "analyst", "tables", "orders"), ("id", "total"))
    assert (number.path[-1], number.number) == ("max_rows", 100.0)


def test_prose_is_cut_into_sentences_below_their_heading():
    found = clauses("# Payments\nNever pay above 500 EUR. Ask first.\n- No refunds")
    assert [c.text for c in found if c.kind == "prose"] == ["Never pay above 500 EUR.", "Ask first.", "No refunds"]
    assert {c.path for c in found} == {("Payments",)}


def test_a_role_in_brackets_begins_a_sentence():
    found = clauses("Pay what was ordered. [teller] Never pay above 500 EUR.")
    assert [(c.text, c.audience) for c in found] == [
        ("Pay what was ordered.", ""),
        ("[teller] Never pay above 500 EUR.", "teller"),
    ]


def test_a_rule_of_a_policy_language_is_one_clause_and_json_in_prose_is_not():
    rule = 'allow if {\n  input.role == "sre"\n  input.tool == "logs"\n}'
    assert [c.text for c in clauses(f"package a\n{rule}\n{rule}")] == [
        "package a",
        *['allow if { input.role == "sre" input.tool == "logs" }'] * 2,
    ]
    assert len(clauses('The rules:\n{\n  "a": 1,\n  "b": 2\n}')) == 5
    assert len(clauses("never closed (\n" + "a line\n" * 1_000)) > 800


def test_a_line_above_boxes_to_tick_is_their_heading():
    found = clauses("Order chemicals\n[ ] the person is a technician\n[ ] at most 400 EUR")
    assert [c.path for c in found if c.kind == "prose"] == [("Order chemicals",)] * 2


def test_half_a_sentence_about_another_role_is_a_clause_about_it():
    found = clauses("Tellers may grant credits of up to 50; team leads up to 250.")
    assert [c.audience for c in found] == ["Tellers", "team leads"]


@pytest.mark.parametrize(
    "prose", ["Note: be kind.", "You are an agent.\n- role: none of your business", "hello", "a: b c d\nand so on it goes"]
)
def test_prose_with_colons_and_bullets_stays_prose(prose):
    assert isinstance(parse(prose), str) or list(parse(prose)) == ["Note"]


def test_an_item_of_a_list_of_rules_carries_its_name_into_its_clauses():
    found = clauses({"rules": [{"tool": "pay", "max": 5}, {"tool": "read", "max": 9}]})
    assert [c.path for c in found if c.kind == "number"] == [("rules", "pay", "max"), ("rules", "read", "max")]


def test_a_table_in_prose_is_read_cell_by_cell():
    matrix = clauses("May:\n| tool | clerk | boss |\n|---|---|---|\n| pay | no | yes |\n| read | yes | yes |\nThat is all.")
    assert [(c.path, c.text) for c in matrix[1:5]] == [
        (("May", "pay", "clerk"), "no"), (("May", "pay", "boss"), "yes"), (("May", "read", "clerk"), "yes"), (("May", "read", "boss"), "yes"),
    ]  # fmt: skip
    assert matrix[5].text == "That is all."
    record = clauses("| role | tool | most |\n|---|---|---|\n| clerk | pay | 500 |")
    assert (record[2].path, record[2].text) == (("clerk", "pay", "most"), "500")
    assert [c.kind for c in clauses("| no table |\n| for want of a rule |")] == ["prose", "prose"]


def test_a_matrix_drawn_with_bars_alone_is_read_cell_by_cell():
    found = clauses("action | picker | driver\nmove_stock | x |\nprint_label | x | x\nsign_waybill | | x\n")
    assert [(clause.path, clause.text) for clause in found] == [
        (("move_stock", "picker"), "x"), (("print_label", "picker"), "x"), (("print_label", "driver"), "x"), (("sign_waybill", "driver"), "x"),
    ]  # fmt: skip


def test_wrapped_lines_are_one_sentence_and_lists_of_names_are_not():
    found = clauses(
        "Doctors may read everything about the patients of their wards\nexcept the insurance number. That is all.\nread_ward\nclose_ward"
    )
    assert [clause.text for clause in found] == [
        "Doctors may read everything about the patients of their wards except the insurance number.", "That is all.", "read_ward", "close_ward",
    ]  # fmt: skip


def test_what_is_denied_goes_on_about_whom_the_sentence_is_about():
    allowed, denied = clauses("1. Nurses may read the ward, but never the diagnosis.")
    assert (allowed.path, allowed.audience, denied.path, denied.audience) == ((), "Nurses", ("Nurses",), "Nurses")


def test_what_an_expression_says_stands_in_the_path_of_its_lists():
    found = clauses({"rules": [{"who": {"role": "clerk"}, "test": [["subset", "orders", ["id", "total"]]]}]})
    assert found[-1].path == ("rules", "clerk", "test", "subset", "orders")
    assert found[-1].items == ("id", "total")


def test_several_documents_are_a_list_and_a_page_with_a_head_is_prose():
    first, second = clauses("---\nkind: Role\nrules: [read]\n---\nkind: Binding\nsubjects: [clerk]")[1::2]
    assert (first.items, second.items) == (("read",), ("clerk",))
    assert [clause.kind for clause in clauses("---\ntitle: Rules\n---\nClerks read.")][-1] == "prose"


def test_toml_is_data_with_its_remarks():
    found = clauses('# Not listed means no.\n[groups]\nsre = ["engineer"]\n\n[[rule]]\ntool = "deploy"\ngroups = ["sre"]')
    assert [(clause.path, clause.text) for clause in found] == [
        (("",), "Not listed means no."),
        (("groups", "sre"), "engineer"),
        (("rule", "sre", "tool"), "deploy"),
        (("rule", "deploy", "sre", "groups"), "sre"),
    ]


@pytest.mark.parametrize("text", ["[role:clerk]\nallow = read, write", "[a]\nb = [", f"[a]\n{'a.' * 40_000}b = 1"])
def test_what_is_no_toml_is_read_as_before(text):
    start = perf_counter()
    assert isinstance(parse(text), str)
    assert perf_counter() - start < 1


def test_whom_a_rule_is_for_stands_above_all_of_it():
    rule = {"id": "r1", "effect": "permit", "actions": ["approve"], "subject": {"role": ["adjuster", "chief"]}}
    found = clauses({"rules": [rule]})
    assert all({"adjuster", "chief"} <= {*clause.path, *clause.items} for clause in found)


def test_yaml_aliases_are_refused():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(InvalidInput, match="policy: YAML aliases"):
        clauses(bomb)


@pytest.mark.parametrize("text", ["[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200, "a: " + "[" * 200 + "]" * 200])
def test_deep_nesting_is_refused_or_read_as_prose_but_never_crashes(text):
    with contextlib.suppress(LimitExceeded):
        assert clauses(text)


def test_too_long_and_too_many_are_refused():
    with pytest.raises(LimitExceeded):
        clauses("x" * (limits.MAX_POLICY_TEXT + 1))
    with pytest.raises(LimitExceeded):
        clauses({str(i): i for i in range(limits.MAX_CLAUSES + 1)})


@given(st.text())
def test_any_text_has_clauses_and_a_digest(text):
    with contextlib.suppress(InvalidInput):
        assert clauses(text)
    assert policy_digest({"p": text.encode("utf-8", "replace").decode()}).startswith("sha256:")


def test_the_digest_ignores_the_order_of_keys():
    assert policy_digest({"a": 1, "b": 2}) == policy_digest({"b": 2, "a": 1}) != policy_digest({"a": 2, "b": 1})


@pytest.mark.parametrize("text", ["a:\n" + "- " * 200_000 + "x", "a: " + "[" * 200_000, "a: " + "{x: " * 200_000])
def test_yaml_as_deep_as_it_is_long_is_refused_before_anything_is_built(text):
    with pytest.raises(LimitExceeded, match="nested deeper"):
        clauses(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ' + "1" * 400 + "}",
        "a: 0x" + "f" * 6_000,
        "a:\n" + "- 1\n" * 9 + "? 0x" + "f" * 6_000 + "\n: 1",
        "a: 1" + ":1" * 400,
        "a: 1" + ":1" * 400 + ".5",
    ],
)
def test_a_number_that_is_no_finite_float_is_refused(text):
    with pytest.raises(LimitExceeded, match="digits"):
        clauses(text)


@pytest.mark.parametrize("text", ['a: !!int ""', "a: !!bool x", "a: !!timestamp x", "a: !!float x", "a: 2024-13-40"])
def test_yaml_that_cannot_be_built_is_read_as_prose(text):
    assert [c.kind for c in clauses(text)] == ["prose"]


def test_a_yaml_set_is_refused_since_it_has_no_order():
    with pytest.raises(InvalidInput, match="sets"):
        clauses("a: !!set {x, y, z}")


@pytest.mark.parametrize("text", ["[" + "1," * limits.MAX_VALUES + "1]", "a: [" + "1," * limits.MAX_VALUES + "1]"])
def test_text_holds_no_more_values_than_an_object_may(text):
    with pytest.raises(LimitExceeded, match="policy: holds more than"):
        clauses(text)


def test_json_that_repeats_a_key_is_refused_since_one_rule_would_be_lost():
    with pytest.raises(InvalidInput, match="policy: the key 'deny' is repeated"):
        clauses('{"roles": {"clerk": {"deny": ["mail.send"], "deny": []}}}')


@pytest.mark.parametrize("text", ["Rule: Never pay.\nRule: Ask first.", "clerk:\n  deny: pay\nclerk:\n  deny: ask"])
def test_yaml_that_repeats_a_key_is_none_and_every_line_of_it_is_read(text):
    said = " ".join(clause.text for clause in clauses(text)).lower()
    assert "pay" in said
    assert "ask" in said


@pytest.mark.parametrize("text", ["a: b\n" + " " * 20_000 + "!!", "| h |\n|" + "-" * 30_000 + "x\n| row |"])
def test_a_long_line_is_read_in_no_time(text):
    start = perf_counter()
    assert clauses(text)
    assert perf_counter() - start < 1


def test_many_bars_that_are_no_table_are_refused_in_no_time():
    start = perf_counter()
    with pytest.raises(LimitExceeded):
        clauses("# Rules\n" + "|\n" * 30_000)
    assert perf_counter() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        *(json.dumps(RULES, indent=indent)[:-cut] for indent in (None, 2) for cut in (1, 3, 20, 50)),
        "{",
        '{"roles": {"clerk": {"max_rows": 100}}, "limits": {"a": 1,}}',
        '{"roles": {"clerk": {"max_rows": 100}}}}',
        '{"roles": {"clerk": {"max_rows": 100}}}, "limits": {"rows": 5}}',
        "{'roles': {'clerk': {'tools': ['invoices.read']}}}",
        '{roles: {clerk: {max_rows: 100}}',
        '[{"role": "clerk", "may": "read"}, {"role": "teller", "may"',
        '["clerks read", "tellers pa',
        '{"role": "clerk"}\n{"role": "teller", "may": [}',
        "\ufeff" + json.dumps(RULES),
        AS_YAML.replace("total]", "total"),
        "roles:\n  clerk:\n    tools: [invoices.read]\n    note: \"only of\n",
        "roles: {clerk: {tools: [invoices.read, mail.send",
        "a: 1\nb: 2\nc: 3\nd: 4\n---\ntables: [a, b\nrows: *all\ndays: 5\n",
    ],
)  # fmt: skip
def test_data_that_has_lost_a_part_is_broken(text):
    assert is_broken(text)
    assert parse(text) == text, "its clauses are those of prose, as before"


@pytest.mark.parametrize(
    "text",
    [
        RULES,
        json.dumps(RULES),
        AS_YAML,
        "",
        "{}",
        "[]",
        "[teller] Never pay more than 100.\n[clerk] Read invoices only.",
        '["teller"] Never pay more than 100.',
        "[[teller]] Never pay more than 100.",
        "[1] Never pay. [2] Read only.",
        "[roles.clerk]\nmax_rows = 100\n",
        "{role} may read invoices. Nobody pays.",
        "{{ role }} may read {{ tools }}.",
        "{% for role in roles %}\n{{ role }}: {{ tools }}\n{% endfor %}",
        "roles:\n  clerk:\n    tools: {{ tools }}\n    rows: {{ rows }}\n",
        f"{json.dumps(RULES)}\n\nNobody else reads anything.",
        '{"role": "clerk"}\n{"role": "teller"}\n',
        f"Clerks may do what this says:\n\n```json\n{json.dumps(RULES)}\n```\n",
        f"These are the rules. {json.dumps(RULES)}",
        "---\ntitle: Policy\nowner: ops\n---\n\n# Clerks\n\nRead invoices. Pay nobody: ask first.\n",
        "a: 1\n---\nb: 2\n",
        "Clerks: read invoices: never pay.\nTellers: pay: up to 100.\n",
        'Note: "never pay" means that no call may ever pay\nClerks: they read the invoices: nothing else that we have\n',
        "# Policy\n\n- Clerks: read invoices\n- Tellers: pay\n",
        'package tools\n\ndefault allow := false\n\nallow {\n  input.role == "clerk"\n}\n',
        'permit (\n  principal == Role::"clerk",\n  action,\n  resource\n);\n',
        "role,tool,max_rows\nclerk,invoices.read,100\n",
        "| role | tools |\n| --- | --- |\n| clerk | invoices.read |\n",
    ],
)
def test_what_was_never_data_or_is_whole_is_not_broken(text):
    assert not is_broken(text)


@settings(max_examples=50, deadline=None)
@given(st.text("[]{}\"':,-a \n", max_size=40) | st.text())
def test_any_text_is_broken_or_not(text):
    with contextlib.suppress(InvalidInput):
        assert is_broken(text) in (True, False)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + '"', "{ " + " " * 100_000])
def test_whether_a_text_is_broken_is_told_in_linear_time(text):
    start = perf_counter()
    with contextlib.suppress(InvalidInput):
        is_broken(text)
    assert perf_counter() - start < 5
