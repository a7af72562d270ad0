"""Clauses as expressions, in dialects that resemble policy and query languages. Whole dialects are held out by split."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.generator.worlds.policies.conditions import Ref, Test, order

_LOOKS: tuple[str, ...] = ("arg", "user", "record", "days", "weekday", "today", "date", "hour", "host", "sensitivity", "sent", "calls", "sum", "origin", "all origins", "before", "approval", "columns")  # fmt: skip
_OPS: tuple[str, ...] = ("<=", "<", ">=", "==", "!=", "in", "subset", "lacks", "has", "rank", "excused", "and")
_UNNAMED = {"weekday": "this weekday", "date": "today", "origin": "all origins"}
"""What is looked at where no argument is named."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Templates: of what is looked at, with {n} for its name; of comparisons, with {l} and {r}; of the user's attributes; of lists."""

    looks: dict[str, str]
    ops: dict[str, str]
    brackets: str = "[]"
    quote: str = '"'

    def text(self, tests: Sequence[Test]) -> str:
        return self.ops["and"].join(self._one(test) for test in tests)

    def _one(self, test: Test) -> str:
        look = test.look
        if not test.name:
            look = _UNNAMED.get(look, look)
        left = self.looks[look].format(n=test.name)
        if test.op == "rank":
            levels = self._list(order(test.name))
            return self.ops["rank"].format(l=left, r=self._value(test.right[0]), o=levels)
        right = self._list(test.right) if isinstance(test.right, list) else self._value(test.right)
        return self.ops[test.op].format(l=left, r=right, a=self.looks["approval"])

    def _list(self, values: Sequence[Any]) -> str:
        return self.brackets[0] + ", ".join(self._value(v) for v in values) + self.brackets[-1]

    def _value(self, value: Any) -> str:
        if isinstance(value, Ref):
            return self.looks["user"].format(n=value.name)
        if isinstance(value, str):
            return json.dumps(value, ensure_ascii=False) if self.quote == '"' else f"'{value}'"
        return json.dumps(value)


def _dialect(looks: str, ops: str, brackets: str = "[]", quote: str = '"') -> Dialect:
    """Templates in the order of `_LOOKS`, divided by |, and of `_OPS`, divided by ¦."""
    found: dict[str, str] = dict(zip(_LOOKS, looks.split("|"), strict=True))
    found["this weekday"] = found["weekday"].replace(found["arg"], found["today"])
    return Dialect(found, dict(zip(_OPS, ops.split("¦"), strict=True)), brackets, quote)


