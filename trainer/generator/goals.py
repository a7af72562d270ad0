"""Draws goals in a world: what users ask for, and what texts that they point to ask for."""

from __future__ import annotations

from typing import Any

from trainer.generator.plans import BEHALF, GIVEN, TENANCIES, Goal, Injection, some
from trainer.generator.sources import BEHIND, Reads, Sources
from trainer.generator.tellings import Tellings
from trainer.generator.worlds import injections, requests, values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Entity, Tool, is_number
from trainer.generator.worlds.world import Record, World

VISITS = 0.1
"""How often a goal is to open an address, for users and attackers alike."""
CHOICES = 0.12
"""How often a goal is about the record that has the most or the least of something."""
BY_NAME = 0.4
"""How often a user who points to a text says what is to be done, and leaves the rest to the text."""
FROM_TEXT = 0.08
"""How often an act is asked for whose values all stand in a text."""
CROWD = (8, 36)
"""How many records there are when an act on every one of them makes a long plan."""


class GoalMaker:
    """Users' and attackers' goals come from here alike, so that no tool, sink or value gives an attack away."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.acts = [tool for tool in world.tools.values() if tool.say or tool.say_via]
        self.weighty = [tool for tool in self.acts if tool.verb in ("grant", "delete", "cancel", "share", "pay")] or self.acts
        """Acts that attackers like: asked for by users just as often."""
        self.gentle = [tool for tool in self.acts if tool.privilege < 3] or self.acts
        """Acts that do little harm."""
        self.sources = Sources(world)
        self.tellings = Tellings(self.sources, self.acts)
        self.visits = self.tellings.visits
        self.tenancy = self.dice.pick(TENANCIES) if self.dice.chance(0.06) else ""
        """The argument that says for which organisation to act, where an agent works for several."""

    def any(self, *, inform: float = 0.25, report: float = 0.25) -> Goal:
        mark = self.dice.random()
        if mark < inform:
            goal = self.inform()
        elif mark < inform + report and self.tellings.carriers:
            goal = self.tellings.any()
        elif mark > 0.94:
            goal = self.all()
        elif self.dice.chance(CHOICES) and (chosen := self.choose()):
            goal = chosen
        elif self.visits and self.dice.chance(VISITS):
            goal = (self.follow() if self.dice.chance(0.5) else None) or self.direct(self.dice.pick(self.visits))
        else:
            goal = self.act()
        return self._for_tenant(goal) if self.tenancy else goal

    def act(self, tool: Tool | None = None) -> Goal:
        """An act on values the phrase states, or on those a record supplies."""
        chosen = tool or self.dice.pick(self.dice.pick((self.acts, self.acts, self.acts, self.weighty, self.gentle)))
        if self.sources.written and not any(p.is_record for p in chosen.params) and self.dice.chance(FROM_TEXT):
            goal = self.noted(chosen)
        else:
            goal = self.via(chosen) if chosen.say_via and (not chosen.say or self.dice.chance(0.8)) else self.direct(chosen)
        if self.dice.chance(0.04):
            people = (self.world.user.name, values.person(self.dice), "admin", "root", "service-account")
            principal = self.dice.pick((*people, self.dice.pick(self.world.domain.roles)))
            goal.slots[self.dice.pick(BEHALF)] = principal
            goal.say, goal.hint = f"{goal.say} on behalf of {principal}", ""
        return goal

    def all(self) -> Goal:
        """An act on every record of a kind: what is a destructive bulk operation if nobody asks for it."""
        tools = [t for t in self.acts if t.say_via and t.entity and any(p.is_record for p in t.params)]
        if not tools:
            return self.act()
        tool = self.dice.pick(tools)
        if self.dice.chance(0.3):
            self._crowd(self.world.entities[tool.entity or ""], self.dice.between(*CROWD))
        return self.via(tool, every=True)

    def direct(self, tool: Tool, *, literal: bool = False) -> Goal:
        """An act on values that the phrase states; with `literal`, the receiver too is addressed and not described."""
        phrase = self.dice.pick(tool.say)
        slots: dict[str, Any] = {}
        reads, extra = Reads(), dict[str, str]()
        for param in tool.params:
            if "{" + param.name + "}" in phrase or param.required:
                if param.is_record:
                    record = self.dice.pick(self.world.records(self.world.entities[tool.entity or ""]))
                    slots[param.name], reads = record.identity, Reads((record,), (str(record.identity),))
                elif param.kind not in GIVEN:
                    slots[param.name] = values.draw(param.kind, self.dice)
        stated = bool(reads.records)
        reads = reads if literal else reads.then(self.sources.find(tool, slots, phrase, extra))
        said = self.world.fill(phrase, {p.name: p for p in tool.params}, slots, **extra)
        keep = {k: v for k, v in slots.items() if "{" + k + "}" in phrase}
        return Goal(said, tool, keep, *reads, stated=stated)

    def noted(self, tool: Tool) -> Goal:
        """An act whose values stand in a text, as a bill says what is to be paid and where."""
        record, it, reads = self.sources.text()
        params = [p for p in tool.params if p.required and p.kind not in GIVEN]
        slots = {p.name: values.draw(p.kind, self.dice) for p in params}
        self.sources.note(record, params, slots)
        return Goal(self._accordingly(tool, it), tool, slots, *reads)

    def choose(self) -> Goal | None:
        """An act on the record that has the most or the least of something, or a question about it: an agent looks at all of them."""
        numbers = [(one, f) for one in self.world.entities.values() for f in one.fields[1:] if is_number(f.kind)]
        if not numbers:
            return None
        one, part = self.dice.pick(numbers)
        records = self.world.records(one)
        most = self.dice.chance(0.5)
        record = (max if most else min)(records, key=lambda r: float(str(r.values[part.name])))
        form = self.dice.draw(requests.MOST if most else requests.LEAST)
        it = form.format(noun=requests.spaced(one.name), field=requests.spaced(part.name))
        tools = [tool for tool in self.acts if tool.say_via and tool.entity == one.name]
        if tools and self.dice.chance(0.6):
            goal = self.via(self.dice.pick(tools), about=(record, it))
        else:
            name = self.dice.pick(one.fields[1:]).name
            goal = Goal(requests.say(requests.LOOKUPS, self.dice, name, it), None, {}, (record,), ("",), frozenset({name}))
        others = [r for r in records if r is not record]
        goal.reads, goal.queries = (record, *others, *goal.reads[1:]), (*("",) * len(records), *goal.queries[1:])
        goal.wants |= {part.name}
        goal.compared = True
        return goal

    def via(self, tool: Tool, *, every: bool = False, about: tuple[Record, str] | None = None) -> Goal:
        """An act on the record that the phrase points at; with `every`, on all records of its kind; `about`: a record and how to call it."""
        one = self.world.entities[tool.entity or ""]
        record = about[0] if about else self.dice.pick(self.world.records(one))
        phrase = self.dice.pick(tool.say_via)
        it, query = (about[1], "") if about else self.world.refer(record)
        slots: dict[str, Any] = {param: record.values[source] for param, source in tool.values}
        if every:
            form = self.dice.pick(
                (
                    "all {p}",
                    "every one of the {p}",
                    "all the {p}",
                    "each of the {p}",
                    "all {p} in the list",
                    "whatever {p} there are",
                )
            )
            it, slots = form.format(p=requests.spaced(one.plural)), {}
        for param in tool.params:
            if "{" + param.name + "}" in phrase:
                slots[param.name] = values.draw(param.kind, self.dice)
        extra = {"it": it}
        wants = frozenset(source for _, source in tool.values)
        more = self.sources.find(tool, slots, phrase, extra)
        said = self.world.fill(phrase, {p.name: p for p in tool.params}, slots, **extra)
        if every:
            records = tuple(self.world.records(one))
            return Goal(said, tool, slots, *Reads(records, ("",) * len(records), wants).then(more), every=True)
        hint = self._hint(tool, one, it, slots, extra) if self.dice.chance(0.3) else ""
        return Goal(said, tool, slots, *Reads((record,), (query,), wants).then(more), hint=hint)

    def follow(self) -> Goal | None:
        """Open the address that a record holds."""
        links = [(one, f.name) for one in self.world.entities.values() for f in one.fields[1:] if f.kind == "url"]
        if not links:
            return None
        one, name = self.dice.pick(links)
        record = self.dice.pick(self.world.records(one))
        it, query = self.world.refer(record)
        tool = self.dice.pick(self.visits)
        assert tool.destination is not None
        said = requests.say(requests.LINKS, self.dice, name, it)
        return Goal(said, tool, {tool.destination.name: record.values[name]}, (record,), (query,), frozenset({name}))

    def inform(self) -> Goal:
        if self.world.links and self.dice.chance(BEHIND):
            _, it, reads = self.sources.text()
            return Goal(self.dice.draw(requests.READINGS).format(it=it), None, {}, *reads)
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        if self.dice.chance(0.2):
            records = tuple(self.world.records(one))
            said = self.dice.draw(requests.OVERVIEWS).format(plural=requests.spaced(one.plural))
            return Goal(said, None, {}, records, ("",) * len(records), every=True)
        record = self.dice.pick(self.world.records(one))
        it, query = self.world.refer(record)
        name = self.dice.pick(one.fields[1:]).name
        said = requests.say(requests.LOOKUPS, self.dice, name, it)
        hint = requests.capital(requests.say(requests.QUESTIONS, self.dice, name, it)) if self.dice.chance(0.3) else ""
        return Goal(said, None, {}, (record,), (query,), frozenset({name}), hint=hint)

    def delegate(self) -> tuple[Goal, Injection] | None:
        """The user points to a text and wants done what it asks: a goal that reads it, and the text with its own goals."""
        if not self.sources.written:
            return None
        record, it, reads = self.sources.text()
        goals = tuple(self.any(inform=0.0, report=0.2) for _ in range(some(self.dice, 1, 4, 0.4)))
        tool = goals[0].tool
        if tool and not goals[0].first and self.dice.chance(BY_NAME):
            goals, said = goals[:1], self._accordingly(tool, it)
        else:
            said = self.dice.draw(requests.DELEGATIONS).format(it=it)
        text = " ".join(goal.hint or injections.aside(goal.say, self.dice) for goal in goals)
        return Goal(said, None, {}, *reads), Injection(record, text, goals, open=True, place=place(self.dice))

    # --- Parts of goals

    def _accordingly(self, tool: Tool, it: str) -> str:
        return self.dice.draw(requests.ACCORDINGLY).format(do=f"{tool.verb} the {requests.spaced(tool.noun)}", it=it)

    def _hint(self, tool: Tool, one: Entity, it: str, slots: dict[str, Any], extra: dict[str, str]) -> str:
        """A sentence that implies the act, if it has nothing to say but the record and where it goes."""
        sink = tool.destination.name if tool.destination else ""
        stated = slots.keys() - {param for param, _ in tool.values} - {sink}
        pool = requests.HINTS.get(tool.verb)
        if pool is None or stated:
            return ""
        if tool.verb == "cancel" and any(f.kind == "moment" for f in one.fields) and self.dice.chance(0.5):
            pool = requests.APPOINTMENTS
        to = extra.get(sink) or (str(slots[sink]) if sink in slots else "")
        hint = self.dice.draw(pool)
        return "" if "{to}" in hint and not to else requests.capital(hint.format(it=it, to=to))

    def _for_tenant(self, goal: Goal) -> Goal:
        """The goal, within one of the organisations that the agent works for."""
        tenant = self.world.organisation if self.dice.chance(0.6) else values.company(self.dice)
        for step in goal.steps:
            step.slots[self.tenancy] = tenant
        form = self.dice.pick(
            ("for {t}, {x}", "in the workspace of {t}, {x}", "as {t}'s assistant, {x}", "on the {t} account, {x}")
        )
        goal.say, goal.hint = form.format(t=tenant, x=goal.say), ""
        return goal

    def _crowd(self, one: Entity, count: int) -> None:
        """Many records of a kind."""
        records = self.world.records(one)
        while len(records) < count:
            records.append(Record(one, {f.name: values.draw(f.kind, self.dice) for f in one.fields}))


def place(dice: Dice) -> float:
    """How much of a record's own text stands before what is put into it."""
    return dice.pick((0.0, 1.0, 1.0, dice.random()))
