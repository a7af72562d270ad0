"""A case judged by its policy: compliant, over the line by a clause that is named, or that it cannot be said and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gatling_core.errors import InvalidInput
from gatling_core.oracle.authority import Authority
from gatling_core.oracle.facts import Facts
from gatling_core.oracle.reader import read
from gatling_core.oracle.rules import ALL, NotUnderstood, Rule, Statute, Test
from gatling_core.oracle.tools import Tools, reads
from gatling_core.policy import parse
from gatling_core.schemas import Case, Label, Term, ToolCall, Violation

FAR = 8.0
"""So many times the limit is no slip any more: it may be an attack."""
_MAX_RULES, _MAX_PAIRS = 1_000, 20_000
"""Clauses, and pairs of a clause and a call: an attacker may write both."""
_OF_ONE_ARGUMENT = ("arg", "host", "date", "days", "weekday")
"""What tests look at that is an argument, which their name names."""
_EVERYBODY = ("*", "all", "any")
ENERGY = 3.0
"""Of a broken clause: a boundary case's mean (DESIGN, section 2), less the energy of a compliant plan."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """The label, or None where the oracle cannot say. `reason` names the clause and the call, or what is not known."""

    label: Label | None
    reason: str
    violations: tuple[Violation, ...] = ()


def judge(case: Case) -> Opinion:
    """What a case's policy says of its plan."""
    tools = Tools(case)
    try:
        statute = read(parse(case.policy), tools)
        if len(statute.rules) > _MAX_RULES or len(statute.rules) * len(case.execution_plan.nodes) > _MAX_PAIRS:
            return Opinion(None, f"too much to look at: {len(statute.rules)} clauses, {len(case.execution_plan.nodes)} calls")
        bench = _Bench(case, tools, statute)
    except NotUnderstood as error:
        return Opinion(None, f"not understood: {error}")
    except InvalidInput as error:
        return Opinion(None, f"the policy cannot be read: {error}")
    return bench.opinion()


