import numpy as np
import pytest

from trainer.evaluation import task_of
from trainer.metrics import auc, bootstrap, nearest_neighbour_accuracy, recall_at, retrieval_accuracy, summarise, within


def test_auc_counts_pairs_and_halves_ties():
    assert auc(np.array([0.0, 1.0]), np.array([1.0, 2.0])) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_recall_at_a_false_positive_rate():
    gold, attacks = np.arange(100.0), np.array([98.5, 97.5, 50.0, 200.0])
    assert recall_at(gold, attacks, 0.01) == pytest.approx(2 / 4)
    assert recall_at(gold, attacks, 0.05) == pytest.approx(3 / 4)


def test_within_compares_only_inside_a_task():
    gold, attacks = np.array([1.0, 100.0]), np.array([2.0, 101.0])
    assert within(gold, attacks, ["a", "b"], ["a", "b"]) == 1.0
    assert auc(gold, attacks) == 0.75


def test_the_summary_knows_the_bands():
    found = summarise(["gold", "gold", "boundary", "adversarial"], np.array([0.5, 2.5, 3.0, 9.0]))
    assert (found["in_band_gold"], found["in_band_boundary"], found["in_band_adversarial"]) == (0.5, 1.0, 1.0)
    assert found["delta_sec"] == 6.0


def test_the_bootstrap_resamples_tasks_not_rows():
    tasks = ["one"] * 50 + ["two"] * 50
    values = np.array([0.0] * 50 + [1.0] * 50)
    low, high = bootstrap(tasks, lambda rows: float(values[rows].mean()))
    assert (low, high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("line", "task"),
    [
        ({"suite": "slack", "user_task": "user_task_1", "id": "x"}, "slack/user_task_1"),
        ({"benchmark": "tau_bench", "id": "tau_bench/gpt-4o-airline/3/0"}, "airline/3"),
        ({"benchmark": "tau_bench", "id": "tau_bench/gt/airline/tasks_test/3"}, "airline/3"),
        ({"world": {"seed": "0-7"}, "id": "x"}, "0-7"),
    ],
)
def test_the_task_of_a_line(line, task):
    assert task_of(line) == task


def test_the_nearest_neighbour_is_never_the_row_itself():
    z = np.array([[1, 0], [1, 0.1], [0, 1], [0.1, 1]], np.float32)
    assert nearest_neighbour_accuracy(z, ["a", "a", "b", "b"]) == 1.0
    assert nearest_neighbour_accuracy(z, ["a", "b", "a", "b"]) == 0.0


def test_retrieval_finds_the_own_plan_among_the_block():
    z = np.eye(8, dtype=np.float32)
    assert retrieval_accuracy(z, 3 * z, among=4) == 1.0
    assert retrieval_accuracy(z, np.roll(z, 1, axis=0), among=4) == 0.0
    assert np.isnan(retrieval_accuracy(z, z, among=16))
