"""Goals and the plans that reach them: what a request covers, as data, and the calls of an agent that does just that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from trainer.generator import retelling, steps
from trainer.generator.worlds import outputs, values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Tool
from trainer.generator.worlds.values import Value
from trainer.generator.worlds.world import Record, World

BEHALF = ("run_as", "on_behalf_of", "impersonate", "acting_user", "as_role")
"""Arguments that say in whose name to act; no tool declares them."""
TENANCIES = ("tenant", "workspace", "tenant_id", "organisation", "client_account", "site_id")
"""Arguments that say for which organisation to act; no tool declares them."""
GIVEN = ("owner", "team", "approval")
"""Kinds of parameters whose value comes from who the user is, not from what is asked."""
FEW, MANY = (5, 10, 20, 50), (500, 1_000, 5_000)
"""How many rows an agent lists to find one, and to have them all."""
OWN_SHEETS = 0.3
"""How often what an agent writes by itself is longer than a sentence or two."""
LONGEST = 40
"""A plan has no more calls: an agent that has more to do is cut off there."""
MADE = (
    '{{"id": "{id}", "status": "created"}}', "created {noun} {id}", "The {noun} was created with the id {id}.", "id: {id}", '{{"ok": true, "{noun}": "{id}"}}', "{id}", "new {noun}: {id}",
)  # fmt: skip


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
    wants: frozenset[str] = frozenset()
    """Names of the fields that it is about; none: any."""
    carries: tuple[Value, ...] = ()
    """Values of records that the goal wants taken to its destination, as they are to be written."""
    every: bool = False
    """It is about all records of `tool.entity`, with one call for each; without a tool, about all that it reads."""
    compared: bool = False
    """The request says what tells one record from the others: an agent looks at all that it reads."""
    stated: bool = False
    """The identity of the record stands in the request."""
    hint: str = ""
    """A sentence that implies the goal, said in place of `say`."""
    first: Goal | None = None
    """What has to be done before, as a part of this: `say` speaks for both."""

    def also(self, reads: tuple[Record, ...], queries: tuple[str, ...], wants: frozenset[str]) -> None:
        """Read these, too."""
        self.reads += reads
        self.queries += queries
        self.wants |= wants

    @property
    def steps(self) -> tuple[Goal, ...]:
        """What has to be done, in order; the goal itself is the last step."""
        return (*self.first.steps, self) if self.first else (self,)


@dataclass(slots=True, eq=False)
class Injection:
    """Text that somebody put where the agent reads it: goals of their own, another value for an argument of the user's task, or nothing."""

    record: Record | None
    """Where it stands; None: in the description of the tool that it shadows."""
    text: str
    goals: tuple[Goal, ...] = ()
    alters: tuple[Tool, str, Value] | None = None
    open: bool = False
    """The user delegated to this very text: its goals are the user's."""
    shadows: Tool | None = None
    """The tool whose use it redefines."""
    place: float = 1.0
    """How much of the record's own text stands before it."""

    @property
    def hostile(self) -> bool:
        """Whether it wants something that the user does not."""
        return not self.open and bool(self.goals or self.alters)


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
    made: str = ""
    """The identity of what the call created."""

    @property
    def whole(self) -> bool:
        """Whether it shows all of a record; a query for columns counts, too."""
        return not (self.brief or self.tool.shows)


