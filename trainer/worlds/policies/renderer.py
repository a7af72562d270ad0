"""What all shapes of one document share: its clauses, names, words, and the ways to write one clause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from trainer.worlds.domain import Tool
from trainer.worlds.policies.data import Clash, Data, Document, merged
from trainer.worlds.policies.names import Names
from trainer.worlds.policies.prose import Prose
from trainer.worlds.rules import Clause
from trainer.worlds.world import World

UNIVERSAL = frozenset({"columns", "ceiling", "outflow"})
"""Kinds that say on their own what they are about, without a tool's name beside them."""


class Renderer:
    """One rule set and the words of one document."""

    def __init__(self, world: World, clauses: Sequence[Clause], role: str, foreign: dict[str, tuple[Tool, str]]) -> None:
        self.world = world
        self.dice = world.dice
        self.role = role
        self.salt = f"{self.dice.random()}"
        self.clauses = sorted((c for c in clauses if c.kind != "classes"), key=self.mark)
        self.classes = [c for c in clauses if c.kind == "classes"]
        self.names = Names(world, foreign)
        self.words = self.names.words
        self.data = Data(self.names)
        self.prose = Prose(self.names, self.mark)

    def mark(self, clause: Clause) -> int:
        """A number that chance gave to the clause: its place and its wording. The other clauses, and its value, do not matter to it."""
        tools = clause.tools if clause.kind not in ("allow", "deny") else ()
        return crc32(f"{self.salt}/{clause.kind}/{tools}/{clause.subject}/{clause.roles}".encode())

    def roles(self) -> list[str]:
        """The world's roles, and those that only clauses speak of."""
        return list(dict.fromkeys([*self.world.domain.roles, *(role for c in self.clauses for role in c.roles)]))

    def allowed(self, role: str) -> list[str] | None:
        """The tools that a role is confined to; None if no clause confines it."""
        listed = [c for c in self.clauses if c.kind == "allow" and (not c.roles or role in c.roles)]
        return [name for c in listed for name in self.names.tools(c)] if listed else None

    def denied(self, role: str) -> list[str]:
        return [n for c in self.clauses if c.kind == "deny" and (not c.roles or role in c.roles) for n in self.names.tools(c)]

    def conditions(self) -> list[Clause]:
        """All clauses but those that only list tools."""
        return [c for c in self.clauses if c.kind not in ("allow", "deny")]

    def has_lists(self) -> bool:
        return any(c.kind == "allow" for c in self.clauses)

    def default(self) -> Document:
        """What holds for calls that no clause is about."""
        return {self.words["default"]: self.words["deny" if self.has_lists() else "allow"]}

    def effect(self, clause: Clause) -> str:
        return self.words[clause.kind if clause.kind in ("allow", "deny") else "require"]

    def who(self, clause: Clause) -> Any:
        return clause.roles[0] if len(clause.roles) == 1 else list(clause.roles)

    def tools(self, clause: Clause) -> list[str]:
        """The names of the tools that have to be said with a clause."""
        return self.names.tools(clause) if clause.kind != "columns" else []

    def placed(self, container: Document, clause: Clause) -> Document:
        """The container with the clause in it: by tool, or at its top level. What clashes there goes to a list beside."""
        words = self.words
        if clause.kind in ("allow", "deny"):
            part: Document = {words["tools" if clause.kind == "allow" else "denied"]: self.names.tools(clause)}
        elif clause.kind in UNIVERSAL and clause.unless is None and (clause.kind == "columns" or not clause.tools):
            part = self.data.keyed(clause)
        else:
            part = {words["limits"]: dict.fromkeys(self.tools(clause) or ["*"], self.data.keyed(clause))}
        try:
            return merged(container, part)
        except Clash:
            return {**container, words["also"]: [*container.get(words["also"], ()), part]}

    def classified(self, document: Document) -> Document:
        """The document, with the classes of data that its clauses speak of."""
        for clause in self.classes:
            part = self.data.classes(clause)
            document = {**part, **document} if self.dice.chance(0.5) else {**document, **part}
        return document
