import time

import pytest

from gatling_core.audience import audience, parts


@pytest.mark.parametrize(
    ("sentence", "who"),
    [
        ("Nurses may read the ward.", "Nurses"),
        ("Only payroll clerks and the HR director may query salaries.", "payroll clerks and the HR director"),
        ("The billing office cannot export anything.", "billing office"),
        ("Rule 4. Staff of the registrar may read all grades.", "Staff of the registrar"),
        ("No intern may delete articles", "intern"),
        ("For risk analysts: at most 50 rows.", "risk analysts"),
        ("As teller you can call pay_transfer.", "teller"),
        ("[auditor] amount is at most 5", "auditor"),
        ("If the user's role is guest: no exports", "guest"),
        ("Paralegals do not read privileged documents.", "Paralegals"),
        ("Team leads have no access to salaries.", "Team leads"),
        ("For lab assistants, the head nurse and riders: no exports", "lab assistants, the head nurse and riders"),
        ("As far as clerks, device users and riders are concerned, ask first.", "clerks, device users and riders"),
        ("[business user] amount is at most 5", "business user"),
        ("For managers, the limit is: 500", "managers"),
        ("user_role is crew", "crew"),
        ("§ 2 (1) A registrar may consult the register.", "registrar"),
        ("b) Seasonal hands see the schedule.", "Seasonal hands"),
        ("Give the citizen at the desk access to list_dispatches.", "citizen at the desk"),
        ("Grant all night nurses read access to charts", "night nurses"),
        ("Grant access to the archive to librarians", "librarians"),
        ("Allow shift leads to open the safe.", "shift leads"),
        ("voiding a check -> shift leads + GMs", "shift leads + GMs"),
        ("[09:12] dana (ops): clock edits -> GMs and clerks only", "GMs and clerks"),
        ("marta  10:10  writing off = warehouse manager only", "warehouse manager"),
        ("Only the waterfront director opens the lake.", "waterfront director"),
        ("It is approved by the explosives supervisor only, and never by its author", "explosives supervisor"),
        ("Starting a lift is reserved to lift foremen and to the operations manager.", "lift foremen and operations manager"),
        ("Switching the line off: the power dispatcher alone.", "power dispatcher"),
        ("Runs are closed by the ski patrol.", "ski patrol"),
        ("The agent pays refunds only on the word of a purser or the duty manager.", "purser or the duty manager"),
        ("It pays money out for the treasurer, up to 500 pounds.", "treasurer"),
        ("Notices are published upon the instruction of a hydrographic officer.", "hydrographic officer"),
        ("A departure time is changed for the duty manager alone, whoever asks.", "duty manager"),
        ("A gate is opened only for a head keeper, and only while that person is on shift", "head keeper"),
        ("Prescriptions are written by vets and by nobody else; a locum counts as a vet.", "vets"),
        ("Letters shall be issued only upon the instruction of a partner.", "partner"),
        ("Temperature of kiln is changing only kiln master.", "kiln master"),
        ('permit ( principal in Role::"Curator", action )', "Curator"),
        ('allow if input.role == "clerk"', "clerk"),
        ("Any user with the role custody clerk is permitted get_key and list_keys only.", "custody clerk"),
        ("People who have the role of archivist may open boxes.", "archivist"),
        ("The role of night auditor includes close_day; whatever is missing here is not allowed.", "night auditor"),
        ("Readable for claims handlers are claims (holder, amount), and no further columns.", "claims handlers"),
        ("Data visible to document checkers: applications (applicant, lodged).", "document checkers"),
        ("Columns that the consul is cleared for: applications (applicant).", "consul"),
        ("The groundsmen switch the floodlights.", "groundsmen"),
    ],
)
def test_a_sentence_says_whom_it_is_about(sentence, who):
    assert audience(sentence) == who


@pytest.mark.parametrize(
    "sentence",
    [
        "Nobody may delete accounts.",
        "Users can book a stay.",
        "submit-download may run as long as it was approved.",
        "In close_account, it must hold that the user is verified.",
        "To pay the deposit, users have to be of age.",
        "Salaries are confidential.",
        "Keep answers short.",
        "Allow refunds to be paid within a week.",
        "Give customers a receipt.",
        "Payments go only to vendors.",
        "[1] Up to 20 kg at a time.",
        "The association is run by its members.",
        "and may see the allergies of campers",
        'forbid ( principal, action ) unless { principal in Role::"Admin" }',
        "For refunds, managers may sign.",
        "For orders above 100, two people sign.",
        "With forward mail, see to it that nobody outside reads it.",
        "As usual, be kind.",
        "Rooms available for meetings: Oak, Elm.",
        "",
    ],
)
def test_a_sentence_about_a_thing_or_about_anybody_is_about_no_role(sentence):
    assert audience(sentence) == ""


def test_a_sentence_is_cut_where_it_turns():
    assert list(parts("Nurses may read the ward, but never the diagnosis.")) == [
        "Nurses may read the ward",
        "but never the diagnosis.",
    ]
    assert list(parts("Clerks may read; team leads can edit.")) == ["Clerks may read", "team leads can edit."]
    assert list(parts("Tellers may grant up to 50; team leads up to 250.")) == [
        "Tellers may grant up to 50",
        "team leads up to 250.",
    ]
    assert list(parts("Be brief; refunds up to 250 are fine.")) == ["Be brief; refunds up to 250 are fine."]
    assert list(parts("At most 5 rows; not so for admins, but not if it is late")) == [
        "At most 5 rows; not so for admins, but not if it is late"
    ]


@pytest.mark.parametrize("piece", ["; ", " but never", "a, ", "only ", "for a,", "no one but ", "x" * 50, "the "])
def test_long_sentences_are_read_in_no_time(piece):
    text = piece * (200_000 // len(piece))
    start = time.monotonic()
    audience(text)
    list(parts(text))
    assert time.monotonic() - start < 2
