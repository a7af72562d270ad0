import numpy as np
import pytest

from trainer.evaluation import task_of
from trainer.metrics import (
    auc,
    axis_positions,
    bootstrap,
    cut_at,
    folds_of,
    nearest_neighbour_hits,
    ordered,
    paired,
    point,
    points,
    recall_at,
    retrieval_hits,
    share,
    summarise,
    within,
)


def of(negative, positive):
    """Energies, and which rows are negative and which positive."""
    energies = np.array([*negative, *positive], float)
    low = np.arange(len(energies)) < len(negative)
    return energies, low, ~low


def test_auc_counts_pairs_and_halves_ties():
    assert point(auc(*of([0, 1], [1, 2])), 4) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_recall_at_a_false_positive_rate():
    energies, gold, attacks = of(range(100), [98.5, 97.5, 50.0, 200.0])
    assert point(recall_at(energies, gold, attacks, 0.001), 104) == 1 / 4
    assert point(recall_at(energies, gold, attacks, 0.01), 104) == 2 / 4
    assert point(recall_at(energies, gold, attacks, 0.05), 104) == 3 / 4
    assert point(cut_at(energies, gold, 0.05), 104) == 94


def test_within_compares_only_inside_a_task():
    energies, gold, attacks = of([1, 100], [2, 101])
    assert point(within(energies, gold, attacks, ["a", "b", "a", "b"]), 4) == 1.0
    assert point(auc(energies, gold, attacks), 4) == 0.75


def test_a_weight_is_worth_as_many_copies_of_a_row():
    rng = np.random.default_rng(0)
    energies, weights = rng.integers(0, 12, 60).astype(float), rng.integers(0, 4, 60)
    kind = rng.integers(0, 3, 60)
    tasks = [f"{i // 6}" for i in range(60)]
    weights = np.repeat(weights[::6], 6)  # whole tasks are drawn
    copies = np.repeat(np.arange(60), weights)
    for make in (
        lambda e, k, _: auc(e, k == 0, k == 1),
        lambda e, k, _: recall_at(e, k == 0, k == 1, 0.2),
        lambda e, k, _: ordered(e, k == 0, k == 1, k == 2),
        lambda e, k, _: share(e, k == 1),
        lambda e, k, t: within(e, k == 0, k == 1, t),
    ):
        weighted = float(make(energies, kind, tasks)(weights[None].astype(float))[0])
        # A copy of a task is a task of its own, so that no pairs arise between copies.
        nth = [f"{tasks[row]}/{sum(copies[:k] == row)}" for k, row in enumerate(copies)]
        assert weighted == pytest.approx(point(make(energies[copies], kind[copies], nth), len(copies)))


def test_order_counts_triples_and_no_ties():
    positions = np.array([0.0, 0.5, 1.0, 0.5, 2.0])
    low, middle, high = (np.isin(np.arange(5), rows) for rows in ([0, 1], [2, 3], [4]))
    assert point(ordered(positions, low, middle, high), 5) == pytest.approx((1 + 0.5) / 2)


def test_pairs_are_ordered_when_the_first_is_less():
    less, more = np.array([1.0, 5.0, 0.0]), np.array([9.0, 9.0, 2.0])
    statistic = paired(np.array([0, 1]), np.array([2, 2]), less, more)
    assert point(statistic, 3) == 0.5
    assert np.isnan(point(paired(np.zeros(0, int), np.zeros(0, int), less, more), 3))


def test_the_summary_knows_the_bands():
    found = summarise(["gold", "gold", "boundary", "adversarial"], np.array([0.5, 2.5, 3.0, 9.0]))
    assert (found["in_band_gold"], found["in_band_boundary"], found["in_band_adversarial"]) == (0.5, 1.0, 1.0)
    assert found["delta_sec"] == 6.0
    assert found["count"] == {"gold": 2, "boundary": 1, "adversarial": 1}


def test_what_cannot_be_measured_is_absent():
    assert "auc" not in summarise(["gold"], np.array([1.0]))
    assert points({"nothing": share(np.array([1.0]), np.array([False]))}, 1) == {}


def test_the_bootstrap_resamples_tasks_not_rows():
    tasks = ["one"] * 50 + ["two"] * 50
    values = np.array([0.0] * 50 + [1.0] * 50)
    assert bootstrap(tasks, {"mean": share(values, np.ones(100, bool))})["mean"] == (0.0, 1.0)


def test_the_interval_holds_the_figure_and_narrows_with_more_tasks():
    rng = np.random.default_rng(1)
    values = rng.normal(size=4_000)
    ends = {
        count: bootstrap([str(i % count) for i in range(4_000)], {"mean": share(values, np.ones(4_000, bool))})["mean"]
        for count in (4_000, 400)
    }
    low, high = ends[4_000]
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 / 4_000**0.5, rel=0.2)


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
    assert nearest_neighbour_hits(z, ["a", "a", "b", "b"]).all()
    assert not nearest_neighbour_hits(z, ["a", "b", "a", "b"]).any()


def test_retrieval_finds_the_own_plan_among_the_block():
    z = np.eye(8, dtype=np.float32)
    assert retrieval_hits(z, 3 * z, among=4).all()
    assert not retrieval_hits(z, np.roll(z, 1, axis=0), among=4).any()
    assert len(retrieval_hits(z, z, among=16)) == 0
    assert len(retrieval_hits(z, z, among=3)) == 6


def test_positions_on_the_axis_are_zero_and_one_at_the_centroids():
    z = np.array([[1, 0], [1, 0], [1, 1], [1, 1], [0, 1], [0, 1]], np.float32)
    low, high = np.arange(6) < 2, np.arange(6) >= 4
    folds = np.arange(6) % 2
    assert axis_positions(z, low, high, folds) == pytest.approx([0, 0, 0.5, 0.5, 1, 1])
    assert np.isnan(axis_positions(z, low, high, np.array([0, 0, 0, 0, 1, 1]))).all(), "one fold has no low row to lay an axis"


def test_rows_do_not_help_to_lay_the_axis_that_they_are_measured_on():
    z = np.random.default_rng(0).normal(size=(200, 1_000)).astype(np.float32)
    low, folds = np.arange(200) < 100, np.arange(200) % 2
    positions = axis_positions(z, low, ~low, folds)
    assert abs(positions[~low].mean() - positions[low].mean()) < 0.15, "noise has no two clusters"


def test_a_task_is_in_one_fold():
    assert folds_of(["a", "b", "a", "c", "b"]).tolist() == [0, 1, 0, 0, 1]
