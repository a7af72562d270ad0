"""Parts of a featurised group: some of its plans, with the sessions, policies, calls and texts that they need, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.featurise import FOREIGN, Arrays

COST_OF_PART = 12
"""What reading a group's texts and policies a second time costs, counted in padded calls."""


class Part(NamedTuple):
    """Plans `rows` of a featurised group whose first plan is plan number `start` of the store."""

    start: int
    arrays: Arrays
    rows: NDArray[np.int64]

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Of the plans, in the store."""
        return self.rows + self.start

    @property
    def clauses(self) -> int:
        """Of the longest policy that these plans stand under."""
        sessions = self.arrays["session"][self.rows]
        return int(self.arrays["policy_clauses"][self.arrays["session_policy"][sessions]].max())

    @property
    def calls(self) -> int:
        """Of the longest plan."""
        return int(self.arrays["plan_calls"][self.rows].max())


def whole(start: int, arrays: Arrays) -> Part:
    """All plans of a group."""
    return Part(start, arrays, np.arange(len(arrays["label"])))


def by_length(start: int, arrays: Arrays) -> list[Part]:
    """The group, or its short and its long plans apart where padding all to the longest would cost more than reading it twice."""
    rows = np.argsort(arrays["plan_calls"], kind="stable")
    calls = arrays["plan_calls"][rows]
    count = np.arange(1, len(rows))
    costs = count * calls[:-1] + (len(rows) - count) * calls[-1] + COST_OF_PART
    if not len(costs) or costs.min() >= len(rows) * calls[-1]:
        return [whole(start, arrays)]
    cut = int(costs.argmin()) + 1
    return [Part(start, arrays, np.sort(rows[:cut])), Part(start, arrays, np.sort(rows[cut:]))]


def grouped(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts of each group, in the order of their first ones."""
    found: dict[int, list[Part]] = {}
    for part in parts:
        found.setdefault(id(part.arrays), []).append(part)
    return list(found.values())


def together(parts: Sequence[Part]) -> list[Part]:
    """Parts of one group as one part: apart, its policies would count as two, and plans under the same policy as each other's rivals."""
    return [same[0]._replace(rows=np.unique(np.concatenate([part.rows for part in same]))) for same in grouped(parts)]


def harder(part: Part, errors: NDArray[np.float16], share: float) -> Part:
    """The plans to learn from: this share of the part's own, those that the model was last most wrong about, the unseen first."""
    foreign = part.arrays["label"][part.rows] == FOREIGN
    keep = int(np.ceil(share * np.count_nonzero(~foreign)))
    error = np.where(foreign, -1.0, errors[part.numbers])
    chosen = np.argsort(-error, kind="stable")[:keep]
    return part._replace(rows=part.rows[np.union1d(chosen, np.flatnonzero(foreign))])


def extract(part: Part) -> Arrays:
    """The part as the arrays of a group of its own."""
    arrays, rows = part.arrays, part.rows
    if len(rows) == len(arrays["label"]):
        return arrays
    found = {name: arrays[name][rows] for name in ("label", "planned", "attributed", "plan_calls", "plan_nodes", "plan_edges")}
    sessions, found["session"] = _used(arrays["session"][rows])
    policies, found["session_policy"] = _used(arrays["session_policy"][sessions])
    calls = ranges(arrays["plan_calls"], rows)
    pairs, found["call_pair"] = _used(arrays["call_pair"][calls])
    found["targets"] = arrays["targets"][calls]
    found |= _taken(arrays, ranges(arrays["plan_nodes"], rows), "node_text", "node_kinds", "node_feats")
    found |= _taken(arrays, ranges(arrays["plan_edges"], rows), "edges", "edge_kinds", "edge_feats")
    found |= _taken(arrays, pairs, "pair_clauses")
    found |= _taken(arrays, ranges(arrays["pair_clauses"], pairs), "pair")
    found |= _taken(arrays, policies, "policy_clauses")
    found |= _taken(arrays, ranges(arrays["policy_clauses"], policies), "policy_text", "policy_feats")
    found |= _taken(arrays, sessions, "session_texts")
    found |= _taken(arrays, ranges(arrays["session_texts"], sessions), "context_text", "context_kinds")
    found |= _taken(arrays, ranges(arrays["policy_clauses"][arrays["session_policy"]], sessions), "role")
    return found | _texts(arrays, found)


def _texts(arrays: Arrays, found: Arrays) -> Arrays:
    """The texts that are still referred to, padding first, and the references renumbered."""
    names = ("policy_text", "context_text", "node_text")
    texts, numbers = _used(np.concatenate([[0], *(found[name].reshape(-1) for name in names)]))
    renumbered: Arrays = {"texts": arrays["texts"][texts]}
    at = 1
    for name in names:
        renumbered[name] = numbers[at : at + found[name].size].reshape(found[name].shape)
        at += found[name].size
    return renumbered


def _taken(arrays: Arrays, rows: NDArray[np.int64], *names: str) -> Arrays:
    return {name: arrays[name][rows] for name in names}


def _used(numbers: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct numbers, ascending, and for each number its place among them."""
    distinct, places = np.unique(numbers, return_inverse=True)
    return distinct.astype(np.int64), places


def ranges(sizes: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of the chosen items, when item k has sizes[k] rows and all lie one after the other."""
    starts = np.cumsum(sizes) - sizes
    picked = sizes[chosen]
    return np.repeat(starts[chosen] - (np.cumsum(picked) - picked), picked) + np.arange(picked.sum())
