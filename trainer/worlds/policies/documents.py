"""Shapes of policies that are data: a rule set as one object. Each function is one shape, and says every clause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from trainer.worlds import values
from trainer.worlds.policies.conditions import Test, tests
from trainer.worlds.policies.data import Clash, Document, merged
from trainer.worlds.policies.renderer import Renderer
from trainer.worlds.rules import Clause

STATEMENTS = (
    ("Statement", "Effect", "Principal", "Action", "Condition"), ("statements", "effect", "principals", "actions", "conditions"), ("Grants", "Decision", "Roles", "Operations", "When"),
    ("bindings", "mode", "members", "permissions", "condition"), ("policyStatements", "verdict", "identities", "calls", "provided"), ("Rules", "Outcome", "Subjects", "Tools", "If"),
    ("acl", "action", "who", "what", "where"), ("Entries", "Type", "Grantees", "Methods", "Constraints"), ("Provisions", "Ruling", "Holders", "Acts", "Proviso"),
    ("edicts", "stance", "parties", "deeds", "so_long_as"),
)  # fmt: skip
TARGETS = (
    ("policy_set", "target", "rule", "apply"), ("PolicySet", "Target", "Rule", "Apply"), ("policies", "applies_to", "test", "function"), ("PolicyBundle", "Scope", "Clause", "Operator"),
    ("ruleset", "selector", "predicate", "fn"), ("decision_set", "match", "assertion", "op"), ("PolicyCollection", "Applicability", "Obligation", "Comparison"),
    ("norm_tree", "matcher", "proposition", "relation"), ("PolicyForest", "Addressees", "Requirement", "Predicate"), ("canon", "field_of_use", "tenet", "operand"),
)  # fmt: skip
UNITS = (
    "front office", "back office", "headquarters", "branches", "field service", "shared services", "partners desk", "management", "night shift", "external staff", "core team", "regional offices",
)  # fmt: skip
"""Parts of an organisation that roles are sorted into; not what users state as their department."""
NESTED = (
    ("departments", "roles", "rights"), ("units", "posts", "clearances"), ("org_chart", "staff", "may"), ("teams", "functions", "access"), ("divisions", "jobs", "permissions"),
    ("branches", "titles", "scope"), ("organisation", "members", "grants"), ("areas", "ranks", "powers"), ("sections", "offices", "licences"), ("wings", "seats", "competences"),
)  # fmt: skip
FLAGS = (
    ("flags", "enabled", "audience", "rules"), ("features", "on", "segments", "targeting"), ("toggles", "state", "cohorts", "conditions"), ("switches", "active", "for", "gates"),
    ("feature_flags", "default_on", "rollout", "variations"), ("gates", "open", "groups", "checks"), ("capabilities", "available", "who", "limits"), ("experiments", "live", "population", "criteria"),
    ("levers", "engaged", "crowd", "provisos"), ("toggle_map", "lit", "target_roles", "predicates"),
)  # fmt: skip


def role_table(r: Renderer) -> Document:
    """A role-based table: for each role its tools, columns and limits; beside it what binds all."""
    table: Document = {}
    for role in r.roles():
        entry: Document = {}
        for clause in r.clauses:
            if role in clause.roles:
                entry = r.placed(entry, clause)
        table[role] = entry
    document: Document = {r.words["roles"]: table}
    for clause in r.clauses:
        if not clause.roles:
            document = r.placed(document, clause)
    return document


def user_view(r: Renderer) -> Document:
    """What binds the user of this session, and nothing about others."""
    document: Document = {r.words["role"]: r.role}
    for clause in r.clauses:
        if not clause.roles or r.role in clause.roles:
            document = r.placed(document, clause)
    return document


def defaults(r: Renderer) -> Document:
    """What binds all as the default, and exceptions by role."""
    base: Document = {}
    for clause in r.clauses:
        if not clause.roles:
            base = r.placed(base, clause)
    listed: list[Document] = []
    for roles in dict.fromkeys(c.roles for c in r.clauses if c.roles):
        entry: Document = {r.words["role"]: roles[0] if len(roles) == 1 else list(roles)}
        for clause in r.clauses:
            if clause.roles == roles:
                entry = r.placed(entry, clause)
        listed.append(entry)
    return {r.words["default"]: base, r.words["exceptions"]: listed}


def departments(r: Renderer) -> Document:
    """Units of the organisation → roles → rights."""
    top, middle, leaf = r.dice.draw(NESTED)
    units = r.dice.sample(UNITS, 3)
    found: Document = {}
    for i, role in enumerate(r.roles()):
        rights: Document = {}
        for clause in r.clauses:
            if role in clause.roles:
                rights = r.placed(rights, clause)
        found.setdefault(units[i % len(units)], {middle: {}})[middle][role] = {leaf: rights}
    document: Document = {top: found}
    for clause in r.clauses:
        if not clause.roles:
            document = r.placed(document, clause)
    return document


def grants(r: Renderer) -> Document:
    """For each user by id: the role and what it brings. Other users stand for the other roles."""
    users: Document = {}
    mine = r.role if r.role in r.roles() else ""
    for role in r.dice.shuffled(r.roles()):
        key = r.world.user.identity if role == mine else str(values.draw("id", r.dice))
        entry: Document = {r.words["role"]: role}
        for clause in r.clauses:
            if role in clause.roles:
                entry = r.placed(entry, clause)
        users[key] = entry
    shared: Document = {}
    for clause in r.clauses:
        if not clause.roles:
            shared = r.placed(shared, clause)
    return {"users": users, "everyone": shared}


def rules(r: Renderer) -> Document:
    """A list of rules with effect, roles, tools and conditions."""
    listed: list[Document] = []
    mark = r.dice.pick(("R", "rule-", "P", "")) if r.dice.chance(0.6) else None
    for i, clause in enumerate(r.clauses, 1):
        entry: Document = {} if mark is None else {"id": f"{mark}{i}"}
        entry[r.words["effect"]] = r.effect(clause)
        listed.append({**entry, **_subject(r, clause, r.words["role"], r.words["tools"]), **_when(r, clause)})
    return {**r.default(), r.words["rules"]: listed}


def _subject(r: Renderer, clause: Clause, role: str, tools: str) -> Document:
    """Whom a clause binds and which tools, where that is not all."""
    found: Document = {role: r.who(clause)} if clause.roles else {}
    return {**found, tools: r.tools(clause)} if r.tools(clause) else found


def _when(r: Renderer, clause: Clause) -> Document:
    data = r.data.keyed(clause)
    return {r.words["when"]: data} if data else {}


def triples(r: Renderer) -> Document:
    """Rules whose conditions are rows of field, operator and value."""
    listed: list[Document] = []
    for clause in r.clauses:
        entry: Document = {r.words["effect"]: r.effect(clause), **_subject(r, clause, r.words["role"], r.words["tool"])}
        if rows := r.data.triples(clause):
            entry[r.words["when"]] = rows
        listed.append({**entry, **_unless(r, clause)})
    return {r.words["rules"]: listed, **r.default()}


def _unless(r: Renderer, clause: Clause) -> Document:
    return {} if clause.unless is None else r.data.exception(clause.unless)


def statements(r: Renderer) -> Document:
    """Statements in the manner of cloud access management: the operator comes first in a condition."""
    top, effect, principal, action, condition = r.dice.draw(STATEMENTS)
    listed: list[Document] = []
    for clause in r.clauses:
        entry: Document = {effect: r.effect(clause), principal: list(clause.roles) if clause.roles else "*"}
        entry[action] = r.tools(clause) or "*"
        if data := r.data.by_operator(clause):
            entry[condition] = data
        listed.append(entry)
    return {top: listed, **r.default()}


def deny_list(r: Renderer) -> Document:
    """What leads to a refusal: calls of tools that are not the role's, and calls whose conditions do not hold."""
    w = r.words
    listed: list[Document] = []
    for clause in r.clauses:
        entry = _subject(r, clause, w["role"], w["tools"])
        if clause.kind == "allow":
            entry = {**({w["role"]: r.who(clause)} if clause.roles else {}), "tools_other_than": r.names.tools(clause)}
        elif clause.kind != "deny":
            entry |= {"not": r.data.keyed(replace(clause, unless=None)), **_unless(r, clause)}
        listed.append(entry)
    return {f"{w['deny']}_{w['when']}": listed, "else": w["allow"]}


