import pytest

from gatling_core.features import read_governance, read_policy
from gatling_core.features.asker import OTHER, OWN
from gatling_core.policy import clauses

LINES = """1 Calls of tools
1.1 For everyone, the following can be called and the rest cannot: pay_invoice, close_month.
1.2 Everyone may use read_ledger.
2 To whom this applies
2.1 Section 1.1 applies only to users of the role analyst.
2.2 Section 1.2 applies only to users of the role data engineer."""
HEADINGS = """## 1. Refunds
Refunds may be issued up to 50 EUR. Supervisors may refund more.
## 2. Ledger
- Post entries.
## 3. Receipts
- Print receipts.
## 4. Scope
Section 1 applies only to cashiers. Sections 2 and 3 apply to accountants."""


def audiences(policy):
    return {clause.text: clause.audience for clause in clauses(policy)}


def test_a_numbered_line_is_for_whom_another_sentence_says():
    found = audiences(LINES)
    assert [whom for said, whom in found.items() if said.startswith(("1.1", "1.2"))] == ["analyst", "data engineer"]
    assert not any(whom for said, whom in found.items() if not said.startswith("1."))
    governance = read_governance(read_policy(LINES), "analyst", {})
    assert governance.role[[1, 2], OWN].tolist() == [1, 0]
    assert governance.role[[1, 2], OTHER].tolist() == [0, 1]


def test_what_stands_below_a_numbered_heading_is_too_unless_it_names_somebody_itself():
    found = audiences(HEADINGS)
    assert found["Refunds may be issued up to 50 EUR."] == "cashiers"
    assert found["Supervisors may refund more."] == "Supervisors"
    assert found["Post entries."] == found["Print receipts."] == "accountants"


@pytest.mark.parametrize(
    "said",
    [
        "Section 1 applies to everyone.",
        "Section 1 applies from June on.",
        "Rule 1 applies to refunds and rule 2 does not.",
        "Be kind.",
    ],
)
def test_a_sentence_about_a_section_that_names_nobody_changes_nothing(said):
    assert not any(clause.audience for clause in clauses(f"1. Refunds are paid.\n2. {said}"))