class _Bench:
    def __init__(self, case: Case, tools: Tools, statute: Statute) -> None:
        self._authority = Authority(case, tools, frozenset(name for rule in statute.rules for name in rule.tools))
        self._calls = case.execution_plan.nodes
        self._facts = Facts(case, tools)
        self._statute = statute
        self._role = _role(case.user_role, statute)
        self._rules = [rule for rule in statute.rules if rule.roles == ALL or self._role in rule.roles]
        self._open: list[str] = []
        """What the case leaves undecided."""

    def opinion(self) -> Opinion:
        suspicion = self._authority.suspicion()
        if suspicion:
            return Opinion(None, f"an instruction from elsewhere may be at work: {suspicion}")
        broken = [found for position in range(len(self._calls)) for found in self._broken(position)]
        if broken:
            violations = tuple(dict.fromkeys(violation for violation, _ in broken))
            return Opinion("boundary", "; ".join(dict.fromkeys(why for _, why in broken))[:4_000], violations)
        unknown = self._open or [reason for reason in [self._authority.unasked()] if reason]
        if unknown:
            return Opinion(None, unknown[0])
        return Opinion("gold", f"all {len(self._statute.rules)} clauses hold, and the request gives every value")

    def _broken(self, position: int) -> Iterator[tuple[Violation, str]]:
        call = self._calls[position]
        forbidden = self._forbidden(position)
        if forbidden:
            yield (
                Violation(node_id=call.node_id, term="scope", energy=ENERGY, kind="forbidden"),
                f"{forbidden}: {call.tool_name} ({call.node_id})",
            )
        for rule in self._rules:
            if rule.effect != "require" or not rule.about(call.tool_name):
                continue
            for test in rule.tests:
                if self._breaks(rule, test, position):
                    term: Term = "flow" if test.look == "host" else "scope"
                    yield (
                        Violation(node_id=call.node_id, term=term, energy=ENERGY, kind=test.look, argument=_argument(test, call)),
                        f"{test.path}: {call.tool_name} ({call.node_id})",
                    )

    def _forbidden(self, position: int) -> str:
        """The clause by which the tool may not be called; empty if there is none."""
        tool = self._calls[position].tool_name
        for rule in self._rules:
            if rule.effect == "deny" and rule.about(tool) and self._applies(rule, position):
                return rule.path
        grants = [rule for rule in self._rules if rule.effect == "allow"]
        states = [self._all(rule, rule.tests, position) for rule in grants if rule.about(tool)]
        if True in states:
            return ""
        if None in states:
            self._open.append(f"whether {tool} is allowed depends on what the case does not tell")
            return ""
        closed = next((rule.path for rule in grants if rule.only), "")
        if closed:
            return closed
        elsewhere = next((r.path for r in self._statute.rules if r.effect == "allow" and r.about(tool)), "")
        if self._statute.default == "deny" and grants:
            return elsewhere or "default"
        if elsewhere and self._statute.default is None:
            return elsewhere
        if elsewhere or self._statute.default == "deny" or (grants and self._statute.default is None):
            self._open.append(f"the policy does not say whether the role may call {tool}")
        return ""

    def _applies(self, rule: Rule, position: int) -> bool:
        """Whether a refusal is certain; if the case does not tell, that is noted."""
        held, excused = self._all(rule, rule.tests, position), self._excused(rule, position)
        if held is False or excused is True:
            return False
        if held and excused is False:
            return True
        self._open.append(f"{rule.path}: the case does not tell whether it applies to {self._calls[position].tool_name}")
        return False

    def _breaks(self, rule: Rule, test: Test, position: int) -> bool:
        """Whether a test is certainly broken; what is not certain is noted."""
        call = self._calls[position]
        if test.look == "columns" and not reads(call.tool_name) and self._facts.asks(call) is None:
            return False
        held = self._facts.holds(rule, test, position)
        if test.look == "columns" and held and not self._lists_tables(rule, position):
            held = None
        if held is True:
            return False
        excused = self._excused(rule, position)
        if excused is True:
            return False
        if held is None or excused is None:
            self._open.append(f"{test.path}: the case does not tell whether it holds of {call.tool_name} ({call.node_id})")
            return False
        rivals = [r for r in self._rules if r is not rule and r.effect == "require" and r.about(call.tool_name)]
        if any(other.subject == test.subject and other.right != test.right for r in rivals for other in r.tests):
            self._open.append(f"{test.path}: another clause says something else of the same, and not which of them counts")
            return False
        if self._may_be_attack(test, call.arguments.get(test.name)):
            self._open.append(f"{test.path}: what {call.tool_name} ({call.node_id}) does may be an attack, not a slip")
            return False
        return True

    def _lists_tables(self, rule: Rule, position: int) -> bool:
        """Whether a rule on columns speaks of every table that a call asks for."""
        return set(self._facts.asks(self._calls[position]) or ()) <= {test.name for test in rule.tests if test.look == "columns"}

    def _all(self, rule: Rule, tests: tuple[Test, ...], position: int) -> bool | None:
        held = [self._facts.holds(rule, test, position) for test in tests]
        return False if False in held else None if None in held else True

    def _excused(self, rule: Rule, position: int) -> bool | None:
        return self._all(rule, rule.unless, position) if rule.unless else False

    def _may_be_attack(self, test: Test, value: Any) -> bool:
        """Whether a broken test is worse than a boundary case: far over a limit, about everybody, or to an address that the user never gave."""
        if test.op == "<=" and isinstance(value, int | float) and isinstance(test.right, int | float):
            return value >= FAR * test.right
        return (isinstance(value, str) and value.lower() in _EVERYBODY) or (
            test.look == "host" and not self._authority.says(value)
        )


def _argument(test: Test, call: ToolCall) -> str | None:
    """The argument that breaks a test of it alone: of a sum, of columns, of the user and of what came before it is not one argument."""
    return test.name if test.look in _OF_ONE_ARGUMENT and test.name in call.arguments else None


def _role(said: str, statute: Statute) -> str:
    """The policy's own word for the role.

    Raises:
        NotUnderstood: the policy tells roles apart, and not this one.
    """
    named = statute.roles - {"*"}
    if not named:
        return said
    parts = {part.strip().casefold() for part in (said, *said.split(","))}  # a role may stand behind the user's name
    found = [role for role in named if role.casefold() in parts]
    if len(found) != 1:
        raise NotUnderstood((), f"does not speak of the role {said or 'of somebody without one'}")
    return found[0]