def per_tool(r: Renderer) -> Document:
    """A record for each tool: who may call it, and under which conditions."""
    w = r.words
    return {w["tools"]: _by_tool(r, w["roles"], w["denied"], w["rules"]), **r.default(), **_general(r)}


def _by_tool(r: Renderer, allowed: str, denied: str, conditions: str) -> Document:
    found: Document = {}
    roles = r.roles() if r.has_lists() else []
    lists = {role: set(r.allowed(role) or ()) for role in roles}
    for key in dict.fromkeys(k for c in r.clauses for k in c.tools):
        name = r.names.tool(key)
        entry: Document = {allowed: [role for role in roles if name in lists[role]]} if roles else {}
        own = [c for c in r.clauses if key in c.tools and c.kind not in ("allow", "columns")]
        refused = [c for c in own if c.kind == "deny"]
        if refused:
            entry[denied] = [role for c in refused for role in c.roles or ("*",)]
        parts = [{**({r.words["role"]: r.who(c)} if c.roles else {}), **r.data.keyed(c)} for c in own if c.kind != "deny"]
        if parts:
            entry[conditions] = parts
        if entry:
            found[name] = entry
    return found


def _general(r: Renderer) -> Document:
    """The clauses that are about no single tool."""
    found = [
        {**({r.words["role"]: r.who(c)} if c.roles else {}), **r.data.keyed(c)}
        for c in r.conditions()
        if c.kind == "columns" or not c.tools
    ]
    return {r.words["also"]: found} if found else {}


