"""Clauses as small objects, in four styles: keyed by what is looked at, as triples, by operator, or as an expression."""

from __future__ import annotations

from typing import Any

from trainer.worlds.policies.conditions import Ref, Test, demand, order, tests
from trainer.worlds.policies.expressions import DIALECTS
from trainer.worlds.policies.names import Names
from trainer.worlds.rules import Clause, Demand

Document = dict[str, Any]

_PATHS = (
    "{u}.{n}", "${{{u}.{n}}}", "{{{{{u}.{n}}}}}", "${u}.{n}", "@{u}.{n}", "{u}:{n}", "{u}/{n}", "{u}[{n}]", "ref:{u}.{n}", "<{u}.{n}>",
)  # fmt: skip
"""How an attribute of the user is named as something to compare with."""
_OPERATORS: dict[str, tuple[str, ...]] = {
    "<=": ("NumericLessThanEquals", "LessOrEqual", "numeric_lte", "AtMost", "Max", "less-than-or-equal", "LE", "upperBound", "NotGreater", "le-op"),
    "<": ("TimeLessThan", "Before", "time_lt", "EarlierThan", "Until", "less-than", "LT", "endsBefore", "PriorTo", "lt-op"),
    ">=": ("NumericGreaterThanEquals", "GreaterOrEqual", "numeric_gte", "AtLeast", "Min", "greater-than-or-equal", "GE", "lowerBound", "NotLess", "ge-op"),
    "==": ("StringEquals", "Equal", "equals_to", "Is", "Same", "string-equal", "EQ", "identical", "Equalling", "eq-op"),
    "!=": ("StringNotEquals", "NotEqual", "differs", "IsNot", "Other", "string-not-equal", "NE", "distinct", "Unlike", "ne-op"),
    "in": ("StringEqualsAny", "MemberOf", "any_value_of", "OneOf", "Among", "string-is-in", "IN", "oneOfValues", "Within", "in-op"),
    "subset": ("ForAllValues", "SubsetOf", "all_values_in", "OnlyOf", "AllAmong", "subset", "SUBSET", "onlyValues", "Confined", "subset-op"),
    "lacks": ("StringNotLike", "ContainsNone", "free_of_any", "NoneOf", "Without", "string-not-contains", "LACKS", "noneOfTexts", "Avoiding", "lacks-op"),
    "has": ("ListContains", "Includes", "has_item", "Having", "Preceded", "bag-contains", "HAS", "containsCall", "Following", "has-op"),
    "rank": ("RankGreaterThanEquals", "LevelAtLeast", "rank_gte", "FromLevel", "MinLevel", "rank-at-least", "RANK", "levelFrom", "Upwards", "rank-op"),
    "excused": ("NumericLessThanEqualsOrApproved", "AtMostUnlessApproved", "lte_or_approval", "MaxWithoutApproval", "ApproveAbove", "approval-above", "APPROVE_OVER", "approvalOver", "SignOver", "excused-op"),
}  # fmt: skip
"""Operators as the first key, in the manner of cloud IAM: the i-th words belong together."""


class Data:
    """Writes clauses as objects; what it draws for one, it keeps for the document."""

    def __init__(self, names: Names) -> None:
        dice = names.dice
        self.names = names
        self.words = names.words
        self.path = dice.draw(_PATHS)
        self.bare = dice.chance(0.5)
        """Whether an argument stands by its bare name."""
        self.dialect = dice.draw(DIALECTS)
        place = dice.draw(range(10))
        self.operators = {op: words[place] for op, words in _OPERATORS.items()}

    def keyed(self, clause: Clause) -> Document:
        """{"amount": {"max": 100}}, with the exception if there is one."""
        found: Document = {}
        for test in tests(clause, self.names):
            found = merged(found, self.keyed_test(test))
        return found if clause.unless is None else {**found, **self.exception(clause.unless)}

    def exception(self, unless: Demand) -> Document:
        return {self.words["unless"]: self.keyed_test(demand(unless))}

    def keyed_test(self, test: Test) -> Document:
        left, right = self.left(test), self.right(test.right)
        if test.op == "rank":
            return {left: {self.words["rank"]: test.right[0], "order": list(order(test.name))}}
        if test.op == "==" and test.look in ("user", "origin", "approval"):
            return {left: right}
        return {left: {self.words[test.op]: right}}

    def left(self, test: Test) -> str:
        """The key of what is looked at."""
        name, words = test.name, self.words
        match test.look:
            case "arg":
                return name if self.bare else f"{words['arguments']}.{name}"
            case "user" | "record" | "columns" | "sum":
                return f"{words[test.look]}.{name}"
            case "date":
                return name or words["today"]
            case "days" | "weekday" | "host" | "origin":
                return f"{name}.{words[test.look]}" if name else words[test.look]
            case _:
                return words[test.look]

    def right(self, value: Any) -> Any:
        return self.path.format(u=self.words["user"], n=value.name) if isinstance(value, Ref) else value

    def triples(self, clause: Clause) -> list[Document]:
        """[{"field": "amount", "op": "max", "value": 100}]"""
        return [self._triple(test) for test in tests(clause, self.names)]

    def _triple(self, test: Test) -> Document:
        row = {"field": self.left(test), "op": self.words[test.op]}
        if test.op == "rank":
            return {**row, "value": test.right[0], "order": list(order(test.name))}
        return {**row, "value": self.right(test.right)}

    def by_operator(self, clause: Clause) -> Document:
        """{"NumericLessThanEquals": {"amount": 100}}"""
        found: Document = {}
        for test in tests(clause, self.names):
            found = merged(found, self._by_operator(test))
        if clause.unless is not None:
            found[self.words["unless"]] = self._by_operator(demand(clause.unless))
        return found

    def _by_operator(self, test: Test) -> Document:
        first, *others = self.operands(test)
        return {self.operators[test.op]: {self.left(test): {first: others[0]} if others else first}}

    def operands(self, test: Test) -> list[Any]:
        """What is compared with: for a rank, the least level and the order."""
        return [test.right[0], list(order(test.name))] if test.op == "rank" else [self.right(test.right)]

    def expression(self, clause: Clause) -> str:
        text = self.dialect.text(tests(clause, self.names))
        if clause.unless is not None:
            text = f"{text} {self.words['unless']} {self.dialect.text([demand(clause.unless)])}"
        return text

    def classes(self, clause: Clause) -> Document:
        """The columns of each level above the lowest, by table."""
        found: Document = {}
        for table, columns in clause.value.items():
            for column, level in columns.items():
                found.setdefault(str(self.words.level(level)), {}).setdefault(table, []).append(column)
        if self.words.scale is not None:
            found = {"order": list(self.words.scale), **found}
        return {self.words["classes"]: found}


def merged(one: Document, other: Document) -> Document:
    """Both, with what stands under the same keys merged. Neither is changed.

    Raises:
        Clash: they say different things of one key.
    """
    both = dict(one)
    for key, value in other.items():
        old = both.get(key)
        if old is None or old == value:
            both[key] = value
        elif isinstance(old, dict) and isinstance(value, dict):
            both[key] = merged(old, value)
        else:
            raise Clash(key)
    return both


class Clash(Exception):
    """Two clauses set one key to different things."""
