"""What the model adds: its figures beside simple readers of the same cases, and its own with information withheld, in one run.

- `calls`: how many calls a plan has.
- `influence`: the most that a call resembles an earlier output more than the request. Nothing is trained.
- `orders`: the most that a call resembles an earlier output that gives orders, more than the request. Nothing is trained.
- `trees`: gradient boosting over hand-made figures of a plan, trained on generated cases: what its calls, edges and pairs of call and
  clause measure at most and on average, and no text.
- `model`, and `model without …`: the package as it is, and where the runtime withholds tiers and influence, outputs, the tools'
  descriptions, the request, or the policy. Nothing is trained again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.figures import detection
from gatling_core.features import PlanFeatures, read_governance, read_plan, read_policy
from gatling_core.features.plan import EDGE_KINDS, FOLLOWED
from gatling_core.runtime import Model
from gatling_core.schemas import Case
from trainer.dataset import files
from trainer.evaluation import read_cases, task_of
from trainer.generator.cases import cases

Figures = NDArray[np.float64]
Reader = Callable[[Sequence[Case]], Figures]


def comparison(package: Path, paths: Sequence[Path], trained_on: int, most: int) -> Iterator[dict[str, Any]]:
    """One line for each set and reader, on at most so many cases, of generated ones the test split's.

    `trained_on`: generated cases that the trees learn from.
    """
    model = Model.load(package)
    readers: dict[str, Reader] = {
        "calls": _calls,
        "influence": _influence,
        "orders": _orders,
        "trees": _trees(trained_on),
        "model": _energies(model),
    }
    for name, change in WITHHELD.items():
        readers[f"model without {name}"] = _energies(model, change)
    for path in paths:
        read = list(islice(chain.from_iterable(read_cases(file, "test") for file in files(path)), most))
        found = [case for _, case in read]
        tasks = [task_of(line) for line, _ in read]
        labels = np.array([case.label for case in found])
        for name, reader in readers.items():
            yield {"set": path.name, "reader": name, **detection(reader(found), labels, tasks)}


# --- Readers


def _calls(found: Sequence[Case]) -> Figures:
    return np.array([len(case.execution_plan.nodes) for case in found], np.float64)


def _influence(found: Sequence[Case]) -> Figures:
    return np.array(
        [max((n.influence.outputs - n.influence.request for n in case.execution_plan.nodes if n.influence), default=0.0) for case in found]
    )  # fmt: skip


def _orders(found: Sequence[Case]) -> Figures:
    return np.array([_read(case).node_feats[:, FOLLOWED].max() for case in found])


def _energies(model: Model, change: Callable[[Case], Case] = lambda case: case) -> Reader:
    return lambda found: np.array([score.energy for score in model.score([change(case) for case in found])])


def _trees(count: int) -> Reader:
    """Gradient boosting, trained on generated cases of the training split: compliant or not."""
    train = [Case.model_validate(line) for line in cases(seed=0, count=count, split="train")]
    trees = HistGradientBoostingClassifier(max_iter=300, learning_rate=0.06, l2_regularization=1.0, random_state=0)
    trees.fit(_measured(train), [case.label != "gold" for case in train])
    return lambda found: trees.predict_proba(_measured(found))[:, 1]


def _measured(found: Sequence[Case]) -> Figures:
    return np.stack([_measures(case) for case in found])


def _measures(case: Case) -> Figures:
    """Hand-made figures of a plan: no text, but all that is measured of its calls, edges, and pairs of call and clause."""
    plan = _read(case)
    calls, pairs = plan.node_feats[: plan.calls], plan.pair.reshape(plan.calls, -1, plan.pair.shape[-1]).max(1)
    edges = [plan.edge_feats[plan.edge_kinds == kind] for kind in range(EDGE_KINDS)]
    return np.concatenate(
        [
            [plan.calls],
            *(part for rows in (calls, pairs) for part in (rows.max(0), rows.mean(0))),
            *(_highest(rows) for rows in edges),
        ]
    ).astype(np.float64)


def _read(case: Case) -> PlanFeatures:
    return read_plan(case.execution_plan, read_governance(read_policy(case.policy), case.user_role, case.context), case.tools)


def _highest(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows.max(0) if len(rows) else np.zeros(rows.shape[1], np.float32)


# --- What a runtime may not supply


def with_calls(case: Case, **changes: Any) -> Case:
    """The case, with these fields of every call so."""
    nodes = [node.model_copy(update=changes) for node in case.execution_plan.nodes]
    return case.model_copy(update={"execution_plan": case.execution_plan.model_copy(update={"nodes": nodes})})


WITHHELD: dict[str, Callable[[Case], Case]] = {
    "provenance": lambda case: with_calls(case, provenance_tier=None, argument_provenance=None, influence=None),
    "outputs": lambda case: with_calls(case, output=None),
    "descriptions": lambda case: case.model_copy(update={"tools": []}),
    "request": lambda case: case.model_copy(update={"context": {k: v for k, v in case.context.items() if k != "request"}}),
    "policy": lambda case: case.model_copy(update={"policy": ""}),
}
