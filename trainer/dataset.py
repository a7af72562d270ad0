"""Cases from JSONL files as training batches: streamed, shuffled by a seed, featurised in worker processes (no torch here)."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from gatling_core import jsonl
from gatling_core.features import Batch, PolicyBatch, collate, collate_policies, read_governance, read_plan, read_policy
from gatling_core.features.batch import BLOCK
from gatling_core.policy import clauses
from gatling_core.schemas import LABELS, TERMS, Case, LabelledPlan, Plan, Terms

FOREIGN = -1
"""The label of an in-batch negative: a compliant plan of another governance, only contrasted, never calibrated."""

DEFAULT_ENERGY = {"gold": 0.5, "boundary": 3.5, "adversarial": 9.5}
BASE_ENERGY = 0.5
"""What a compliant plan carries over all terms, spread evenly over its calls."""

SHUFFLE_BUFFER = 4_096

_CODES: dict[str, int] = {label: code for code, label in enumerate(LABELS)}

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class TrainingBatch:
    """B plans under G governances, with what the oracle says of each plan."""

    policies: PolicyBatch
    policy: NDArray[np.int64]  # [G] the policy of each governance
    plans: Batch
    label: NDArray[np.int64]  # [B] 0 gold, 1 boundary, 2 adversarial, FOREIGN
    targets: NDArray[np.float32]  # [B, N, 4]
    attributed: NDArray[np.bool_]  # [B] targets hold per call and term
    sample: tuple[str, ...]  # [B] where the plan is from, for mining: "<case id>#<position>"


@dataclass(frozen=True)
class Candidate:
    """A labelled plan, whichever field of the case it came from."""

    plan: Plan
    label: str
    energy_labels: Terms | None
    violations: Sequence[Any]


def data_digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the names and bytes of the files: which data a model was trained on."""
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def stream(paths: Sequence[Path], split: str | None, seed: int, epoch: int) -> Iterator[bytes]:
    """The cases of a split as JSON lines, endless files never held in memory: files in a new order, lines through a shuffle buffer."""
    rng = random.Random(f"{seed}/{epoch}")
    order = list(paths)
    rng.shuffle(order)
    buffer: list[bytes] = []
    for path in order:
        for line in jsonl.lines(path):
            if split is not None and orjson.loads(line).get("split", "train") != split:
                continue
            buffer.append(line)
            if len(buffer) >= SHUFFLE_BUFFER:
                yield _pop(buffer, rng)
    while buffer:
        yield _pop(buffer, rng)


def _pop(buffer: list[bytes], rng: random.Random) -> bytes:
    k = rng.randrange(len(buffer))
    buffer[k], buffer[-1] = buffer[-1], buffer[k]
    return buffer.pop()


def groups(lines: Iterable[bytes], size: int, seed: int, epoch: int, window: int = 32) -> Iterator[list[bytes]]:
    """Batches of `size` cases whose policies and plans are about as large (padding would cost most of the time), in random order."""
    rng = random.Random(f"{seed}/{epoch}/groups")
    pending: list[bytes] = []
    for line in lines:
        pending.append(line)
        if len(pending) == size * window:
            yield from _cut(pending, size, rng)
            pending = []
    yield from _cut(pending, size, rng)


def _cut(lines: list[bytes], size: int, rng: random.Random) -> Iterator[list[bytes]]:
    ordered = sorted(lines, key=_size)
    batches = [ordered[i : i + size] for i in range(0, len(ordered), size)]
    rng.shuffle(batches)
    yield from batches


def _size(line: bytes) -> tuple[int, int]:
    """Clauses, in the blocks they are padded to, and calls of the longest plan."""
    case = orjson.loads(line)
    plans = [case["execution_plan"], *(case.get("hard_negatives") or [])]
    return -(-len(clauses(case["policy"])) // BLOCK), max(len(plan["nodes"]) for plan in plans)


def candidates(case: Case) -> list[Candidate]:
    """The case's own plan first, then its minimal pair, then its hard negatives that carry a label."""
    own = Candidate(case.execution_plan, case.label or "gold", case.energy_labels, case.violations)
    others = [*([case.minimal_pair] if case.minimal_pair else []), *case.hard_negatives]
    return [own, *(_candidate(plan) for plan in others if plan.label)]


def _candidate(plan: LabelledPlan) -> Candidate:
    return Candidate(plan, plan.label or "adversarial", plan.energy_labels, plan.violations)


def featurise(lines: Sequence[bytes], chosen: Sequence[Sequence[int]] | None = None) -> TrainingBatch:
    """A training batch from case lines. `chosen` names the candidates to keep of each line, all by default.

    Besides its own candidates, each governance gets one compliant plan of its neighbour in the batch as an in-batch negative.
    """
    cases = [Case.model_validate_json(line) for line in lines]
    policies, policy_rows, positions = [], [], {}
    governances, plans, rows, labels, targets, attributed, sample = [], [], [], [], [], [], []
    for g, case in enumerate(cases):
        policy = read_policy(case.policy)
        if policy.digest not in positions:
            positions[policy.digest] = len(policies)
            policies.append(policy)
        policy_rows.append(positions[policy.digest])
        governances.append(read_governance(policy, case.user_role, case.context))
        found = candidates(case)
        for k in chosen[g] if chosen else range(len(found)):
            plans.append(read_plan(found[k].plan, governances[g], case.tools))
            target, known = energy_targets(found[k])
            rows.append(g)
            labels.append(_CODES[found[k].label])
            targets.append(target)
            attributed.append(known)
            sample.append(f"{case.id}#{k}")
    for g, case in enumerate(cases):
        other = cases[(g + 1) % len(cases)]
        if other.label == "gold" and policy_rows[g] != policy_rows[(g + 1) % len(cases)]:
            plans.append(read_plan(other.execution_plan, governances[g], [*case.tools, *other.tools]))
            rows.append(g)
            labels.append(FOREIGN)
            attributed.append(False)
            sample.append("")
            targets.append(np.zeros((plans[-1].calls, len(TERMS)), np.float32))
    batch = collate(governances, plans, rows)
    padded = np.zeros((*batch.calls.shape, len(TERMS)), np.float32)
    for b, target in enumerate(targets):
        padded[b, : len(target)] = target
    return TrainingBatch(
        collate_policies(policies), np.array(policy_rows), batch, np.array(labels), padded, np.array(attributed), tuple(sample)
    )


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


def prefetch(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """`map` in worker processes, in order, a bounded number ahead; in this process if `workers` is 0."""
    if not workers:
        yield from map(function, items)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
        running: deque[Future[R]] = deque()
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > 3 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
