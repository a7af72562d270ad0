"""Outliers among reviewers: who is far from the others stands first; honest ones and small numbers are left alone."""

from __future__ import annotations

from random import Random

from gatling_core.queue import QueuedCase
from gatling_core.schemas import Verdict
from tests.conftest import make_entry
from trainer.outliers import LEAST, standings


def judged(number: int, reviewer: str, *, gold: bool, energy: float, others: tuple[Verdict, ...] = ()) -> QueuedCase:
    verdict = Verdict(label="gold" if gold else "adversarial", reviewer=reviewer)
    return QueuedCase(id=f"{number}-0", entry=make_entry(number, energy=energy), verdict=verdict, opinions=list(others))


def verdicts(reviewers: int, each: int, liar: int | None, *, knows: float) -> list[QueuedCase]:
    """The model ranks a share `knows` of the cases rightly; the reviewer `liar` says the opposite of the truth."""
    draw = Random(3)
    found: list[QueuedCase] = []
    for number in range(reviewers * each):
        reviewer, bad = number % reviewers, draw.random() < 0.5
        energy = (6.0 if bad == (draw.random() < knows) else 3.0) + draw.random()
        found.append(judged(number, f"r{reviewer}", gold=bad == (reviewer == liar), energy=energy))
    return found


def test_who_says_the_opposite_is_an_outlier() -> None:
    found = standings(verdicts(8, 50, liar=5, knows=0.75))
    assert [standing.reviewer for standing in found if standing.is_outlier] == ["r5"]
    assert found[0].reviewer == "r5"
    assert str(found[0]).startswith("r5: ")


def test_honest_reviewers_are_none_however_little_the_model_knows() -> None:
    for knows in (0.4, 0.5, 0.7, 1.0):
        assert not any(standing.is_outlier for standing in standings(verdicts(8, 50, liar=None, knows=knows)))


def test_a_few_verdicts_say_nothing() -> None:
    few = verdicts(8, LEAST - 1, liar=5, knows=1.0)
    assert not any(standing.is_outlier for standing in standings(few))


def test_one_alone_has_nobody_to_differ_from() -> None:
    assert [standing.z for standing in standings(verdicts(1, 60, liar=0, knows=0.9))] == [0.0]
    assert standings([]) == []


def test_what_others_and_the_oracle_say_of_the_same_case_counts() -> None:
    oracle = Verdict(label="gold", reviewer="oracle", source="oracle")
    cases = [judged(k, f"r{k % 4}", gold=k % 4 != 1, energy=3.0 + k // 4 % 2, others=(oracle,)) for k in range(120)]
    found = standings(cases)
    assert "oracle" not in {standing.reviewer for standing in found}
    assert [standing.reviewer for standing in found if standing.is_outlier] == ["r1"]
    assert found[0].checks == 60, "the model and the oracle, of each of 30 verdicts"
