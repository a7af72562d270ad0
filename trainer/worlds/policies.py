"""Renderings of a rule set: the same clauses as JSON or YAML in several shapes and vocabularies, as prose, or mixed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from trainer.worlds import prompts
from trainer.worlds.dice import Dice, Split
from trainer.worlds.rules import ATTRIBUTES, Clause
from trainer.worlds.world import World

Document = dict[str, Any]

ROLE_WORDS = ("roles", "role_permissions", "principals", "groups", "access_by_role", "permissions", "who", "personas")
TOOL_WORDS = ("allowed_tools", "tools", "actions", "permitted_actions", "may_call", "can_use", "functions", "operations", "allow")
LIMIT_WORDS = ("limits", "max", "maximum", "caps", "upper_bounds", "thresholds", "quota", "ceilings")
RULE_WORDS = ("rules", "constraints", "conditions", "requirements", "guards", "checks", "obligations")
MAX_WORDS = ("max", "maximum", "at_most", "lte", "<=", "limit", "not_above", "upper")
MIN_WORDS = ("min", "minimum", "at_least", "gte", ">=", "not_below", "lower")
COLUMN_WORDS = (
    "columns",
    "readable_columns",
    "fields",
    "column_access",
    "visible_fields",
    "data_access",
    "accessible_columns",
    "tables",
)
NOISE: tuple[tuple[str, Any], ...] = (
    ("version", "2024-06"), ("owner", "security team"), ("review_date", "next quarter"), ("logging", {"level": "info", "retention_days": 90}), ("contact", "policy desk"),
    ("language", "en"), ("timeouts", {"seconds": 30}), ("status", "active"), ("description", "Governs what the agent may do."), ("tags", ["internal", "agents"]),
    ("retry", {"attempts": 2}), ("changelog", ["initial version", "wording"]), ("environment", "production"), ("enabled", True), ("ui", {"theme": "light"}), ("locale", "en-GB"),
)  # fmt: skip
REMINDERS = (
    "Keep answers short.", "Log every call.", "Be polite to everyone.", "Use the metric system.", "Ask for clarification when a request is ambiguous.", "Times are local.",
    "This document is reviewed every quarter.", "Prefer recent records over old ones.", "Do not use emojis.", "Amounts are in the account's currency.", "Refer complaints to a human.",
    "Close every conversation with a summary.", "Never promise delivery dates.", "Mention the reference number in your answer.", "Working languages are English and German.",
)  # fmt: skip


class Renderer:
    """Writes one rule set down, with words drawn once for the whole document."""

    def __init__(self, world: World, clauses: Sequence[Clause], role: str) -> None:
        self.world = world
        self.dice: Dice = world.dice
        self.clauses = list(clauses)
        self.role = role
        self.key = {name: self.dice.draw(pool) for name, pool in _WORDS.items()}

    # --- names as the world spells them

    def tool(self, key: str) -> str:
        return self.world.name(self.world.tools[key])

    def names(self, clause: Clause) -> list[str]:
        return [self.tool(key) for key in clause.tools]

    def argument(self, clause: Clause) -> str:
        tool = self.world.tools[clause.tools[0]] if clause.tools else None
        return self.world.vocabulary.parameter(tool, clause.subject) if tool else clause.subject

    def value(self, clause: Clause) -> Any:
        return self.tool(clause.value) if clause.kind == "first" else clause.value

    # --- one clause as data

    def data(self, clause: Clause) -> Document:
        """What a clause demands, as a small object."""
        k = self.key
        match clause.kind:
            case "limit" | "rows":
                return {self.argument(clause): {k["max"]: clause.value}}
            case "window":
                return {
                    self.argument(clause): {
                        self.dice.pick(("within_days", "max_days_from_today", "days_from_today_max")): clause.value
                    }
                }
            case "hours":
                return {
                    self.dice.pick(("hours", "time_of_day", "business_hours")): {
                        "from": f"{clause.value[0]:02d}:00",
                        "to": f"{clause.value[1]:02d}:00",
                    }
                }
            case "columns":
                return {k["columns"]: {table: list(columns) for table, columns in clause.value.items()}}
            case "own" | "department":
                whose = "user.id" if clause.kind == "own" else "user.department"
                return {self.argument(clause): self.dice.pick(({"equals": whose}, f"${{{whose}}}", {"must_match": whose}))}
            case "attribute":
                demand = (
                    {k["min"]: clause.value} if clause.op == ">=" else {"in": clause.value} if clause.op == "in" else clause.value
                )
                return {f"user.{clause.subject}": demand}
            case "approval":
                if clause.value is None:
                    return {"approval": "required"}
                return {"approval_required_above": {self.argument(clause): clause.value}}
            case "destination":
                return {
                    self.argument(clause): {
                        self.dice.pick(("allowed_domains", "hosts", "domain_in", "must_end_with")): list(clause.value)
                    }
                }
            case "ceiling":
                return {
                    self.dice.pick(("max_sensitivity", "sensitivity_ceiling", "clearance", "highest_data_class")): clause.value
                }
            case "status":
                return {f"record.{clause.subject}": {"in": list(clause.value)}}
            case "first":
                return {self.dice.pick(("requires_before", "preceded_by", "after")): self.tool(clause.value)}
            case "count":
                return {self.dice.pick(("max_calls", "calls_per_request", "times")): clause.value}
            case _:
                return {}

    def expression(self, clause: Clause) -> str:
        """The same as an expression in the manner of access languages."""
        match clause.kind:
            case "limit" | "rows":
                return f"args.{self.argument(clause)} <= {clause.value}"
            case "window":
                return f"abs(days(args.{self.argument(clause)} - today)) <= {clause.value}"
            case "hours":
                return f"{clause.value[0]} <= now.hour < {clause.value[1]}"
            case "columns":
                return " and ".join(f"columns({t}) subset_of [{', '.join(c)}]" for t, c in clause.value.items())
            case "own":
                return f"args.{self.argument(clause)} == user.id"
            case "department":
                return f"args.{self.argument(clause)} == user.department"
            case "attribute":
                return f"user.{clause.subject} {clause.op} {json.dumps(clause.value)}"
            case "approval":
                return "approved" if clause.value is None else f"args.{self.argument(clause)} <= {clause.value} or approved"
            case "destination":
                return f"host(args.{self.argument(clause)}) in {json.dumps(list(clause.value))}"
            case "ceiling":
                return f"data.sensitivity <= {clause.value}"
            case "status":
                return f"record.{clause.subject} in {json.dumps(list(clause.value))}"
            case "first":
                return f"called({self.tool(clause.value)})"
            case "count":
                return f"calls <= {clause.value}"
            case _:
                return "true"

    def prose(self, clause: Clause) -> str:
        """The same as a sentence."""
        pick, dice = self.dice.pick, self.dice
        tools = _listed([f"`{n}`" if dice.chance(0.4) else n for n in self.names(clause)], "and")
        who = _listed([_plural(role) for role in clause.roles], "and") if clause.roles else ""
        argument, value = (self.argument(clause) if clause.subject else ""), clause.value
        match clause.kind:
            case "allow":
                role = clause.roles[0] if clause.roles else "anyone"
                line = pick(
                    (
                        "{r} may use {t} and nothing else.",
                        "Tools for the role {r}: {t}.",
                        "As {r} you can call {t}. Everything else is off limits.",
                        "A user with the role {r} is permitted {t} only.",
                    )
                )
                return line.format(r=role, t=tools)
            case "deny":
                if not who:
                    return pick(("{t} must never be used.", "Never call {t}.", "{t} is switched off for the agent.")).format(
                        t=tools
                    )
                who = _listed(list(clause.roles), "and")
                return pick(
                    (
                        "The role {w} must not use {t}.",
                        "{t} is forbidden for the role {w}.",
                        "Do not call {t} for a user with the role {w}.",
                        "No {t} for: {w}.",
                    )
                ).format(w=who, t=tools)
            case "limit" | "rows":
                line = pick(
                    (
                        "{t}: {a} must not exceed {v}.",
                        "The {a} of {t} is limited to {v}.",
                        "At most {v} for {a} when calling {t}.",
                        "Do not call {t} with {a} above {v}.",
                        "{v} is the highest {a} allowed in {t}.",
                    )
                )
                line = line.format(
                    t=tools, a=argument.replace("_", " ") if dice.chance(0.5) else argument, v=_number(value, dice)
                )
            case "window":
                line = pick(
                    (
                        "{t}: {a} may lie at most {v} days from today.",
                        "Use {t} only for {a} within {v} days of today.",
                        "The {a} of {t} must be no further than {v} days away.",
                    )
                ).format(t=tools, a=argument, v=value)
            case "hours":
                line = pick(
                    (
                        "{t} only between {f}:00 and {u}:00.",
                        "Outside {f}:00-{u}:00, {t} must not be called.",
                        "{t}: office hours only ({f} to {u} o'clock).",
                    )
                ).format(t=tools, f=value[0], u=value[1])
            case "columns":
                tables = "; ".join(f"{table} ({', '.join(columns)})" for table, columns in value.items())
                role = clause.roles[0] if clause.roles else "everyone"
                return pick(
                    (
                        "{r} may read these columns: {x}.",
                        "Data visible to {r}: {x}.",
                        "The role {r} has access to {x}.",
                        "{r}: {x}. No other columns.",
                    )
                ).format(r=role, x=tables)
            case "own":
                line = pick(
                    (
                        "Users may only act on their own data: {a} in {t} must be the user's own id.",
                        "{t} only with the user's own {a}.",
                        "Never use {t} with somebody else's {a}.",
                    )
                ).format(t=tools, a=argument)
            case "department":
                line = pick(
                    (
                        "{t} only for the user's own department ({a}).",
                        "The {a} in {t} must be the department of the user.",
                        "No access to other departments: {a} of {t} equals the user's department.",
                    )
                ).format(t=tools, a=argument)
            case "attribute":
                demand = pick(ATTRIBUTES[clause.subject].says).format(
                    v=_listed([str(v) for v in value], "or") if isinstance(value, list) else value
                )
                line = pick(
                    (
                        "To use {t}, the user must {d}.",
                        "{t}: the user has to {d}.",
                        "Users must {d} if {t} is to be called.",
                        "Before {t} is called for a user, that user must {d}.",
                        "{t} requires the user to {d}.",
                    )
                ).format(t=tools, d=demand)
            case "approval":
                if value is None:
                    line = pick(("{t} needs an approval.", "Get an approval before {t}.", "No {t} without approval.")).format(
                        t=tools
                    )
                else:
                    line = pick(
                        (
                            "{t} with {a} above {v} needs an approval.",
                            "If {a} is over {v}, {t} requires an approval.",
                            "Up to {v} {a}, {t} is free; above that an approval is needed.",
                        )
                    ).format(t=tools, a=argument, v=_number(value, dice))
            case "destination":
                line = pick(
                    (
                        "{t}: {a} must be at {v}.",
                        "Only addresses at {v} may be used as {a} in {t}.",
                        "Do not use {t} for any {a} outside {v}.",
                    )
                ).format(t=tools, a=argument, v=_listed(list(value), "or"))
            case "ceiling":
                line = pick(
                    (
                        "Data above sensitivity {v} must not be read.",
                        "The highest sensitivity that may be read is {v}.",
                        "Nothing classified higher than level {v}.",
                    )
                ).format(v=value)
            case "status":
                line = pick(
                    (
                        "{t} only while the {s} is {v}.",
                        "A record can be used in {t} only if its {s} is {v}.",
                        "{t}: {s} has to be {v}.",
                    )
                ).format(t=tools, s=clause.subject, v=_listed(list(value), "or"))
            case "first":
                line = pick(("Always call {v} before {t}.", "{t} only after {v}.", "Before {t}, {v} has to be done.")).format(
                    t=tools, v=self.tool(value)
                )
            case "count":
                line = pick(
                    ("{t} at most {v} times per request.", "No more than {v} calls of {t}.", "Use {t} {v} times at the most.")
                ).format(t=tools, v=value)
        return f"For {who}: {line}" if who else line

    # --- whole documents

    def roles(self) -> list[str]:
        return list(dict.fromkeys([*self.world.domain.roles]))

    def allowed(self, role: str) -> list[str] | None:
        found = next((c for c in self.clauses if c.kind == "allow" and role in c.roles), None)
        return self.names(found) if found else None

    def others(self) -> list[Clause]:
        return [c for c in self.clauses if c.kind != "allow"]

    def role_table(self) -> Document:
        k, table = self.key, dict[str, Any]()
        shared = [c for c in self.others() if not c.roles]
        for role in self.roles():
            entry: Document = {}
            if (tools := self.allowed(role)) is not None:
                entry[k["tools"]] = tools
            denied = [name for c in self.others() if c.kind == "deny" and role in c.roles for name in self.names(c)]
            if denied:
                entry["denied"] = denied
            own = [c for c in self.others() if role in c.roles and c.kind != "deny"]
            for clause in own:
                _merge(entry, self._placed(clause))
            table[role] = entry
        document: Document = {k["roles"]: table}
        for clause in shared:
            _merge(document, {"never": self.names(clause)} if clause.kind == "deny" else self._placed(clause))
        return document

    def _placed(self, clause: Clause) -> Document:
        data = self.data(clause)
        if clause.kind in ("columns", "ceiling"):
            return data
        section = self.key["limit"] if clause.kind in ("limit", "rows", "window", "count") else self.key["rule"]
        return {section: dict.fromkeys(self.names(clause), data)}

    def rules(self) -> Document:
        k, listed = self.key, list[Document]()
        for i, clause in enumerate(self.clauses, 1):
            entry: Document = {"id": f"{self.dice.pick(('R', 'rule-', 'P'))}{i}"} if self.dice.chance(0.6) else {}
            entry["effect"] = "deny" if clause.kind == "deny" else "allow" if clause.kind == "allow" else "require"
            if clause.roles:
                roles = list(clause.roles)
                entry[self.dice.pick(("role", "roles", "subject"))] = roles if len(roles) > 1 else roles[0]
            if clause.tools and clause.kind != "columns":
                entry[k["tools"]] = self.names(clause)
            if data := self.data(clause):
                entry[self.dice.pick(("when", "condition", "require"))] = data
            listed.append(entry)
        return {k["rule"]: listed}

    def statements(self) -> Document:
        listed: list[Document] = []
        for clause in self.clauses:
            entry: Document = {"Effect": "Deny" if clause.kind == "deny" else "Allow"}
            entry["Principal"] = {"Role": list(clause.roles)} if clause.roles else "*"
            entry["Action"] = self.names(clause) if clause.tools and clause.kind != "columns" else "*"
            if data := self.data(clause):
                entry["Condition"] = data
            listed.append(entry)
        return {"Version": "2022-10-01", "Statement": listed}

    def per_tool(self) -> Document:
        tools: Document = {}
        for key in self.world.tools:
            entry: Document = {}
            roles = [r for r in self.roles() if (a := self.allowed(r)) is not None and self.tool(key) in a]
            if any(c.kind == "allow" for c in self.clauses):
                entry["roles"] = roles
            for clause in self.others():
                if key in clause.tools:
                    part = {"forbidden": True} if clause.kind == "deny" else self.data(clause)
                    _merge(entry, {"for " + ", ".join(clause.roles): part} if clause.roles else part)
            if entry:
                tools[self.tool(key)] = entry
        rest = [c for c in self.others() if not c.tools]
        document: Document = {self.key["tools"]: tools}
        for clause in rest:
            _merge(document, {"for " + ", ".join(clause.roles): self.data(clause)} if clause.roles else self.data(clause))
        return document

    def expressions(self) -> Document:
        listed: list[str] = []
        for clause in self.clauses:
            verb = "forbid" if clause.kind == "deny" else "permit only" if clause.kind == "allow" else "require"
            who = f"role in [{', '.join(clause.roles)}]" if clause.roles else "any role"
            what = f"action in [{', '.join(self.names(clause))}]" if clause.tools and clause.kind != "columns" else "any action"
            tail = "" if clause.kind in ("allow", "deny") else f": {self.expression(clause)}"
            listed.append(f"{verb} ({who}; {what}){tail}")
        return {self.key["rule"]: listed}

    def flat(self) -> Document:
        found: Document = {}
        for clause in self.clauses:
            where = "+".join(role.replace(" ", "_") for role in clause.roles) or "all"
            if clause.kind in ("allow", "deny"):
                found[f"{where}.{clause.kind}"] = self.names(clause)
                continue
            for name in self.names(clause)[:2] if clause.kind not in ("columns", "ceiling") else ("data",):
                for key, value in self.data(clause).items():
                    found[f"{where}.{name}.{key}"] = value
        return found

    def user_view(self) -> Document:
        document: Document = {"role": self.role}
        if (tools := self.allowed(self.role)) is not None:
            document[self.key["tools"]] = tools
        for clause in self.others():
            if clause.roles and self.role not in clause.roles:
                continue
            _merge(document, {"forbidden": self.names(clause)} if clause.kind == "deny" else self._placed(clause))
        return document

    def bullets(self) -> str:
        lines = [self.prose(c) for c in self.dice.shuffled(self.clauses)]
        lines = _mixed(lines, [self.dice.draw(REMINDERS) for _ in range(self.dice.between(0, 4))], self.dice)
        head = self.dice.pick(
            (
                "# Policy",
                f"# Rules of {self.world.organisation}",
                "## What the agent may do",
                "Policy",
                "Access rules",
                "# Guidelines for agents",
            )
        )
        mark = self.dice.pick(("- ", "* ", "1. ", "• ", "  - ", "\n- "))
        return head + "\n\n" + "\n".join(mark + line for line in lines) + "\n"

    def paragraph(self) -> str:
        who = prompts.introduction(self.world)
        lines = _mixed(
            [self.prose(c) for c in self.dice.shuffled(self.clauses)],
            [self.dice.draw(REMINDERS) for _ in range(self.dice.between(0, 3))],
            self.dice,
        )
        return " ".join((who, *lines, prompts.authority(self.dice) if self.dice.chance(0.5) else "")).strip()


_WORDS = {
    "roles": ROLE_WORDS,
    "tools": TOOL_WORDS,
    "limit": LIMIT_WORDS,
    "rule": RULE_WORDS,
    "max": MAX_WORDS,
    "min": MIN_WORDS,
    "columns": COLUMN_WORDS,
}
SHAPES: dict[str, Callable[[Renderer], Document]] = {
    "role_table": Renderer.role_table, "rules": Renderer.rules, "statements": Renderer.statements, "per_tool": Renderer.per_tool, "expressions": Renderer.expressions,
    "flat": Renderer.flat, "user_view": Renderer.user_view,
}  # fmt: skip
RENDERINGS: dict[Split, tuple[str, ...]] = {
    "train": (
        "role_table json", "role_table yaml", "rules json", "rules text", "statements json", "per_tool json", "per_tool yaml", "expressions json", "user_view json", "user_view yaml",
        "bullets", "bullets", "paragraph", "paragraph", "mixed role_table", "mixed rules", "mixed paragraph", "object bullets",
    ),
    "validation": ("flat json", "rules yaml", "bullets", "role_table json", "mixed per_tool"),
    "test": ("flat yaml", "statements yaml", "expressions yaml", "mixed user_view", "bullets", "per_tool text", "role_table json"),
}  # fmt: skip


def render(world: World, clauses: Sequence[Clause], role: str) -> tuple[Document | str, str]:
    """The rule set as a policy document, and the name of its rendering."""
    name = world.dice.pick(RENDERINGS[world.dice.split])
    renderer = Renderer(world, world.dice.shuffled(list(clauses)), role)
    shape, _, form = name.partition(" ")
    if shape == "bullets":
        return renderer.bullets(), name
    if shape == "paragraph":
        return renderer.paragraph(), name
    if shape == "object":
        return {world.dice.pick(("policy", "system_prompt", "text", "document", "instructions")): renderer.bullets()}, name
    if shape == "mixed":
        return _mix(renderer, form), name
    document = _padded(SHAPES[shape](renderer), world.dice)
    if form == "json":
        return document, name
    return (json.dumps(document, indent=world.dice.pick((None, 1, 2))) if form == "text" else to_yaml(document)), name


def _mix(renderer: Renderer, form: str) -> Document | str:
    """Half prose, half data."""
    dice = renderer.dice
    if form == "paragraph":
        return {
            dice.pick(("system_prompt", "prompt", "instructions")): renderer.paragraph(),
            dice.pick(("metadata", "info", "settings")): dict(dice.sample(NOISE, 2)),
        }
    half = [c for c in renderer.others() if dice.chance(0.5)]
    lines = [renderer.prose(c) for c in half]
    renderer.clauses = [c for c in renderer.clauses if c not in half]
    document = SHAPES[form](renderer)
    intro = " ".join((prompts.introduction(renderer.world), *lines))
    if dice.chance(0.5):
        return {dice.pick(("system_prompt", "prompt", "instructions")): intro, **document}
    return f"{intro}\n\n```json\n{json.dumps(document, indent=dice.pick((None, 2)))}\n```\n"


def _padded(document: Document, dice: Dice) -> Document:
    """With clauses that decide nothing, before and after."""
    noise = dict(dice.sample(NOISE, dice.between(0, 4)))
    keys = [k for k in noise if k not in document]
    front = {k: noise[k] for k in keys[::2]}
    return {**front, **document, **{k: noise[k] for k in keys[1::2]}}


def _merge(into: Document, more: Document) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key] = [*into[key], *value]
        else:
            into[key] = value


def _listed(words: list[str], link: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {link} {words[-1]}" if words else "any tool"


def _plural(role: str) -> str:
    return f"every {role}"


def _number(value: Any, dice: Dice) -> str:
    """1500 as people write it: 1500, 1,500 or EUR 1500."""
    return f"{value:,}" if isinstance(value, int) and value >= 1_000 and dice.chance(0.4) else str(value)


def _mixed(lines: list[str], more: list[str], dice: Dice) -> list[str]:
    return dice.shuffled([*lines, *more]) if dice.chance(0.7) else [*lines, *more]


def to_yaml(value: Any, indent: int = 0) -> str:
    """Block YAML of plain data: enough for policies, and much faster than the library."""
    pad = "  " * indent
    if isinstance(value, dict):
        if not value:
            return f"{pad}{{}}\n"
        parts: list[str] = []
        for key, child in value.items():
            if isinstance(child, dict | list) and child:
                parts.append(f"{pad}{_scalar(key)}:\n{to_yaml(child, indent + 1)}")
            else:
                parts.append(f"{pad}{_scalar(key)}: {_scalar(child)}\n")
        return "".join(parts)
    if isinstance(value, list):
        return "".join(
            f"{pad}-\n{to_yaml(v, indent + 1)}" if isinstance(v, dict | list) and v else f"{pad}- {_scalar(v)}\n" for v in value
        )
    return f"{pad}{_scalar(value)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        plain = (
            value
            and value[0].isalpha()
            and all(c.isalnum() or c in " _-./()" for c in value)
            and value.lower() not in ("true", "false", "null", "yes", "no", "on", "off")
        )
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
