"""Labelled cases with energies made up for a test."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatling_core.runtime import Score
from gatling_core.schemas import TERMS, Case, NodeEnergy, Terms
from trainer.judged import Judged


def case_of(label: str = "gold", calls: int = 1, **fields: Any) -> Case:
    nodes = [{"node_id": f"n{k}", "tool_name": f"tool_{k}", "arguments": {"k": k}} for k in range(calls)]
    given = {"policy": "Be careful.", "context": {"request": "Do it."}, "execution_plan": {"nodes": nodes}, "label": label}
    return Case.model_validate({**given, **fields})


def score_of(*calls: float, term: str = "scope", z_g: Any = (1, 0), z_e: Any = (1, 0), policy: str = "p") -> Score:
    """All energy in one term, so much for each call."""
    nodes = tuple(NodeEnergy(node_id=f"n{k}", energy=e, terms=Terms(**{term: e})) for k, e in enumerate(calls))
    assert term in TERMS
    return Score(sum(calls), Terms(**{term: sum(calls)}), nodes, policy, np.array(z_g, np.float32), np.array(z_e, np.float32))


def add(judged: Judged, case: Case, score: Score, task: str, **line: Any) -> None:
    judged.add(line, case, score, task=task, group="all")


class Scorer:
    """A model that gives every clause of a policy text that holds a word an energy of one."""

    version, digest = "v0", "sha256:0"

    def __init__(self, word: str = "never") -> None:
        self.word = word

    def score(self, cases: list[Case]) -> list[Score]:
        return [
            score_of(float(str(case.policy).count(self.word)), *[0.0] * (len(case.execution_plan.nodes) - 1)) for case in cases
        ]
