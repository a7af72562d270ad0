"""What the oracle understands a policy to say: rules of tests, each with the path that it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["allow", "deny", "require"]
ALL = ("*",)
UNKNOWN = "unknown"
"""What a test looks at, or how it compares, where only that is not understood: nobody can decide it, and it cannot allow anything."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute of the user, to compare with."""

    name: str


@dataclass(frozen=True, slots=True)
class Test:
    """`look` says what is looked at, `name` which one; `op` and `right` compare it. Of a rank, `order` lists the levels, lowest first."""

    path: str
    look: str
    name: str
    op: str
    right: Any
    order: tuple[Any, ...] = ()

    @property
    def subject(self) -> tuple[str, str, str]:
        return self.look, self.name, self.op


@dataclass(frozen=True, slots=True)
class Rule:
    """`allow` and `deny` are about the tools, `require` wants all `tests` of every call of them. `others` turns the tools round.

    It binds nobody of whom `unless` holds.
    """

    path: str
    effect: Effect
    roles: tuple[str, ...] = ALL
    tools: tuple[str, ...] = ALL
    tests: tuple[Test, ...] = ()
    unless: tuple[Test, ...] = ()
    others: bool = False
    only: bool = False
    """Whoever is allowed these tools is allowed no others, whatever the default."""

    def about(self, tool: str) -> bool:
        return self.others != (self.tools == ALL or tool in self.tools)


@dataclass(frozen=True, slots=True)
class Statute:
    """A policy, understood. `default` says what holds of tools that nothing is said of; None: it does not say."""

    rules: tuple[Rule, ...]
    default: Effect | None = None
    roles: frozenset[str] = field(default_factory=frozenset[str])
    """The roles it speaks of."""


class NotUnderstood(Exception):
    """Something in the policy has no meaning here, or more than one: `path` says where."""

    def __init__(self, path: tuple[str, ...], why: str) -> None:
        super().__init__(f"{' › '.join(path) or 'the policy'}: {why}")
