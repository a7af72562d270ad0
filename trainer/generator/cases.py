"""Cases: the generator's groups taken apart, each case with its governance, its minimal pair and its hard negatives (DESIGN, section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trainer.generator.groups import group, split_of
from trainer.generator.quotas import SIZE
from trainer.generator.rendering import write
from trainer.generator.worlds.dice import Split

GroupData = dict[str, Any]
"""What `rendering.write` writes and a shard holds: id, split, world, policies, tools, sessions and cases."""

_LABELS = ("label", "kind", "energy_labels", "violations")


def written(seed: int, number: int) -> GroupData:
    """A group as data: the same in every process."""
    return write(group(seed, number), f"{seed}-{number}")


def cases(seed: int, count: int, split: Split | None = None) -> Iterator[dict[str, Any]]:
    """The first `count` cases of a seed, or of one of its splits."""
    number = 0
    while count > 0:
        if split is None or split_of(seed, number) == split:
            for case in cases_of(written(seed, number))[:count]:
                yield case
                count -= 1
        number += 1


def cases_of(found: GroupData) -> list[dict[str, Any]]:
    """Each case of a group by itself."""
    assert len(found["cases"]) == SIZE
    return apart(found)


def apart(found: GroupData) -> list[dict[str, Any]]:
    """The same of however many cases."""
    return [_case(found, k) for k in range(len(found["cases"]))]


def _case(found: GroupData, k: int) -> dict[str, Any]:
    own = found["cases"][k]
    session = found["sessions"][own["session"]]
    fellows = [other for other in found["cases"] if other["session"] == own["session"] and other is not own]
    compliant = next((other for other in fellows if other["label"] == "gold"), None)
    case = {
        "id": f"{found['id']}-{k}", "split": found["split"], "world": found["world"],
        "policy": found["policies"][session["policy"]], "user_role": session["user_role"], "context": session["context"],
        "tools": found["tools"], "execution_plan": own["execution_plan"], **{key: own[key] for key in _LABELS},
        "hard_negatives": [_labelled(other) for other in fellows if other["label"] != "gold"],
    }  # fmt: skip
    if own["label"] != "gold" and compliant:
        case["minimal_pair"] = _labelled(compliant)
    return case


def _labelled(case: dict[str, Any]) -> dict[str, Any]:
    return {**case["execution_plan"], **{key: case[key] for key in _LABELS}}
