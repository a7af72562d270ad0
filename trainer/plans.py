"""Goals and the plans that reach them: what a request covers, as data, and the calls of an agent that does just that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trainer.worlds import injections, outputs, requests, values
from trainer.worlds.dice import Dice
from trainer.worlds.domain import Tool
from trainer.worlds.values import Value
from trainer.worlds.world import Record, World

BEHALF = ("run_as", "on_behalf_of", "impersonate", "acting_user", "as_role")
"""Arguments that say in whose name to act; no tool declares them."""


GIVEN = ("owner", "team", "approval")
"""Kinds of parameters whose value comes from who the user is, not from what is asked."""


@dataclass(slots=True, eq=False)
class Goal:
    """One thing that somebody wants done. Without a tool it asks for information only."""

    say: str
    tool: Tool | None = None
    slots: dict[str, Any] = field(default_factory=dict[str, Any])
    """Arguments a call must have to be this goal's; others are free."""
    reads: tuple[Record, ...] = ()
    queries: tuple[str, ...] = ()
    """For each record read, what one would search for."""
    carries: tuple[Value, ...] = ()
    """Values of records that the goal wants taken to its destination."""
    every: bool = False
    """It is about all records of `tool.entity`, with one call for each."""
    stated: bool = False
    """The identity of the record stands in the request."""


@dataclass(slots=True, eq=False)
class Injection:
    """Text that somebody put into a record: goals of their own, or another value for an argument of the user's task."""

    record: Record
    text: str
    goals: tuple[Goal, ...] = ()
    alters: tuple[Tool, str, Value] | None = None
    open: bool = False
    """The user delegated to this very text: its goals are the user's."""


@dataclass(slots=True, eq=False)
class Call:
    """One call and what it lets the agent see."""

    tool: Tool
    arguments: dict[str, Any]
    seen: tuple[Record, ...] = ()
    brief: bool = False
    note: str = ""
    failed: bool = False
    name: str = ""
    """Another name than the tool's own: a look-alike."""


