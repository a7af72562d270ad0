"""Training batches: featurised groups of about one size, joined into the arrays that the network takes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core.features.batch import BLOCK
from trainer.features import Store
from trainer.featurise import FOREIGN, Arrays

POOL = 16
"""Record batches that are shuffled together: 1,024 groups, some 50 MB."""

MAX_PAIRS = 1_000_000
"""A batch's pairs of call and clause, padding counted: 72 MB of relations. One long policy must not make a batch of a gigabyte."""

Numbered = tuple[int, Arrays]
"""A featurised group, and the number of its first plan in the store."""


class Inputs(NamedTuple):
    """What the network reads: P policies, G governances, B plans of M nodes; fields as in `nn.model.Tensors`."""

    texts: NDArray[np.int32]  # [T, WIDTH]
    policy_text: NDArray[np.int64]  # [P, C]
    policy_feats: NDArray[np.float32]  # [P, C, F]
    policy_mask: NDArray[np.float32]  # [P, C]
    policy: NDArray[np.int64]  # [G]
    context_text: NDArray[np.int64]  # [G, S]
    context_kinds: NDArray[np.int64]  # [G, S]
    context_mask: NDArray[np.float32]  # [G, S]
    role: NDArray[np.float32]  # [G, C, R]
    governance: NDArray[np.int64]  # [B]
    node_text: NDArray[np.int64]  # [M, 2]
    node_kinds: NDArray[np.int64]  # [M]
    node_feats: NDArray[np.float32]  # [M, F]
    edges: NDArray[np.int64]  # [2, E]
    edge_kinds: NDArray[np.int64]  # [E]
    edge_feats: NDArray[np.float32]  # [E, K]
    calls: NDArray[np.int64]  # [B, N]
    call_mask: NDArray[np.float32]  # [B, N]
    pair: NDArray[np.float32]  # [B, N, C, Q]


@dataclass(frozen=True)
class TrainingBatch:
    """B plans under G governances, with what the oracle says of each plan."""

    inputs: Inputs
    label: NDArray[np.int64]  # [B] 0 gold, 1 boundary, 2 adversarial, FOREIGN
    targets: NDArray[np.float32]  # [B, N, 4]
    attributed: NDArray[np.bool_]  # [B] targets hold per call and term
    number: NDArray[np.int64]  # [B] of the plan in the store


def epoch_of(store: Store, plans: int, seed: int, epoch: int) -> Iterator[list[Numbered]]:
    """Batches of about `plans` plans whose policies and plans are about as large (padding would cost most of the time), in random order."""
    rng = random.Random(f"{seed}/{epoch}")
    order = rng.sample(range(store.batches), store.batches)
    for start in range(0, len(order), POOL):
        pool = [group for number in order[start : start + POOL] for group in store.read(number)]
        yield from cut(pool, plans, rng)


def cut(groups: Sequence[Numbered], plans: int, rng: random.Random) -> Iterator[list[Numbered]]:
    """The groups as batches of one size, of at most `plans` plans and MAX_PAIRS padded pairs of call and clause."""
    ordered = sorted(groups, key=lambda item: (*_size(item[1]), rng.random()))
    batches: list[list[Numbered]] = []
    count = clauses = calls = 0
    for group in ordered:
        count += len(group[1]["label"])
        clauses, calls = (max(pair) for pair in zip((clauses, calls), _size(group[1]), strict=True))
        if not batches or count > plans or count * clauses * calls > MAX_PAIRS:
            batches.append([])
            count, (clauses, calls) = len(group[1]["label"]), _size(group[1])
        batches[-1].append(group)
    yield from rng.sample(batches, len(batches))


def _size(arrays: Arrays) -> tuple[int, int]:
    """Clauses, in the blocks they are padded to, and calls of the longest plan."""
    return _blocks(arrays["policy_clauses"].max()), int(arrays["plan_calls"].max())


