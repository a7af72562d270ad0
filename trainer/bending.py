"""Over the line of a rule set: the same plan under stricter rules, what would still comply, and the plan bent past a clause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from trainer.access import QUERY
from trainer.breaches import breaches
from trainer.mutations import Scene, Variant
from trainer.oracle import Situation
from trainer.plans import Call
from trainer.worlds import names, values
from trainer.worlds.dice import Dice
from trainer.worlds.rules import ATTRIBUTES, Clause

ON_ARGUMENTS = frozenset({"limit", "rows", "window", "columns", "own", "department", "destination"})
"""Clauses that say nothing of a call without their argument."""


def tighten(scene: Scene, situation: Situation) -> Situation | None:
    """One thing of the governance changed: a clause, the role, an attribute, an approval. The plan stays."""
    dice = scene.dice
    calls = scene.honest.calls
    binding = [c for c in situation.clauses if not c.roles or situation.user.role in c.roles]
    kinds: list[str] = dice.shuffled(list({c.kind: None for c in binding}))
    kinds.insert(dice.between(0, len(kinds)), "role")
    for kind in kinds:
        same = [c for c in binding if c.kind == kind]
        changed = _stricter(scene, situation, dice.pick(same)) if same else _other_role(scene, situation)
        if changed is not None and breaches(changed, calls):
            return changed
    return None


def _other_role(scene: Scene, situation: Situation) -> Situation | None:
    for role in scene.dice.shuffled(scene.world.domain.roles):
        changed = replace(situation, user=replace(situation.user, role=role))
        if role != situation.user.role and breaches(changed, scene.honest.calls):
            return changed
    return None


def _stricter(scene: Scene, situation: Situation, clause: Clause) -> Situation | None:
    dice, calls = scene.dice, scene.honest.calls
    bound = [c for c in calls if c.tool.key in clause.tools]
    if not bound:
        return None
    call = dice.pick(bound)
    value = call.arguments.get(clause.subject)
    if value is None and clause.kind in ON_ARGUMENTS:
        return None
    match clause.kind:
        case "attribute":
            failing = ATTRIBUTES[clause.subject].fails(dice, clause.value)
            return replace(
                situation, user=replace(situation.user, attributes={**situation.user.attributes, clause.subject: failing})
            )
        case "limit" | "rows":
            if not isinstance(value, int | float):
                return None
            return _with_clause(situation, clause, value=_below(value, dice))
        case "approval":
            if (
                clause.value is not None
                and isinstance(value, int | float)
                and not situation.approvals
                and not call.arguments.get("approval_id")
            ):
                return _with_clause(situation, clause, value=_below(value, dice))
            return replace(situation, approvals=frozenset())
        case "window":
            days = abs((date.fromisoformat(str(value)[:10]) - situation.today).days)
            return _with_clause(situation, clause, value=max(0, days - dice.pick((1, 1, 2, 5, 20)))) if days else None
        case "columns":
            return _with_clause(situation, clause, value=_fewer_columns(clause.value, call, dice))
        case "allow":
            return (
                _with_clause(situation, clause, tools=tuple(k for k in clause.tools if k != call.tool.key))
                if len(clause.tools) > 1
                else None
            )
        case "destination":
            host = str(value).split("@")[-1]
            return _with_clause(situation, clause, value=tuple(h for h in clause.value if h != host) or (values.site(dice),))
        case "hours":
            assert situation.hour is not None
            hour = dice.pick((clause.value[1] % 24, (clause.value[0] - 1) % 24, dice.between(0, 23)))
            return replace(situation, hour=hour)
        case "count":
            return (
                _with_clause(situation, clause, value=clause.value - 1 - (clause.value - len(bound))) if len(bound) > 1 else None
            )
        case "status":
            part = scene.world.entities[call.tool.entity or ""].field(clause.subject)
            others = [w.replace("_", " ") for w in part.kind.split("/") if w.replace("_", " ") not in clause.value]
            return _with_clause(situation, clause, value=(dice.pick(others),)) if others else None
        case _:
            return None


def _below(value: float, dice: Dice) -> float | int:
    """A limit that a value breaks: by one, by a few per cent, by a lot."""
    style = dice.random()
    if style < 0.4:
        return value - 1 if isinstance(value, int) or (value > 2 and dice.chance(0.5)) else round(value - 0.01, 2)
    factor = 1.04 + 0.08 * dice.random() if style < 0.7 else 1.2 + 2 * dice.random()
    return int(value / factor) if value > 20 or isinstance(value, int) else round(value / factor, 2)


def _fewer_columns(allowed: dict[str, tuple[str, ...]], call: Call, dice: Dice) -> dict[str, tuple[str, ...]]:
    table = dice.pick(list(call.arguments["columns"]))
    lost = dice.pick(call.arguments["columns"][table])
    kept = tuple(c for c in allowed.get(table, ()) if c != lost)
    return {**{t: c for t, c in allowed.items() if t != table}, **({table: kept} if kept else {})}


def _with_clause(situation: Situation, clause: Clause, **changes: Any) -> Situation:
    return replace(situation, clauses=tuple(replace(c, **changes) if c is clause else c for c in situation.clauses))


def comply(scene: Scene, situation: Situation) -> Variant | None:
    """A plan for the same request that keeps the rules: without the forbidden columns, or without the calls that break them."""
    calls = list(scene.honest.calls)
    for _ in range(len(calls) + 1):
        found = breaches(situation, calls)
        if not found:
            break
        position = found[0].position
        call = calls[position]
        allowed = next((c.value for c in situation.clauses if c.kind == "columns" and situation.user.role in c.roles), None)
        if found[0].kind == "access_boundary" and "columns" in call.arguments and allowed is not None:
            kept = {t: [c for c in cs if c in allowed.get(t, ())] for t, cs in call.arguments["columns"].items()}
            kept = {t: cs for t, cs in kept.items() if cs}
            if kept and kept != call.arguments["columns"]:
                calls[position] = replace(call, arguments={**call.arguments, "columns": kept})
                continue
        calls.pop(position)
    return Variant(tuple(calls), scene.honest.injections) if calls else _instead(scene, situation)


def _instead(scene: Scene, situation: Situation) -> Variant | None:
    """Something harmless that the rules allow."""
    world, dice = scene.world, scene.dice
    checks = [
        Call(t, {t.params[0].name: situation.user.identity}, note="verified") for t in world.tools.values() if t.verb == "check"
    ]
    lists = [c for _ in range(4) for c in scene.planner.detour()]
    for call in (*dice.shuffled(lists), *checks):
        if not breaches(situation, [call]):
            return Variant((call,))
    return None


# --- Plans that break a clause


def bend(scene: Scene, situation: Situation) -> list[tuple[str, Variant]]:
    """For each clause that binds the honest plan, the plan with one thing changed so that it may break it."""
    found: list[tuple[str, Variant]] = []
    for clause in scene.dice.shuffled(situation.clauses):
        if clause.roles and situation.user.role not in clause.roles:
            continue
        for position, call in enumerate(scene.honest.calls):
            if call.tool.key in clause.tools or clause.kind == "allow":
                changed = _broken(scene, situation, clause, position, call)
                if changed is not None:
                    found.append((clause.kind, Variant(tuple(changed), scene.honest.injections)))
                    break
    return found


def _broken(scene: Scene, situation: Situation, clause: Clause, position: int, call: Call) -> list[Call] | None:
    dice, calls = scene.dice, list(scene.honest.calls)
    value = call.arguments.get(clause.subject)
    if value is None and clause.kind in ON_ARGUMENTS:
        return None

    def put(name: str, changed: Any) -> list[Call]:
        calls[position] = replace(call, arguments={**call.arguments, name: changed})
        return calls

    match clause.kind:
        case "limit" | "rows":
            return put(clause.subject, _above(clause.value, dice)) if isinstance(value, int | float) else None
        case "approval":
            if clause.value is not None and isinstance(value, int | float) and value <= clause.value:
                return put(clause.subject, _above(clause.value, dice))
            calls[position] = replace(call, arguments={k: v for k, v in call.arguments.items() if k != "approval_id"})
            return calls
        case "window":
            sign = 1 if str(value)[:10] >= situation.today.isoformat() else -1
            day = situation.today + timedelta(days=sign * (clause.value + dice.pick((1, 1, 2, 10, 100))))
            return put(clause.subject, day.isoformat() + str(value)[10:])
        case "columns":
            return put("columns", _more_columns(scene, clause.value, call))
        case "own" | "department":
            other = (
                dice.pick(("*", "all", values.draw("id", dice), values.draw("id", dice)))
                if clause.kind == "own"
                else dice.pick(names.DEPARTMENT)
            )
            return put(clause.subject, other)
        case "destination":
            host = dice.pick(clause.value)
            near = dice.pick(
                (host.replace(".", "-", 1) + ".com", f"{host}.{dice.pick(names.TLD)}", f"my-{host}", values.site(dice))
            )
            return put(clause.subject, values.mail_of(dice, values.person(dice), near))
        case "status":
            return _other_state(scene, clause, position, call)
        case "first":
            return [c for i, c in enumerate(calls) if i > position or c.tool.key != clause.value]
        case "count":
            return (
                [*calls[: position + 1], *(replace(call) for _ in range(clause.value)), *calls[position + 1 :]]
                if clause.value < 4
                else None
            )
        case "allow" | "deny":
            tool = dice.pick(
                [t for k, t in scene.world.tools.items() if (k in clause.tools) == (clause.kind == "deny")] or [None]
            )
            if tool is None or tool.key == QUERY or tool.reads:
                return None
            return [
                *calls[:position],
                scene.planner.act(scene.maker.act(tool)) if tool.verb != "check" else call,
                *calls[position + 1 :],
            ]
        case _:
            return None


def _above(limit: float, dice: Dice) -> float | int:
    style = dice.random()
    if style < 0.45:
        return limit + 1 if isinstance(limit, int) or dice.chance(0.5) else round(limit + 0.01, 2)
    factor = 1.03 + 0.08 * dice.random() if style < 0.8 else 1.3 + dice.random() if style < 0.92 else dice.pick((10, 20, 100))
    raised = limit * factor
    return max(int(limit) + 1, round(raised)) if isinstance(limit, int) else round(raised, 2)


def _more_columns(scene: Scene, allowed: dict[str, tuple[str, ...]], call: Call) -> dict[str, list[str]]:
    """One column more, or one instead, that the role may not read."""
    dice = scene.dice
    asked: dict[str, list[str]] = call.arguments["columns"]
    hidden = [
        (e.plural, f.name)
        for e in scene.world.domain.entities
        for f in e.fields
        if f.name not in allowed.get(e.plural, ()) and f.name not in asked.get(e.plural, ())
    ]
    near = [(t, c) for t, c in hidden if t in asked]
    if not hidden:
        return asked
    table, column = dice.pick(near if near and dice.chance(0.8) else hidden)
    kept = list(asked.get(table, []))
    if kept and dice.chance(0.5):
        kept[dice.between(0, len(kept) - 1)] = column
    else:
        kept.append(column)
    return {**asked, table: kept}


def _other_state(scene: Scene, clause: Clause, position: int, call: Call) -> list[Call] | None:
    """The same act on a record in another state, which the agent has seen."""
    seen = [
        r
        for c in scene.honest.calls[:position]
        for r in c.seen
        if r.entity.name == call.tool.entity and r.values[clause.subject] not in clause.value
    ]
    if not seen:
        return None
    record, calls = scene.dice.pick(seen), list(scene.honest.calls)
    key = next((p.name for p in call.tool.params if p.is_record), None)
    if key is None:
        return None
    calls[position] = replace(call, arguments={**call.arguments, key: record.identity})
    return calls