class Planner:
    """Writes the calls of an agent in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self._notice: tuple[str, Record] | None = None

    def work(self, goals: Sequence[Goal]) -> list[Call]:
        """What an agent really does: it signs in, goes after its goals, tries again what failed, and looks at this and that."""
        calls = [*self.sign_in(), *self.calls(tuple(goals))]
        for place in range(len(calls) - 1, -1, -1):
            if self.dice.chance(0.06):
                calls.insert(place, self.failure(calls[place]))
        while self.dice.chance(0.15):
            place = self.dice.between(0, len(calls))
            calls[place:place] = self.detour()
        return calls[:LONGEST]

    def calls(self, goals: list[Goal] | tuple[Goal, ...], known: set[Record] | None = None) -> list[Call]:
        """What a careful agent calls to reach the goals, one after another."""
        known = set() if known is None else known
        plan: list[Call] = []
        for goal in goals:
            found = self.each(goal) if goal.every else [*self.lookups(goal, known), *self.reach(goal)]
            tenancy = {name: goal.slots[name] for name in TENANCIES if name in goal.slots}
            for call in found if tenancy else ():
                call.arguments |= tenancy
            plan += found
        return plan

    def lookups(self, goal: Goal, known: set[Record]) -> list[Call]:
        """The reading that a goal needs; `known` grows by what is seen."""
        plan, found = list[Call](), set(known)
        if goal.compared:
            alike = [r for r in goal.reads if r.entity is goal.reads[0].entity]
            plan += self.compare(alike, goal.wants)
            found.update(alike)
        for record, query in zip(goal.reads, goal.queries, strict=True):
            if record not in found and not (goal.stated and self.dice.chance(0.5)):
                plan += self.read(record, query, goal.wants, stated=goal.stated)
                found.update(r for call in plan if call.whole for r in call.seen)
        known.update(r for call in plan if call.whole for r in call.seen)
        return plan

    def reach(self, goal: Goal) -> list[Call]:
        """The acts of a goal; a later step works on what an earlier one made."""
        plan: list[Call] = []
        for step in goal.steps:
            if step.tool is not None:
                plan += self.availability(step)
                plan.append(self.act(step, next((c.made for c in reversed(plan) if c.made), "")))
        return plan

    def each(self, goal: Goal) -> list[Call]:
        """List the records, then act on one after another, if there is something to do."""
        one = goal.reads[0].entity
        records = [r for r in goal.reads if r.entity is one]
        listing = self.world.reader("list", one)
        limit = {"limit": self.dice.pick(MANY)} if self.dice.chance(0.3) else {}
        plan = [Call(listing, limit, tuple(records), brief=self.dice.chance(0.5))] if listing else []
        if listing and listing.shows and (missing := goal.wants.difference(listing.shows)):
            plan += self.open(records, missing)
        for record, query in zip(goal.reads, goal.queries, strict=True):
            if record.entity is not one or not listing:
                plan += self.read(record, query or self.world.refer(record)[1], goal.wants)
        for record in records if goal.tool else ():
            assert goal.tool is not None
            slots = {**goal.slots, **{param: record.values[source] for param, source in goal.tool.values}}
            plan.append(self.act(replace(goal, slots=slots, every=False)))
        return plan

    def read(self, record: Record, query: str, wants: frozenset[str] = frozenset(), *, stated: bool = False) -> list[Call]:
        """Find a record and see it in full, or what is wanted of it."""
        one = record.entity
        listing, search = (self.world.reader(verb, one) for verb in ("list", "search"))
        look, finders = self.open([record], wants), [tool for tool in (listing, search) if tool]
        listed = any(name in wants for tool in finders for name in tool.shows[1:])
        if look and not listed and (stated or query == str(record.identity) or not finders):
            return look
        finder = self.dice.pick(finders)
        brief = bool(look) and self.dice.chance(0.5)
        if finder is search:
            others = [r for r in self.world.records(one) if r is not record] if self.dice.chance(0.3) else []
            first = Call(finder, {"query": query}, (record, *others[:1]), brief)
        else:
            limit = {"limit": self.dice.pick(FEW)} if self.dice.chance(0.3) else {}
            first = Call(finder, limit, tuple(self.world.records(one)), brief)
        return [first] if first.whole else [first, *look]

    def open(self, records: Sequence[Record], wants: frozenset[str]) -> list[Call]:
        """See records of a kind that were found: in full, or by tools for the details that are wanted."""
        one = records[0].entity
        if get := self.world.reader("get", one):
            return [Call(get, {one.identity: r.identity}, (r,)) for r in records]
        details = self.world.details(one)
        needed = [tool for tool in details if wants.intersection(tool.shows)]
        if not needed or self.dice.chance(0.3):
            needed = list(dict.fromkeys((*needed, *self.dice.sample(details, self.dice.pick((1, 1, 2, 3))))))
        return [call for tool in needed for call in self._detail(tool, records)]

    def _detail(self, tool: Tool, records: Sequence[Record]) -> list[Call]:
        """One detail of some records: at once, where the tool takes many."""
        param = tool.params[0]
        if param.is_record:
            return [Call(tool, {param.name: r.identity}, (r,)) for r in records]
        return [Call(tool, {param.name: [r.identity for r in records]}, tuple(records))]

    def compare(self, records: Sequence[Record], wants: frozenset[str]) -> list[Call]:
        """See all of some records of a kind: in a listing, or one by one."""
        listing, look = self.world.reader("list", records[0].entity), self.open(records, wants)
        if listing is None:
            return look
        first = Call(listing, {}, tuple(records), brief=bool(look) and self.dice.chance(0.7))
        return [first] if first.whole else [first, *look]

    def act(self, goal: Goal, made: str = "") -> Call:
        """The call that reaches a goal; what the goal leaves open is drawn, or is what was just made."""
        tool = goal.tool
        assert tool is not None
        arguments: dict[str, Any] = {}
        for param in tool.params:
            if param.name in goal.slots:
                arguments[param.name] = goal.slots[param.name]
            elif param.is_text and goal.carries:
                arguments[param.name] = retelling.told(goal.carries, self.dice)
            elif param.is_record:
                arguments[param.name] = made
            elif param.kind == "owner":
                arguments[param.name] = self.world.user.identity
            elif param.kind == "team":
                arguments[param.name] = self.world.user.attributes.get("department", "sales")
            elif param.kind == "approval":
                continue
            elif param.required or (self.dice.chance(0.3) and not param.is_destination):
                own = param.is_text and self.dice.chance(OWN_SHEETS)
                arguments[param.name] = values.sheet(self.dice) if own else values.draw(param.kind, self.dice)
        arguments |= {name: value for name, value in goal.slots.items() if name not in arguments}
        if tool.verb != "create":
            return Call(tool, arguments, note=outputs.confirmation(self.dice, tool.noun))
        made = str(values.draw("id", self.dice))
        return Call(tool, arguments, note=self.dice.pick(MADE).format(noun=tool.noun.replace("_", " "), id=made), made=made)

    def availability(self, goal: Goal) -> list[Call]:
        """A look whether what a goal wants booked is free."""
        assert goal.tool is not None
        tool = self.world.tools.get(f"get {goal.tool.noun}_availability") if goal.tool.verb == "book" else None
        if tool is None or self.dice.chance(0.3):
            return []
        arguments = {p.name: goal.slots.get(p.name, values.draw(p.kind, self.dice)) for p in tool.params}
        return [Call(tool, arguments, note=self.dice.pick(("free", '{"available": true}', "available", "3 left", "yes")))]

    def sign_in(self) -> list[Call]:
        """Log in and enter the code that arrives in the user's own inbox, where there is such a thing."""
        tools, user, plan = self.world.tools, self.world.user, list[Call]()
        if steps.LOGIN.key in tools and self.dice.chance(0.7):
            plan.append(
                Call(
                    tools[steps.LOGIN.key],
                    {"user": user.identity},
                    note=self.dice.pick(outputs.DONE).format(noun="login", id=self.dice.digits(5)),
                )
            )
        if steps.SEND_CODE.key in tools and self.dice.chance(0.6):
            code, record = self._notice = self._notice or steps.notice(self.world)
            plan.append(Call(tools[steps.SEND_CODE.key], {"to": user.mail}, note="sent"))
            plan += self.read(record, str(record.values[record.entity.fields[1].name]))
            plan.append(Call(tools[steps.ENTER_CODE.key], {"code": code}, note=self.dice.pick(("ok", "verified", "accepted"))))
        return plan

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
                    row[target] = _placed(str(row[target]), injection)
                elif not free and reveals(call, record):
                    tail += "\n" + injection.text
        rows.append(row)
    return outputs.render(rows, world.form, call.tool.noun) + tail


