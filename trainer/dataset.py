"""Labelled data as groups: plans to be told apart, under the sessions of a few policies. From generated shards or from JSONL cases."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from gatling_core import jsonl
from gatling_core.schemas import TERMS, Case, Influence, LabelledPlan, Plan, Terms, ToolCall, Violation
from trainer import shards
from trainer.cases import cases_of, written
from trainer.groups import split_of
from trainer.quotas import SIZE
from trainer.worlds.dice import Split

DEFAULT_ENERGY = {"gold": 0.5, "boundary": 3.5, "adversarial": 9.5}
BASE_ENERGY = 0.5
"""What a compliant plan carries over all terms, spread evenly over its calls."""


@dataclass(frozen=True)
class Session:
    """A governance: the number of its policy in the group, role and context."""

    policy: int
    user_role: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Candidate:
    """A labelled plan under a session of its group."""

    session: int
    plan: Plan
    label: str
    energy_labels: Terms | None
    violations: Sequence[Violation]


@dataclass(frozen=True)
class Group:
    """Candidates that are contrasted with each other: a generated group, or one case with its minimal pair and hard negatives."""

    id: str
    policies: Sequence[dict[str, Any] | str]
    tools: Sequence[Mapping[str, Any]]
    sessions: Sequence[Session]
    candidates: Sequence[Candidate]


def files(path: Path) -> list[Path]:
    """The path itself, or the data files in a folder, sorted by name.

    Raises:
        FileNotFoundError: nothing is there.
    """
    if path.is_dir() and (found := sorted(path.glob(f"*{shards.SUFFIX}"))):
        return found
    return jsonl.files(path)


def data_digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the names and bytes of the files: which data a model was trained on."""
    total = hashlib.sha256()
    for path in paths:
        total.update(f"{path.name} {shards.checksum(path)}\n".encode())
    return total.hexdigest()


def stream(paths: Sequence[Path], split: str | None = None) -> Iterator[bytes]:
    """Groups or cases of a split as JSON, one at a time; `parse` reads both."""
    for path in paths:
        if path.suffix == shards.SUFFIX:
            yield from (text for part in shards.parts([path]) for text in shards.read_part(*part, split))
        else:
            yield from (line for line in jsonl.lines(path) if split is None or orjson.loads(line).get("split", split) == split)


def lines(paths: Sequence[Path], split: str | None = None) -> Iterator[dict[str, Any]]:
    """The cases of files or folders, each by itself."""
    for text in stream([file for path in paths for file in files(path)], split):
        found = orjson.loads(text)
        yield from cases_of(found) if "sessions" in found else [found]


def parse(text: bytes) -> Group:
    """A group from a line of JSONL, which is validated, or from a shard, which is the oracle's own word and trusted.

    Raises:
        ValidationError: the line is no case.
    """
    found = orjson.loads(text)
    return _trusted(found) if "sessions" in found else group_of(Case.model_validate(found))


def generated(seed: int, count: int, split: Split) -> list[Group]:
    """The first generated groups of a split that hold `count` cases together."""
    numbers = (number for number in itertools.count() if split_of(seed, number) == split)
    return [_trusted(written(seed, number)) for number in itertools.islice(numbers, -(-count // SIZE))]


def group_of(case: Case) -> Group:
    """The case's own plan first, then its minimal pair, then its hard negatives that carry a label."""
    own = Candidate(0, case.execution_plan, case.label or "gold", case.energy_labels, case.violations)
    others: list[LabelledPlan] = [*([case.minimal_pair] if case.minimal_pair else []), *case.hard_negatives]
    candidates = [own, *(Candidate(0, p, p.label, p.energy_labels, p.violations) for p in others if p.label)]
    return Group(case.id or "", [case.policy], case.tools, [Session(0, case.user_role, case.context)], candidates)


def _trusted(found: Mapping[str, Any]) -> Group:
    """Built without validation, which would take longer than everything else."""
    candidates = [
        Candidate(
            case["session"],
            Plan.model_construct(
                nodes=[_call(node) for node in case["execution_plan"]["nodes"]], edges=case["execution_plan"]["edges"]
            ),
            case["label"],
            Terms.model_construct(**case["energy_labels"]),
            [Violation.model_construct(**violation) for violation in case["violations"]],
        )
        for case in found["cases"]
    ]
    return Group(
        found["id"], found["policies"], found["tools"], [Session(**session) for session in found["sessions"]], candidates
    )


def _call(node: dict[str, Any]) -> ToolCall:
    influence = node.get("influence")
    return ToolCall.model_construct(None, **{**node, "influence": influence and Influence.model_construct(None, **influence)})


def energy_targets(candidate: Candidate) -> tuple[NDArray[np.float32], bool]:
    """Per call and term [N, 4], and whether they are known.

    A violation's energy goes to its call; what is left of each term's label is spread evenly over the calls. A verdict that names no
    call says only what the whole plan is.
    """
    calls = len(candidate.plan.nodes)
    labels = candidate.energy_labels
    if candidate.label != "gold" and not (candidate.violations and labels):
        return np.full((calls, len(TERMS)), DEFAULT_ENERGY[candidate.label] / calls / len(TERMS), np.float32), False
    totals = np.array(labels.as_tuple() if labels else [BASE_ENERGY / len(TERMS)] * len(TERMS), np.float32)
    position = {node.node_id: i for i, node in enumerate(candidate.plan.nodes)}
    broken = np.zeros((calls, len(TERMS)), np.float32)
    for violation in candidate.violations:
        broken[position[violation.node_id], TERMS.index(violation.term)] += violation.energy
    sums = broken.sum(0)
    base = np.minimum(np.maximum(totals - sums, BASE_ENERGY / len(TERMS)), totals)
    scale = np.divide(totals - base, sums, out=np.zeros_like(sums), where=sums > 0)
    return (broken * scale + np.where(sums > 0, base, totals) / calls).astype(np.float32), True
