"""Distinctness: how many cases repeat a case of another group, and what the splits share that they should not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatling_core import text
from gatling_core.values import is_specific, leaves, normal
from trainer.dataset import lines

SIMILAR = 0.9
"""Jaccard similarity of word pairs from which on two cases are near-duplicates."""
ROWS, BANDS = 4, 16
"""MinHash with locality-sensitive hashing (Broder 1997): cases that share a band of ROWS minima are compared by all ROWS · BANDS of them."""
PRIME = 2**31 - 1

Line = dict[str, Any]


@dataclass(frozen=True)
class Distinctness:
    """Of `cases`, how many are near-duplicates of one in another group; and what the held-out splits have in common with training."""

    cases: int
    near_duplicates: int
    shared_domains: int
    shared_tools: float
    """Share of the test split's tool names that training has too."""
    shared_values: float
    """Share of the test split's specific argument values (codes, addresses, names, amounts) that training has too."""


def distinctness(paths: Sequence[Path], limit: int) -> Distinctness:
    """Measured over at most `limit` cases of each split."""
    seen = _Buckets()
    count = repeated = 0
    domains: dict[str, set[str]] = {}
    tools: dict[str, set[str]] = {}
    values: dict[str, set[str]] = {}
    for split in ("train", "test"):
        for line in islice(lines(paths, split), limit):
            count += 1
            repeated += seen.repeats(line["world"]["seed"], signature(_pairs(line)))
            domains.setdefault(split, set()).add(line["world"]["domain"])
            tools.setdefault(split, set()).update(node["tool_name"] for node in line["execution_plan"]["nodes"])
            values.setdefault(split, set()).update(_values(line))
    return Distinctness(
        count,
        repeated,
        len(domains["train"] & domains["test"]),
        len(tools["train"] & tools["test"]) / len(tools["test"]),
        len(values["train"] & values["test"]) / max(1, len(values["test"])),
    )


class _Buckets:
    """Signatures by their bands, each with the group it is from."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, bytes], list[tuple[str, NDArray[np.int64]]]] = {}

    def repeats(self, group: str, signed: NDArray[np.int64]) -> bool:
        """Whether a case of another group is like this one; remembers it."""
        repeated = False
        for band in range(BANDS):
            bucket = self._found.setdefault((band, signed[band * ROWS : (band + 1) * ROWS].tobytes()), [])
            repeated = repeated or any(name != group and (other == signed).mean() >= SIMILAR for name, other in bucket)
            bucket.append((group, signed))
        return repeated


def signature(shingles: NDArray[np.int64]) -> NDArray[np.int64]:
    """MinHash [ROWS · BANDS]: the share of equal entries of two signatures estimates the Jaccard similarity of their sets."""
    return ((shingles[None, :] % PRIME * _FACTORS[:, None] + _SHIFTS[:, None]) % PRIME).min(1)


_RNG = np.random.default_rng(0)
_FACTORS = _RNG.integers(1, PRIME, ROWS * BANDS, dtype=np.int64)
_SHIFTS = _RNG.integers(0, PRIME, ROWS * BANDS, dtype=np.int64)


def _pairs(line: Line) -> NDArray[np.int64]:
    """Neighbouring words of policy, role, context and calls."""
    calls = ((node["tool_name"], *leaves(node["arguments"])) for node in line["execution_plan"]["nodes"])
    said = [
        str(line["policy"]),
        line["user_role"],
        *map(str, leaves(line["context"])),
        *(str(leaf) for call in calls for leaf in call),
    ]
    ids = text.word_ids(" . ".join(said))
    return np.array([(31 * a + b) & 0xFFFFFFFF for a, b in pairwise(ids)] or [0], np.int64)


def _values(line: Line) -> Iterator[str]:
    scalars: Iterable[Any] = (leaf for node in line["execution_plan"]["nodes"] for leaf in leaves(node["arguments"]))
    for scalar in scalars:
        if not isinstance(scalar, bool) and len(str(scalar)) <= 80 and is_specific(value := normal(scalar)):
            yield value


def markdown(found: Distinctness) -> str:
    """The findings as a table."""
    return "\n".join(
        (
            "| of the cases | |",
            "| --- | --- |",
            f"| looked at | {found.cases:,} |",
            f"| near-duplicates of a case of another group | {found.near_duplicates / found.cases:.2%} |",
            f"| domains of the test split in training | {found.shared_domains} |",
            f"| tool names of the test split in training | {found.shared_tools:.2%} |",
            f"| specific argument values of the test split in training | {found.shared_values:.2%} |",
        )
    )
