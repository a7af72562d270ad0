"""Clauses as people write them down for people: roles are the subjects of sentences, and tools go by what they do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trainer.generator.worlds.policies.prose import Prose, listed
from trainer.generator.worlds.requests import capital
from trainer.generator.worlds.rules import KINDS, Clause, Demand

MAY = (
    "{r} may {t}, and nothing else", "{r} can {t}; everything else is for others", "{r} are limited to this: {t}", "all that {r} may do is to {t}", "{r} are allowed to {t} and no more",
    "{r} {t} and do nothing further", "what {r} can do: {t}",
)  # fmt: skip
MAY_NOT = (
    "{r} may not {t}", "{r} cannot {t}", "{r} must never {t}", "{r} have no right to {t}", "{r} are not allowed to {t}", "{r} do not {t}", "under no circumstances may {r} {t}",
)  # fmt: skip
ALONE = (
    "only {r} may {t}", "nobody but {r} may {t}", "to {t} is up to {r} alone", "{t}: {r} only", "it takes {r} to {t}", "no one other than {r} can {t}", "{r}, and they alone, {t}",
)  # fmt: skip
SEE = (
    "{r} may read {x}", "{r} see {x} and nothing more", "{r} can query {x} only", "{r} have access to {x}", "open to {r}: {x}", "{r} work with {x}", "all that {r} may look at is {x}",
)  # fmt: skip
HIDDEN = ("but not {x}", "but never {x}", "without {x}", "while {x} is kept from them", "and in no case {x}")
IF = (
    "{r} may {t} only if {d}", "{r} may {t} as long as {d}", "{r} cannot {t} unless {d}", "when {r} {t}, {d}", "{r} can {t} provided that {d}", "before {r} {t}, make sure that {d}",
    "for {r} to {t}, it must hold that {d}", "if {r} {t}: {d}",
)  # fmt: skip
MUST = (
    "{r} must {d} to {t}", "to {t}, {r} have to {d}", "{r} need to {d} before they {t}", "{r} may {t} if they are known to {d}", "only those of {r} known to {d} may {t}",
    "{r} who are not known to {d} cannot {t}",
)  # fmt: skip
UNLISTED = ("Whatever is not named here is open to nobody.", "No other action is allowed.", "Actions that this text leaves out are forbidden.")  # fmt: skip


class Plain(Prose):
    """Writes clauses as sentences about roles, without their full stop."""

    names_roles = frozenset(KINDS)

    def alone(self, tool: str, roles: Sequence[str]) -> str:
        """A tool that these roles may use, and no other."""
        self.begin(Clause("allow", (tool,)))
        return capital(
            self.dice.pick(ALONE).format(r=listed([plural(role) for role in roles], "and"), t=spoken(self.names.tool(tool)))
        )

    def tools(self, clause: Clause) -> str:
        return listed([spoken(name) for name in self.names.tools(clause)], "or") or "use any tool"

    def _said(self, clause: Clause, bound: bool) -> str:
        who = listed([plural(role) for role in clause.roles], "and") if clause.roles and bound else "users"
        match clause.kind:
            case "allow":
                pool = MAY
            case "deny":
                pool = MAY_NOT
            case "columns":
                return self.dice.pick(SEE).format(r=who, x=self._columns(clause))
            case "attribute" if self.dice.chance(0.7):
                demand = self.demand(Demand(clause.subject, clause.op, clause.value))
                return self.dice.pick(MUST).format(r=who, t=self.tools(clause), d=demand)
            case _:
                return self.dice.pick(IF).format(r=who, t=self.tools(clause), d=self.stated(clause))
        return self.dice.pick(pool).format(r=who, t=self.tools(clause))

    def _columns(self, clause: Clause) -> str:
        """The columns of each table, at times with those that stay hidden."""
        spoken = self.dice.chance(0.5)
        names_hidden = self.dice.chance(0.5)
        fields = {one.plural: [f.name for f in one.fields] for one in self.names.world.domain.entities}
        parts: list[str] = []
        for table, columns in clause.value.items():
            said = f"{_worded(columns, spoken)} of the {table}"
            hidden = [name for name in fields.get(table, ()) if name not in columns]
            if names_hidden and hidden:
                said += ", " + self.dice.pick(HIDDEN).format(x=_worded(hidden, spoken))
            parts.append(said)
        return "; ".join(parts) or "no columns"


def plural(role: str) -> str:
    """`night carer` → `night carers`."""
    if role.endswith("y") and role[-2:-1] not in "aeou":
        return role[:-1] + "ies"
    return role if role.endswith(("s", "staff", "help")) else f"{role}es" if role.endswith(("ch", "sh", "x")) else f"{role}s"


_SEGMENT = re.compile(r"[.:/]+|->")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def spoken(name: str) -> str:
    """`shop.createOrder` → `create order`; a name of several words already stays as it is."""
    return name if " " in name else " ".join(_WORD.findall(_SEGMENT.split(name)[-1])).lower()


def _worded(columns: Sequence[str], spoken: bool) -> str:
    return listed([name.replace("_", " ") if spoken else name for name in columns], "and")