def flags(r: Renderer) -> Document:
    """A feature flag for each tool, with the roles it is on for and conditions."""
    top, state, audience, conditions = r.dice.draw(FLAGS)
    found: Document = {}
    for name, entry in _by_tool(r, audience, f"{audience}_excluded", conditions).items():
        on = entry.get(audience) != [] and "*" not in entry.get(f"{audience}_excluded", ())
        found[name] = {state: on, **entry}
    return {top: found, **r.default(), **_general(r)}


def matrix(r: Renderer) -> Document:
    """Tool × role with yes or no, and the conditions beside it."""
    tabled, others = tabled_clauses(r)
    roles, cells = cells_by_tool(r, tabled)
    rows = {name: dict(zip(roles, row, strict=True)) for name, row in cells.items()}
    lists = {"matrix": rows, "other": r.words.verdicts[r.has_lists()]} if rows else {}
    listed = [
        {r.words["effect"]: r.effect(c), **_subject(r, c, r.words["role"], r.words["tools"]), **_when(r, c)} for c in others
    ]
    return {**lists, r.words["rules"]: listed}


def tabled_clauses(r: Renderer) -> tuple[list[Clause], list[Clause]]:
    """The clauses that a matrix of tools and the world's roles says, and the others."""
    own = set(r.world.domain.roles)
    tabled: list[Clause] = []
    others: list[Clause] = []
    for clause in r.clauses:
        (tabled if clause.kind in ("allow", "deny") and own.issuperset(clause.roles) else others).append(clause)
    return tabled, others


def cells_by_tool(r: Renderer, tabled: list[Clause]) -> tuple[list[str], dict[str, list[str]]]:
    """The roles that lists of tools are about, and for each tool that they name, yes or no for each of the roles."""
    yes, no = r.words.verdicts
    about = dict.fromkeys(role for c in tabled for role in c.roles)
    roles = list(r.world.domain.roles) if any(not c.roles for c in tabled) else list(about)
    allowed = [None if (a := r.allowed(role)) is None else set(a) for role in roles]
    denied = [set(r.denied(role)) for role in roles]
    tools = dict.fromkeys(name for c in tabled for name in r.names.tools(c))
    return roles, {
        name: [yes if (a is None or name in a) and name not in d else no for a, d in zip(allowed, denied, strict=True)]
        for name in tools
    }


def expressions(r: Renderer) -> Document:
    """Lines of a policy language: an effect, roles, tools and an expression."""
    return {r.words["rules"]: expression_lines(r)}


def expression_lines(r: Renderer) -> list[str]:
    w, style = r.words, r.dice.draw(HEADS)
    listed: list[str] = []
    for clause in r.clauses:
        who = ", ".join(clause.roles) or "*"
        what = ", ".join(r.tools(clause)) or "*"
        body = "true" if clause.kind in ("allow", "deny") else r.data.expression(clause)
        listed.append(style.format(e=r.effect(clause), role=w["role"], who=who, tool=w["tool"], what=what, x=body))
    return listed


HEADS = (
    "{e} ({role} in [{who}]; {tool} in [{what}]): {x}", "{e}({role} == {who}, {tool} == {what}) when {{ {x} }};", "{e} if {{ {role} in {{{who}}}; {tool} in {{{what}}}; {x} }}", "{e} {role}({who}) {tool}({what}) => {x}",
    "rule {{ {role}: {who}; {tool}: {what}; {e} if {x} }}", "{role} [{who}] -> {tool} [{what}] : {e} {x}", "on {tool} [{what}] by {role} [{who}] {e} {x}", "p, {who}, {what}, {e}, {x}",
    "{who} |- {what} :: {e} <{x}>", "{e} :- {role}({who}), {tool}({what}), {x}.",
)  # fmt: skip


