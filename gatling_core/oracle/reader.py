"""A structured policy, read as rules. Everything in it must have exactly one meaning, or nothing of it is believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from gatling_core.oracle.rules import ALL, UNKNOWN, Effect, NotUnderstood, Ref, Rule, Statute, Test
from gatling_core.oracle.tools import Tools
from gatling_core.oracle.words import EFFECT, LOOKS, NO, OPERATION, PARTS, SETTINGS, YES, plain

Path = tuple[str, ...]
Document = Mapping[str, Any]

_REF = re.compile(r"^(?:ref:|[$@<{]+)?\s*([A-Za-z_]+)[./:\[]([A-Za-z_]\w*)[\]}>\s]*$")
_DESCRIBES = re.compile(r"(?:Governs|Describes|Defines|Policy for|Policy of|Rules for|Rules of)\b[^.;:\n]{1,60}\.?")
"""A description that says what the document is, and no rule."""
_MAX_SETTING = 40
"""Characters of a setting's value: what is longer, or a sentence, may be a rule."""
_SHORT = re.compile(r"(max|maximum|min|minimum)_(\w+)|(\w+)_(max|maximum|min|minimum|limit)")
_UNNAMED = frozenset(("date", "hour", "sensitivity", "sent", "calls", "before", "approval", "weekday"))
"""What can be looked at without saying whose it is."""
_AFTER = frozenset(("days", "weekday", "host", "origin"))
"""What is said of an argument after its name."""
_BEFORE = frozenset(("arg", "user", "record", "columns", "sum"))
_STATED = frozenset(("user", "origin", "approval", "arg"))
"""What may be compared with a bare value, which it then has to equal."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom and what the part of a document that is being read is about."""

    roles: tuple[str, ...] = ALL
    tools: tuple[str, ...] = ALL


def read(document: Any, tools: Tools) -> Statute:
    """The rules of a policy about these tools, and others.

    Raises:
        NotUnderstood: a part of it has no meaning here, or more than one.
    """
    _check_keys(document)
    reader = _Reader(tools)
    if isinstance(document, list):
        reader.listed(document, Scope(), ())
    elif isinstance(document, dict):
        reader.block(cast("Document", document), Scope(), ())
    else:
        raise NotUnderstood((), "is prose")
    return Statute(tuple(reader.rules), reader.default, frozenset(reader.roles))


