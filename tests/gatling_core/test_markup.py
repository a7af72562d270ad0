import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatling_core.errors import LimitExceeded
from gatling_core.policy import clauses, is_broken, parse

RULES = """<?xml version="1.0"?>
<AccessPolicy combining="first-applicable">
  <Rule effect="Permit"><Role>clerk</Role><Tool>read_invoice</Tool><Tool>pay_invoice</Tool></Rule>
  <Rule effect="Deny"><Tool>delete_invoice</Tool></Rule>
</AccessPolicy>"""


def test_a_policy_in_xml_is_read_as_one_of_objects_and_lists():
    document = {
        "AccessPolicy": {
            "combining": "first-applicable",
            "Rule": [
                {"effect": "Permit", "Role": "clerk", "Tool": ["read_invoice", "pay_invoice"]},
                {"effect": "Deny", "Tool": "delete_invoice"},
            ],
        }
    }
    assert parse(RULES) == document
    assert clauses(RULES) == clauses(document)


def test_attributes_stand_beside_the_text_and_namespaces_are_left_away():
    assert parse('<p:Policy xmlns:p="urn:x"><Limit unit="EUR">500</Limit></p:Policy>') == {
        "Policy": {"Limit": {"unit": "EUR", "text": "500"}}
    }


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "latin-1", "shift_jis", "no-such"])
def test_a_text_has_its_characters_whatever_encoding_it_declares(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<Rules>\n<Role>infirmière</Role>\n</Rules>'
    assert parse(text) == {"Rules": {"Role": "infirmière"}}
    assert not is_broken(text)


def test_of_what_has_the_same_name_nothing_is_lost():
    assert parse('<r text="deny">pay</r>') == {"r": {"text": ["deny", "pay"]}}
    assert parse('<r xmlns:a="u:a" xmlns:b="u:b" a:role="clerk" b:role="teller"><role>guest</role></r>') == {
        "r": {"role": ["clerk", "teller", "guest"]}
    }


def test_an_entity_is_never_expanded():
    text = "<!DOCTYPE r [<!ENTITY e 'allow'>]>\n<r>\n<s>&e;</s>\n</r>"
    assert parse(text) == text
    assert is_broken(text), "nobody has read the whole of it"


@pytest.mark.parametrize(
    "text",
    [
        "<rules>Clerks read. <b>Never</b> pay.</rules>",
        "<role>You are an agent.</role>\nBe kind & brief.",
        '<!DOCTYPE p [<!ENTITY e SYSTEM "file:///etc/hostname">]>\n<p><r>&e;</r></p>',
        "<p><r>1</r>",
    ],
)
def test_prose_with_tags_entities_and_what_is_no_xml_stay_text(text):
    assert parse(text) == text
    assert clauses(text)


def test_xml_is_no_deeper_than_any_policy():
    with pytest.raises(LimitExceeded):
        parse("<a>" * 100_000)


@pytest.mark.parametrize(("cut", "broken"), [(0, False), (1, True), (40, True), (100, True)])
def test_xml_that_has_lost_its_end_is_broken(cut, broken):
    assert is_broken(RULES[: len(RULES) - cut]) is broken


def test_prose_with_tags_is_not_broken():
    assert not is_broken("<role>You are an agent.</role>\nBe kind & brief.\nNever pay.")


@given(st.text(st.sampled_from("<>/?! ab='\"&;\ud800\0\n"), max_size=40))
def test_any_tags_are_read_or_stay_text(text):
    assert clauses(f"<{text}")
    assert is_broken(f"<{text}") in (True, False)
