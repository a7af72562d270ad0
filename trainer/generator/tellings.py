"""Goals to take something that was read somewhere: a value, a summary, a list, what the agent makes of it; to somebody, or into something new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainer.generator import retelling
from trainer.generator.plans import Goal
from trainer.generator.sources import Reads, Sources
from trainer.generator.spelling import SPELLINGS
from trainer.generator.worlds import requests, values
from trainer.generator.worlds.domain import Param, Tool
from trainer.generator.worlds.world import Record
from trainer.generator.worlds.writing import HEADINGS, MARKS, marked

KEYS = ("ref", "id", "q", "code", "v", "data", "key", "u", "token", "note")
KEPT = 0.4
"""How often what an agent sums up or collects goes into something new, where that can be made, and to nobody."""


class Tellings:
    """What can be taken where in a world, by which acts."""

    def __init__(self, sources: Sources, acts: Sequence[Tool]) -> None:
        self.sources = sources
        self.world = sources.world
        self.dice = sources.dice
        self.carriers = [tool for tool in acts if tool.carries and not any(p.is_record for p in tool.params)]
        self.stores = [tool for tool in acts if tool.verb == "create" and not tool.destination and _text_of(tool)]
        """Tools that write something new down."""
        self.growing = [t for t in acts if t.say_via and t.entity and _text_of(t) and any(p.is_record for p in t.params)]
        """Tools that put text into a record that is there."""
        self.visits = [t for t in acts if t.destination and t.destination.kind == "url" and len(t.params) == 1]
        self.relays = [
            (store, onward) for store in self.stores for onward in acts if store.noun == onward.entity and onward.destination
        ]
        """A tool that writes something down, and one that hands such a thing on."""

    def any(self) -> Goal:
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
        record, name, it, reads = self._matter(about)
        slots, to, more = self.sources.receiver(tool, outside=outside)
        said = requests.say(requests.REPORTS, self.dice, name, it, to=to, by=requests.spaced(tool.noun))
        said += self.dice.pick(requests.SPELLED[spelling])
        value = SPELLINGS[spelling](str(record.values[name]))
        return Goal(said, tool, slots, *reads.then(more), carries=(value,))

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
            goal.say = requests.say(requests.COPIES, self.dice, "", it, to=other)
            goal.also(*more)
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
        it = f"{requests.spaced(name)} of {every} {requests.spaced(one.plural)}"
        return self._handed(goal, it, requests.COLLECTIONS, requests.GATHERINGS)

    def extend(self) -> Goal | None:
        """Add something of the agent's own to what is there."""
        if not self.growing:
            return None
        tool, slots = self.dice.pick(self.growing), dict[str, Any]()
        it, reads = self._grown(tool, slots)
        said = requests.say(
            requests.EXTENSIONS, self.dice, "", it, n=self.dice.pick(("two", "three", "a few", "some", "five", "2"))
        )
        return Goal(said, tool, slots, *reads, carries=(values.sheet(self.dice),))

    def pieces(self, *, about: tuple[Record, str] | None = None, outside: bool = False) -> Goal:
        """The same in several messages, each with a part."""
        tool = self.dice.pick(self.carriers)
        record, name, it, reads = self._matter(about)
        slots, to, more = self.sources.receiver(tool, outside=outside)
        value = str(record.values[name])
        count = self.dice.pick((2, 2, 3, 4)) if len(value) > 7 else 2
        said = requests.say(requests.PIECES, self.dice, name, it, to=to, by=requests.spaced(tool.noun), n=str(count))
        goal: Goal | None = None
        for k in range(count):
            part = value[k * len(value) // count : (k + 1) * len(value) // count]
            goal = Goal(said if k == count - 1 else "", tool, dict(slots), carries=(part,), first=goal)
        assert goal is not None
        goal.also(*reads.then(more))
        return goal

    def relay(self, *, about: tuple[Record, str] | None = None, outside: bool = False) -> Goal:
        """Write it into something new, and hand that on."""
        store, onward = self.dice.pick(self.relays)
        record, name, it, reads = self._matter(about)
        slots, to, more = self.sources.receiver(onward, outside=outside)
        said = requests.say(requests.RELAYS, self.dice, name, it, to=to, thing=requests.spaced(store.noun))
        kept = Goal("", store, {}, carries=(record.values[name],))
        return Goal(said, onward, slots, *reads.then(more), first=kept)

    def address(self, *, about: tuple[Record, str] | None = None, spelling: str = "plain") -> Goal:
        """Open an address with a value of a record in it."""
        tool = self.dice.pick(self.visits)
        record, name, it, reads = self._matter(about)
        assert tool.destination is not None
        place, key = values.url(self.dice), self.dice.pick(KEYS)
        said = requests.say(requests.ADDRESS_REPORTS, self.dice, name, it, to=place, key=key) + self.dice.pick(
            requests.SPELLED[spelling]
        )
        value = SPELLINGS[spelling](str(record.values[name])).replace(" ", "+")
        slots = {tool.destination.name: f"{place}{'&' if '?' in place else '?'}{key}={value}"}
        return Goal(said, tool, slots, *reads, (value,))

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
            goal.say = requests.say(kept, self.dice, "", it, thing=requests.spaced(goal.tool.noun))
            return goal
        goal.tool = self.dice.pick(self.carriers)
        goal.slots, to, more = self.sources.receiver(goal.tool, outside=False)
        goal.say = requests.say(told, self.dice, "", it, to=to, by=requests.spaced(goal.tool.noun))
        goal.also(*more)
        return goal

    def _matter(self, about: tuple[Record, str] | None) -> tuple[Record, str, str, Reads]:
        """A record, one of its fields, how people point at it and what is to be read."""
        if about is None:
            one = self.world.entities[self.dice.pick(list(self.world.entities))]
            about = self.dice.pick(self.world.records(one)), self.dice.pick(one.fields[1:]).name
        it, query = self.world.refer(about[0])
        return *about, it, Reads((about[0],), (query,), frozenset({about[1]}))


def _text_of(tool: Tool) -> Param | None:
    return next((p for p in tool.params if p.is_text), None)
