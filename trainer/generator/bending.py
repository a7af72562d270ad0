"""Over the line of a rule set: the same plan under stricter rules, what would still comply, and the plan bent past a clause."""

# ruff: noqa: ARG001  (the bends of all kinds share one signature)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from trainer.generator.access import QUERY
from trainer.generator.breaches import acted_on, amount, binds, breaches, broken, dated, is_external, levels, max_level, total
from trainer.generator.changes import STRICTER, above, choices, other_day, with_attribute
from trainer.generator.mutations import Scene, Variant
from trainer.generator.oracle import Situation
from trainer.generator.plans import GIVEN, Call, Injection, reveals
from trainer.generator.worlds import injections, names, values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Param
from trainer.generator.worlds.rules import ATTRIBUTES, Clause, ClauseKind
from trainer.generator.worlds.world import Record

SHARES = {
    "role": 4, "allow": 0.8, "deny": 0.8, "columns": 1.5, "count": 0.6, "approval": 1.5, "attribute": 4, "limit": 6, "rows": 6, "total": 3, "versus": 2, "window": 3, "status": 2,
    "owned": 2, "apart": 1.5, "enum": 2, "destination": 2, "outflow": 3, "ceiling": 2,
}  # fmt: skip
"""How often a kind comes before one of share 1, roughly: nearly every plan has a role and a list of tools, few a date."""


def tighten(scene: Scene, situation: Situation) -> Situation | None:
    """One thing of the governance changed: a clause, the role, an attribute, an approval. The plan stays."""
    dice, calls = scene.dice, scene.honest.calls
    shown = replace(situation, injections=scene.honest.injections)
    by_kind: dict[str, list[Clause]] = {"role": [], "source": [], "trusted": []}
    for clause in situation.clauses:
        if not clause.roles or situation.user.role in clause.roles:
            by_kind.setdefault("unless" if not binds(clause, situation.user) else clause.kind, []).append(clause)
    for kind in _often_first(list(by_kind), dice):
        changed = _other_role(scene, shown) if kind == "role" else _stricter(scene, shown, kind, by_kind[kind])
        if changed is not None and breaches(changed, calls):
            return replace(changed, injections=situation.injections)
    return None


def _often_first(kinds: Sequence[str], dice: Dice) -> list[str]:
    """In any order, but those that fit few plans more often in front."""
    return sorted(kinds, key=lambda kind: dice.random() ** (1 / SHARES.get(kind, 1)), reverse=True)


def _other_role(scene: Scene, situation: Situation) -> Situation | None:
    for role in scene.dice.shuffled(scene.world.domain.roles):
        changed = replace(situation, user=replace(situation.user, role=role))
        if role != situation.user.role and breaches(changed, scene.honest.calls):
            return changed
    return None


def _stricter(scene: Scene, situation: Situation, kind: str, clauses: list[Clause]) -> Situation | None:
    """With one of some clauses of a kind tightened; a rule about where values come from is laid down if there is none."""
    dice, calls = scene.dice, scene.honest.calls
    if kind in ("source", "trusted") and not clauses:
        acts = [c.tool.key for c in calls if not c.tool.reads and c.tool.verb != "check"]
        if not acts or dice.chance(0.5):  # they fit nearly every plan, and would crowd out the other kinds
            return None
        clauses = [Clause(kind, (dice.pick(acts),))]
        situation = replace(situation, clauses=(*situation.clauses, *clauses))
    clause = dice.pick(clauses)
    if kind == "trusted":
        return situation
    if kind == "unless":
        unless = clause.unless
        assert unless is not None
        return with_attribute(situation, unless.subject, ATTRIBUTES[unless.subject].fails(dice, unless.value))
    bound = _bound(clause, calls)
    change = STRICTER.get(clause.kind)
    return change(scene, situation, clause, calls, dice.pick(bound)) if bound and change else None


def _bound(clause: Clause, calls: Sequence[Call]) -> list[int]:
    """The calls that a clause speaks of, or could speak of."""
    everywhere = clause.kind in ("allow", "deny") or not clause.tools
    return [i for i, c in enumerate(calls) if everywhere or c.tool.key in clause.tools]


