"""Which case comes next: filters, orders, pages and neighbours, over a stream of known energies."""

from __future__ import annotations

from itertools import pairwise

import fakeredis
import pytest

from gatling_core import triage
from gatling_core.bands import Bands
from gatling_core.errors import InvalidInput
from gatling_core.queue import CASES, CaseQueue
from gatling_core.schemas import Decision, ShadowScore, Verdict
from gatling_core.triage import Page, Wanted, beside, disagreement, nearest, newest, newest_policy, ranked
from tests.conftest import make_entry

ENERGIES = (2.5, 5.75, 4.0, 2.25, 7.0, 2.25)
"""By number; distances to the cuts 2 and 6 are 0.5, 0.25, 2, 0.25, 1, 0.25."""


@pytest.fixture
def queue() -> CaseQueue:
    queue = CaseQueue(fakeredis.FakeRedis())
    for number, energy in enumerate(ENERGIES):
        decision = "block" if energy >= 6 else "review"
        reasons = ["no_request"] if number == 3 else []
        queue.add(make_entry(number, tenant="acme" if number % 2 else "", energy=energy, decision=decision, reasons=reasons))
    return queue


def bands_of(tenant: str) -> Bands:
    return Bands()


NEAREST = nearest(bands_of)


def numbers(page: Page) -> list[int]:
    return [int(case.entry.decision_id.split("-")[1]) for case in page.cases]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [5, 4, 3, 2, 1, 0]),
        (Wanted(tenant="acme"), [5, 3, 1]),
        (Wanted(tenant=""), [4, 2, 0]),
        (Wanted(decision="block"), [4]),
        (Wanted(doubted=True), [3]),
        (Wanted(doubted=False, tenant="acme"), [5, 1]),
        (Wanted(energy_from=2.5, energy_to=5.75), [2, 1, 0]),
        (Wanted(label="gold"), [2]),
        (Wanted(label="unjudged", tenant=""), [4, 0]),
    ],
)
def test_only_what_is_wanted_newest_first(queue: CaseQueue, wanted: Wanted, found: list[int]) -> None:
    queue.set_verdict("decision-2", Verdict(label="gold", reviewer="ada"))
    assert numbers(newest(queue, wanted, limit=10)) == found
    assert sorted(numbers(ranked(queue, wanted, NEAREST, limit=10))) == sorted(found)


def test_nearest_to_a_cut_first_and_of_equals_the_newest(queue: CaseQueue) -> None:
    assert numbers(ranked(queue, Wanted(), NEAREST, limit=10)) == [5, 3, 1, 0, 4, 2]
    # A tenant's own cut-offs count for its cases.
    strict = {"acme": Bands(review_at=1.0, block_at=7.0)}
    assert numbers(ranked(queue, Wanted(), nearest(lambda tenant: strict.get(tenant, Bands())), limit=10))[0] == 0


def test_cases_of_the_policy_that_came_last_come_first() -> None:
    queue = CaseQueue(fakeredis.FakeRedis())
    for number, policy in enumerate(("old", "new", "old", "new", "newer", "old")):
        entry = make_entry(number)
        entry = entry.model_copy(update={"answer": entry.answer.model_copy(update={"policy_digest": policy})})
        queue.client.xadd(CASES, {"entry": entry.model_dump_json()}, id=f"{1_760_000_000_000 + number}-0")
    page = ranked(queue, Wanted(), newest_policy, limit=4)
    assert numbers(page) == [4, 3, 1, 5]
    assert numbers(ranked(queue, Wanted(), newest_policy, limit=4, before=page.next)) == [2, 0]
    assert beside(queue, Wanted(), page.cases[1], newest_policy) == ("decision-4", "decision-1")


