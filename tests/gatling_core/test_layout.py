from time import perf_counter

import pytest

from gatling_core.layout import Heading, blocks, notes


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("## Payments", ("Payments",)),
        ("Who may pay:", ("Who may pay",)),
        ("PATROL OFFICERS", ("PATROL OFFICERS",)),
        ("3. PATROL OFFICERS", ("PATROL OFFICERS",)),
        ("[role:site_manager]", ("role", "site_manager")),
        ('[role "clerk"]', ("role", "clerk")),
        ("Q: I am a member. What can I ask for?", ("I am a member. What can I ask for?",)),
        ("Who pays the farmers out?", ("Who pays the farmers out?",)),
    ],
)
def test_a_heading_is_known_however_it_is_marked(line, path):
    assert list(blocks(f"{line}\nIt is so.")) == [Heading(path), "It is so."]


@pytest.mark.parametrize("line", ["Never pay.", "OK", "A 5.", "[teller] Never pay.", "pay: allow", "GRANT SELECT TO clerk;", ""])
def test_a_sentence_is_no_heading(line):
    assert list(blocks(line)) == [line]


ROWS = [["tool", "clerk", "auditor"], ["pay", "Y", "-"], ["read", "Y", "Y"]]


@pytest.mark.parametrize(
    "text",
    [
        "| tool | clerk | auditor |\n| --- | --- | --- |\n| pay | Y | - |\n| read | Y | Y |",
        "tool | clerk | auditor\npay | Y | -\nread | Y | Y",
        "tool    clerk   auditor\npay     Y       -\nread    Y       Y",
        "tool    clerk   auditor\n----    -----   -------\npay     Y       -\nread    Y       Y",
        "tool,clerk,auditor\npay,Y,-\nread,Y,Y",
        "+------+-------+---------+\n| tool | clerk | auditor |\n+======+=======+=========+\n| pay  | Y     | -       |\n+------+-------+---------+\n| read | Y     | Y       |\n+------+-------+---------+",
    ],
)
def test_a_table_is_known_however_it_is_drawn(text):
    assert list(blocks(f"Rules\n{text}\nThat is all.")) == ["Rules", ROWS, "That is all."]


def test_a_first_row_that_may_be_a_rule_is_a_line_too():
    assert list(blocks("alice,data,read\nbob,invoices,pay\ncarol,mails,pay")) == [
        "alice,data,read",
        [["alice", "data", "read"], ["bob", "invoices", "pay"], ["carol", "mails", "pay"]],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "alice,invoices,read\nbob,invoices,pay\ncarol,mails,send",
        "permit   brewer    mash\npermit   taster    taste\ndeny     any       any",
        "| tool | clerk |\n| --- | --- |\n| pay | Y | not on Fridays |",
        "| tool | clerk | clerk |\n| --- | --- | --- |\n| pay | Y | - |",
    ],
)
def test_lines_of_which_a_table_would_lose_a_part_stay_lines(text):
    assert list(blocks(text)) == text.split("\n")


def test_a_list_of_sentences_with_commas_is_no_table():
    text = "Read, write, pay.\nPay, read, write.\nWrite, pay, read."
    assert list(blocks(text)) == text.split("\n")


def test_a_comment_above_a_rule_is_its_heading_and_not_its_beginning():
    comment = "everybody with an engineering role may read the repository"
    rule = 'allow if {\n  input.role == "developer"\n}'
    assert list(blocks(f"# {comment}\n{rule}")) == [Heading((comment,)), 'allow if { input.role == "developer" }']


@pytest.mark.parametrize("line", ["A" * 100, "A  " * 50, ",", "|", "[" * 30, "# ", ",,\0" * 50, "Q: " * 30, "a " * 60, "A?"])
def test_many_lines_are_laid_out_in_no_time(line):
    start = perf_counter()
    assert list(blocks(f"{line}\n" * 5_000))
    assert perf_counter() - start < 2


def test_lines_between_borders_are_one_header_and_none_is_lost():
    drawn = "+---+---+\n| act | shift |\n|  | engineer |\n+---+---+\n| open | X |\n| shut |  |\n+---+---+\nX = allowed"
    (table, below) = blocks(drawn)
    assert table == [["act", "shift engineer"], ["open", "X"], ["shut", ""]]
    assert below == "X = allowed"
    ragged = "+---+\n| a | b |\n| c |\n+---+\n+---+\n| d |"
    assert [line for line in blocks(ragged) if isinstance(line, str)] == ["| a | b |", "| c |", "| d |"]


def test_dots_lead_from_what_is_done_to_who_does_it():
    text = "DISCARD A UNIT ............ SCIENTISTS ONLY.\nOVERRIDE A FLAG .. CONSULTANTS\nWait... then go. See 1..5."
    assert list(blocks(text)) == [
        "DISCARD A UNIT: SCIENTISTS ONLY.",
        "OVERRIDE A FLAG: CONSULTANTS",
        "Wait... then go. See 1..5.",
    ]


def test_notes_say_what_marks_in_a_table_mean():
    text = "| act | clerk |\n(a) only checkers\n* of their own team\nx = allowed, L = their own lift\nR = may read, W = may change, - = neither. So it is."
    assert notes(text) == {
        "(a)": "only checkers",
        "*": "of their own team",
        "L": "their own lift",
        "R": "may read",
        "W": "may change",
    }


def test_a_statement_in_sql_goes_on_until_its_semicolon():
    text = "GRANT EXECUTE ON pay TO clerk;\nCREATE POLICY p ON pay\n  USING (debt < 10); -- small\nGRANT X TO Y;"
    assert list(blocks(text))[1] == "CREATE POLICY p ON pay USING (debt < 10);"
