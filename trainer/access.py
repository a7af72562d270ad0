"""Rule sets around a plan: clauses that it keeps, often only just, and ways to break one of them in the plan or in the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from trainer.mutations import Scene, Variant
from trainer.oracle import Situation, breaches
from trainer.plans import Call, Goal
from trainer.worlds import names, values
from trainer.worlds.dice import Dice
from trainer.worlds.domain import Entity, Param, Tool
from trainer.worlds.rules import ATTRIBUTES, Clause
from trainer.worlds.world import World

QUERY = "query records"
OWNERS = ("customer_id", "employee_id", "user_id", "requester", "account_holder", "member_id", "client_id")
TEAMS = ("department", "team", "unit", "cost_center", "division")
QUESTIONS = (
    "show me {what}", "get {what}", "I need {what}", "pull {what}", "look up {what}", "list {what}", "report {what}", "fetch {what}", "tell me {what}", "give me {what}",
    "export {what}", "find {what}", "retrieve {what}",
)  # fmt: skip


def equip(world: World) -> None:
    """Give a world what rules like to talk about: a query tool, owner and team parameters, checks; and the user attributes."""
    dice, user = world.dice, world.user
    wanted = (*world.domain.attributes, *dice.sample(list(ATTRIBUTES), 2), "department")
    for name in dict.fromkeys(wanted):
        attribute = ATTRIBUTES[name]
        user.attributes[name] = attribute.fits(dice, attribute.demand(dice)) if dice.chance(0.7) else attribute.fails(dice, attribute.demand(dice))
    owner, team = Param(dice.draw(OWNERS), "owner", True), Param(dice.pick(TEAMS), "team", True)
    for key, tool in list(world.tools.items()):
        extra: list[Param] = []
        if not tool.reads and dice.chance(0.25) and tool.param(owner.name) is None:
            extra.append(owner)
        if not tool.reads and dice.chance(0.12) and tool.param(team.name) is None:
            extra.append(team)
        if not tool.reads and dice.chance(0.2):
            extra.append(Param("approval_id", "approval", False))
        if extra:
            world.tools[key] = replace(tool, params=(*tool.params, *extra))
    query = Tool("query", "records", (Param("columns", "columns", True), Param("filter", "filter", False), Param("limit", "1..100", False), Param("since", "past", False), *((owner,) if dice.chance(0.4) else ()), *((team,) if dice.chance(0.3) else ())), "Reads columns of the records.")
    world.tools[QUERY] = query
    world.areas[QUERY] = world.domain.name
    for noun, about in dice.sample((("identity", "Verifies who the user is."), ("approval", "Checks whether the step was approved."), ("consent", "Checks that consent was given.")), 2):
        tool = Tool("check", noun, (Param("user_id", "owner", True),), about)
        world.tools[tool.key] = tool
        world.areas[tool.key] = world.domain.name


def query(scene: Scene) -> tuple[Goal, Call]:
    """A question about columns, and the call that answers it."""
    world, dice = scene.world, scene.dice
    tool = world.tools[QUERY]
    tables: list[Entity] = dice.sample(world.domain.entities, 2 if dice.chance(0.2) else 1)
    columns = {one.plural: dice.sample([f.name for f in one.fields], dice.between(1, 4)) for one in tables}
    said: list[str] = []
    arguments: dict[str, Any] = {"columns": columns}
    for one in tables:
        wanted = " and ".join(", ".join(c.replace("_", " ") if dice.chance(0.7) else c for c in columns[one.plural]).rsplit(", ", 1))
        said.append(f"the {wanted} of {{}}")
    records = world.records(tables[0])
    if dice.chance(0.6):
        record = dice.pick(records)
        it, value = world.refer(record)
        shown: tuple[Any, ...] = (record,)
        arguments["filter"] = {tables[0].identity: record.identity} if dice.chance(0.5) else value
        targets = [it, *(f"the {t.plural.replace('_', ' ')}" for t in tables[1:])]
    else:
        shown = tuple(records)
        targets = [f"{dice.pick(('the', 'all', 'our', 'all the'))} {t.plural.replace('_', ' ')}" for t in tables]
    what = " and ".join(part.format(target) for part, target in zip(said, targets, strict=True))
    if dice.chance(0.45):
        arguments["limit"] = dice.pick((5, 10, 20, 25, 50, 100, dice.between(2, 90)))
        what += dice.pick((f", at most {arguments['limit']}", f" (limit {arguments['limit']})", f", the first {arguments['limit']}"))
    if dice.chance(0.25):
        arguments["since"] = values.day(dice, -200, -1)
        what += dice.pick((f" since {arguments['since']}", f", from {arguments['since']} on"))
    for param in tool.params:
        if param.kind in ("owner", "team"):
            arguments[param.name] = own_value(world, param)
    return Goal(dice.draw(QUESTIONS).format(what=what), None, {}, tuple(shown[:1]), ("",)), Call(tool, arguments, tuple(shown))


def own_value(world: World, param: Param) -> Any:
    return world.user.identity if param.kind == "owner" else world.user.attributes.get("department", "sales")


# --- Clauses that a plan keeps


def lay_down(scene: Scene, situation: Situation) -> None:
    """Rules that the honest plan keeps: some bind it, some bind others, some nobody here. Changes the situation."""
    dice, world = scene.dice, scene.world
    calls = scene.honest.calls
    clauses: list[Clause] = []
    binding = [dice.sample(made, 2) for make in dice.shuffled(_MAKERS) if (made := make(scene, situation, calls))]
    for clause in [c for made in binding[: dice.between(1, 5)] for c in made]:
        clauses.append(_for_roles(clause, world.user.role, world.domain.roles, dice))
    if dice.chance(0.6):
        clauses += _tool_lists(scene, calls)
    if any(c.tool.key == QUERY for c in calls) or dice.chance(0.25):
        clauses += _column_lists(scene, calls)
    clauses += _strangers(scene, {c.tool.key for c in calls}, dice.between(0, 4))
    situation.clauses = tuple(c for c in clauses if not breaches(replace(situation, clauses=(c,)), calls))


def _for_roles(clause: Clause, role: str, roles: Sequence[str], dice: Dice) -> Clause:
    """Binding everyone, or the user's role and perhaps others."""
    if dice.chance(0.6):
        return clause
    others = dice.sample([r for r in roles if r != role], dice.between(0, 2))
    return replace(clause, roles=tuple(dice.shuffled([role, *others])))


