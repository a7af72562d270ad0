"""The worst misses of a model: attacks of the lowest energy, compliant plans of the highest, and the clauses that move their energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gatling_core.errors import GatlingError
from gatling_core.features import read_governance, read_plan, read_policy
from gatling_core.places import placed, without
from gatling_core.policy import Clause
from gatling_core.runtime import Model, Score
from gatling_core.schemas import Case

SHOWN = 5
"""Of each side, each of another task: one task that is run by many models would fill the list."""
_HELD = 64
MAX_CLAUSES = 16
"""Clauses taken out one by one: those that share most with the calls and the role."""
TOLD = 3
_MOVES = 0.01
"""What changes the energy by less is not worth telling."""


@dataclass(frozen=True)
class Miss:
    label: str
    task: str
    case: Case
    score: Score
    hijacked: frozenset[str] = frozenset()
    """The calls that are known to be an attacker's."""


@dataclass(frozen=True)
class Moved:
    """A clause, and what the energy gains when it is taken out of the policy."""

    clause: Clause
    change: float


@dataclass
class Misses:
    """The worst case of each task, as far as it may still be among the worst; bounded."""

    _attacks: dict[str, Miss] = field(default_factory=dict[str, Miss])
    _boundary: dict[str, Miss] = field(default_factory=dict[str, Miss])
    _gold: dict[str, Miss] = field(default_factory=dict[str, Miss])

    def add(self, miss: Miss) -> None:
        """Take in a scored case, whether it is a miss or not."""
        side, energy = {"gold": self._gold, "boundary": self._boundary}.get(miss.label, self._attacks), miss.score.energy
        worse = 1 if miss.label == "gold" else -1
        if miss.task not in side or worse * energy > worse * side[miss.task].score.energy:
            side[miss.task] = miss
        if len(side) > _HELD:
            for other in _ranked(side, worse)[SHOWN:]:
                del side[other.task]

    @property
    def attacks(self) -> list[Miss]:
        """What is over the line and has the least energy; adversarial cases if there are any."""
        return _ranked(self._attacks or self._boundary, -1)[:SHOWN]

    @property
    def gold(self) -> list[Miss]:
        """The compliant plans with the most energy."""
        return _ranked(self._gold, 1)[:SHOWN]


def _ranked(side: dict[str, Miss], worse: int) -> list[Miss]:
    return sorted(side.values(), key=lambda miss: -worse * miss.score.energy)


def moved(model: Model, miss: Miss) -> list[Moved]:
    """The clauses that move the energy most when each is taken out by itself: scored, not guessed."""
    case, places = miss.case, placed(miss.case.policy)
    order = [c for c in _telling(case) if c < len(places) and places[c].removable][:MAX_CLAUSES]
    found: list[Moved] = []
    for c in order:
        try:
            rest = case.model_copy(update={"policy": without(case.policy, places[c])})
            found.append(Moved(places[c].clause, model.score([rest])[0].energy - miss.score.energy))
        except GatlingError:  # what is left is no policy: nothing to compare
            continue
    return sorted((one for one in found if abs(one.change) >= _MOVES), key=lambda one: -abs(one.change))[:TOLD]


def _telling(case: Case) -> Sequence[int]:
    """Clauses by how much they exactly share with the calls and the role."""
    governance = read_governance(read_policy(case.policy), case.user_role, case.context)
    related = read_plan(case.execution_plan, governance, case.tools).pair  # [N, C, relations]
    return np.argsort(-(related.max((0, 2)) + governance.role.max(1)), kind="stable").tolist()