class _Reader:
    def __init__(self, tools: Tools) -> None:
        self.rules: list[Rule] = []
        self.default: Effect | None = None
        self.roles: set[str] = set()
        self._tools = tools

    # --- Documents

    def block(self, document: Document, scope: Scope, path: Path) -> None:
        """A part of a document: sections, lists of tools, tests of every call."""
        if self._is_rule(document):
            self._rule(document, scope, path)
            return
        document, scope = self._narrowed(document, scope, path)
        document, unless = self._excepted(document, scope, path)
        tests: list[Test] = []
        for key, value in document.items():
            section = self._section(plain(key), value, scope)
            if section is not None:
                section(value, scope, (*path, key))
            elif not _is_setting(plain(key), value):
                tests += self._keyed(key, value, scope, (*path, key))
        if unless and len({(test.look, test.name) for test in tests}) != 1:  # it does not say from which of them
            unless = (*unless, Test(" › ".join(path), UNKNOWN, "", "", None))
        if tests:
            self._add(Rule(" › ".join(path), "require", scope.roles, scope.tools, tuple(tests), unless), path)

    def listed(self, items: list[Any], scope: Scope, path: Path) -> None:
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                raise NotUnderstood((*path, str(number)), "is prose, not a rule")
            self.block(cast("Document", item), scope, (*path, str(number)))

    def _section(self, word: str, value: Any, scope: Scope) -> Callable[[Any, Scope, Path], None] | None:
        """How to read what stands under a word, if the word names a part of the document and what it holds has that shape."""
        found: list[Callable[[Any, Scope, Path], None]] = []
        names, objects = _are_names(value), isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)
        if isinstance(value, dict):
            by_name = all(isinstance(v, dict) for v in value.values())
            if by_name and word in PARTS["roles"] and scope.roles == ALL:
                found.append(self._by_role)
            if by_name and word in PARTS["tools"] - PARTS["roles"] and scope.tools == ALL:
                found.append(self._by_tool)
            if by_name and word in PARTS["limits"] and scope.tools == ALL and not any(plain(k) in OPERATION for k in value):
                found.append(self._limits)
            if word in PARTS["default"] or word in PARTS["also"] or (by_name and word in PARTS["rights"] and scope.roles != ALL):
                found.append(self.block)
            if by_name and word in PARTS["units"]:
                found.append(self._units)
            if word in PARTS["classes"] and _are_classes(value):
                found.append(_nothing)
            if by_name and word in PARTS["matrix"] and scope == Scope():
                found.append(self._matrix)
            if word in LOOKS["columns"] and value and all(_are_names(v) for v in value.values()):
                found.append(self._column_lists)
        elif objects and (word in PARTS["rules"] or word in PARTS["also"] or word in PARTS["exceptions"]):
            found.append(self.listed)
        elif objects and any(word == f"{deny}_{when}" for deny in _denials() for when in PARTS["when"]):
            found.append(self._refusals)
        elif isinstance(value, list) and names and word in LOOKS["approval"] and scope.tools == ALL:
            found.append(self._approved)
        elif names and word in PARTS["denied"]:
            found.append(self._denied)
        elif names and word in PARTS["tools"] and scope.tools == ALL:
            found.append(self._allowed)
        elif isinstance(value, str | bool) and word in PARTS["default"]:
            found.append(self._default)
        return found[0] if len(found) == 1 else None

    def _narrowed(self, document: Document, scope: Scope, path: Path) -> tuple[dict[str, Any], Scope]:
        """The document without its own role, and the scope with it."""
        own = [
            key
            for key, value in document.items()
            if plain(key) in PARTS["role"] and _are_names(value) and not _is_tools(key, value)
        ]
        rest = {key: value for key, value in document.items() if key not in own}
        if not own:
            return rest, scope
        if len(own) > 1 or scope.roles != ALL:
            raise NotUnderstood(path, f"names roles twice: {', '.join(own) or 'here and above'}")
        return rest, replace(scope, roles=self._named_roles(document[own[0]]))

    def _named_roles(self, value: Any) -> tuple[str, ...]:
        names = _names(value)
        self.roles.update(names)
        return ALL if "*" in names else names

    def _excepted(self, document: Document, scope: Scope, path: Path) -> tuple[dict[str, Any], tuple[Test, ...]]:
        """The document without its exception, and the tests of that."""
        found = [key for key, value in document.items() if plain(key) in PARTS["unless"] and isinstance(value, dict | list)]
        rest = {key: value for key, value in document.items() if key not in found}
        if not found:
            return rest, ()
        tests, inside = self._tests(document[found[0]], scope, (*path, found[0]))
        if len(found) > 1 or inside or not tests:
            raise NotUnderstood(path, "has an exception that is not plain")
        return rest, tests

    def _by_role(self, table: Document, scope: Scope, path: Path) -> None:
        for role, entry in table.items():
            self.block(entry, replace(scope, roles=self._named_roles(role)), (*path, role))

    def _units(self, table: Document, scope: Scope, path: Path) -> None:
        """Parts of an organisation, each with its roles."""
        for unit, entry in table.items():
            if len(entry) != 1 or not all(isinstance(value, dict) for value in entry.values()):
                raise NotUnderstood((*path, unit), "is no unit with its roles")
            for key, roles in entry.items():
                self._by_role(roles, scope, (*path, unit, key))

    def _limits(self, table: Document, scope: Scope, path: Path) -> None:
        for tool, entry in table.items():
            self.block(entry, replace(scope, tools=(tool,)), (*path, tool))

    def _by_tool(self, table: Document, scope: Scope, path: Path) -> None:
        """A record for each tool: who may call it, who may not, and under which conditions."""
        for tool, entry in table.items():
            here, rest = (*path, tool), dict[str, Any]()
            for key, value in cast("Document", entry).items():
                word = plain(key)
                if _are_names(value) and (word in PARTS["roles"] or word in PARTS["audience"] or word in PARTS["role"]):
                    roles = self._named_roles(value)
                    effect: Effect = "allow" if roles else "deny"
                    self._add(Rule(" › ".join((*here, key)), effect, roles or ALL, (tool,)), here)
                elif _are_names(value) and word in PARTS["denied"]:
                    self._add(Rule(" › ".join((*here, key)), "deny", self._named_roles(value), (tool,)), here)
                else:
                    rest[key] = value
            self.block(rest, replace(scope, tools=(tool,)), here)

    def _matrix(self, table: Document, scope: Scope, path: Path) -> None:
        """Yes or no for each tool and role."""
        assert scope == Scope(), "a matrix says itself whom it is about"
        for tool, row in table.items():
            for role, cell in cast("Document", row).items():
                word = str(cell).lower()
                if (word in YES) == (word in NO):
                    raise NotUnderstood((*path, tool, role), f"neither yes nor no: {word}")
                self._add(
                    Rule(" › ".join((*path, tool, role)), "allow" if word in YES else "deny", self._named_roles(role), (tool,)),
                    path,
                )

    def _allowed(self, value: Any, scope: Scope, path: Path) -> None:
        self._add(Rule(" › ".join(path), "allow", scope.roles, _names(value), only=True), path)

    def _denied(self, value: Any, scope: Scope, path: Path) -> None:
        self._add(Rule(" › ".join(path), "deny", scope.roles, _names(value)), path)

    def _approved(self, value: Any, scope: Scope, path: Path) -> None:
        """A list of tools that need an approval."""
        where = " › ".join(path)
        self._add(Rule(where, "require", scope.roles, _names(value), (Test(where, "approval", "", "==", right=True),)), path)

    def _default(self, value: Any, scope: Scope, path: Path) -> None:
        word = plain(str(value))
        effect = EFFECT.get(word) or ("allow" if word in YES else "deny" if word in NO else None)
        if effect is None or effect == "require" or scope != Scope() or self.default not in (None, effect):
            raise NotUnderstood(path, f"no default for all: {word}")
        self.default = cast("Effect", effect)

    def _column_lists(self, table: Document, scope: Scope, path: Path) -> None:
        tests = tuple(Test(" › ".join((*path, name)), "columns", name, "subset", list(value)) for name, value in table.items())
        self._add(Rule(" › ".join(path), "require", scope.roles, scope.tools, tests), path)

    # --- Rules

    def _is_rule(self, document: Document) -> bool:
        """Whether it says of itself that it allows, denies or requires."""
        return any(plain(k) in PARTS["effect"] and isinstance(v, str) and plain(v) in EFFECT for k, v in document.items())

    def _rule(self, document: Document, scope: Scope, path: Path) -> None:
        """An entry with an effect, roles, tools and conditions."""
        effects = [k for k, v in document.items() if plain(k) in PARTS["effect"] and isinstance(v, str) and plain(v) in EFFECT]
        if len(effects) > 1:
            raise NotUnderstood(path, "has two effects")
        rest = {key: value for key, value in document.items() if key != effects[0]}
        rest, scope = self._narrowed(rest, scope, path)
        scope, tests, unless = self._conditions(rest, scope, path)
        effect = cast("Effect", EFFECT[plain(document[effects[0]])])
        if effect == "require" and not tests:
            raise NotUnderstood(path, "requires nothing")
        self._add(Rule(" › ".join(path), effect, scope.roles, scope.tools, tests, unless), path)

    def _conditions(self, rest: Document, scope: Scope, path: Path) -> tuple[Scope, tuple[Test, ...], tuple[Test, ...]]:
        """The tools, the tests and the exception of an entry."""
        rest, unless = self._excepted(rest, scope, path)
        found: list[tuple[tuple[Test, ...], tuple[Test, ...]]] = []
        tools = [k for k, v in rest.items() if _is_tools(k, v)]
        if len(tools) > 1 or (tools and scope.tools != ALL):
            raise NotUnderstood(path, "names tools twice")
        if tools:
            scope = replace(scope, tools=_names(rest[tools[0]]))
        for key, value in rest.items():
            word = plain(key)
            if word in PARTS["when"] and isinstance(value, dict | list):
                found.append(self._tests(value, scope, (*path, key)))
            elif key not in tools and not _is_setting(word, value):
                raise NotUnderstood((*path, key), "is no part of a rule")
        if len(found) > 1 or (found and found[0][1] and unless):
            raise NotUnderstood(path, "has two conditions or two exceptions")
        tests, inside = found[0] if found else ((), ())
        return scope, tests, inside or unless

    def _refusals(self, items: list[Any], scope: Scope, path: Path) -> None:
        """What leads to a refusal: tools, tools other than some, calls of which some tests do not hold."""
        for number, item in enumerate(cast("list[Document]", items)):
            here = (*path, str(number))
            rest, inner = self._narrowed(item, scope, here)
            others = [key for key in rest if plain(key) in PARTS["others"] and _are_names(rest[key])]
            negated = [key for key in rest if plain(key) == "not" and isinstance(rest[key], dict)]
            if others and len(rest) == 1:
                self._add(Rule(" › ".join(here), "deny", inner.roles, _names(rest[others[0]]), others=True), here)
            elif negated:
                kept = {key: value for key, value in rest.items() if key not in negated}
                inner, none, unless = self._conditions(kept, inner, here)
                if none:
                    raise NotUnderstood(here, "mixes tests that must hold and tests that must not")
                tests, inside = self._tests(rest[negated[0]], inner, (*here, "not"))
                if inside:
                    raise NotUnderstood(here, "has an exception inside a negation")
                self._add(Rule(" › ".join(here), "require", inner.roles, inner.tools, tests, unless), here)
            else:
                inner, tests, unless = self._conditions(rest, inner, here)
                self._add(Rule(" › ".join(here), "deny", inner.roles, inner.tools, tests, unless), here)

    def _add(self, rule: Rule, path: Path) -> None:
        if rule.effect != "require" and rule.tools == ALL and not rule.tests:
            raise NotUnderstood(path, "allows or denies everything")
        if rule.effect == "allow" and rule.unless:
            raise NotUnderstood(path, "allows with an exception")
        self.rules.append(rule)

    # --- Tests

    def _tests(self, value: Any, scope: Scope, path: Path) -> tuple[tuple[Test, ...], tuple[Test, ...]]:
        """Conditions and the exception from them: keyed by what is looked at or by operator, or rows of field, operator and value."""
        if isinstance(value, list):
            return tuple(self._row(row, scope, (*path, str(i))) for i, row in enumerate(cast("list[Any]", value))), ()
        rest, unless = self._excepted(value, scope, path)
        return tuple(test for key, child in rest.items() for test in self._keyed(key, child, scope, (*path, key))), unless

    def _row(self, row: Any, scope: Scope, path: Path) -> Test:
        fields = {plain(key): value for key, value in cast("Document", row).items()} if isinstance(row, dict) else {}
        left = [fields[name] for name in ("field", "attribute", "path", "key") if name in fields]
        op = [fields[name] for name in ("op", "operator", "comparison") if name in fields]
        if len(left) != 1 or len(op) != 1 or "value" not in fields or len(fields) != 3 + ("order" in fields):
            raise NotUnderstood(path, "is no row of field, operator and value")
        operation = OPERATION.get(plain(str(op[0])), UNKNOWN)
        return self._test(
            self._look(str(left[0]), scope, path, strict=False), operation, fields["value"], path, fields.get("order", ())
        )

    def _keyed(self, key: str, value: Any, scope: Scope, path: Path) -> list[Test]:
        """{"amount": {"max": 100}}, {"NumericLessThanEquals": {"amount": 100}} or {"user.mfa": true}: the one reading that it has.

        Where it has none, but is a test of something that is not known here, or by a comparison that is not: a test that nobody can decide.
        """
        problem = NotUnderstood(path, "has two meanings")
        for strict in (True, False):
            readings: list[list[Test]] = []
            for reading in (self._by_subject, self._by_operator):
                try:
                    readings.append(list(reading(key, value, scope, path, strict=strict)))
                except NotUnderstood as error:
                    problem = error
            if len(readings) == 1:
                return readings[0]
            if readings:
                raise NotUnderstood(path, "has two meanings")
        raise problem

    def _by_subject(self, key: str, value: Any, scope: Scope, path: Path, *, strict: bool) -> Iterator[Test]:
        if not isinstance(value, dict):
            yield self._bare(key, value, scope, path, strict=strict)
            return
        found = cast("Document", value)
        order = found.get("order", ())
        subject = self._look(key, scope, path, strict=strict)
        for op, right in found.items():
            if op != "order" or not isinstance(right, list):
                known = strict or subject[0] == UNKNOWN or plain(op) in OPERATION
                yield self._test(subject, _operation(op, path) if known else UNKNOWN, right, (*path, op), order)

    def _by_operator(self, key: str, value: Any, scope: Scope, path: Path, *, strict: bool) -> Iterator[Test]:
        op = _operation(key, path)
        if not isinstance(value, dict):
            raise NotUnderstood(path, "compares nothing")
        for left, right in cast("Document", value).items():
            if plain(left) in OPERATION:
                raise NotUnderstood((*path, left), "is a comparison, not what is compared")
            pair = cast("dict[Any, Any]", right) if isinstance(right, dict) else {}
            level, order = next(iter(pair.items())) if op == "rank" and len(pair) == 1 else (right, ())
            yield self._test(self._look(left, scope, path, strict=strict), op, level, (*path, left), order)

    def _bare(self, key: str, value: Any, scope: Scope, path: Path, *, strict: bool) -> Test:
        """A key and a value: equality where that can only be meant, a limit where the key says so."""
        short = _SHORT.fullmatch(plain(key))
        if short and isinstance(value, int | float) and not isinstance(value, bool):
            word, name = (short[1], short[2]) if short[1] else (short[4], short[3])
            named = [known for known in self._known(scope) if plain(known) == name]
            if len(named) == 1:
                return Test(" › ".join(path), "arg", named[0], ">=" if word.startswith("min") else "<=", value)
        subject = self._look(key, scope, path, strict=strict)
        stated = subject[0] in _STATED or (subject[0] == UNKNOWN and "." in key)  # an unknown setting is no test
        if not stated or isinstance(value, list) or (subject[0] == "arg" and not isinstance(self._right(value), Ref)):
            raise NotUnderstood(path, "does not say how to compare")
        return self._test(subject, "==", value, path, ())

    def _test(self, subject: tuple[str, str], op: str, right: Any, path: Path, order: Any) -> Test:
        look, name = subject
        levels = cast("list[Any]", order) if isinstance(order, list) else []
        if op == "rank" and right not in levels:
            raise NotUnderstood(path, "a level without the order of levels")
        several = op in ("in", "subset", "lacks")
        items = cast("list[Any]", right) if isinstance(right, list) else [right]
        if any(isinstance(item, dict | list) for item in items) or (isinstance(right, list) != several and op != UNKNOWN):
            raise NotUnderstood(path, "cannot be compared so")
        return Test(" › ".join(path), look, name, op, self._right(right), tuple(levels))

    def _right(self, value: Any) -> Any:
        match = _REF.match(value) if isinstance(value, str) else None
        return Ref(match[2]) if match and plain(match[1]) in LOOKS["user"] else value

    def _look(self, left: str, scope: Scope, path: Path, *, strict: bool) -> tuple[str, str]:
        """What is looked at, and which one. An argument's bare name must be known of the tools it is about.

        Raises:
            NotUnderstood: it has no meaning here, or several; unless not `strict`: then it is something unknown.
        """
        found: set[tuple[str, str]] = set()
        head, _, tail = left.partition(".")
        body, _, last = left.rpartition(".")
        if tail:
            found |= {(look, tail) for look in _BEFORE if plain(head) in LOOKS[look]}
            found |= {(look, body) for look in _AFTER if plain(last) in LOOKS[look]}
        else:
            found |= {(look, "") for look in (*_UNNAMED, "origin") if plain(left) in LOOKS[look]}
        if left in self._known(scope):
            found.add(("arg", left))
        elif not found and not tail and not any(map(self._tools.declares, scope.tools)) and scope.tools != ALL:
            found.add(("arg", left))  # nothing else is called like that, and nobody says that the tool has no such argument
        if len(found) == 1:
            return found.pop()
        if strict:
            raise NotUnderstood(path, f"{left} has {'several meanings' if found else 'no meaning here'}")
        return UNKNOWN, left

    def _known(self, scope: Scope) -> frozenset[str]:
        return frozenset(name for tool in scope.tools for name in self._tools.parameters(tool))


