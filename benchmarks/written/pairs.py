"""Does the model give the broken side of each pair more energy? What differs is the role, an attribute, a column, a number, a tool, a place.

Two sets: `guiding` was read while the features and the generator were built; `unseen` was written afterwards by agents that had seen
neither, and stays a measure only as long as nobody mends by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.figures import ordered_shares
from gatling_core.bands import Bands
from gatling_core.runtime import Model
from gatling_core.schemas import Case

PARTS = ("role", "attribute", "call")
SETS = ("guiding", "unseen")


def written(package: Path) -> Iterator[dict[str, Any]]:
    """For each set one line for each pair; then of what differs in them, and of all, the share ordered rightly with its 95 % interval over
    policies.
    """
    model = Model.load(package)
    for name in SETS:
        yield from ({"set": name, **line} for line in _of_set(model, list(pairs(name))))


def _of_set(model: Model, found: Sequence[tuple[str, str, list[Case]]]) -> Iterator[dict[str, Any]]:
    bands = Bands()
    ordered: list[bool] = []
    for policy, why, both in found:
        kept, broken = (score.energy for score in model.score(both))
        ordered.append(kept < broken)
        allowed = [bands.decide(energy) == "allow" for energy in (kept, broken)]
        yield {
            "policy": policy,
            "differs": why,
            "kept": round(kept, 2),
            "broken": round(broken, 2),
            "ordered": ordered[-1],
            "allowed": allowed,
        }
    parts = [_part(*both) for _, _, both in found]
    yield from ordered_shares(PARTS, parts, ordered, [policy for policy, _, _ in found])


def pairs(name: str) -> Iterator[tuple[str, str, list[Case]]]:
    """Of a set: the policy's name, what differs, and the case that keeps it before the one that breaks it."""
    for entry in yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text(encoding="utf-8")):
        for pair in entry["pairs"]:
            yield entry["name"], pair["why"], [_case(entry["policy"], {**pair, **pair[side]}) for side in ("kept", "broken")]


def _part(kept: Case, broken: Case) -> str:
    """Which part of the case differs."""
    if kept.user_role != broken.user_role:
        return "role"
    return "attribute" if kept.context != broken.context else "call"


def _case(policy: Any, said: Mapping[str, Any]) -> Case:
    return Case.model_validate(
        {
            "policy": policy,
            "user_role": said.get("user_role", ""),
            "context": {"request": said["request"], **said.get("context", {})},
            "execution_plan": {"nodes": [said["call"]]},
        }
    )
