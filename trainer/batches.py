"""Training batches: plans of about one size, joined into the arrays that the network takes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core.features.batch import BLOCK
from trainer.features import Store
from trainer.featurise import Arrays
from trainer.parts import Part, by_length, extract, together

POOL = 16
"""Record batches that are shuffled together: 1,024 groups, some 50 MB."""

MAX_PAIRS = 250_000
"""A batch's pairs of call and clause, padding counted: 18 MB of relations. One long policy must not make a step of many seconds."""


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
    planned: NDArray[np.int64]  # [B] the same for the same plan under another governance
    number: NDArray[np.int64]  # [B] of the plan in the store


TOLD = ("label", "targets", "attributed", "planned")
"""What a batch tells of its plans beside the inputs."""


def epoch_of(store: Store, plans: int, seed: int, epoch: int) -> Iterator[list[Part]]:
    """Batches of about `plans` plans, which and whose policies are about as long (padding would cost most of the time), in random order."""
    rng = random.Random(f"{seed}/{epoch}")
    order = rng.sample(range(store.batches), store.batches)
    for start in range(0, len(order), POOL):
        groups = [group for number in order[start : start + POOL] for group in store.read(number)]
        yield from cut([[part] for group in groups for part in by_length(*group)], plans, rng)


def cut(bundles: Sequence[Sequence[Part]], plans: int, rng: random.Random) -> Iterator[list[Part]]:
    """The parts as batches of one size, of at most `plans` plans and MAX_PAIRS padded pairs of call and clause; a bundle stays together."""
    sizes = [(_blocks(max(part.clauses for part in parts)), max(part.calls for part in parts)) for parts in bundles]
    ordered = sorted(zip(sizes, bundles, strict=True), key=lambda bundle: (*bundle[0], rng.random()))
    batches: list[list[Part]] = []
    count = clauses = calls = 0
    for size, parts in ordered:
        more = sum(len(part.rows) for part in parts)
        count, clauses, calls = count + more, max(clauses, size[0]), max(calls, size[1])
        if not batches or count > plans or count * clauses * calls > MAX_PAIRS:
            batches.append([])
            count, clauses, calls = more, *size
        batches[-1].extend(parts)
    yield from rng.sample(batches, len(batches))


def _blocks(clauses: int) -> int:
    return -(-int(clauses) // BLOCK) * BLOCK


def join(parts: Sequence[Part]) -> TrainingBatch:
    """One batch from parts of groups; parts of the same group share its policies."""
    parts = together(parts)
    groups = [extract(part) for part in parts]
    width = _blocks(max(arrays["policy_clauses"].max() for arrays in groups))
    longest = max(int(arrays["plan_calls"].max()) for arrays in groups)
    joined: dict[str, list[Any]] = {name: [] for name in (*Inputs._fields, *TOLD)}
    at = _Offsets()
    for arrays in groups:
        _governances(joined, arrays, at, width)
        _plans(joined, arrays, at, width, longest)
        at = at.after(arrays)
    slots = max(part.shape[1] for part in joined["context_text"])
    for name in ("context_text", "context_kinds", "context_mask"):
        joined[name] = [np.pad(part, ((0, 0), (0, slots - part.shape[1]))) for part in joined[name]]
    inputs = Inputs(*(np.concatenate(joined[name], axis=1 if name == "edges" else 0) for name in Inputs._fields))
    told = {name: np.concatenate(joined[name]) for name in TOLD}
    return TrainingBatch(inputs, **told, number=np.concatenate([part.numbers for part in parts]))


class _Offsets(NamedTuple):
    """How many rows came before the group that is joined now."""

    texts: int = 0
    policies: int = 0
    sessions: int = 0
    nodes: int = 0
    plans: int = 0

    def after(self, arrays: Arrays) -> _Offsets:
        return _Offsets(
            self.texts + len(arrays["texts"]),
            self.policies + len(arrays["policy_clauses"]),
            self.sessions + len(arrays["session_policy"]),
            self.nodes + len(arrays["node_kinds"]),
            self.plans + int(arrays["planned"].max()) + 1,
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


def _plans(parts: dict[str, list[Any]], arrays: Arrays, at: _Offsets, width: int, longest: int) -> None:
    """Plans of one group: graphs as a disjoint union, calls padded to `longest`."""
    nodes, edges = arrays["plan_nodes"], arrays["plan_edges"]
    first = np.cumsum(nodes) - nodes + at.nodes
    mask = _mask(arrays["plan_calls"], longest)
    parts["governance"].append(arrays["session"].astype(np.int64) + at.sessions)
    parts["node_text"].append(arrays["node_text"].astype(np.int64) + at.texts)
    parts["node_kinds"].append(arrays["node_kinds"].astype(np.int64))
    parts["node_feats"].append(arrays["node_feats"].astype(np.float32))
    parts["edges"].append((arrays["edges"].astype(np.int64) + np.repeat(first, edges)[:, None]).T)
    parts["edge_kinds"].append(arrays["edge_kinds"].astype(np.int64))
    parts["edge_feats"].append(arrays["edge_feats"].astype(np.float32))
    parts["calls"].append(np.where(mask, first[:, None] + np.arange(longest), 0))
    parts["call_mask"].append(mask.astype(np.float32))
    distinct = _spread(arrays["pair"], _mask(arrays["pair_clauses"], width))
    parts["pair"].append(_spread(distinct[arrays["call_pair"]], mask))
    parts["label"].append(arrays["label"].astype(np.int64))
    parts["targets"].append(_spread(arrays["targets"], mask))
    parts["attributed"].append(arrays["attributed"])
    parts["planned"].append(arrays["planned"].astype(np.int64) + at.plans)


def _mask(sizes: NDArray[Any], width: int) -> NDArray[np.bool_]:
    """[n, width]: True where there is something."""
    return np.arange(width) < sizes[:, None]


def _spread(rows: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[Any]:
    """Rows one after the other → [n, width, …], zero where the mask is False. Integers become int64, the rest float32."""
    kind = np.int64 if np.issubdtype(rows.dtype, np.integer) else np.float32
    padded = np.zeros((*mask.shape, *rows.shape[1:]), kind)
    padded[mask] = rows
    return padded