def scopes(r: Renderer) -> Document:
    """Scope strings for each role, in the manner of OAuth: a tool, with its condition in brackets; `!` takes away."""
    found: Document = {}
    for clause in r.clauses:
        tools = r.tools(clause) or ["*"]
        if clause.kind in ("allow", "deny"):
            listed = [f"{'!' if clause.kind == 'deny' else ''}{name}" for name in tools]
        else:
            listed = [f"{name}[{r.data.expression(clause)}]" for name in tools]
        for role in clause.roles or ("*",):
            found.setdefault(role, []).extend(listed)
    return {r.dice.draw(SCOPES): found, **r.default()}


SCOPES = (
    "scopes", "oauth_scopes", "granted_scopes", "claims", "token_scopes", "scope_sets", "consented_scopes", "authorities", "scope_map", "issued_scopes",
)  # fmt: skip


def schema(r: Renderer) -> Document:
    """Constraints on arguments in the manner of JSON Schema; what a schema cannot say stands beside the properties."""
    found: Document = {}
    for clause in r.clauses:
        entry: Document = {"x-roles": list(clause.roles)} if clause.roles else {}
        if clause.kind in ("allow", "deny"):
            found.setdefault("access", []).append(
                {**entry, "enum" if clause.kind == "allow" else "not_enum": r.names.tools(clause)}
            )
            continue
        for test in tests(clause, r.names):
            entry = _property(r, entry, test)
        for name in r.tools(clause) or ["*"]:
            found.setdefault(name, []).append({**entry, **_unless(r, clause)})
    return {r.dice.draw(SCHEMAS): {name: {"allOf": entries} for name, entries in found.items()}, **r.default()}


SCHEMAS = (
    "$defs", "definitions", "schemas", "parameters_of", "call_schemas", "tool_schemas", "contracts", "signatures", "shape_of_calls", "payload_schemas",
)  # fmt: skip
_KEYWORDS = {"<=": "maximum", ">=": "formatMinimum", "in": "enum", "==": "const"}


def _property(r: Renderer, entry: Document, test: Test) -> Document:
    right: Any = r.data.right(test.right)
    if test.look == "arg" and test.op in _KEYWORDS:
        part: Document = {"properties": {test.name: {_KEYWORDS[test.op]: right}}}
    elif test.look == "arg" and test.op in ("lacks", "!="):
        part = {"properties": {test.name: {"not": {"anyOf": right} if test.op == "lacks" else {"const": right}}}}
    else:
        part = {"x-when": r.data.keyed_test(test)}
    try:
        return merged(entry, part)
    except Clash:
        return {**entry, "and": part}


def policy_set(r: Renderer) -> Document:
    """A set of policies in the manner of XACML: a target, and a rule that applies functions to attributes."""
    top, target, rule, apply = r.dice.draw(TARGETS)
    listed: list[Document] = []
    for i, clause in enumerate(r.clauses, 1):
        aim = _subject(r, clause, r.words["role"], r.words["tools"])
        body: Document = {r.words["effect"]: r.effect(clause)}
        if clause.kind not in ("allow", "deny"):
            body[apply] = [[r.data.operators[t.op], r.data.left(t), *r.data.operands(t)] for t in tests(clause, r.names)]
        listed.append({"id": i, target: aim or "*", rule: {**body, **_unless(r, clause)}})
    return {top: listed, "combining": f"{r.words['deny']}-overrides"}


def flat(r: Renderer) -> Document:
    """One level of dotted keys."""
    found: Document = {}
    for i, clause in enumerate(r.clauses, 1):
        where = f"{i}.{'+'.join(role.replace(' ', '_') for role in clause.roles) or 'all'}"
        names = "+".join(r.tools(clause)) or "*"
        if clause.kind in ("allow", "deny"):
            found[f"{where}.{r.effect(clause)}"] = r.names.tools(clause)
            continue
        found |= {f"{where}.{names}.{path}": value for path, value in _leaves(r.data.keyed(clause))}
    return found


def _leaves(data: Document) -> list[tuple[str, Any]]:
    """Dotted path and value of all that stands in nested objects."""
    found: list[tuple[str, Any]] = []
    for key, value in data.items():
        found += [(f"{key}.{path}", v) for path, v in _leaves(value)] if isinstance(value, dict) else [(key, value)]
    return found


SHAPES: dict[str, Callable[[Renderer], Document]] = {
    "role_table": role_table, "user_view": user_view, "defaults": defaults, "departments": departments, "grants": grants, "rules": rules, "triples": triples,
    "statements": statements, "deny_list": deny_list, "per_tool": per_tool, "flags": flags, "matrix": matrix, "expressions": expressions, "scopes": scopes, "schema": schema,
    "policy_set": policy_set, "flat": flat,
}  # fmt: skip
