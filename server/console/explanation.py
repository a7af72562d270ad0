"""Why a case has its energy, as far as the serving model can tell: every answer here is a case scored anew, nothing is guessed.

A clause matters as much as the energy changes when it is taken out of the policy. A change of one call is compliant when the plan
with that change is scored below the cut. All of it goes through the engine, in small portions, so that no caller waits for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gatling_core.bands import Bands
from gatling_core.errors import GatlingError
from gatling_core.features import read_governance, read_plan, read_policy
from gatling_core.places import Placed, placed, without
from gatling_core.queue import QueueEntry
from gatling_core.schemas import Answer, Case, Decision, ModelRef, ToolCall
from server.engine import Engine, Scored

MAX_CLAUSES = 16
"""Clauses taken out one by one: those that share most with the calls and the role."""
MAX_CALLS = 16
"""Calls changed one by one: those with the highest energy."""
_PORTION = 4
_KEPT = 256
_MATTERS = 0.05
"""Share of the energy that a clause must move to be pointed at."""

# Columns of gatling_core.features.relations that say something a reader can check; the first that holds for a call is told.
_FACTS = (
    (5, "does not list an argument of"),
    (7, "has a number below an argument of"),
    (1, "names"),
    (4, "lists an argument of"),
    (8, "has the number of an argument of"),
    (14, "names the destination of"),
)
_MAX_NAMED = 3


@dataclass(frozen=True)
class ClauseView:
    """A clause; `facts` is what it exactly shares with calls, `change` what the energy gains when it is taken out (None: not tried)."""

    path: tuple[str, ...]
    text: str
    facts: tuple[str, ...] = ()
    change: float | None = None

    def moves(self, energy: float) -> bool:
        """Whether it matters: taking it out changes the energy by a share that is worth pointing at."""
        return self.change is not None and abs(self.change) >= max(_MATTERS * energy, 0.01)


@dataclass(frozen=True)
class Repair:
    """One call changed, and what the plan is then."""

    kind: Literal["trust", "drop"]
    node_id: str
    tool_name: str
    energy: float
    decision: Decision


@dataclass(frozen=True)
class Explanation:
    """`energy` and `decision` are of the serving model on the case as it is queued; `problem` says why there are none."""

    clauses: tuple[ClauseView, ...]
    model: ModelRef | None = None
    energy: float | None = None
    decision: Decision | None = None
    repairs: tuple[Repair, ...] = ()
    tried: int = 0
    problem: str = ""

    @property
    def marked(self) -> list[ClauseView]:
        """The clauses that matter; the one that moves the energy most, if none does enough."""
        tried = [view for view in self.clauses if view.change]
        return [view for view in tried if view.moves(self.energy or 0.0)] or sorted(
            tried, key=lambda view: -abs(view.change or 0.0)
        )[:1]

    @property
    def telling(self) -> bool:
        """Whether what is marked matters."""
        return any(view.moves(self.energy or 0.0) for view in self.marked)

    @property
    def found(self) -> list[Repair]:
        """Repairs that make the plan compliant: those that keep the call first, then the least energy."""
        return [repair for repair in self.repairs if repair.decision == "allow"]


@dataclass(frozen=True)
class _Trial:
    """A case to score: of clause number `clause` taken out, or of one call changed."""

    case: Case
    clause: int | None = None
    kind: Literal["trust", "drop"] = "drop"
    call: ToolCall | None = None


class Explainer:
    """Explanations of cases, the last few hundred kept: a case that is opened again costs nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, Bands], Explanation] = OrderedDict()

    async def explain(self, engine: Engine, entry: QueueEntry, bands: Bands) -> Explanation:
        """What the model that serves now says of an entry. Never raises for what the model or the engine refuses."""
        serving = engine.serving
        key = (entry.case_digest, serving.digest if serving else "", bands)
        if key not in self._kept:
            explanation = await _explain(engine, entry.case, entry.answer, bands)
            if explanation.problem:
                return explanation
            self._kept[key] = explanation
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


async def _explain(engine: Engine, case: Case, answer: Answer, bands: Bands) -> Explanation:
    views: list[ClauseView] = []
    try:
        views, trials = await asyncio.to_thread(_prepared, case, answer)
        outcomes = await _scored(engine, trials)
    except GatlingError as error:
        return Explanation(tuple(views), problem=str(error))
    base = outcomes[0]
    if base is None or any(outcome and outcome.model != base.model for outcome in outcomes):
        return Explanation(tuple(views), problem="the serving model gives this case no energy, or changed just now")
    return _read(views, trials, outcomes, base, bands)