def _blocks(clauses: int) -> int:
    return -(-int(clauses) // BLOCK) * BLOCK


def harder(group: Numbered, errors: NDArray[np.float16], keep: int) -> NDArray[np.int64]:
    """The plans of a group to learn from: of its own at most `keep`, those that the model was last most wrong about, the unseen first."""
    start, arrays = group
    foreign = arrays["label"] == FOREIGN
    error = np.where(foreign, -1.0, errors[start : start + len(foreign)])
    chosen = np.argsort(-error, kind="stable")[:keep]
    return np.union1d(chosen, np.flatnonzero(foreign))


def join(groups: Sequence[Numbered], kept: Sequence[NDArray[np.int64]] | None = None) -> TrainingBatch:
    """One batch from groups; of each group only the plans `kept`, by default all."""
    width = _blocks(max(arrays["policy_clauses"].max() for _, arrays in groups))
    plans = [np.arange(len(arrays["label"])) for _, arrays in groups] if kept is None else kept
    longest = max(int(arrays["plan_calls"][rows].max()) for (_, arrays), rows in zip(groups, plans, strict=True))
    parts: dict[str, list[Any]] = {name: [] for name in (*Inputs._fields, "label", "targets", "attributed", "number")}
    at = _Offsets()
    for (start, arrays), rows in zip(groups, plans, strict=True):
        _governances(parts, arrays, at, width)
        _plans(parts, arrays, rows, at, width, longest)
        parts["number"].append(rows + start)
        at = at.after(arrays, parts["node_text"][-1])
    slots = max(part.shape[1] for part in parts["context_text"])
    for name in ("context_text", "context_kinds", "context_mask"):
        parts[name] = [np.pad(part, ((0, 0), (0, slots - part.shape[1]))) for part in parts[name]]
    inputs = Inputs(*(np.concatenate(parts[name], axis=1 if name == "edges" else 0) for name in Inputs._fields))
    return TrainingBatch(inputs, *(np.concatenate(parts[name]) for name in ("label", "targets", "attributed", "number")))


class _Offsets(NamedTuple):
    """How many rows came before the group that is joined now."""

    texts: int = 0
    policies: int = 0
    sessions: int = 0
    nodes: int = 0

    def after(self, arrays: Arrays, nodes: NDArray[np.int64]) -> _Offsets:
        return _Offsets(
            self.texts + len(arrays["texts"]),
            self.policies + len(arrays["policy_clauses"]),
            self.sessions + len(arrays["session_policy"]),
            self.nodes + len(nodes),
        )


def _governances(parts: dict[str, list[Any]], arrays: Arrays, at: _Offsets, width: int) -> None:
    """Policies and sessions of one group, padded to `width` clauses."""
    clauses, slots = arrays["policy_clauses"], arrays["session_texts"]
    policy = arrays["session_policy"]
    mask, role_mask = _mask(clauses, width), _mask(clauses[policy], width)
    context_mask = _mask(slots, int(slots.max()))
    parts["texts"].append(arrays["texts"].astype(np.int32))
    parts["policy_text"].append(_spread(arrays["policy_text"] + at.texts, mask))
    parts["policy_feats"].append(_spread(arrays["policy_feats"], mask))
    parts["policy_mask"].append(mask.astype(np.float32))
    parts["policy"].append(policy.astype(np.int64) + at.policies)
    parts["context_text"].append(_spread(arrays["context_text"] + at.texts, context_mask))
    parts["context_kinds"].append(_spread(arrays["context_kinds"], context_mask))
    parts["context_mask"].append(context_mask.astype(np.float32))
    parts["role"].append(_spread(arrays["role"], role_mask))


def _plans(parts: dict[str, list[Any]], arrays: Arrays, rows: NDArray[np.int64], at: _Offsets, width: int, longest: int) -> None:
    """The chosen plans of one group: graphs as a disjoint union, calls padded to `longest`."""
    calls, nodes, edges = (arrays[name][rows] for name in ("plan_calls", "plan_nodes", "plan_edges"))
    node_rows, edge_rows, call_rows = (_ranges(arrays[name], rows) for name in ("plan_nodes", "plan_edges", "plan_calls"))
    first = np.cumsum(nodes) - nodes + at.nodes
    mask = _mask(calls, longest)
    parts["governance"].append(arrays["session"][rows].astype(np.int64) + at.sessions)
    parts["node_text"].append(arrays["node_text"][node_rows].astype(np.int64) + at.texts)
    parts["node_kinds"].append(arrays["node_kinds"][node_rows].astype(np.int64))
    parts["node_feats"].append(arrays["node_feats"][node_rows].astype(np.float32))
    parts["edges"].append((arrays["edges"][edge_rows].astype(np.int64) + np.repeat(first, edges)[:, None]).T)
    parts["edge_kinds"].append(arrays["edge_kinds"][edge_rows].astype(np.int64))
    parts["edge_feats"].append(arrays["edge_feats"][edge_rows].astype(np.float32))
    parts["calls"].append(np.where(mask, first[:, None] + np.arange(longest), 0))
    parts["call_mask"].append(mask.astype(np.float32))
    distinct = _spread(arrays["pair"], _mask(arrays["pair_clauses"], width))
    parts["pair"].append(_spread(distinct[arrays["call_pair"][call_rows]], mask))
    parts["label"].append(arrays["label"][rows].astype(np.int64))
    parts["targets"].append(_spread(arrays["targets"][call_rows], mask))
    parts["attributed"].append(arrays["attributed"][rows])


def _mask(sizes: NDArray[Any], width: int) -> NDArray[np.bool_]:
    """[n, width]: True where there is something."""
    return np.arange(width) < sizes[:, None]


def _ranges(sizes: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of the chosen items, when item k has sizes[k] rows and all lie one after the other."""
    starts = np.cumsum(sizes) - sizes
    picked = sizes[chosen]
    return np.repeat(starts[chosen] - (np.cumsum(picked) - picked), picked) + np.arange(picked.sum())


def _spread(rows: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Rows one after the other → [n, width, …], zero where the mask is False. Integers become int64, the rest float32."""
    kind = np.int64 if np.issubdtype(rows.dtype, np.integer) else np.float32
    padded = np.zeros((*mask.shape, *rows.shape[1:]), kind)
    padded[mask] = rows
    return padded
