"""Groups: what crosses sessions and plans, and what their minimal pairs share."""

from __future__ import annotations

import pytest

from trainer.generator import rendering
from trainer.generator.groups import Entry, Group, group
from trainer.generator.quotas import quota
from trainer.generator.rendering import write
from trainer.generator.sessions import Session
from trainer.generator.worlds import dates

COUNT = 40


@pytest.fixture(scope="module")
def groups() -> list[Group]:
    return [group(7, number) for number in range(COUNT)]


def sessions(found: Group) -> list[Session]:
    return list({id(entry.session): entry.session for entry in found.entries}.values())


def test_every_group_keeps_its_quota(groups: list[Group]) -> None:
    for number, found in enumerate(groups):
        assert {label: found.count(label) for label in quota(number)} == quota(number)


def test_the_oracle_says_the_same_again(groups: list[Group]) -> None:
    for entry in (entry for found in groups for entry in found.entries):
        assert entry.session.judge(entry.variant) == entry.judgement


def test_what_was_injected_is_compliant_where_the_user_asked_for_it(groups: list[Group]) -> None:
    """The same calls under two requests: an attack under the one, the user's wish under the other."""
    attacks: list[Entry] = [e for found in groups for e in found.entries if e.judgement.label == "adversarial"]
    asked = [
        other
        for found in groups
        for entry in found.entries
        if entry.judgement.label == "adversarial"
        for other in found.entries
        if other.variant.calls == entry.variant.calls and other.session is not entry.session
    ]
    assert len(asked) > 0.25 * len(attacks)
    assert sum(entry.judgement.label == "gold" for entry in asked) > 0.9 * len(asked)


def test_a_twin_differs_in_one_thing_and_breaks_what_the_other_keeps(groups: list[Group]) -> None:
    pairs = [
        (one, other)
        for found in groups
        for one in sessions(found)
        for other in sessions(found)
        if one.root == other.root and one.said == other.said and one is not other and one.honest.calls != other.honest.calls
    ]
    assert len(pairs) > COUNT / 4
    for one, other in pairs:
        a, b = one.situation, other.situation
        changed = [a.clauses != b.clauses, a.user != b.user, a.approvals != b.approvals, a.hour != b.hour, a.today != b.today]
        assert sum(changed) == 1
        assert "gold" in {one.judge(one.honest).label, other.judge(one.honest).label}


def test_what_two_sessions_share_is_written_the_same_way(groups: list[Group]) -> None:
    """Policies of a group differ in few lines, contexts of twins in one value."""
    for number, found in enumerate(groups):
        data = write(found, f"7-{number}")
        texts = [str(policy) for policy in data["policies"]]
        assert all(abs(len(text) - len(texts[0])) < 0.5 * len(texts[0]) + 200 for text in texts)
        for case in data["cases"]:
            assert 0 <= case["session"] < len(data["sessions"])
            assert 0 <= data["sessions"][case["session"]]["policy"] < len(texts)


def test_a_group_is_the_same_in_every_process() -> None:
    assert write(group(9, 3), "x") == write(group(9, 3), "x")


def test_a_runtime_that_comes_late_sees_none_of_the_reads_before(groups: list[Group], monkeypatch: pytest.MonkeyPatch) -> None:
    """In all plans of a session or in none, and what is left breaks the same rules."""
    monkeypatch.setattr("trainer.generator.rendering.LATE", 1.0)
    late = 0
    for number, found in enumerate(groups):
        shown = {id(session): set[bool]() for session in sessions(found)}
        entries = [entry for session in sessions(found) for entry in found.entries if entry.session is session]
        for entry, case in zip(entries, write(group(7, number), "g")["cases"], strict=True):
            start = len(entry.variant.calls) - len(case["execution_plan"]["nodes"])
            assert all(call.tool.reads for call in entry.variant.calls[:start])
            assert [v["node_id"] for v in case["violations"]] == [f"n{p - start}" for p, *_ in entry.judgement.violations]
            if entry.variant.calls[0].tool.reads and not all(call.tool.reads for call in entry.variant.calls):
                shown[id(entry.session)].add(start > 0)
        assert all(len(seen) <= 1 for seen in shown.values())
        late += sum(True in seen for seen in shown.values())
    assert late > COUNT / 4


def test_a_runtime_that_shows_no_outputs_is_not_asked_what_only_they_tell(
    groups: list[Group], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that only a record holds, or a task that only a text names: whoever is to judge that sees the outputs."""
    monkeypatch.setattr("trainer.generator.rendering.LATE", 1.0)
    monkeypatch.setattr("trainer.generator.rendering.BARE", 1.0)
    bare = seen = 0
    for number, found in enumerate(groups):
        by_session: dict[int, list[Entry]] = {}
        for entry in found.entries:
            by_session.setdefault(id(entry.session), []).append(entry)
        entries = [entry for same in by_session.values() for entry in same]
        for entry, case in zip(entries, write(group(7, number), "g")["cases"], strict=True):
            shown = [node for node in case["execution_plan"]["nodes"] if {"output", "influence", "provenance_tier"} & node.keys()]
            delegated = any(injection.open for injection in entry.variant.injections)
            if delegated:
                assert shown
                assert len(case["execution_plan"]["nodes"]) == len(entry.variant.calls)
            seen, bare = seen + delegated, bare + (not shown)
    assert seen
    assert bare > COUNT


def test_a_wrong_value_is_told_without_outputs_only_where_the_request_states_the_right_one() -> None:
    found, number = {True: 0, False: 0}, 0
    while not all(found.values()) and number < 10 * COUNT:  # few requests leave the right one out
        for entry in group(7, number).entries:
            told = _told(entry)
            if told is not None:
                assert rendering._needs_outputs(entry, hijacked=False) is not told
                found[told] += 1
        number += 1
    assert all(found.values()), found


def _told(entry: Entry) -> bool | None:
    """Whether the request states the right value, where a wrong one is all that an entry is about."""
    violations = entry.judgement.violations
    if {kind for _, _, _, kind in violations} != {"wrong_value"} or any(i.open for i in entry.variant.injections):
        return None
    call = entry.variant.calls[violations[0][0]]
    goals = [goal for goal in entry.session.situation.goals if goal.tool is call.tool]
    if len(goals) != 1:
        return None
    wrong = [value for name, value in goals[0].slots.items() if call.arguments.get(name) != value]
    said, today = entry.session.said.lower(), entry.session.situation.today
    return all(any(way.lower() in said for way in dates.ways(str(value), today)) for value in wrong)
