"""One world: a domain with its facilities, an organisation, a user, records and the names its tools go by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from trainer.generator.worlds import dates, names, values
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Domain, Entity, Param, Tool
from trainer.generator.worlds.outputs import FORMATS
from trainer.generator.worlds.values import Value
from trainer.generator.worlds.vocabulary import Vocabulary

_PLACE = re.compile(r"\{(\w+)\}")
MONEY = ("{v}", "{v} EUR", "${v}", "€{v}", "{v} dollars", "{v} euros", "USD {v}", "{v}")

DAYS = frozenset({"date", "moment", "past"})
"""Kinds of values that are days, some with a time."""
QUERIES = ("plain", "plain", "nested", "dotted", "sql")
"""How the columns of a query are written."""


@dataclass(slots=True, eq=False)
class Record:
    """One row of the world's state. Compared by identity."""

    entity: Entity
    values: dict[str, Value]

    @property
    def identity(self) -> Value:
        return self.values[self.entity.identity]


@dataclass(slots=True)
class User:
    name: str
    mail: str
    identity: str
    role: str
    attributes: dict[str, Value] = field(default_factory=dict[str, Value])


class World:
    """Everything a request, a plan and a policy of one case can be about."""

    def __init__(self, dice: Dice, domain: Domain, facilities: Iterable[Domain]) -> None:
        self.dice = dice
        self.domain = domain
        self.organisation = values.company(dice)
        dice.home = f"{self.organisation.lower().replace(' ', dice.pick(('', '-')))}.{dice.pick(names.TLD)}"
        name = values.person(dice)
        self.user = User(name, values.mail_of(dice, name, dice.home), str(values.draw("id", dice)), dice.pick(domain.roles))
        self.parts = (domain, *facilities)
        self.entities: dict[str, Entity] = {e.name: e for part in self.parts for e in part.entities}
        self.vocabulary = Vocabulary(dice)
        self.form = dice.pick(FORMATS)
        self.money = dice.pick(MONEY)
        self.queries = dice.pick(QUERIES)
        self.tools: dict[str, Tool] = {}
        self.areas: dict[str, str] = {}
        self.links: list[tuple[Record, Record]] = []
        """A record that names an address, and the page that stands there."""
        self._records: dict[str, list[Record]] = {}
        for part in self.parts:
            self._offer(part)

    def _offer(self, part: Domain) -> None:
        """The reading tools that the part's entities give, and its acts."""
        tools: list[Tool] = []
        for one in part.entities:
            verbs = [verb for verb in one.reads if verb != "query"]
            if len(verbs) > 2 and self.dice.chance(0.5):
                verbs.remove(self.dice.pick(verbs))
            tools += [reading(verb, one) for verb in verbs]
        for tool in (*tools, *part.acts):
            self.tools[tool.key] = tool
            self.areas[tool.key] = part.name

    def name(self, tool: Tool) -> str:
        return self.vocabulary.tool(tool, self.areas.get(tool.key, self.domain.name))

    def reader(self, verb: str, one: Entity) -> Tool | None:
        return self.tools.get(f"{verb} {one.plural if verb in ('list', 'search') else one.name}")

    def details(self, one: Entity) -> list[Tool]:
        """The tools that show one field each, where no tool shows all of a record."""
        found = (self.tools.get(f"get {one.name}_{part.name}") for part in one.fields)
        return [tool for tool in found if tool and tool.shows]

    def records(self, one: Entity) -> list[Record]:
        """The records of an entity, drawn when first asked for."""
        found = self._records.get(one.name)
        if found is None:
            count = self.dice.pick((2, 2, 3, 3, 4, 5))
            found = [Record(one, {f.name: values.draw(f.kind, self.dice) for f in one.fields}) for _ in range(count)]
            self._records[one.name] = found
        return found

    def surface(self, param: Param | None, value: Value) -> str:
        """A value as people write it."""
        if param is not None and param.kind == "money":
            return self.money.format(v=value)
        if param is not None and param.kind in DAYS:
            return dates.spoken(str(value), self.dice)
        return str(value)

    def fill(self, template: str, params: dict[str, Param], slots: dict[str, Any], **extra: str) -> str:
        return _PLACE.sub(lambda m: extra[m[1]] if m[1] in extra else self.surface(params.get(m[1]), slots[m[1]]), template)

    def refer(self, record: Record) -> tuple[str, str]:
        """A way people point at a record, and the value in it that one would search for."""
        template = self.dice.pick(record.entity.refs)
        found = _PLACE.findall(template)
        return _PLACE.sub(lambda m: str(record.values[m[1]]), template), str(record.values[found[0]])


def reading(verb: str, one: Entity) -> Tool:
    """The list, search or get tool of an entity."""
    plural, noun = one.plural.replace("_", " "), one.name.replace("_", " ")
    if verb == "list":
        return Tool(verb, one.plural, (Param("limit", "1..50", False),), f"Returns the {plural}.", one.name)
    if verb == "search":
        return Tool(verb, one.plural, (Param("query", "text", True),), f"Finds {plural} that match a text.", one.name)
    return Tool(verb, one.name, (Param(one.identity, "@", True),), f"Returns one {noun} with all its details.", one.name)
