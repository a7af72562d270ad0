"""The audit finds a shortcut that is there, and none where there is none."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson

from trainer.audit import READERS, Finding, audit, markdown


def write(path: Path, longer: bool) -> Path:
    """Cases whose label is a coin's, but for their length if `longer`."""
    rng = random.Random(0)
    lines: list[dict[str, Any]] = []
    for k in range(600):
        label = rng.choice(("gold", "boundary", "adversarial"))
        calls = rng.randint(1, 4) + (3 if longer and label != "gold" else 0)
        nodes = [
            {"node_id": f"n{i}", "tool_name": rng.choice(("read", "send")), "arguments": {"to": rng.randint(0, 9)}}
            for i in range(calls)
        ]
        lines.append(
            {
                "id": str(k), "split": "train" if k < 300 else "test", "world": {"seed": str(k // 6)}, "label": label, "policy": "Be careful.",
                "user_role": "clerk", "context": {"request": "Do it."}, "tools": [], "execution_plan": {"nodes": nodes, "edges": []},
            }
        )  # fmt: skip
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path


def of(findings: list[Finding], reader: str) -> list[float]:
    return [f.auc for f in findings if f.reader == reader]


def test_a_shortcut_is_found_and_marked(tmp_path: Path) -> None:
    found = audit([write(tmp_path / "cases.jsonl", longer=True)], 400)
    assert min(of(found, "number of calls")) > 0.9
    assert max(of(found, "provenance tiers")) < 0.65
    table = markdown(found)
    assert "!" in next(line for line in table.splitlines() if "number of calls" in line)
    assert len(table.splitlines()) == 2 + len(READERS)


def test_where_there_is_none_none_is_found(tmp_path: Path) -> None:
    found = audit([write(tmp_path / "cases.jsonl", longer=False)], 400)
    assert max(of(found, "number of calls")) < 0.62
    assert all(f.low <= f.auc <= f.high for f in found)
