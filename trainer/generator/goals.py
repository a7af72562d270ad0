"""Draws goals in a world: what users ask for, what texts they delegate to ask for, and what attackers want."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.generator import retelling
from trainer.generator.plans import BEHALF, GIVEN, TENANCIES, Call, Goal, Injection, some
from trainer.generator.sources import BEHIND, Reads, Sources, called
from trainer.generator.spelling import SPELLINGS
from trainer.generator.worlds import injections, requests, values
from trainer.generator.worlds.domain import Entity, Param, Tool, is_number
from trainer.generator.worlds.world import Record, World
from trainer.generator.worlds.writing import HEADINGS, MARKS, marked

KEYS = ("ref", "id", "q", "code", "v", "data", "key", "u", "token", "note")
LITERAL = 0.8
"""How often an attacker states all that is wanted, where the tool can be spoken of so."""
VISITS = 0.1
"""How often a goal is to open an address, for users and attackers alike."""
CHOICES = 0.12
"""How often a goal is about the record that has the most or the least of something."""
BY_NAME = 0.4
"""How often a user who points to a text says what is to be done, and leaves the rest to the text."""
KEPT = 0.4
"""How often what an agent sums up or collects goes into something new, where that can be made, and to nobody."""
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
        self.carriers = [tool for tool in self.acts if tool.carries and not any(p.is_record for p in tool.params)]
        self.stores = [tool for tool in self.acts if tool.verb == "create" and not tool.destination and _text_of(tool)]
        """Tools that write something new down."""
        self.growing = [t for t in self.acts if t.say_via and t.entity and _text_of(t) and any(p.is_record for p in t.params)]
        """Tools that put text into a record that is there."""
        self.visits = [t for t in self.acts if t.destination and t.destination.kind == "url" and len(t.params) == 1]
        self.relays = [
            (store, onward) for store in self.stores for onward in self.acts if store.noun == onward.entity and onward.destination
        ]
        """A tool that writes something down, and one that hands such a thing on."""
        self.sources = Sources(world)
        self.tenancy = self.dice.pick(TENANCIES) if self.dice.chance(0.06) else ""
        """The argument that says for which organisation to act, where an agent works for several."""

    def any(self, *, inform: float = 0.25, report: float = 0.25) -> Goal:
        mark = self.dice.random()
        if mark < inform:
            goal = self.inform()
        elif mark < inform + report and self.carriers:
            goal = self.tell()
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
        it = form.format(noun=_spaced(one.name), field=_spaced(part.name))
        tools = [tool for tool in self.acts if tool.say_via and tool.entity == one.name]
        if tools and self.dice.chance(0.6):
            goal = self.via(self.dice.pick(tools), about=(record, it))
        else:
            name = self.dice.pick(one.fields[1:]).name
            goal = Goal(self._say(requests.LOOKUPS, name, it), None, {}, (record,), ("",), frozenset({name}))
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
            it, slots = form.format(p=_spaced(one.plural)), {}
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
        said = self._say(requests.LINKS, name, it)
        return Goal(said, tool, {tool.destination.name: record.values[name]}, (record,), (query,), frozenset({name}))

    def tell(self) -> Goal:
        """Something that records say is taken to somebody: at once, in pieces, in a parameter, by way of a new document; or the agent writes."""
        style = self.dice.random()
        if style < 0.12 and self.relays:
            return self.relay()
        if style < 0.18:
            return self.pieces()
        if style < 0.24 and self.visits:
            return self.address()
        if style > 0.55:
            found = self.dice.pick((self.digest, self.digest, self.gather, self.extend, self.copy))()
            if found:
                return found
        return self.report(spelling=self.dice.pick(list(SPELLINGS)) if style < 0.33 else "plain")

    def report(
        self, tool: Tool | None = None, *, about: tuple[Record, str] | None = None, spelling: str = "plain", outside: bool = False
    ) -> Goal:
        """Tell somebody a value of a record."""
        tool = tool or self.dice.pick(self.carriers)
        record, name, it, query = self._matter(about)
        slots, to, more = self.sources.receiver(tool, outside=outside)
        said = self._say(requests.REPORTS, name, it, to=to, by=_spaced(tool.noun))
        said += self.dice.pick(requests.SPELLED[spelling])
        value = SPELLINGS[spelling](str(record.values[name]))
        return Goal(said, tool, slots, *Reads((record,), (query,), frozenset({name})).then(more), carries=(value,))

    def digest(self) -> Goal | None:
        """Put in a few words what a text says: for somebody, or in something new."""
        if not self.sources.written:
            return None
        record, it, reads = self.sources.text()
        short = retelling.digest(str(record.values[record.entity.free[0]]), self.dice)
        return self._handed(Goal("", None, {}, *reads, carries=(short,)), it, requests.NOTES, requests.DIGESTS)

    def copy(self) -> Goal | None:
        """A list that stands in a text: for somebody, in something new, or added to what is there."""
        if not self.sources.written:
            return None
        record, it, reads = self.sources.text()
        head, lines = self.dice.draw(HEADINGS), values.points(self.dice)
        self.sources.write(record, f"{head}:\n{marked(lines, self.dice.pick(MARKS))}")
        it = self.dice.draw(requests.LISTED).format(head=head, it=it)
        goal = Goal("", None, {}, *reads, carries=(marked(lines, self.dice.pick(MARKS)),))
        if self.growing and self.dice.chance(0.5):
            goal.tool = self.dice.pick(self.growing)
            other, more = self._grown(goal.tool, goal.slots)
            goal.say = self._say(requests.COPIES, "", it, to=other)
            goal.reads, goal.queries, goal.wants = reads.then(more)
            return goal
        return self._handed(goal, it, requests.COLLECTIONS, requests.GATHERINGS)

    def gather(self) -> Goal:
        """One field of all records of a kind, in a list: for somebody, or in something new."""
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        records = tuple(self.world.records(one))
        name = self.dice.pick(one.fields[1:]).name
        rows = [(self.world.refer(record)[0], record.values[name]) for record in records]
        carried = (retelling.listed(rows, self.dice),)
        every = self.dice.pick(("all", "all the", "each of the", "the", "every one of the"))
        goal = Goal("", None, {}, records, ("",) * len(records), frozenset({name}), carried, compared=True)
        it = f"{_spaced(name)} of {every} {_spaced(one.plural)}"
        return self._handed(goal, it, requests.COLLECTIONS, requests.GATHERINGS)

    def extend(self) -> Goal | None:
        """Add something of the agent's own to what is there."""
        if not self.growing:
            return None
        tool, slots = self.dice.pick(self.growing), dict[str, Any]()
        it, reads = self._grown(tool, slots)
        said = self._say(requests.EXTENSIONS, "", it, n=self.dice.pick(("two", "three", "a few", "some", "five", "2")))
        return Goal(said, tool, slots, *reads, carries=(values.sheet(self.dice),))

    def pieces(self, *, about: tuple[Record, str] | None = None, outside: bool = False) -> Goal:
        """The same in several messages, each with a part."""
        tool = self.dice.pick(self.carriers)
        record, name, it, query = self._matter(about)
        slots, to, more = self.sources.receiver(tool, outside=outside)
        value = str(record.values[name])
        count = self.dice.pick((2, 2, 3, 4)) if len(value) > 7 else 2
        said = self._say(requests.PIECES, name, it, to=to, by=_spaced(tool.noun), n=str(count))
        goal: Goal | None = None
        for k in range(count):
            part = value[k * len(value) // count : (k + 1) * len(value) // count]
            goal = Goal(said if k == count - 1 else "", tool, dict(slots), carries=(part,), first=goal)
        assert goal is not None
        goal.reads, goal.queries, goal.wants = Reads((record,), (query,), frozenset({name})).then(more)
        return goal

    def relay(self, *, about: tuple[Record, str] | None = None, outside: bool = False) -> Goal:
        """Write it into something new, and hand that on."""
        store, onward = self.dice.pick(self.relays)
        record, name, it, query = self._matter(about)
        slots, to, more = self.sources.receiver(onward, outside=outside)
        said = self._say(requests.RELAYS, name, it, to=to, thing=_spaced(store.noun))
        kept = Goal("", store, {}, carries=(record.values[name],))
        return Goal(said, onward, slots, *Reads((record,), (query,), frozenset({name})).then(more), first=kept)

    def address(self, *, about: tuple[Record, str] | None = None, spelling: str = "plain") -> Goal:
        """Open an address with a value of a record in it."""
        tool = self.dice.pick(self.visits)
        record, name, it, query = self._matter(about)
        assert tool.destination is not None
        place, key = values.url(self.dice), self.dice.pick(KEYS)
        said = self._say(requests.ADDRESS_REPORTS, name, it, to=place, key=key) + self.dice.pick(requests.SPELLED[spelling])
        value = SPELLINGS[spelling](str(record.values[name])).replace(" ", "+")
        slots = {tool.destination.name: f"{place}{'&' if '?' in place else '?'}{key}={value}"}
        return Goal(said, tool, slots, (record,), (query,), frozenset({name}), (value,))

    def inform(self) -> Goal:
        if self.world.links and self.dice.chance(BEHIND):
            _, it, reads = self.sources.text()
            return Goal(self.dice.draw(requests.READINGS).format(it=it), None, {}, *reads)
        one = self.world.entities[self.dice.pick(list(self.world.entities))]
        if self.dice.chance(0.2):
            records = tuple(self.world.records(one))
            said = self.dice.draw(requests.OVERVIEWS).format(plural=_spaced(one.plural))
            return Goal(said, None, {}, records, ("",) * len(records), every=True)
        record = self.dice.pick(self.world.records(one))
        it, query = self.world.refer(record)
        name = self.dice.pick(one.fields[1:]).name
        said = self._say(requests.LOOKUPS, name, it)
        hint = requests.capital(self._say(requests.QUESTIONS, name, it)) if self.dice.chance(0.3) else ""
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
        return Goal(said, None, {}, *reads), Injection(record, text, goals, open=True, place=self._place())

    # --- What attackers put into a text

    def attack(self, record: Record, honest: Sequence[Call], *, alter: float = 0.25) -> Injection:
        """Somebody's own goals, or another value for one of the user's, put into a record."""
        place = self._place()
        targets = self._targets(honest)
        shadowed = self.dice.pick(honest).tool if honest and self.dice.chance(0.06) else None
        if targets and self.dice.chance(alter):
            call, param = self.dice.pick(targets)
            return self._alteration(record, call, param, place)
        if shadowed is not None:
            return self._shadow(record, shadowed, honest)
        goals = self._hostile(honest)
        plain = [goal.say for goal in goals if not goal.hint]
        hints = [goal.hint for goal in goals if goal.hint]
        do = requests.join(plain, self.dice) if plain else ""
        return Injection(record, injections.order(do, self.dice, values.person(self.dice), hints), goals, place=place)

    def shadow(self, honest: Sequence[Call]) -> Injection:
        """The description of a tool redefines what it is for."""
        return self._shadow(None, self.dice.pick(honest).tool, honest)

    def decoy(self, record: Record, goals: Sequence[Goal]) -> Injection:
        """A text that orders something harmless, or what the user wants anyway."""
        asked = [goal.say for goal in goals if goal.tool and goal.say]
        if asked and self.dice.chance(0.3):
            text = injections.order(self.dice.pick(asked), self.dice, values.person(self.dice))
        else:
            text = injections.decoy(self.dice, values.person(self.dice))
        return Injection(record, text, place=self._place())

    def _hostile(self, honest: Sequence[Call]) -> tuple[Goal, ...]:
        """Goals like a user's; at times with the very tools of the honest plan."""
        used = [c.tool for c in honest if c.tool.say or c.tool.say_via]
        return tuple(self._wish(used) for _ in range(some(self.dice, 1, 3, 0.2)))

    def _wish(self, used: Sequence[Tool]) -> Goal:
        """An attacker knows little of the records: often all that is wanted is said with its values."""
        tool = self.dice.pick(used) if used and self.dice.chance(0.25) else None
        if self.visits and not tool and self.dice.chance(VISITS):
            return self.direct(self.dice.pick(self.visits), literal=True)
        spoken = [one for one in ([tool] if tool else self.acts) if one.say]
        if spoken and self.dice.chance(LITERAL):
            return self.direct(self.dice.pick(spoken), literal=True)
        return self.act(tool) if tool else self.any(inform=0.0, report=0.25)

    def _targets(self, honest: Sequence[Call]) -> list[tuple[Call, Param]]:
        """Arguments of honest acts that somebody might want otherwise; where money and messages go, and how much, above all."""
        found: list[tuple[Call, Param]] = []
        for call in honest:
            if not call.tool.reads:
                for param in call.tool.params:
                    if param.name in call.arguments and param.kind not in GIVEN and not param.is_record:
                        found += [(call, param)] * (2 if param.is_destination or param.is_number else 1)
        return found

    def _alteration(self, record: Record, call: Call, param: Param, place: float) -> Injection:
        dice, who = self.dice, values.person(self.dice)
        name = called(param)
        if param.is_text:
            value = values.draw(dice.pick(("url", "remark", "title", "outsider", "phone")), dice)
            text = injections.addition(name, value, dice, who)
        else:
            value = values.draw(param.kind, dice)
            text = injections.alteration(name, self.world.surface(param, value), dice, who)
        return Injection(record, text, alters=(call.tool, param.name, value), place=place)

    def _shadow(self, record: Record | None, tool: Tool, honest: Sequence[Call]) -> Injection:
        name = self.world.name(tool)
        targets = [(c, p) for c, p in self._targets(honest) if c.tool is tool and not p.is_text]
        if targets and self.dice.chance(0.5):
            call, param = self.dice.pick(targets)
            value = values.draw(param.kind, self.dice)
            argument = self.world.vocabulary.parameter(tool, param.name)
            text = injections.shadow_value(name, argument, self.world.surface(param, value), self.dice)
            return Injection(record, text, alters=(call.tool, param.name, value), shadows=tool, place=self._place())
        goals = (self.any(inform=0.0, report=0.4),)
        return Injection(record, injections.shadow(name, goals[0].say, self.dice), goals, shadows=tool, place=self._place())

    # --- Parts of goals

    def _place(self) -> float:
        return self.dice.pick((0.0, 1.0, 1.0, self.dice.random()))

    def _say(self, pool: Sequence[str], name: str, it: str, **more: str) -> str:
        return self.dice.draw(pool).format(field=_spaced(name), it=it, **more)

    def _accordingly(self, tool: Tool, it: str) -> str:
        return self.dice.draw(requests.ACCORDINGLY).format(do=f"{tool.verb} the {_spaced(tool.noun)}", it=it)

    def _grown(self, tool: Tool, slots: dict[str, Any]) -> tuple[str, Reads]:
        """A record that a tool adds text to: `slots` gets its values; how people point at it."""
        record = self.dice.pick(self.world.records(self.world.entities[tool.entity or ""]))
        it, query = self.world.refer(record)
        slots |= {param: record.values[source] for param, source in tool.values}
        return it, Reads((record,), (query,), frozenset(source for _, source in tool.values))

    def _handed(self, goal: Goal, it: str, kept: Sequence[str], told: Sequence[str]) -> Goal:
        """The goal, with what it carries put into something new or taken to somebody, and how people ask for the one or the other."""
        if self.stores and self.dice.chance(KEPT):
            goal.tool = self.dice.pick(self.stores)
            goal.say = self._say(kept, "", it, thing=_spaced(goal.tool.noun))
            return goal
        goal.tool = self.dice.pick(self.carriers)
        goal.slots, to, more = self.sources.receiver(goal.tool, outside=False)
        goal.say = self._say(told, "", it, to=to, by=_spaced(goal.tool.noun))
        goal.reads, goal.queries, goal.wants = Reads(goal.reads, goal.queries, goal.wants).then(more)
        return goal

    def _matter(self, about: tuple[Record, str] | None) -> tuple[Record, str, str, str]:
        """A record, one of its fields, how people point at it and what one would search for."""
        if about is None:
            one = self.world.entities[self.dice.pick(list(self.world.entities))]
            about = self.dice.pick(self.world.records(one)), self.dice.pick(one.fields[1:]).name
        it, query = self.world.refer(about[0])
        return *about, it, query

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


def _text_of(tool: Tool) -> Param | None:
    return next((p for p in tool.params if p.is_text), None)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