def test_what_two_models_decide_differently_comes_first_then_what_they_score_most_apart(queue: CaseQueue) -> None:
    """By number: answered and by the shadow. 1 and 4 would be decided otherwise; 0 and 5 nobody else has scored."""
    scored: dict[int, tuple[float, Decision]] = {1: (6.25, "block"), 2: (4.5, "review"), 3: (5.25, "review"), 4: (5.0, "review")}
    for number, (energy, decision) in scored.items():
        identity = queue.get(f"decision-{number}").entry.identity
        queue.note_shadow({identity: ShadowScore(version="v2", energy=energy, decision=decision)})
    assert numbers(ranked(queue, Wanted(), disagreement, limit=10)) == [4, 1, 3, 2, 5, 0]
    first = ranked(queue, Wanted(), disagreement, limit=3)
    assert numbers(ranked(queue, Wanted(), disagreement, limit=3, before=first.next)) == [2, 5, 0]
    assert beside(queue, Wanted(), first.cases[1], disagreement) == ("decision-4", "decision-3")


def test_without_a_shadow_the_models_agree_and_the_newest_comes_first(queue: CaseQueue) -> None:
    assert numbers(ranked(queue, Wanted(), disagreement, limit=10)) == [5, 4, 3, 2, 1, 0]


def test_what_is_too_old_to_be_ranked_has_no_neighbours(queue: CaseQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "MAX_LOOKED_AT", 3)
    assert beside(queue, Wanted(), queue.get("decision-1"), NEAREST) == (None, None)


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_pages_show_every_case_once(queue: CaseQueue, limit: int) -> None:
    for ask in (
        lambda before: newest(queue, Wanted(), limit=limit, before=before),
        lambda before: ranked(queue, Wanted(), NEAREST, limit=limit, before=before),
    ):
        shown, before = [], None
        while True:
            page = ask(before)
            shown += numbers(page)
            before = page.next
            if before is None:
                break
        assert len(shown) == len(set(shown)) == len(ENERGIES)


def test_a_page_goes_on_after_a_case_that_has_left(queue: CaseQueue) -> None:
    first = ranked(queue, Wanted(), NEAREST, limit=2)
    queue.bury(first.cases[1].id, "gone")
    assert numbers(ranked(queue, Wanted(), NEAREST, limit=2, before=first.next)) == [1, 0]


@pytest.mark.parametrize("by", [None, NEAREST])
def test_neighbours_are_those_of_the_list(queue: CaseQueue, by: triage.Rank | None) -> None:
    wanted = Wanted(energy_from=2.3)
    page = ranked(queue, wanted, by, limit=10) if by else newest(queue, wanted, limit=10)
    cases = page.cases
    for left, right in pairwise(cases):
        assert beside(queue, wanted, left, by)[1] == right.entry.decision_id
        assert beside(queue, wanted, right, by)[0] == left.entry.decision_id
    assert beside(queue, wanted, cases[0], by)[0] is None
    assert beside(queue, wanted, cases[-1], by)[1] is None
    # A case that the filter leaves out, as one just judged, still has its place.
    outside = queue.get("decision-3")
    assert beside(queue, wanted, outside, by)[1] == ("decision-2" if by is None else "decision-1")


def test_looks_through_a_bounded_part(queue: CaseQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triage, "MAX_LOOKED_AT", 3)
    page = newest(queue, Wanted(tenant="nobody"), limit=2)
    assert (numbers(page), page.next) == ([], queue.get("decision-3").id), "goes on where it stopped"
    assert numbers(ranked(queue, Wanted(), NEAREST, limit=9)) == [5, 3, 4]
    monkeypatch.setattr(triage, "MAX_LOOKED_AT_BYTES", 0)
    assert len(ranked(queue, Wanted(), NEAREST, limit=9).cases) == 1


def test_what_cannot_be_read_is_passed_over(queue: CaseQueue) -> None:
    queue.client.xadd(CASES, {"entry": "{"})
    assert numbers(newest(queue, Wanted(), limit=1)) == [5]
    with pytest.raises(InvalidInput):
        ranked(queue, Wanted(), NEAREST, limit=1, before="x_1-1")
    with pytest.raises(InvalidInput):
        list(queue.glances(after="x"))