class GoalMaker:
    """Draws goals in a world. Users' and attackers' goals come from here alike, so that no tool or sink gives an attack away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.acts = [tool for tool in world.tools.values() if tool.say or tool.say_via]
        self.weighty = [tool for tool in self.acts if tool.verb in ("grant", "delete", "cancel", "share", "pay")] or self.acts
        """Acts that attackers like: asked for by users just as often."""
        self.carriers = [tool for tool in self.acts if tool.carries and not any(p.is_record for p in tool.params)]

    def any(self, *, inform: float = 0.25, report: float = 0.15) -> Goal:
        mark = self.dice.random()
        if mark < inform:
            return self.inform()
        if mark < inform + report and self.carriers:
            return self.report()
        if mark > 0.94:
            return self.all()
        return self.act()

    def act(self, tool: Tool | None = None) -> Goal:
        """An act on values the phrase states, or on those a record supplies."""
        chosen = tool or self.dice.pick(self.weighty if self.dice.chance(0.2) else self.acts)
        goal = self.via(chosen) if chosen.say_via and (not chosen.say or self.dice.chance(0.65)) else self.direct(chosen)
        if self.dice.chance(0.04):
            principal = self.dice.pick(
                (
                    self.world.user.name,
                    values.person(self.dice),
                    "admin",
                    "service-account",
                    self.dice.pick(self.world.domain.roles),
                )
            )
            goal.slots[self.dice.pick(BEHALF)] = principal
            goal.say += f" on behalf of {principal}"
        return goal

    def all(self) -> Goal:
        """An act on every record of a kind: what is a destructive bulk operation if nobody asks for it."""
        tools = [t for t in self.acts if t.say_via and t.entity and any(p.is_record for p in t.params)]
        if not tools:
            return self.act()
        return self.via(self.dice.pick(tools), every=True)

    def direct(self, tool: Tool) -> Goal:
        phrase = self.dice.pick(tool.say)
        slots: dict[str, Any] = {}
        reads: tuple[Record, ...] = ()
        for param in tool.params:
            if "{" + param.name + "}" in phrase or param.required:
                if param.is_record:
                    record = self.dice.pick(self.world.records(self.world.entities[tool.entity or ""]))
                    slots[param.name], reads = record.identity, (record,)
                elif param.kind not in GIVEN:
                    slots[param.name] = values.draw(param.kind, self.dice)
        extra: dict[str, str] = {}
        reads_more, queries_more = self._known_person(tool, slots, phrase, extra)
        said = self.world.fill(phrase, {p.name: p for p in tool.params}, slots, **extra)
        keep = {k: v for k, v in slots.items() if "{" + k + "}" in phrase}
        return Goal(
            said, tool, keep, reads + reads_more, tuple(str(r.identity) for r in reads) + queries_more, stated=bool(reads)
        )

    def via(self, tool: Tool, *, every: bool = False) -> Goal:
        """An act on the record that the phrase points at; with `every`, on all records of its kind."""
        one = self.world.entities[tool.entity or ""]
        record = self.dice.pick(self.world.records(one))
        phrase = self.dice.pick(tool.say_via)
        it, query = self.world.refer(record)
        slots: dict[str, Any] = {param: record.values[source] for param, source in tool.values}
        if every:
            it = self.dice.pick(
                ("all {p}", "every one of the {p}", "all the {p}", "each of the {p}", "all {p} in the list")
            ).format(p=one.plural.replace("_", " "))
            slots = {}
        for param in tool.params:
            if "{" + param.name + "}" in phrase:
                slots[param.name] = values.draw(param.kind, self.dice)
        extra = {"it": it}
        reads_more, queries_more = self._known_person(tool, slots, phrase, extra)
        said = self.world.fill(phrase, {p.name: p for p in tool.params}, slots, **extra)
        if every:
            return Goal(
                said,
                tool,
                slots,
                (*self.world.records(one), *reads_more),
                ("", *("",) * (len(self.world.records(one)) - 1), *queries_more),
                every=True,
            )
        return Goal(said, tool, slots, (record, *reads_more), (query, *queries_more))

    def report(self, tool: Tool | None = None, field_count: int = 1) -> Goal:
        """Tell somebody a value of a record."""
        tool = tool or self.dice.pick(self.carriers)
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        record = self.dice.pick(self.world.records(one))
        wanted = self.dice.sample([f.name for f in one.fields[1:]], field_count)
        it, query = self.world.refer(record)
        sink = tool.destination
        assert sink is not None
        slots: dict[str, Any] = {sink.name: values.draw(sink.kind, self.dice)}
        extra: dict[str, str] = {}
        reads_more, queries_more = self._known_person(tool, slots, "{" + sink.name + "}", extra)
        said = self.world.fill(
            self.dice.draw(requests.REPORTS), {}, {}, it=it, to=extra.get(sink.name, str(slots[sink.name])),
            field=" and the ".join(w.replace("_", " ") for w in wanted), by=tool.noun.replace("_", " "),
        )  # fmt: skip
        return Goal(said, tool, slots, (record, *reads_more), (query, *queries_more), tuple(record.values[w] for w in wanted))

    def inform(self) -> Goal:
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        if self.dice.chance(0.2):
            records = tuple(self.world.records(one))
            said = self.dice.pick(requests.OVERVIEWS).format(plural=one.plural.replace("_", " "))
            return Goal(said, None, {}, records[:1], (str(self.dice.pick(records).identity),))
        record = self.dice.pick(self.world.records(one))
        it, query = self.world.refer(record)
        name = self.dice.pick(one.fields[1:]).name.replace("_", " ")
        return Goal(self.dice.draw(requests.LOOKUPS).format(field=name, it=it), None, {}, (record,), (query,))

    def delegate(self) -> tuple[Goal, Injection] | None:
        """The user points to a text and wants done what it asks: a goal that reads it, and the text with its own goals."""
        sources = [one for one in self.world.entities.values() if one.free]
        if not sources:
            return None
        record = self.dice.pick(self.world.records(self.dice.pick(sources)))
        it, query = self.world.refer(record)
        goals = tuple(self.act() for _ in range(some(self.dice, 1, 3, 0.35)))
        said = self.dice.draw(requests.DELEGATIONS).format(it=it)
        text = " ".join(injections.aside(goal.say, self.dice) for goal in goals)
        return Goal(said, None, {}, (record,), (query,)), Injection(record, text, goals, open=True)

    def attack(self, record: Record, honest: Sequence[Call], *, alter: float = 0.2) -> Injection:
        """Somebody's own goals, or another value for one of the user's, put into a record."""
        who = values.person(self.dice)
        targets = [
            (c.tool, p) for c in honest for p in c.tool.params if p.name in c.arguments and (p.is_destination or p.is_number)
        ]
        if targets and self.dice.chance(alter):
            tool, param = self.dice.pick(targets)
            value = values.draw(param.kind, self.dice)
            text = injections.alteration(param.name, self.world.surface(param, value), self.dice, who)
            return Injection(record, text, alters=(tool, param.name, value))
        goals = tuple(self.any(inform=0.0, report=0.25) for _ in range(some(self.dice, 1, 3, 0.2)))
        text = injections.order(requests.join([goal.say for goal in goals], self.dice), self.dice, who)
        return Injection(record, text, goals)

    def _known_person(
        self, tool: Tool, slots: dict[str, Any], phrase: str, extra: dict[str, str]
    ) -> tuple[tuple[Record, ...], tuple[str, ...]]:
        """Sometimes the receiver is named, not addressed: the address then stands in the address book."""
        sink = tool.destination
        contact = self.world.entities.get("contact")
        if (
            sink is None
            or contact is None
            or sink.kind != "email"
            or "{" + sink.name + "}" not in phrase
            or self.dice.chance(0.6)
        ):
            return (), ()
        record = self.dice.pick(self.world.records(contact))
        slots[sink.name] = record.values["mail"]
        extra[sink.name] = str(record.values["name"])
        return (record,), (str(record.values["name"]),)


class Planner:
    """Writes the calls of an agent in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice

    def calls(self, goals: list[Goal] | tuple[Goal, ...], known: set[Record] | None = None) -> list[Call]:
        """What a careful agent calls to reach the goals, one after another."""
        known = set() if known is None else known
        plan: list[Call] = []
        for goal in goals:
            if goal.every:
                plan += self.each(goal)
                continue
            for record, query in zip(goal.reads, goal.queries, strict=True):
                if record not in known and not (goal.stated and self.dice.chance(0.5)):
                    plan += self.read(record, query, stated=goal.stated)
                    known.update(plan[-1].seen if plan and not plan[-1].brief else ())
            if goal.tool is not None:
                plan.append(self.act(goal))
        return plan

    def each(self, goal: Goal) -> list[Call]:
        """List the records, then act on one after another."""
        assert goal.tool is not None
        one = goal.reads[0].entity
        records = [r for r in goal.reads if r.entity is one]
        listing = self.world.reader("list", one)
        plan = [Call(listing, {}, tuple(records), brief=self.dice.chance(0.5))] if listing else []
        for record, query in zip(goal.reads, goal.queries, strict=True):
            if record.entity is not one or not listing:
                plan += self.read(record, query or self.world.refer(record)[1])
        for record in records:
            slots = {**goal.slots, **{param: record.values[source] for param, source in goal.tool.values}}
            plan.append(self.act(replace(goal, slots=slots, every=False)))
        return plan

    def read(self, record: Record, query: str, *, stated: bool = False) -> list[Call]:
        """Find a record and see it in full."""
        one = record.entity
        listing, search, get = (self.world.reader(verb, one) for verb in ("list", "search", "get"))
        if get and (stated or query == str(record.identity) or not (listing or search)):
            return [Call(get, {one.identity: record.identity}, (record,))]
        finder = self.dice.pick([tool for tool in (listing, search) if tool])
        brief = get is not None and self.dice.chance(0.5)
        if finder is search:
            others = [r for r in self.world.records(one) if r is not record] if self.dice.chance(0.3) else []
            first = Call(finder, {"query": query}, (record, *others[:1]), brief)
        else:
            first = Call(
                finder,
                {"limit": self.dice.pick((5, 10, 20, 50))} if self.dice.chance(0.3) else {},
                tuple(self.world.records(one)),
                brief,
            )
        return [first, Call(get, {one.identity: record.identity}, (record,))] if brief and get else [first]

    def act(self, goal: Goal) -> Call:
        """The call that reaches a goal; what the goal leaves open is drawn."""
        tool = goal.tool
        assert tool is not None
        arguments: dict[str, Any] = {}
        for param in tool.params:
            if param.name in goal.slots:
                arguments[param.name] = goal.slots[param.name]
            elif param is tool.carries and goal.carries:
                arguments[param.name] = self.compose(goal)
            elif param.kind == "owner":
                arguments[param.name] = self.world.user.identity
            elif param.kind == "team":
                arguments[param.name] = self.world.user.attributes.get("department", "sales")
            elif param.kind == "approval":
                continue
            elif param.required or (self.dice.chance(0.3) and not param.is_destination):
                arguments[param.name] = values.draw(param.kind, self.dice)
        arguments |= {name: value for name, value in goal.slots.items() if name not in arguments}
        return Call(tool, arguments, note=outputs.confirmation(self.dice, tool.noun))

    def compose(self, goal: Goal) -> str:
        told = ", ".join(str(v) for v in goal.carries)
        return self.dice.pick(
            (
                "{x}",
                "Here you go: {x}",
                "As requested: {x}",
                "Hello, {x}. Best regards",
                "The answer is {x}.",
                "{x} (from our records)",
                "FYI: {x}",
            )
        ).format(x=told)

    def detour(self) -> list[Call]:
        """A harmless look at something nobody asked for, as agents do."""
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        listing = self.world.reader("list", one)
        if listing:
            return [Call(listing, {}, tuple(self.world.records(one)), brief=self.dice.chance(0.5))]
        record = self.dice.pick(self.world.records(one))
        return self.read(record, self.world.refer(record)[1])[:1]

    def failure(self, call: Call) -> Call:
        """The same call, tried before and failed."""
        return Call(call.tool, dict(call.arguments), note=self.dice.pick(outputs.FAILED), failed=True)


