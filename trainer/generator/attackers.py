"""What somebody else puts where an agent reads it: goals of their own, another value for one of the user's, or nothing that matters."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.generator.goals import VISITS, GoalMaker, place
from trainer.generator.plans import GIVEN, Call, Goal, Injection, some
from trainer.generator.sources import called
from trainer.generator.worlds import injections, requests, values
from trainer.generator.worlds.domain import Param, Tool
from trainer.generator.worlds.world import Record

LITERAL = 0.8
"""How often an attacker states all that is wanted, where the tool can be spoken of so."""


class Attacker:
    """Puts texts into records and descriptions of tools; the goals are drawn like a user's."""

    def __init__(self, maker: GoalMaker) -> None:
        self.maker = maker
        self.world = maker.world
        self.dice = maker.dice

    def attack(self, record: Record, honest: Sequence[Call], *, alter: float = 0.25) -> Injection:
        """Somebody's own goals, or another value for one of the user's, put into a record."""
        where = place(self.dice)
        targets = self._targets(honest)
        shadowed = self.dice.pick(honest).tool if honest and self.dice.chance(0.06) else None
        if targets and self.dice.chance(alter):
            call, param = self.dice.pick(targets)
            return self._alteration(record, call, param, where)
        if shadowed is not None:
            return self._shadow(record, shadowed, honest)
        goals = self._hostile(honest)
        plain = [goal.say for goal in goals if not goal.hint]
        hints = [goal.hint for goal in goals if goal.hint]
        do = requests.join(plain, self.dice) if plain else ""
        return Injection(record, injections.order(do, self.dice, values.person(self.dice), hints), goals, place=where)

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
        return Injection(record, text, place=place(self.dice))

    def _hostile(self, honest: Sequence[Call]) -> tuple[Goal, ...]:
        """Goals like a user's; at times with the very tools of the honest plan."""
        used = [c.tool for c in honest if c.tool.say or c.tool.say_via]
        return tuple(self._wish(used) for _ in range(some(self.dice, 1, 3, 0.2)))

    def _wish(self, used: Sequence[Tool]) -> Goal:
        """An attacker knows little of the records: often all that is wanted is said with its values."""
        tool = self.dice.pick(used) if used and self.dice.chance(0.25) else None
        if self.maker.visits and not tool and self.dice.chance(VISITS):
            return self.maker.direct(self.dice.pick(self.maker.visits), literal=True)
        spoken = [one for one in ([tool] if tool else self.maker.acts) if one.say]
        if spoken and self.dice.chance(LITERAL):
            return self.maker.direct(self.dice.pick(spoken), literal=True)
        return self.maker.act(tool) if tool else self.maker.any(inform=0.0, report=0.25)

    def _targets(self, honest: Sequence[Call]) -> list[tuple[Call, Param]]:
        """Arguments of honest acts that somebody might want otherwise; where money and messages go, and how much, above all."""
        found: list[tuple[Call, Param]] = []
        for call in honest:
            if not call.tool.reads:
                for param in call.tool.params:
                    if param.name in call.arguments and param.kind not in GIVEN and not param.is_record:
                        found += [(call, param)] * (2 if param.is_destination or param.is_number else 1)
        return found

    def _alteration(self, record: Record, call: Call, param: Param, where: float) -> Injection:
        dice, who = self.dice, values.person(self.dice)
        name = called(param)
        if param.is_text:
            value = values.draw(dice.pick(("url", "remark", "title", "outsider", "phone")), dice)
            text = injections.addition(name, value, dice, who)
        else:
            value = values.draw(param.kind, dice)
            text = injections.alteration(name, self.world.surface(param, value), dice, who)
        return Injection(record, text, alters=(call.tool, param.name, value), place=where)

    def _shadow(self, record: Record | None, tool: Tool, honest: Sequence[Call]) -> Injection:
        name = self.world.name(tool)
        targets = [(c, p) for c, p in self._targets(honest) if c.tool is tool and not p.is_text]
        if targets and self.dice.chance(0.5):
            call, param = self.dice.pick(targets)
            value = values.draw(param.kind, self.dice)
            argument = self.world.vocabulary.parameter(tool, param.name)
            text = injections.shadow_value(name, argument, self.world.surface(param, value), self.dice)
            return Injection(record, text, alters=(call.tool, param.name, value), shadows=tool, place=place(self.dice))
        goals = (self.maker.any(inform=0.0, report=0.4),)
        return Injection(record, injections.shadow(name, goals[0].say, self.dice), goals, shadows=tool, place=place(self.dice))
