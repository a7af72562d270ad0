"""Where a value stands that a request leaves out: in an address book, in another record, in a text; or it has to be worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from trainer.generator.plans import GIVEN
from trainer.generator.worlds import requests, values
from trainer.generator.worlds.domain import Param, Tool, is_number
from trainer.generator.worlds.world import Record, World

MAILS = frozenset({"email", "outsider", "colleague"})
RECEIVERS = {"to": "recipient", "with": "recipient"}
"""Words for arguments whose names are no nouns."""
BEHIND = 0.5
"""How often a user who wants something of a text means one that another text links to, where there are such."""
NOTED = 0.12
"""How often a value that an act needs stands in a text that the request names."""
WORKED_OUT = 0.1
"""How often a number that an act needs is to be worked out from others."""
STATED = 0.2
"""How often the receiver is stated though something else could tell it."""


class Reads(NamedTuple):
    """Records to read for a goal, what one would search for to find each, and the names of the fields that count (none: any)."""

    records: tuple[Record, ...] = ()
    queries: tuple[str, ...] = ()
    wants: frozenset[str] = frozenset()

    def then(self, other: Reads) -> Reads:
        return Reads(self.records + other.records, self.queries + other.queries, self.wants | other.wants)


class Sources:
    """What of a world tells an agent the values that somebody leaves out, and how people point there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = world.dice
        self.written = [one for one in world.entities.values() if one.free]
        """What records hold text that somebody wrote."""

    def find(self, tool: Tool, slots: dict[str, Any], phrase: str, extra: dict[str, str]) -> Reads:
        """Perhaps leave values out that a phrase has places for: `slots` gets what they are, `extra` how people point at them."""
        said = [p for p in tool.params if "{" + p.name + "}" in phrase and p.name in slots]
        possible = [p for p in said if not (p.is_record or p.is_text or p.kind in GIVEN)]
        if possible and self.written and self.dice.chance(NOTED):
            record, it, reads = self.text()
            left = self.dice.sample(possible, self.dice.pick((1, 1, 2)))
            self.note(record, left, slots)
            extra |= {p.name: self.dice.draw(requests.FOUND).format(name=called(p), it=it) for p in left}
            return reads
        numbers = [p for p in possible if p.is_number]
        if numbers and self.dice.chance(WORKED_OUT) and (found := self._worked_out(self.dice.pick(numbers), slots, extra)):
            return found
        return self._receiver(tool, slots, phrase, extra)

    def receiver(self, tool: Tool, *, outside: bool) -> tuple[dict[str, Any], str, Reads]:
        """Where a tool is to take something, as a slot and as people say it."""
        sink = tool.destination
        assert sink is not None
        slots: dict[str, Any] = {sink.name: values.draw(sink.kind, self.dice)}
        if outside:
            if sink.kind in MAILS:
                slots[sink.name] = values.outsider(self.dice)
            return slots, str(slots[sink.name]), Reads()
        extra: dict[str, str] = {}
        more = self.find(tool, slots, "{" + sink.name + "}", extra)
        return slots, extra.get(sink.name, str(slots[sink.name])), more

    def text(self) -> tuple[Record, str, Reads]:
        """A text that somebody wrote, how people point at it, and what is read on the way: at times it stands behind a link in another."""
        if self.world.links and self.dice.chance(BEHIND):
            record, page = self.dice.pick(self.world.links)
            it, query = self.world.refer(record)
            wants = frozenset(f.name for r in (record, page) for f in r.entity.fields if f.free or f.kind == "url")
            return page, self.dice.draw(requests.BEHIND).format(it=it), Reads((record, page), (query, str(page.identity)), wants)
        record = self.dice.pick(self.world.records(self.dice.pick(self.written)))
        it, query = self.world.refer(record)
        return record, it, Reads((record,), (query,), frozenset(record.entity.free))

    def note(self, record: Record, params: Sequence[Param], slots: Mapping[str, Any]) -> None:
        """Let a record's text say what these arguments are."""
        facts = [(called(p), self.world.surface(p, slots[p.name])) for p in params]
        self.write(record, values.noted(facts, self.dice))

    def write(self, record: Record, text: str) -> None:
        """Let a record's text say this too."""
        name, own = record.entity.free[0], str(record.values[record.entity.free[0]])
        join = "\n" if "\n" in text or "\n" in own else " "
        record.values[name] = join.join(self.dice.shuffled((own, text)))

    def _worked_out(self, param: Param, slots: dict[str, Any], extra: dict[str, str]) -> Reads | None:
        """A part of a number that a record holds, or of the sum of them all."""
        whole = ".." in param.kind
        numbers = [
            (one, f)
            for one in self.world.entities.values()
            for f in one.fields[1:]
            if is_number(f.kind) and (".." in f.kind) == whole
        ]
        if not numbers:
            return None
        one, part = self.dice.pick(numbers)
        name, records = requests.spaced(part.name), tuple(self.world.records(one))
        if self.dice.chance(0.3):
            what, queries = f"the {name} of all {requests.spaced(one.plural)} together", ("",) * len(records)
        else:
            record = self.dice.pick(records)
            it, query = self.world.refer(record)
            what, records, queries = f"the {name} of {it}", (record,), (query,)
        form, factor = self.dice.draw(requests.SHARES)
        amount = factor * sum(float(str(r.values[part.name])) for r in records)
        slots[param.name] = max(1, round(amount)) if whole else round(amount, 2)
        extra[param.name] = form.format(x=what)
        return Reads(records, queries, frozenset({part.name}))

    def _receiver(self, tool: Tool, slots: dict[str, Any], phrase: str, extra: dict[str, str]) -> Reads:
        """Mostly the receiver is named, not addressed: the address then stands in the address book, or in another record."""
        sink = tool.destination
        if sink is None or "{" + sink.name + "}" not in phrase or self.dice.chance(STATED):
            return Reads()
        kinds = MAILS if sink.kind in MAILS else {sink.kind}
        sources = [(one, f) for one in self.world.entities.values() for f in one.fields[1:] if f.kind in kinds]
        if not sources:
            return Reads()
        one, part = self.dice.pick(sources)
        record = self.dice.pick(self.world.records(one))
        slots[sink.name] = record.values[part.name]
        if one.name == "contact":
            extra[sink.name] = str(record.values["name"])
            return Reads((record,), (extra[sink.name],), frozenset({part.name}))
        it, query = self.world.refer(record)
        extra[sink.name] = f"the {requests.spaced(part.name)} of {it}"
        return Reads((record,), (query,), frozenset({part.name}))


def called(param: Param) -> str:
    """What people call an argument."""
    return requests.spaced(RECEIVERS.get(param.name, param.name))