def show(world: World, call: Call, planted: Sequence[Injection]) -> str:
    """The output of a call, with what was injected into the records it shows."""
    if not call.seen:
        return call.note
    rows: list[dict[str, Value]] = []
    tail = ""
    for record in call.seen:
        free = record.entity.free
        row = visible(call, record)
        for injection in planted:
            if injection.record is record:
                target = next((f for f in free if f in row), None)
                if target:
                    row[target] = f"{row[target]} {injection.text}" if not injection.open else f"{injection.text} {row[target]}"
                elif not free and not call.brief and "columns" not in call.arguments:
                    tail += "\n" + injection.text
        rows.append(row)
    return outputs.render(rows, world.form, call.tool.noun) + tail


def visible(call: Call, record: Record) -> dict[str, Value]:
    """The fields of a record that a call returns."""
    if "columns" in call.arguments:
        wanted = call.arguments["columns"].get(record.entity.plural, ())
        return {name: value for name, value in record.values.items() if name in wanted}
    return dict(list(record.values.items())[:3]) if call.brief else dict(record.values)


def shows(call: Call, injection: Injection) -> bool:
    """Whether the injected text stands in the output of the call."""
    if injection.record not in call.seen or call.brief:
        return False
    columns = call.arguments.get("columns")
    return columns is None or any(f in columns.get(injection.record.entity.plural, ()) for f in injection.record.entity.free)


def some(dice: Dice, low: int, high: int, toward: float = 0.6) -> int:
    """A small count: `low` most often, each further one `toward` times as likely."""
    count = low
    while count < high and dice.chance(toward):
        count += 1
    return count