def _prepared(case: Case, answer: Answer) -> tuple[list[ClauseView], list[_Trial]]:
    """The clauses with what they exactly share with calls, and what to score: first the case as it is."""
    places, nodes = placed(case.policy), case.execution_plan.nodes
    governance = read_governance(read_policy(case.policy), case.user_role, case.context)
    related = read_plan(case.execution_plan, governance, case.tools).pair  # [N, C, relations]
    views = [_view(place, related[:, c], nodes) for c, place in enumerate(places)]
    shared = related.max((0, 2)) + governance.role.max(1)
    order = [c for c in np.argsort(-shared[: len(places)], kind="stable") if places[c].removable][:MAX_CLAUSES]
    removals = [_Trial(case.model_copy(update={"policy": without(case.policy, places[c])}), int(c)) for c in order]
    return views, [_Trial(case), *removals, *_changes(case, answer)]


async def _scored(engine: Engine, trials: Sequence[_Trial]) -> list[Scored | None]:
    found: list[Scored | None] = []
    for start in range(0, len(trials), _PORTION):
        portion = trials[start : start + _PORTION]
        with engine.admit(len(portion)):
            outcomes = await engine.score([trial.case for trial in portion])
        found += [outcome if isinstance(outcome, Scored) else None for outcome in outcomes]
    return found


def _read(
    views: Sequence[ClauseView], trials: Sequence[_Trial], outcomes: Sequence[Scored | None], base: Scored, bands: Bands
) -> Explanation:
    clauses, repairs, energy, decision = list(views), list[Repair](), base.score.energy, _decided(base, bands)
    for trial, outcome in zip(trials, outcomes, strict=True):
        if outcome is None:
            continue
        now, decided = outcome.score.energy, _decided(outcome, bands)
        if trial.clause is not None:
            clauses[trial.clause] = replace(clauses[trial.clause], change=now - energy)
        elif trial.call:
            repairs.append(Repair(trial.kind, trial.call.node_id, trial.call.tool_name, now, decided))
    repairs.sort(key=lambda repair: (repair.decision != "allow", repair.kind == "drop", repair.energy))
    return Explanation(tuple(clauses), base.model, energy, decision, tuple(repairs), len(trials) - 1)


def _decided(scored: Scored, bands: Bands) -> Decision:
    return bands.decide(scored.score.energy, scored.score.grounds.reasons)


def _view(place: Placed, related: np.ndarray, calls: Sequence[ToolCall]) -> ClauseView:
    """`related` [N, relations] is what the calls share with this clause."""
    sharing: dict[str, list[str]] = {}
    for node, row in zip(calls, related, strict=True):
        text = next((text for column, text in _FACTS if row[column] > 0), None)
        if text and node.tool_name not in (named := sharing.setdefault(text, [])):
            named.append(node.tool_name)
    facts = tuple(
        f"{text} {', '.join(named[:_MAX_NAMED])}{' …' if named[_MAX_NAMED:] else ''}" for text, named in sharing.items()
    )
    clause = place.clause
    return ClauseView(clause.path, clause.text, facts)


def _changes(case: Case, answer: Answer) -> Iterator[_Trial]:
    """The plan with one call dropped, or trusted as if the user had asked for it with these very arguments."""
    plan, energies = case.execution_plan, {node.node_id: node.energy for node in answer.nodes}
    for node in sorted(plan.nodes, key=lambda node: -energies.get(node.node_id, 0.0))[:MAX_CALLS]:
        if _distrusted(node):
            trusted = {"provenance_tier": 1, "argument_provenance": dict.fromkeys(node.arguments, 1), "influence": None}
            nodes = [other.model_copy(update=trusted) if other is node else other for other in plan.nodes]
            yield _Trial(_with_plan(case, {"nodes": nodes}), kind="trust", call=node)
        if len(plan.nodes) > 1:
            nodes = [other for other in plan.nodes if other is not node]
            edges = [edge for edge in plan.edges if node.node_id not in edge]
            yield _Trial(_with_plan(case, {"nodes": nodes, "edges": edges}), kind="drop", call=node)


def _with_plan(case: Case, changes: dict[str, object]) -> Case:
    return case.model_copy(update={"execution_plan": case.execution_plan.model_copy(update=changes)})


def _distrusted(node: ToolCall) -> bool:
    return (
        node.provenance_tier != 1 or node.influence is not None or any(t != 1 for t in (node.argument_provenance or {}).values())
    )
