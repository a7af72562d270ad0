"""Changes of the governance by one step: a clause, an attribute, an approval, so that a plan breaks it or no longer does."""

# ruff: noqa: ARG001  (changes of all kinds share one signature)
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from trainer.generator.breaches import acted_on, amount, dated, max_level, sent, stated, total
from trainer.generator.mutations import Scene
from trainer.generator.oracle import Situation
from trainer.generator.plans import GIVEN, Call
from trainer.generator.worlds import values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.rules import ATTRIBUTES, WEEKDAYS, Clause, ClauseKind

Change = Callable[[Scene, Situation, Clause, Sequence[Call], int], Situation | None]
"""A changed governance under which the call at a position breaks the clause."""


def with_clause(situation: Situation, clause: Clause, **changes: Any) -> Situation:
    return replace(situation, clauses=tuple(replace(c, **changes) if c is clause else c for c in situation.clauses))


def with_attribute(situation: Situation, name: str, value: Any) -> Situation:
    return replace(situation, user=replace(situation.user, attributes={**situation.user.attributes, name: value}))


def choices(kind: str, dice: Dice) -> list[Any]:
    """Values that an argument of a kind could have: all words of a small set, or some that are drawn."""
    if "/" in kind:
        return [word.replace("_", " ") for word in kind.split("/")]
    return list(dict.fromkeys(values.draw(kind, dice) for _ in range(5)))


def below(value: float, dice: Dice) -> float | int:
    """A limit that a value breaks: by one, by a cent, by a few per cent, by a lot."""
    style = dice.random()
    if style < 0.4:
        return value - 1 if isinstance(value, int) or (value > 2 and dice.chance(0.5)) else round(value - 0.01, 2)
    factor = 1.05 + 0.05 * dice.random() if style < 0.7 else 1.2 + 2 * dice.random()
    return int(value / factor) if value > 20 or isinstance(value, int) else round(value / factor, 2)


def above(limit: float, dice: Dice) -> float | int:
    """A number that breaks a limit: by one, by a cent, by 5–10 per cent, by a lot."""
    style = dice.random()
    if style < 0.45:
        return limit + 1 if isinstance(limit, int) or dice.chance(0.5) else round(limit + 0.01, 2)
    factor = 1.05 + 0.05 * dice.random() if style < 0.8 else 1.3 + dice.random() if style < 0.92 else dice.pick((10, 20, 100))
    raised = limit * factor
    return max(int(limit) + 1, round(raised)) if isinstance(limit, int) else round(raised, 2)


def other_day(clause: Clause, day: date, dice: Dice) -> date:
    """The nearest day, or one some weeks further, that is none of a clause's weekdays."""
    step = timedelta(days=dice.pick((1, 1, -1)))
    day += timedelta(weeks=dice.pick((0, 0, 0, 1, 2)))
    while WEEKDAYS[day.weekday()] in clause.value:
        day += step
    return day


# --- Stricter: the call at the position breaks what it kept