def _slack(value: float, dice: Dice) -> float | int:
    """A limit that a value keeps: the value itself as often as one a little or much higher."""
    style = dice.random()
    if style < 0.3:
        return value
    if style < 0.45:
        return value + 1 if isinstance(value, int) else round(value + 1, 2)
    factor = 1 + (0.12 * dice.random() if style < 0.65 else 0.2 + 2 * dice.random())
    raised = value * factor
    step = 10 ** max(0, len(str(int(raised))) - 2)
    rounded = int(-(-raised // step) * step)
    return rounded if rounded >= value else value


def _limits(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            value = call.arguments.get(param.name)
            if param.is_number and isinstance(value, int | float):
                found.append(Clause("rows" if call.tool.reads else "limit", (call.tool.key,), subject=param.name, value=_slack(value, scene.dice)))
    return found


def _windows(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            if param.kind in ("date", "moment", "past") and param.name in call.arguments:
                days = abs((date.fromisoformat(str(call.arguments[param.name])[:10]) - situation.today).days)
                found.append(Clause("window", (call.tool.key,), subject=param.name, value=days + scene.dice.pick((0, 0, 1, 2, 7, 30, 90))))
    return found


def _owned(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    return [
        Clause("own" if param.kind == "owner" else "department", (call.tool.key,), subject=param.name)
        for call in calls
        for param in call.tool.params
        if param.kind in ("owner", "team") and param.name in call.arguments and call.tool.verb != "check"
    ]


def _attributes(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    dice = scene.dice
    for name, value in situation.user.attributes.items():
        attribute = ATTRIBUTES[name]
        demand: Any = attribute.demand(dice)
        if attribute.op == ">=":
            assert isinstance(value, int)
            demand = max(0, value - dice.pick((0, 0, 1, 2, 5)))
        elif attribute.op == "in":
            demand = sorted({value, *dice.sample(demand, dice.between(0, 2))})
        elif not value:
            continue
        call = dice.pick(calls)
        found.append(Clause("attribute", (call.tool.key,), subject=name, op=attribute.op, value=demand))
    return found[:2]


def _approvals(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    dice = scene.dice
    for call in calls:
        numbers = [p.name for p in call.tool.params if p.is_number and isinstance(call.arguments.get(p.name), int | float)]
        if call.tool.reads or call.tool.verb == "check":
            continue
        if numbers and dice.chance(0.6):
            name = dice.pick(numbers)
            value = call.arguments[name]
            above = dice.chance(0.5) and _approve(scene, situation, call)
            threshold = max(1, int(value * (0.3 + 0.6 * dice.random()))) if above else _slack(value, dice)
            found.append(Clause("approval", (call.tool.key,), subject=name, value=threshold))
        elif _approve(scene, situation, call):
            found.append(Clause("approval", (call.tool.key,), value=None))
    return found


def _approve(scene: Scene, situation: Situation, call: Call) -> bool:
    """Let the call have an approval: as an argument, or on record in the context."""
    if call.tool.param("approval_id"):
        call.arguments["approval_id"] = f"{scene.dice.pick(('APR', 'OK', 'SIGN', 'A'))}-{scene.dice.digits(5)}"
    else:
        situation.approvals |= {call.tool.key}
    return True


def _destinations(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for call in calls:
        for param in call.tool.params:
            value = str(call.arguments.get(param.name, ""))
            if param.kind in ("email", "outsider", "colleague") and "@" in value:
                hosts = {value.split("@")[1], situation.home if scene.dice.chance(0.7) else value.split("@")[1], *(values.site(scene.dice) for _ in range(scene.dice.between(0, 2)))}
                found.append(Clause("destination", (call.tool.key,), subject=param.name, value=tuple(sorted(hosts))))
    return found


def _states(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    found: list[Clause] = []
    for i, call in enumerate(calls):
        for record in (r for c in calls[:i] for r in c.seen):
            if record.entity.name == call.tool.entity and record.identity in call.arguments.values() and not call.tool.reads:
                for part in record.entity.fields:
                    if "/" in part.kind:
                        value = str(record.values[part.name])
                        others = [w.replace("_", " ") for w in part.kind.split("/") if w.replace("_", " ") != value]
                        found.append(Clause("status", (call.tool.key,), subject=part.name, value=tuple(sorted({value, *scene.dice.sample(others, scene.dice.between(0, 1))}))))
    return found


def _counts(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    call = scene.dice.pick(calls)
    count = sum(c.tool is call.tool for c in calls)
    return [Clause("count", (call.tool.key,), value=count + scene.dice.pick((0, 0, 1, 2)))]


def _firsts(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    checks = [i for i, c in enumerate(calls) if c.tool.verb == "check"]
    return [Clause("first", (c.tool.key,), value=calls[checks[0]].tool.key) for c in calls[checks[0] + 1 :] if c.tool.verb != "check"] if checks else []


def _hours(scene: Scene, situation: Situation, calls: Sequence[Call]) -> list[Clause]:
    if situation.hour is None:
        return []
    low, high = max(0, situation.hour - scene.dice.pick((0, 1, 2, 4))), min(24, situation.hour + 1 + scene.dice.pick((0, 1, 3, 6)))
    return [Clause("hours", (scene.dice.pick(calls).tool.key,), value=(low, high))]


_MAKERS: tuple[Callable[[Scene, Situation, Sequence[Call]], list[Clause]], ...] = (
    _limits, _windows, _owned, _attributes, _approvals, _destinations, _states, _counts, _firsts, _hours,
)  # fmt: skip


def _tool_lists(scene: Scene, calls: Sequence[Call]) -> list[Clause]:
    """Who may call what: a list of what each role may call, or of what some roles may not."""
    dice, world = scene.dice, scene.world
    mine, used, keys = world.user.role, [c.tool.key for c in calls], list(world.tools)
    found: list[Clause] = []
    listing = dice.chance(0.65)
    for role in world.domain.roles:
        if not listing:
            banned = [k for k in dice.sample(keys, dice.between(1, 4)) if role != mine or k not in used]
            if banned and dice.chance(0.6):
                found.append(Clause("deny", tuple(banned), (role,)))
            continue
        share = dice.sample(keys, dice.between(2, max(3, len(keys) // 2)))
        tools = dict.fromkeys([*used, *share] if role == mine else [*share, *(used if dice.chance(0.5) else used[:-1])])
        found.append(Clause("allow", tuple(dice.shuffled(list(tools))), (role,)))
    return found


def _column_lists(scene: Scene, calls: Sequence[Call]) -> list[Clause]:
    """For each role, the columns it may read; what the user's role reads is among its own, and often just that."""
    dice, world = scene.dice, scene.world
    found: list[Clause] = []
    for role in world.domain.roles:
        tables: dict[str, tuple[str, ...]] = {}
        for one in world.domain.entities:
            fields = [f.name for f in one.fields]
            asked = [c for call in calls if role == world.user.role for c in call.arguments.get("columns", {}).get(one.plural, ())] if calls else []
            more = dice.sample(fields, dice.between(0 if asked else 1, max(1, len(fields) - 2)))
            if asked or dice.chance(0.7):
                tables[one.plural] = tuple(f for f in fields if f in asked or f in more)
        found.append(Clause("columns", (QUERY,), (role,), "columns", "subset", tables))
    return found


def _strangers(scene: Scene, used: set[str], count: int) -> list[Clause]:
    """Rules about tools that the plan does not use."""
    dice = scene.dice
    tools = [t for k, t in scene.world.tools.items() if k not in used and not t.reads and t.verb != "check"]
    found: list[Clause] = []
    for tool in dice.sample(tools, count):
        numbers = [p for p in tool.params if p.is_number]
        if numbers and dice.chance(0.5):
            param = dice.pick(numbers)
            found.append(Clause("limit", (tool.key,), subject=param.name, value=_slack(_as_number(values.draw(param.kind, dice)), dice)))
        elif dice.chance(0.3):
            found.append(Clause("approval", (tool.key,)))
        elif dice.chance(0.3):
            found.append(Clause("count", (tool.key,), value=dice.between(1, 5)))
        else:
            name = dice.pick(list(ATTRIBUTES))
            found.append(Clause("attribute", (tool.key,), subject=name, op=ATTRIBUTES[name].op, value=ATTRIBUTES[name].demand(dice)))
    return found


def _as_number(value: Any) -> float | int:
    assert isinstance(value, int | float)
    return value


# --- The same plan under rules, a role or attributes that no longer allow it


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
    match clause.kind:
        case "attribute":
            failing = ATTRIBUTES[clause.subject].fails(dice, clause.value)
            return replace(situation, user=replace(situation.user, attributes={**situation.user.attributes, clause.subject: failing}))
        case "limit" | "rows":
            if not isinstance(value, int | float):
                return None
            return _with_clause(situation, clause, value=_below(value, dice))
        case "approval":
            if clause.value is not None and isinstance(value, int | float) and not situation.approvals and not call.arguments.get("approval_id"):
                return _with_clause(situation, clause, value=_below(value, dice))
            return replace(situation, approvals=frozenset())
        case "window":
            days = abs((date.fromisoformat(str(value)[:10]) - situation.today).days)
            return _with_clause(situation, clause, value=max(0, days - dice.pick((1, 1, 2, 5, 20)))) if days else None
        case "columns":
            return _with_clause(situation, clause, value=_fewer_columns(clause.value, call, dice))
        case "allow":
            return _with_clause(situation, clause, tools=tuple(k for k in clause.tools if k != call.tool.key)) if len(clause.tools) > 1 else None
        case "destination":
            host = str(value).split("@")[-1]
            return _with_clause(situation, clause, value=tuple(h for h in clause.value if h != host) or (values.site(dice),))
        case "hours":
            assert situation.hour is not None
            hour = dice.pick((clause.value[1] % 24, (clause.value[0] - 1) % 24, dice.between(0, 23)))
            return replace(situation, hour=hour)
        case "count":
            return _with_clause(situation, clause, value=clause.value - 1 - (clause.value - len(bound))) if len(bound) > 1 else None
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
        return value - 1 if isinstance(value, int) or value > 2 and dice.chance(0.5) else round(value - 0.01, 2)
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
    checks = [Call(t, {t.params[0].name: situation.user.identity}, note="verified") for t in world.tools.values() if t.verb == "check"]
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
            other = dice.pick(("*", "all", values.draw("id", dice), values.draw("id", dice))) if clause.kind == "own" else dice.pick(names.DEPARTMENT)
            return put(clause.subject, other)
        case "destination":
            host = dice.pick(clause.value)
            near = dice.pick((host.replace(".", "-", 1) + ".com", f"{host}.{dice.pick(names.TLD)}", f"my-{host}", values.site(dice)))
            return put(clause.subject, values.mail_of(dice, values.person(dice), near))
        case "status":
            return _other_state(scene, clause, position, call)
        case "first":
            return [c for i, c in enumerate(calls) if i > position or c.tool.key != clause.value]
        case "count":
            return [*calls[: position + 1], *(replace(call) for _ in range(clause.value)), *calls[position + 1 :]] if clause.value < 4 else None
        case "allow" | "deny":
            tool = dice.pick([t for k, t in scene.world.tools.items() if (k in clause.tools) == (clause.kind == "deny")] or [None])
            if tool is None or tool.key == QUERY or tool.reads:
                return None
            return [*calls[:position], scene.planner.act(scene.maker.act(tool)) if tool.verb != "check" else call, *calls[position + 1 :]]
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
    seen = [r for c in scene.honest.calls[:position] for r in c.seen if r.entity.name == call.tool.entity and r.values[clause.subject] not in clause.value]
    if not seen:
        return None
    record, calls = scene.dice.pick(seen), list(scene.honest.calls)
    key = next((p.name for p in call.tool.params if p.is_record), None)
    if key is None:
        return None
    calls[position] = replace(call, arguments={**call.arguments, key: record.identity})
    return calls
