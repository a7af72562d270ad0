"""How many generated cases with a structured policy the oracle judges, and how often the hidden rules say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from typing import Any

from gatling_core.oracle import judge
from gatling_core.schemas import Case
from trainer.generator.cases import cases_of, written
from trainer.generator.worlds.policies import documents


def oracle(groups: int, seed: int = 77) -> Iterator[dict[str, Any]]:
    """One line: of the cases of so many groups whose whole policy is data."""
    said: Counter[str] = Counter()
    agreed, wrong, total = 0, Counter[str](), 0
    for found in islice(_structured(seed), groups):
        for case in cases_of(found):
            total += 1
            opinion = judge(Case.model_validate(case))
            said[opinion.label or _why_not(opinion.reason)] += 1
            if opinion.label == case["label"]:
                agreed += 1
            elif opinion.label is not None:
                wrong[f"{opinion.label}, but {case['label']}: {case['kind']}"] += 1
    judged = agreed + wrong.total()
    yield {
        "cases": total,
        "judged": judged,
        "coverage": judged / total,
        "agreement": agreed / judged if judged else None,
        "said": dict(said),
        "wrong": dict(wrong),
    }


def _structured(seed: int) -> Iterator[dict[str, Any]]:
    for number in count():
        found = written(seed, number)
        shape, _, form = found["world"]["rendering"].partition(" ")
        if shape in documents.SHAPES and form:
            yield found


def _why_not(reason: str) -> str:
    return "not understood" if reason.startswith("not understood") else "cannot say"
