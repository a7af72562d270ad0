"""What tools, arguments and roles are called in one document."""

from __future__ import annotations

from trainer.worlds.domain import Tool
from trainer.worlds.policies.words import Words
from trainer.worlds.rules import Clause
from trainer.worlds.world import World


class Names:
    """The names that the world gives, those of tools from elsewhere, and the document's own words."""

    def __init__(self, world: World, foreign: dict[str, tuple[Tool, str]]) -> None:
        self.world = world
        self.dice = world.dice
        self.words = Words(world.dice)
        self.foreign = foreign
        """Tools that the world does not offer, by key, with their area: long policies speak of them."""
        self._tools: dict[str, str] = {}

    def tool(self, key: str) -> str:
        name = self._tools.get(key)
        if name is None:
            own = self.world.tools.get(key)
            name = self.world.name(own) if own is not None else self.world.vocabulary.tool(*self.foreign[key])
            self._tools[key] = name
        return name

    def tools(self, clause: Clause) -> list[str]:
        return [self.tool(key) for key in clause.tools]

    def argument(self, clause: Clause) -> str:
        """The argument that a clause is about; a record's field or a user attribute keeps its name."""
        if not clause.tools or not clause.subject:
            return clause.subject
        key = clause.tools[0]
        tool = self.world.tools.get(key) or self.foreign[key][0]
        return clause.subject if tool.param(clause.subject) is None else self.world.vocabulary.parameter(tool, clause.subject)
