from typing import Any

from tests.trainer.scored import Scorer, case_of, score_of
from trainer.misses import SHOWN, Miss, Misses, moved


def miss(label, energy, task):
    return Miss(label, task, case_of(label), score_of(energy))


def test_the_worst_of_each_side_one_a_task():
    misses = Misses()
    for k in range(300):
        misses.add(miss("adversarial", 9 - k / 100, f"t{k % 100}"))
        misses.add(miss("gold", k / 100, "same"))
    assert [(m.task, m.score.energy) for m in misses.attacks] == [(f"t{99 - k}", 9 - (299 - k) / 100) for k in range(SHOWN)]
    assert [m.score.energy for m in misses.gold] == [2.99]


def test_boundary_cases_are_attacks_only_where_nothing_is_adversarial():
    misses = Misses()
    misses.add(miss("boundary", 0.5, "a"))
    assert [m.label for m in misses.attacks] == ["boundary"]
    misses.add(miss("adversarial", 5.0, "b"))
    assert [m.label for m in misses.attacks] == ["adversarial"]


def test_what_is_held_is_bounded():
    misses = Misses()
    for k in range(1_000):
        misses.add(miss("gold", float(k), str(k)))
    assert [m.score.energy for m in misses.gold] == [999.0, 998.0, 997.0, 996.0, 995.0]
    assert len(misses._gold) <= 64


def test_the_clause_that_matters_is_found_by_taking_it_out():
    case = case_of(policy={"greet": "Be kind.", "pay": "never twice, never alone", "mail": "never"})
    model: Any = Scorer()
    found = moved(model, Miss("gold", "t", case, model.score([case])[0]))
    assert [(one.clause.path, one.change) for one in found] == [(("pay",), -2.0), (("mail",), -1.0)]
    deaf: Any = Scorer("unheard")
    assert moved(deaf, Miss("gold", "t", case, score_of(0.0))) == []
