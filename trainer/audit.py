"""The shortcut audit: how well readers that lack what decides tell compliant plans from others, on worlds held out.

A label that such a reader can guess is one that a model need not read policy and request for. Each reader is fitted on the training
split and judged on the test split, whose domains, names and renderings it has never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gatling_core import text
from gatling_core.features import read_governance, read_plan, read_policy
from gatling_core.schemas import Case
from gatling_core.values import leaves
from trainer.dataset import lines
from trainer.metrics import auc, bootstrap, point

LABELS = ("boundary", "adversarial")
TEXT_COLUMNS = 2**18

Line = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """What a reader sees of a case, and the AUC that it must not (or, of the last, must) go beyond."""

    name: str
    see: Callable[[Line], Sequence[float] | str]
    limit: float


@dataclass(frozen=True)
class Finding:
    """AUC of compliant plans against those of a label, with its 95 % interval over worlds."""

    reader: str
    label: str
    auc: float
    low: float
    high: float
    limit: float


def _nodes(line: Line) -> list[dict[str, Any]]:
    return line["execution_plan"]["nodes"]


def _calls(line: Line) -> Sequence[float]:
    return [len(_nodes(line))]


def _tiers(line: Line) -> Sequence[float]:
    """Share and presence of every tier, of calls and of arguments."""
    found: list[float] = []
    calls = [node.get("provenance_tier") for node in _nodes(line)]
    arguments = [tier for node in _nodes(line) for tier in (node.get("argument_provenance") or {}).values()]
    for tiers in (calls, arguments):
        found += [float(np.mean([tier == k for tier in tiers])) if tiers else -1.0 for k in (None, 0, 1, 2, 3)]
        found += [float(any(tier == k for tier in tiers)) for k in (0, 3)]
    return found


def _scope(line: Line) -> Sequence[float]:
    found: list[float] = []
    for key in ("scope_volume", "scope_sensitivity"):
        values = [float(node[key]) for node in _nodes(line) if node.get(key) is not None]
        found += [max(values), float(np.mean(values))] if values else [-1.0, -1.0]
    return found


def _shape(line: Line) -> Sequence[float]:
    """Where calls stand and how they are joined, not what they are: position, edges, repetitions."""
    names = [node["tool_name"] for node in _nodes(line)]
    edges = line["execution_plan"]["edges"]
    at = {node["node_id"]: k for k, node in enumerate(_nodes(line))}
    ends = [(at[a], at[b]) for a, b in edges]
    return [
        len(edges) / len(names), len(set(names)) / len(names), float(names[0] == names[-1]),
        max((b for _, b in ends), default=-1) / len(names), min((a for a, _ in ends), default=-1) / len(names),
        float(np.mean([b - a for a, b in ends])) if ends else 0.0, float(any(b == len(names) - 1 for _, b in ends)),
    ]  # fmt: skip


def _governance(line: Line) -> str:
    return " ".join(map(str, [line["user_role"], *leaves(line["context"]), line["policy"]]))


def _names(line: Line) -> str:
    return " ".join(node["tool_name"] for node in _nodes(line))


def _plan(line: Line) -> str:
    return " ".join(f"{node['tool_name']} " + " ".join(map(str, leaves(node["arguments"]))) for node in _nodes(line))


def _seen(line: Line) -> str:
    return _plan(line) + " " + " ".join(node.get("output") or "" for node in _nodes(line))


def _matched(line: Line) -> Sequence[float]:
    """The exact relations of calls with policy and request, pooled: what a simple matcher of all three sees."""
    case = Case.model_validate(line)
    governance = read_governance(read_policy(case.policy), case.user_role, case.context)
    plan = read_plan(case.execution_plan, governance, case.tools)
    pair = plan.pair.reshape(-1, plan.pair.shape[-1])
    bound = np.concatenate([plan.pair, np.broadcast_to(governance.role, (plan.calls, *governance.role.shape))], -1)
    named = bound[(bound[..., 1] > 0) | (bound[..., 6] > 0)]
    calls = plan.node_feats[: plan.calls]
    pooled = [calls.max(0), calls.mean(0), calls.min(0), pair.max(0), governance.role.max(0)]
    pooled += [named.max(0), named.mean(0)] if len(named) else [np.full(2 * bound.shape[-1], -1.0)]
    return np.concatenate(pooled).tolist()


READERS = (
    Reader("number of calls", _calls, 0.60),
    Reader("provenance tiers", _tiers, 0.60),
    Reader("scope fields", _scope, 0.60),
    Reader("position and shape", _shape, 0.60),
    Reader("policy, role and request without plan", _governance, 0.60),
    Reader("tool names", _names, 0.75),
    Reader("words of the plan", _plan, 0.75),
    Reader("words of the plan and its outputs", _seen, 0.75),
    Reader("policy, request and plan, simply matched", _matched, 1.0),
)


def audit(paths: Sequence[Path], limit: int) -> list[Finding]:
    """Every reader's AUC against every label, fitted on `limit` training cases."""
    train, test = (list(islice(lines(paths, split), limit)) for split in ("train", "test"))
    found: list[Finding] = []
    for reader in tqdm(READERS, desc="readers"):
        seen = [[reader.see(line) for line in part] for part in (train, test)]
        for label in LABELS:
            chosen = [[k for k, line in enumerate(part) if line["label"] in ("gold", label)] for part in (train, test)]
            fit, judged = ([part[k] for k in rows] for part, rows in zip(seen, chosen, strict=True))
            wrong = [
                np.array([part[k]["label"] != "gold" for k in rows]) for part, rows in zip((train, test), chosen, strict=True)
            ]
            scores = _scores(fit, wrong[0], judged)
            worlds = [test[k]["world"]["seed"] for k in chosen[1]]
            found.append(_finding(reader, label, scores, wrong[1], worlds))
    return found


def _scores(fit: list[Any], wrong: NDArray[np.bool_], judged: list[Any]) -> NDArray[np.float64]:
    """How suspicious a reader finds the judged cases: words by logistic regression, numbers by gradient boosting."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression

    if isinstance(fit[0], str):
        words = HashingVectorizer(n_features=TEXT_COLUMNS, analyzer=cast("Any", text.words))
        model = LogisticRegression(solver="liblinear", class_weight="balanced", C=4.0).fit(words.transform(fit), wrong)
        return model.decision_function(words.transform(judged))
    model = HistGradientBoostingClassifier(max_iter=150, learning_rate=0.08, class_weight="balanced", random_state=0)
    return model.fit(np.array(fit), wrong).decision_function(np.array(judged))


def _finding(reader: Reader, label: str, scores: NDArray[np.float64], wrong: NDArray[np.bool_], worlds: list[str]) -> Finding:
    statistic = auc(scores, ~wrong, wrong)
    low, high = bootstrap(worlds, {"auc": statistic}, rounds=200)["auc"]
    return Finding(reader.name, label, point(statistic, len(scores)), low, high, reader.limit)


def markdown(findings: Sequence[Finding]) -> str:
    """The findings as a table; what is over its limit is marked."""
    rows = ["| a reader of | " + " | ".join(f"against {label}" for label in LABELS) + " | at most |", "| --- | --- | --- | --- |"]
    for start in range(0, len(findings), len(LABELS)):
        some = findings[start : start + len(LABELS)]
        cells = [f"{f.auc:.3f} [{f.low:.3f}, {f.high:.3f}]{' !' if f.auc > f.limit else ''}" for f in some]
        limit = f"{some[0].limit:.2f}" if some[0].limit < 1 else "–"
        rows.append(f"| {some[0].reader} | {' | '.join(cells)} | {limit} |")
    return "\n".join(rows)