def _check_keys(document: Any) -> None:
    """YAML has keys that are no text: `on:` is true."""
    stack = [document]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            strange = [key for key in cast("dict[Any, Any]", item) if not isinstance(key, str)]
            if strange:
                raise NotUnderstood((str(strange[0]),), "is a key that is no text")
            stack.extend(cast("dict[str, Any]", item).values())
        elif isinstance(item, list):
            stack.extend(cast("list[Any]", item))


def _nothing(value: Any, scope: Scope, path: Path) -> None:
    """What defines words and binds nobody."""


def _are_classes(value: Document) -> bool:
    """Whether it sorts columns of tables into levels."""
    levels = [level for name, level in value.items() if name != "order"]
    return bool(levels) and all(
        isinstance(level, dict) and all(_are_names(columns) for columns in level.values()) for level in levels
    )


def _operation(word: str, path: Path) -> str:
    op = OPERATION.get(plain(word))
    if op is None:
        raise NotUnderstood(path, f"{word} is no comparison that has a meaning here")
    return op


def _denials() -> Iterator[str]:
    return (word for word, effect in EFFECT.items() if effect == "deny")


def _are_names(value: Any) -> bool:
    """Whether it is a name or a list of names."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in cast("list[Any]", value)))


def _names(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(cast("list[str]", value))
    return ALL if names == ("*",) else names


def _is_tools(key: str, value: Any) -> bool:
    return plain(key) in PARTS["tool"] | PARTS["tools"] and plain(key) not in PARTS["role"] and _are_names(value)


def _is_setting(word: str, value: Any) -> bool:
    """Whether it is about the document or the service, and can be no rule."""
    if word == "description" and isinstance(value, str):
        return _DESCRIBES.fullmatch(value) is not None
    if word not in SETTINGS or value is False or (word == "status" and value != "active"):  # what is switched off binds nobody
        return False
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict | list):
            stack.extend(item.values() if isinstance(item, dict) else item)
        elif isinstance(item, str) and (len(item) > _MAX_SETTING or len(item.split()) > 3):
            return False
    return True