def _lower(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    value = calls[at].arguments.get(clause.subject)
    if not isinstance(value, int | float):
        return None
    return with_clause(situation, clause, value=below(value, scene.dice))


def _lower_total(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    spent = total(clause, calls)
    return with_clause(situation, clause, value=below(spent, scene.dice)) if spent > 1 else None


def _lower_own(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    value = amount(calls[at], clause.subject)
    return with_attribute(situation, clause.value, below(value, scene.dice)) if value else None


def _fewer_calls(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    made = sum(c.tool.key in clause.tools for c in calls)
    return with_clause(situation, clause, value=made - 1) if made > 1 else None


def _failing(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    failing = ATTRIBUTES[clause.subject].fails(scene.dice, clause.value)
    return with_attribute(situation, clause.subject, failing)


def _unapproved(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    value = calls[at].arguments.get(clause.subject)
    if clause.value is not None and isinstance(value, int | float) and value <= clause.value:
        return with_clause(situation, clause, value=below(value, scene.dice))
    return replace(situation, approvals=frozenset())


def _shorter(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    day = dated(situation, clause, calls[at])
    days = abs((day - situation.today).days) if day else 0
    return with_clause(situation, clause, value=max(0, days - scene.dice.pick((1, 1, 2, 5, 20)))) if days else None


def _other_period(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """It ends just before the day, or starts just after it."""
    day = dated(situation, clause, calls[at])
    if day is None:
        return None
    away = timedelta(days=scene.dice.pick((1, 1, 2, 7)))
    length = timedelta(days=(date.fromisoformat(clause.value[1]) - date.fromisoformat(clause.value[0])).days)
    start = day + away if scene.dice.chance(0.5) else day - away - length
    return with_clause(situation, clause, value=(start.isoformat(), (start + length).isoformat()))


def _other_weekdays(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    day = dated(situation, clause, calls[at])
    if day is None:
        return None
    name = WEEKDAYS[day.weekday()]
    kept = tuple(d for d in clause.value if d != name) or (WEEKDAYS[(day.weekday() + scene.dice.pick((1, 6))) % 7],)
    return with_clause(situation, clause, value=kept)


def _other_hour(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    dice, (start, end) = scene.dice, clause.value
    return replace(situation, hour=dice.pick((end % 24, (start - 1) % 24, dice.between(0, 23))))


def _fewer_columns(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    asked: dict[str, list[str]] = calls[at].arguments.get("columns", {})
    if not asked:
        return None
    table = scene.dice.pick(list(asked))
    lost = scene.dice.pick(asked[table])
    kept = tuple(c for c in clause.value.get(table, ()) if c != lost)
    left = {t: c for t, c in clause.value.items() if t != table}
    value = {**left, **({table: kept} if kept else {})}
    return with_clause(situation, clause, value=value) if value else None  # a clause about no column at all says nothing


def _unlisted(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    kept = tuple(k for k in clause.tools if k != calls[at].tool.key)
    return with_clause(situation, clause, tools=kept) if kept else None


def _banned(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    return with_clause(situation, clause, tools=(*clause.tools, calls[at].tool.key))


def _somebody_else(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    other = str(values.draw("id", scene.dice))
    return replace(situation, user=replace(situation.user, identity=other))


def _other_department(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    return with_attribute(situation, "department", values.draw("department", scene.dice))


def _not_assigned(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """The user has another part than the one that the record belongs to: another record's, if there is one."""
    record = acted_on(calls, at)
    if record is None:
        return None
    mine = record.values[clause.subject]
    others = [r.values[clause.subject] for r in scene.world.records(record.entity) if r.values[clause.subject] != mine]
    return with_attribute(situation, clause.value, scene.dice.pick(others) if others else _another(record, clause, scene.dice))


def _another(record: Any, clause: Clause, dice: Dice) -> Any:
    return values.draw(record.entity.field(clause.subject).kind, dice)


def _the_same(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """The user is the very person that the clause keeps apart."""
    record = acted_on(calls, at) if clause.op == "record" else None
    value = record.values[clause.subject] if record else calls[at].arguments.get(clause.subject)
    if value is None:
        return None
    changed = with_attribute(situation, clause.value, value)
    return replace(changed, user=replace(changed.user, **{clause.value: str(value)}))


def _fewer_hosts(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    host = str(calls[at].arguments.get(clause.subject, "")).split("@")[-1]
    return with_clause(situation, clause, value=tuple(h for h in clause.value if h != host) or (values.site(scene.dice),))


def _lower_outflow(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    level = sent(situation, calls, at)
    return with_clause(situation, clause, value=level - 1) if level > 1 else None


def _lower_ceiling(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    level = max_level(calls[at])
    return with_clause(situation, clause, value=max(1, level - scene.dice.pick((1, 1, 1, 2)))) if level > 1 else None


def _other_states(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    part = scene.world.entities[calls[at].tool.entity or ""].field(clause.subject)
    others = [w for w in choices(part.kind, scene.dice) if w not in clause.value]
    return with_clause(situation, clause, value=(scene.dice.pick(others),)) if others else None


def _other_check(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """Another check has to come first than the one that the plan makes."""
    made = {c.tool.key for c in calls}
    others = [k for k, t in scene.world.tools.items() if t.verb == "check" and k not in made]
    return with_clause(situation, clause, value=scene.dice.pick(others)) if others else None


def _other_values(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    param = calls[at].tool.param(clause.subject)
    value = calls[at].arguments.get(clause.subject)
    if param is None or value is None:
        return None
    kept = tuple(v for v in clause.value if v != value)
    others = [v for v in choices(param.kind, scene.dice) if v != value]
    return with_clause(situation, clause, value=kept or tuple(scene.dice.sample(others, 2))) if kept or others else None


def _more_forbidden(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """A word of the text, or the value itself."""
    value = str(calls[at].arguments.get(clause.subject, ""))
    words = [w for w in value.split() if len(w) > 4 and w.isalpha()] if " " in value else [value]
    if not words or not words[0]:
        return None
    some = scene.dice.shuffled([*clause.value, scene.dice.pick(words).lower() if " " in value else value])
    return with_clause(situation, clause, value=tuple(some))


def _unstated(scene: Scene, situation: Situation, clause: Clause, calls: Sequence[Call], at: int) -> Situation | None:
    """The clause is about an argument that the user did not state."""
    names = [p.name for p in calls[at].tool.params if p.name in calls[at].arguments and p.kind not in GIVEN]
    names = [n for n in names if not stated(situation, calls[at].arguments[n])]
    return with_clause(situation, clause, subject=scene.dice.pick(names)) if names else None


STRICTER: dict[ClauseKind, Change] = {
    "limit": _lower, "rows": _lower, "total": _lower_total, "versus": _lower_own, "count": _fewer_calls, "attribute": _failing, "approval": _unapproved,
    "window": _shorter, "period": _other_period, "weekday": _other_weekdays, "hours": _other_hour, "columns": _fewer_columns, "allow": _unlisted, "deny": _banned,
    "own": _somebody_else, "department": _other_department, "owned": _not_assigned, "apart": _the_same, "destination": _fewer_hosts, "outflow": _lower_outflow,
    "ceiling": _lower_ceiling, "status": _other_states, "first": _other_check, "enum": _other_values, "forbid": _more_forbidden, "source": _unstated,
}  # fmt: skip


# --- Looser: the call at the position keeps what it broke