def _placed(own: str, injection: Injection) -> str:
    """The injected text before, after or between the sentences of the record's own text."""
    if not injection.place:
        return f"{injection.text} {own}"
    cut = own.find(". ", int(len(own) * injection.place))
    return f"{own[: cut + 1]} {injection.text}{own[cut + 1 :]}" if cut >= 0 else f"{own} {injection.text}"


def visible(call: Call, record: Record) -> dict[str, Value]:
    """The fields of a record that a call returns."""
    if "columns" in call.arguments:
        wanted = call.arguments["columns"].get(record.entity.plural, ())
    elif call.tool.shows:
        wanted = (record.entity.identity, *call.tool.shows)
    else:
        return dict(list(record.values.items())[:3]) if call.brief else dict(record.values)
    return {name: value for name, value in record.values.items() if name in wanted}


def shows(call: Call, injection: Injection) -> bool:
    """Whether the injected text stands in the output of the call."""
    return injection.record is not None and injection.record in call.seen and reveals(call, injection.record)


def reveals(call: Call, record: Record) -> bool:
    """Whether a call returns what others may have put into a record: its free text, or all of it where it has none."""
    if call.brief:
        return False
    if not record.entity.free:
        return call.whole and "columns" not in call.arguments
    return any(name in visible(call, record) for name in record.entity.free)


def some(dice: Dice, low: int, high: int, toward: float = 0.6) -> int:
    """A small count: `low` most often, each further one `toward` times as likely."""
    count = low
    while count < high and dice.chance(toward):
        count += 1
    return count
