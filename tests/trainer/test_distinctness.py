"""Near-duplicates are found between groups, not within one; shared names and values are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from trainer.distinctness import distinctness, signature


def line(group: str, split: str, word: str, value: str) -> dict[str, Any]:
    return {
        "world": {"seed": group, "domain": split}, "split": split, "policy": f"The {word} may be read by all who work in the house.",
        "user_role": "clerk", "context": {"request": f"Please show me the {word} of last week, all of it."},
        "execution_plan": {"nodes": [{"node_id": "n0", "tool_name": f"{split}.read", "arguments": {"id": value}}], "edges": []},
    }  # fmt: skip


def test_what_is_repeated_and_what_is_shared(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    cases = [
        line("a", "train", "ledger", "AB-4711"),
        line("a", "train", "ledger", "AB-4711"),  # of the same group: no duplicate
        line("b", "train", "ledger", "AB-4711"),
        line("c", "train", "register of guests and their rooms", "CD-1"),
        line("d", "test", "timetable for the northern lines", "AB-4711"),
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, cases)))
    found = distinctness([path], 10)
    assert (found.cases, found.near_duplicates) == (5, 1)
    assert (found.shared_domains, found.shared_tools, found.shared_values) == (0, 0.0, 1.0)


def test_signatures_estimate_the_jaccard_similarity() -> None:
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**32, 400)
    for shared in (100, 200, 300):
        one, other = words[: 200 + shared // 2], words[200 - shared // 2 :]
        jaccard = len(np.intersect1d(one, other)) / len(np.union1d(one, other))
        assert (signature(one) == signature(other)).mean() == pytest.approx(jaccard, abs=0.2)