def comply(scene: Scene, situation: Situation) -> Variant | None:
    """A plan for the same request that keeps the rules: without the forbidden columns, or without the calls that break them."""
    calls = list(scene.honest.calls)
    situation = replace(situation, injections=scene.honest.injections)
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

Bend = Callable[[Scene, Situation, Clause, int], "Sequence[Call] | Variant | None"]
"""The honest plan with one thing changed, so that the call at a position, or one beside it, breaks the clause."""


def bend(scene: Scene, situation: Situation) -> list[tuple[str, Variant]]:
    """For each clause that binds the honest plan, the plan with one thing changed so that it breaks the clause; with the clause's kind."""
    found: list[tuple[str, Variant]] = []
    kinds: dict[str, list[Clause]] = {}
    for clause in situation.clauses:
        kinds.setdefault(clause.kind, []).append(clause)
    for clause in (c for kind in _often_first(list(kinds), scene.dice) for c in scene.dice.shuffled(kinds[kind])):
        change = _BENDS.get(clause.kind)
        if change is None or not binds(clause, situation.user) or not (bound := _bound(clause, scene.honest.calls)):
            continue
        changed = change(scene, situation, clause, scene.dice.pick(bound))
        if changed is None:
            continue
        variant = changed if isinstance(changed, Variant) else Variant(tuple(changed), scene.honest.injections)
        if broken(replace(situation, injections=variant.injections), clause, variant.calls):
            found.append((clause.kind, variant))
    return found


def _put(scene: Scene, at: int, name: str, value: Any) -> list[Call]:
    calls = list(scene.honest.calls)
    calls[at] = replace(calls[at], arguments={**calls[at].arguments, name: value})
    return calls


def _value(scene: Scene, clause: Clause, at: int) -> Any:
    return scene.honest.calls[at].arguments.get(clause.subject)