DIALECTS = (
    _dialect(
        "args.{n}|user.{n}|record.{n}|abs(days(args.{n} - today))|weekday(args.{n})|today|args.{n}|now.hour|host(args.{n})|data.sensitivity|outgoing.sensitivity|calls|sum(args.{n})|origin(args.{n})|origin(args)|calls_before|approved|columns({n})",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} == {r}¦{l} != {r}¦{l} in {r}¦{l} subset_of {r}¦not contains_any({l}, {r})¦{r} in {l}¦rank({l}, {o}) >= rank({r}, {o})¦({l} <= {r} or {a})¦ and ",
    ),
    _dialect(
        "context.input.{n}|principal.{n}|resource.{n}|context.input.{n}.daysFromToday()|context.input.{n}.weekday()|context.date|context.input.{n}|context.time|context.input.{n}.host()|resource.sensitivity|context.outgoing.sensitivity|context.callCount|context.sum.{n}|context.input.{n}.origin|context.input.origin|context.previousCalls|context.approved|resource.columns.{n}",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} == {r}¦{l} != {r}¦{r}.contains({l})¦{r}.containsAll({l})¦!{l}.containsAny({r})¦{l}.contains({r})¦{l}.rank({o}) >= {r}.rank({o})¦({l} <= {r} || {a})¦ && ",
    ),
    _dialect(
        "input.arguments.{n}|input.user.{n}|data.record.{n}|abs_days(input.arguments.{n})|weekday_of(input.arguments.{n})|input.date|input.arguments.{n}|input.time|host_of(input.arguments.{n})|data.read.level|data.sent.level|count(input.calls)|sum([c.{n}; c := input.calls[_]])|origin_of(input.arguments.{n})|origin_of(input.arguments)|input.history|input.approval|input.columns.{n}",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} == {r}¦{l} != {r}¦{l} == {r}[_]¦{l} - {r} == set()¦not contains_some({l}, {r})¦{r} == {l}[_]¦level_in({l}, {o}) >= level_in({r}, {o})¦within_or_approved({l}, {r})¦; ",
    ),
    _dialect(
        "arg('{n}')|subject('{n}')|target('{n}')|day_distance(arg('{n}'))|dow(arg('{n}'))|current_date|arg('{n}')|current_time|domain(arg('{n}'))|read_level|sent_level|call_count|total('{n}')|provenance('{n}')|provenance(*)|prior_calls|has_approval|selected('{n}')",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} = {r}¦{l} <> {r}¦{l} IN {r}¦{l} WITHIN {r}¦{l} MATCHES NONE OF {r}¦{l} INCLUDES {r}¦ORD({l}, {o}) >= ORD({r}, {o})¦({l} <= {r} OR {a})¦ AND ",
        "()", "'",
    ),
    _dialect(
        "request.{n}|auth.{n}|doc.{n}|request.{n}.distance.days|request.{n}.dayName|clock.date|request.{n}|clock.time|request.{n}.domain|doc.maxLevel|egress.maxLevel|request.count|request.total.{n}|request.{n}.source|request.sources|request.earlier|auth.approval|request.select.{n}",
        "{l} lte {r}¦{l} lt {r}¦{l} gte {r}¦{l} eq {r}¦{l} ne {r}¦{l} in {r}¦{l} within {r}¦{l} without {r}¦{l} includes {r}¦{l} atLeast {r} of {o}¦({l} lte {r} or {a})¦ and ",
    ),
    _dialect(
        "$.{n}|@me.{n}|#rec.{n}|gap($.{n})|day($.{n})|@today|$.{n}|@now|at($.{n})|@class|@class_out|@n|@sum.{n}|from($.{n})|from($)|@done|@ok|cols.{n}",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} = {r}¦{l} != {r}¦{l} ~ {r}¦{l} <: {r}¦{l} !~ {r}¦{l} ~ {r}¦{l} >= {r} @ {o}¦({l} <= {r} | {a})¦ & ",
    ),
    _dialect(
        "parameter {n}|the user's {n}|the record's {n}|days between today and {n}|the weekday of parameter {n}|today's date|date {n}|the time|the host of {n}|the class of the data|the class of data sent outside|the number of calls|the sum of {n}|the origin of {n}|the origin of all parameters|the earlier calls|approval|columns of {n}",
        "{l} is at most {r}¦{l} is before {r}¦{l} is at least {r}¦{l} equals {r}¦{l} differs from {r}¦{l} is one of {r}¦{l} lie within {r}¦{l} has none of {r}¦{l} include {r}¦{l} is {r} or higher in {o}¦{l} is at most {r} or there is {a}¦ and ",
    ),
    _dialect(
        "tool_input[{n}]|session.user[{n}]|entity[{n}]|datediff(tool_input[{n}])|weekday(tool_input[{n}])|session.date|tool_input[{n}]|session.time|domain(tool_input[{n}])|result.label|outbound.label|len(trace)|sum(trace[{n}])|taint(tool_input[{n}])|taint(tool_input)|trace|session.approval|projection[{n}]",
        "{l} <= {r}¦{l} < {r}¦{l} >= {r}¦{l} is {r}¦{l} is not {r}¦{l} in {r}¦{l} <= {r}¦{l} excludes {r}¦{r} in {l}¦{l} >= {r} per {o}¦either {l} <= {r} or {a}¦, ",
        "{}",
    ),
    _dialect(
        "in:{n}|who:{n}|obj:{n}|dist(in:{n})|wd(in:{n})|when:date|in:{n}|when:time|dom(in:{n})|obj:level|out:level|n:calls|n:sum({n})|src(in:{n})|src(in:*)|seq:past|flag:approved|sel:{n}",
        "le({l}, {r})¦lt({l}, {r})¦ge({l}, {r})¦eq({l}, {r})¦ne({l}, {r})¦member({l}, {r})¦subset({l}, {r})¦avoids({l}, {r})¦holds({l}, {r})¦rank_ge({l}, {r}, {o})¦any(le({l}, {r}), {a})¦ + ",
    ),
    _dialect(
        "%{n}%|actor->{n}|item->{n}|gap(%{n}%, now)|weekday(%{n}%)|date(now)|%{n}%|time(now)|server(%{n}%)|label(item)|label(egress)|#calls|#sum(%{n}%)|given(%{n}%)|given(%*%)|log|signed|picked({n})",
        "{l} =< {r}¦{l} < {r}¦{l} >= {r}¦{l} := {r}¦{l} =/= {r}¦{l} of {r}¦{l} inside {r}¦{l} clear of {r}¦{l} having {r}¦{l} from {r} upwards in {o}¦({l} =< {r}) else {a}¦ also ",
        "<>",
    ),
)  # fmt: skip