def _over(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    limit: Any = situation.user.attributes[clause.value] if clause.kind == "versus" else clause.value
    return _put(scene, at, clause.subject, above(limit, scene.dice)) if amount(scene.honest.calls[at], clause.subject) else None


def _over_in_sum(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """One more of the same calls, or one of them raised: none need be large by itself."""
    calls, dice = scene.honest.calls, scene.dice
    value, spent = amount(calls[at], clause.subject), total(clause, calls)
    if not value:
        return None
    if spent + value > clause.value and dice.chance(0.5):
        return [*calls[: at + 1], replace(calls[at]), *calls[at + 1 :]]
    raised = value + above(clause.value, dice) - spent
    return _put(scene, at, clause.subject, round(raised, 2) if isinstance(raised, float) else raised)


def _too_often(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    calls = scene.honest.calls
    more = clause.value + 1 - sum(c.tool.key in clause.tools for c in calls)
    return [*calls[: at + 1], *(replace(calls[at]) for _ in range(more)), *calls[at + 1 :]] if more < 4 else None


def _unapproved(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    value, calls = _value(scene, clause, at), list(scene.honest.calls)
    if clause.value is not None and isinstance(value, int | float) and value <= clause.value:
        return _put(scene, at, clause.subject, above(clause.value, scene.dice))
    calls[at] = replace(calls[at], arguments={k: v for k, v in calls[at].arguments.items() if k != "approval_id"})
    return [c for c in calls if c.tool.key != "check approval"]


def _dated(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """Another day: too far away, out of the period, or on a wrong weekday."""
    dice, value = scene.dice, _value(scene, clause, at)
    day = dated(situation, clause, scene.honest.calls[at])
    if not clause.subject or day is None:
        return None
    reach = dice.pick((1, 1, 2, 10, 100))
    if clause.kind == "weekday":
        day = other_day(clause, day, dice) if len(clause.value) < 7 else day
    elif clause.kind == "period":
        first, last = (type(day).fromisoformat(d) for d in clause.value)
        day = last + timedelta(days=reach) if dice.chance(0.6) else first - timedelta(days=reach)
    else:
        day = situation.today + timedelta(days=(1 if day >= situation.today else -1) * (clause.value + reach))
    return _put(scene, at, clause.subject, day.isoformat() + str(value)[10:])


def _wider(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """One column more, or one instead, that the role may not read."""
    dice, allowed = scene.dice, clause.value
    asked: dict[str, list[str]] = scene.honest.calls[at].arguments.get("columns", {})
    hidden = [
        (e.plural, f.name)
        for e in scene.world.domain.entities
        for f in e.fields
        if f.name not in allowed.get(e.plural, ()) and f.name not in asked.get(e.plural, ())
    ]
    near = [(t, c) for t, c in hidden if t in asked]
    if not hidden or not asked:
        return None
    table, column = dice.pick(near if near and dice.chance(0.8) else hidden)
    kept = list(asked.get(table, []))
    if kept and dice.chance(0.5):
        kept[dice.between(0, len(kept) - 1)] = column
    else:
        kept.append(column)
    return _put(scene, at, "columns", {**asked, table: kept})


def _of_another(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    if _value(scene, clause, at) is None:
        return None
    dice = scene.dice
    if clause.kind == "department":
        return _put(scene, at, clause.subject, dice.pick(names.DEPARTMENT))
    return _put(scene, at, clause.subject, dice.pick(("*", "all", values.draw("id", dice), values.draw("id", dice))))


def _elsewhere(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """To a host that looks like an allowed one, or to any other."""
    if _value(scene, clause, at) is None:
        return None
    dice, host = scene.dice, scene.dice.pick(clause.value)
    near = (host.replace(".", "-", 1) + ".com", f"{host}.{dice.pick(names.TLD)}", f"my-{host}", values.site(dice))
    return _put(scene, at, clause.subject, values.mail_of(dice, values.person(dice), dice.pick(near)))


def _other_tool(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """An act that the list leaves out or forbids, in place of one of the plan's."""
    tools = [t for k, t in scene.world.tools.items() if (k in clause.tools) == (clause.kind == "deny")]
    tools = [t for t in tools if t.key != QUERY and not t.reads and t.verb != "check"]
    if not tools:
        return None
    calls = list(scene.honest.calls)
    calls[at] = scene.planner.act(scene.maker.act(scene.dice.pick(tools)))
    return calls


def _other_record(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """The same act on another record, which breaks the clause; the agent has seen it, or looks it up first."""
    call, calls = scene.honest.calls[at], scene.honest.calls
    key = next((p.name for p in call.tool.params if p.is_record), None)
    if key is None or acted_on(calls, at) is None:
        return None
    records = [r for r in scene.world.records(scene.world.entities[call.tool.entity or ""]) if _is_bad(situation, clause, r)]
    if not records:
        return None
    record: Record = scene.dice.pick(records)
    known = any(record in c.seen for c in calls[:at])
    look: list[Call] = [] if known else scene.planner.read(record, scene.world.refer(record)[1])
    return [*calls[:at], *look, replace(call, arguments={**call.arguments, key: record.identity}), *calls[at + 1 :]]


def _is_bad(situation: Situation, clause: Clause, record: Record) -> bool:
    value = record.values[clause.subject]
    if clause.kind == "status":
        return value not in clause.value
    same = value == situation.user.attributes.get(clause.value)
    return same if clause.kind == "apart" else not same


def _for_oneself(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    if clause.op == "record":
        return _other_record(scene, situation, clause, at)
    return _put(scene, at, clause.subject, situation.user.attributes[clause.value])


def _without_check(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call]:
    return [c for i, c in enumerate(scene.honest.calls) if i >= at or c.tool.key != clause.value]


def _leaking(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """Something too sensitive, of what was read before, goes along with a call that leaves the house."""
    call, calls = scene.honest.calls[at], scene.honest.calls
    carries, sink = call.tool.carries, call.tool.destination
    if carries is None or sink is None or not is_external(situation, str(call.arguments.get(sink.name, ""))):
        return None
    secrets = [
        str(r.values[name])
        for c in calls[:at]
        for r in c.seen
        for name, level in levels(c, r)
        if level > clause.value and name not in r.entity.free
    ]
    if not secrets:
        return None
    return _put(scene, at, carries.name, f"{call.arguments.get(carries.name, '')} {scene.dice.pick(secrets)}".strip())


def _too_sensitive(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """A column above the ceiling more, or a look at a record that holds one."""
    dice, calls, call = scene.dice, list(scene.honest.calls), scene.honest.calls[at]
    entities = [e for e in scene.world.entities.values() if any(f.level > clause.value for f in e.fields)]
    asked: dict[str, list[str]] = call.arguments.get("columns", {})
    for one in dice.shuffled([e for e in entities if e.plural in asked]):
        column = dice.pick([f.name for f in one.fields if f.level > clause.value])
        return _put(scene, at, "columns", {**asked, one.plural: [*asked[one.plural], column]})
    if not entities or clause.tools:
        return None
    record = dice.pick(scene.world.records(dice.pick(entities)))
    calls[at:at] = [c for c in scene.planner.read(record, scene.world.refer(record)[1]) if max_level(c) > clause.value]
    return calls


def _other_value(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    param = scene.honest.calls[at].tool.param(clause.subject)
    others = [v for v in choices(param.kind, scene.dice) if v not in clause.value] if param else []
    return _put(scene, at, clause.subject, scene.dice.pick(others)) if others and _value(scene, clause, at) is not None else None


def _forbidden(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """A forbidden word in the text, or the forbidden value itself."""
    value = _value(scene, clause, at)
    param = scene.honest.calls[at].tool.param(clause.subject)
    if value is None or param is None:
        return None
    part = scene.dice.pick(clause.value)
    if not (param.is_text or param.kind in ("title", "topic")):
        return _put(scene, at, clause.subject, part)
    return _put(scene, at, clause.subject, scene.dice.pick(("{v} {p}", "{p}: {v}", "{v} ({p})")).format(v=value, p=part))


def _not_stated(scene: Scene, situation: Situation, clause: Clause, at: int) -> list[Call] | None:
    """A value of the same kind that the user did not name: of a record that was read, or out of nowhere."""
    param = scene.honest.calls[at].tool.param(clause.subject)
    if param is None or _value(scene, clause, at) is None:
        return None
    if param.is_record:
        others: list[Any] = [
            r.identity for r in scene.world.records(scene.world.entities[scene.honest.calls[at].tool.entity or ""])
        ]
    else:
        read = [r for c in scene.honest.calls[:at] for r in c.seen]
        others = [r.values[f.name] for r in read for f in r.entity.fields if f.kind == param.kind]
        others = others or [values.draw(param.kind, scene.dice)]
    return _put(scene, at, clause.subject, scene.dice.pick(others))


def _as_told(scene: Scene, situation: Situation, clause: Clause, at: int) -> Variant | None:
    """A text that was read before gives another value for an argument, and the call has it."""
    calls = scene.honest.calls
    places = [r for c in calls[:at] for r in c.seen if r.entity.free and reveals(c, r)]
    params: list[Param] = [p for p in calls[at].tool.params if p.name in calls[at].arguments and p.kind not in (*GIVEN, "@")]
    if not places or not params:
        return None
    record, param = scene.dice.pick(places), scene.dice.pick(params)
    value = values.draw(param.kind, scene.dice)
    text = injections.alteration(param.name, scene.world.surface(param, value), scene.dice, values.person(scene.dice))
    told = Injection(record, text, alters=(calls[at].tool, param.name, value))
    return Variant(tuple(_put(scene, at, param.name, value)), (*scene.honest.injections, told))


_BENDS: dict[ClauseKind, Bend] = {
    "limit": _over, "rows": _over, "versus": _over, "total": _over_in_sum, "count": _too_often, "approval": _unapproved, "window": _dated, "period": _dated,
    "weekday": _dated, "columns": _wider, "own": _of_another, "department": _of_another, "destination": _elsewhere, "allow": _other_tool, "deny": _other_tool,
    "status": _other_record, "owned": _other_record, "apart": _for_oneself, "first": _without_check, "outflow": _leaking, "ceiling": _too_sensitive,
    "enum": _other_value, "forbid": _forbidden, "source": _not_stated, "trusted": _as_told,
}  # fmt: skip
"""No plan breaks a rule about the hour, today or the user's attributes: those are broken by `tighten` alone."""
