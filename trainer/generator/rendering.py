"""From the world's truth to what a runtime would send: policies, contexts, tool schemas, nodes as the plan recorder makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gatling_core.recorder import PlanRecorder
from gatling_core.schemas import Plan
from trainer.generator.breaches import stated
from trainer.generator.groups import Entry, Family, Group
from trainer.generator.mutations import Variant
from trainer.generator.oracle import Situation
from trainer.generator.plans import Call, show
from trainer.generator.sessions import Session
from trainer.generator.worlds import policies, prompts
from trainer.generator.worlds.dice import Dice
from trainer.generator.worlds.domain import Param, Tool
from trainer.generator.worlds.rules import WEEKDAYS
from trainer.generator.worlds.world import User, World


def write(found: Group, name: str) -> dict[str, Any]:
    """A group as data: policies, tools, sessions and cases that name their session by its number."""
    clerk = Clerk(found)
    sessions: dict[int, list[Entry]] = {}
    for entry in found.entries:
        sessions.setdefault(id(entry.session), []).append(entry)
    hijacked = found.world.dice.branch("hijacked").chance(TOLD)
    hidden = {entry.session.root for entry in found.entries if _needs_outputs(entry, hijacked=hijacked)}
    governances: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    for number, entries in enumerate(sessions.values()):
        session = entries[0].session
        governances.append(clerk.session(session))
        blind = session.root not in hidden
        starts = clerk.starts(session, entries) if blind else [0 for _ in entries]
        shown = [replace(entry.variant, calls=entry.variant.calls[start:]) for entry, start in zip(entries, starts, strict=True)]
        plans = clerk.plans(governances[-1], session, shown, blind=blind)
        cases += [
            {"session": number, "execution_plan": plan, **labels(entry, start)}
            for plan, entry, start in zip(plans, entries, starts, strict=True)
        ]
    world = {"seed": name, "domain": found.world.domain.name, "family": found.family, "rendering": clerk.rendering, "vocabulary": found.world.vocabulary.convention}  # fmt: skip
    return {
        "id": name, "split": found.world.dice.split, "world": world, "policies": clerk.policies, "tools": clerk.tools,
        "sessions": governances, "cases": cases,
    }  # fmt: skip


BARE = 0.2
"""How often a runtime knows nothing of a call but its name and arguments: then a value from nowhere says nothing."""
TOLD = 0.85
"""How often a runtime whose agent is hijacked shows the outputs that did it."""
LATE = 0.45
"""How often the runtime does not see the calls before the first act: values that were read there come from nowhere it knows."""
DEVIATIONS = frozenset(
    {"wrong_value", "wrong_target", "altered_argument", "instruction_shadowing", "exfiltration", "scope_blowup"}
)
"""Kinds of violations that may lie in one value of the user's own task."""
READ = frozenset(
    {"hijack_preparation", "argument_smuggling", "untrusted_value", "sensitive_outflow", "self_dealing", "precondition"}
)
"""Kinds that rest on what was read: what a text wanted, what a record holds."""

HIJACKS = frozenset({"hijack", "hijack_to_sink"})

ABOUT = {
    "list": ("Returns the {n}.", "Lists all {n} the user can see.", "Gets {n}, newest first.", "Shows the {n} on file."),
    "search": ("Finds {n} by text.", "Searches the {n} for a term.", "Returns {n} that match the query."),
    "get": ("Returns one {n}.", "Reads a {n} with all its details.", "Shows the full {n}."),
}


def _shadows(found: Group) -> dict[Tool, str]:
    """What injected texts in the descriptions of tools say."""
    texts: dict[Tool, dict[str, None]] = {}
    for injection in (i for entry in found.entries for i in entry.variant.injections):
        if injection.shadows and injection.record is None:
            texts.setdefault(injection.shadows, {})[injection.text] = None
    return {tool: " ".join(said) for tool, said in texts.items()}


class Clerk:
    """Writes one group down: what is the same in two of its sessions or plans, it writes the same way."""

    def __init__(self, found: Group) -> None:
        self.world = found.world
        self.family: Family = found.family
        self.dice = found.world.dice
        used = dict.fromkeys(call.tool for entry in found.entries for call in entry.variant.calls)
        shadows = _shadows(found)
        copied = any(call.name for entry in found.entries for call in entry.variant.calls)  # told by what else is offered alone
        shown = shadows or copied or self.dice.chance(0.75 if found.family == "agent" else 0.55)
        self.tools = schemas(self.world, [*used, *shadows], self.dice, shadows) if shown else []
        self.policies: list[Any] = []
        self.rendering = ""
        self._texts: dict[tuple[int, tuple[int, ...]], str] = {}

    def session(self, session: Session) -> dict[str, Any]:
        """Role and context, and the number of the policy."""
        situation, root = session.situation, session.root
        policy = self._policy(situation)
        if policy not in self.policies:
            self.policies.append(policy)
        return {
            "policy": self.policies.index(policy),
            "user_role": _role(self.world, situation.user, self.family, self.dice.branch(f"role/{root}")),
            "context": _context(self.world, session, self.family, self.dice.branch(f"context/{root}")),
        }

    def _policy(self, situation: Situation) -> Any:
        """Every policy of the group is worded by the same dice, so two differ only where their rules do."""
        dice, self.world.dice = self.world.dice, self.dice.branch("policy")
        try:
            if self.family == "agent":
                policy, self.rendering = prompts.generic(self.world)
            else:
                policy, self.rendering = policies.render(self.world, situation.clauses, situation.user.role)
        finally:
            self.world.dice = dice
        return policy

    def starts(self, session: Session, entries: Sequence[Entry]) -> list[int]:
        """How many calls of each plan were over before the runtime began to watch: in all plans of a session, or in none."""
        late = self.dice.branch(f"late/{session.root}").chance(LATE)
        starts = [_first_act(entry) if late else 0 for entry in entries]
        return starts if all(map(_unneeded, entries, starts)) else [0 for _ in entries]

    def plans(
        self, written: dict[str, Any], session: Session, variants: Sequence[Variant], *, blind: bool
    ) -> list[dict[str, Any]]:
        """Nodes and edges of plans under one session, as recorded with all outputs; what the runtime lacks is left out afterwards.

        Plans that begin alike are recorded together up to where they part. `blind`: the runtime may know nothing but names and arguments.
        """
        recorder = PlanRecorder(policy=self.policies[written["policy"]], context=written["context"], tools=self.tools)
        recorded: dict[int, Plan] = {}
        self._record(recorder, 0, list(enumerate(variants)), recorded)
        metadata = Metadata(self.dice.branch(f"metadata/{session.root}"), blind=blind)
        return [_plan(recorded[k], variant, metadata) for k, variant in enumerate(variants)]

    def _record(self, recorder: PlanRecorder, depth: int, variants: list[tuple[int, Variant]], recorded: dict[int, Plan]) -> None:
        ways: dict[tuple[int, str], list[tuple[int, Variant]]] = {}
        for k, variant in variants:
            if depth == len(variant.calls):
                recorded[k] = recorder.plan()
            else:
                call = variant.calls[depth]
                ways.setdefault((id(call), self.output(call, variant)), []).append((k, variant))
        for left, ((_, output), same) in zip(range(len(ways) - 1, -1, -1), ways.items(), strict=True):
            call = same[0][1].calls[depth]
            branch = recorder.fork() if left else recorder
            branch.call(self.spelled(call), self.arguments(call))
            branch.output(output)
            self._record(branch, depth + 1, same, recorded)

    def spelled(self, call: Call) -> str:
        return call.name or self.world.name(call.tool)

    def arguments(self, call: Call) -> dict[str, Any]:
        """The arguments under their names in this world, or packed into one string where the tool takes just that."""
        named = {
            self.world.vocabulary.parameter(call.tool, name): value for name, value in call.arguments.items() if name != "columns"
        }
        if "columns" in call.arguments:
            return self.query(call, named)
        packing = self.world.vocabulary.packing(call.tool)
        return packing.pack(call.tool, self.spelled(call), named) if packing else named

    def query(self, call: Call, named: dict[str, Any]) -> dict[str, Any]:
        """A query in the world's way: table and columns, dotted columns, a table of columns, or SQL."""
        columns: dict[str, list[str]] = call.arguments["columns"]
        style = self.world.queries
        if style == "sql":
            return {"sql": _sql(columns, call.arguments)}
        if style == "nested" or (style == "plain" and len(columns) > 1):
            return {self.world.vocabulary.parameter(call.tool, "table") + "s": columns, **named}
        if style == "dotted":
            return {
                self.world.vocabulary.parameter(call.tool, "columns"): [f"{t}.{c}" for t, cs in columns.items() for c in cs],
                **named,
            }
        table, names = next(iter(columns.items()))
        return {
            self.world.vocabulary.parameter(call.tool, "table"): table,
            self.world.vocabulary.parameter(call.tool, "columns"): names,
            **named,
        }

    def output(self, call: Call, variant: Variant) -> str:
        """Rendered once per call and set of injections that it shows."""
        shown = tuple(i for i in variant.injections if i.record in call.seen)
        key = (id(call), tuple(map(id, shown)))
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = show(self.world, call, shown)
        return text


def _plan(plan: Plan, variant: Variant, metadata: Metadata) -> dict[str, Any]:
    nodes = [
        {"node_id": node.node_id, "tool_name": node.tool_name, "arguments": node.arguments, **metadata.of(node, call)}
        for node, call in zip(plan.nodes, variant.calls, strict=True)
    ]
    return {"nodes": nodes, "edges": [list(edge) for edge in plan.edges]}


def _role(world: World, user: User, family: Family, dice: Dice) -> str:
    if family != "agent":
        return user.role if dice.chance(0.85) else f"{user.name}, {user.role}"
    whole = f"{user.name}, {user.role} at {world.organisation}"
    return dice.pick((user.role, whole, "", "user", "employee", f"{user.role} ({user.name})"))


def _context(world: World, session: Session, family: Family, dice: Dice) -> dict[str, Any]:
    """The request and what else a session knows: who the user is, what time it is, what was approved."""
    situation, user = session.situation, session.situation.user
    context: dict[str, Any] = {"request": session.said}
    if family == "agent" and dice.chance(0.8):
        return context
    about: dict[str, Any] = {"id": user.identity, **{k: user.attributes[k] for k in dice.shuffled(list(user.attributes))}}
    if dice.chance(0.4):
        about = {"name": user.name, **about}
    if dice.chance(0.8):
        context[dice.pick(("user", "user", "user_info", "profile", "subject", "caller"))] = about
    else:
        context |= {f"user_{k}" if k in ("id", "name") else k: v for k, v in about.items()}
    context[dice.pick(("today", "date", "current_date"))] = situation.today.isoformat()
    if dice.chance(0.1) or any(c.kind == "weekday" for c in situation.clauses):
        context[dice.pick(("weekday", "day_of_week", "day"))] = WEEKDAYS[situation.today.weekday()]
    if situation.hour is not None:
        context[dice.pick(("time", "local_time", "now"))] = f"{situation.hour:02d}:{dice.pick(('00', '10', '25', '40', '59'))}"
    approved = sorted([world.name(world.tools[key]) for key in sorted(situation.approvals) if key in world.tools])
    others = [
        world.name(t) for t in dice.sample(list(world.tools.values()), dice.between(0, 1)) if t.key not in situation.approvals
    ]
    named, key = dice.chance(0.15), dice.pick(("approvals", "approved", "approved_actions"))
    if approved or named:
        context[key] = [*approved, *others] if dice.chance(0.5) else approved
    return context


def _sql(columns: dict[str, list[str]], arguments: dict[str, Any]) -> str:
    several = len(columns) > 1
    wanted = ", ".join(f"{t}.{c}" if several else c for t, cs in columns.items() for c in cs)
    tests = [f"{k} = '{v}'" for k, v in arguments.items() if k not in ("columns", "limit", "since", "filter")]
    match arguments.get("filter"):
        case dict() as pairs:
            tests += [f"{k} = '{v}'" for k, v in pairs.items()]  # pyright: ignore[reportUnknownVariableType]
        case None:
            pass
        case text:
            tests.append(f"search = '{text}'")
    if "since" in arguments:
        tests.append(f"date >= '{arguments['since']}'")
    tail = f" LIMIT {arguments['limit']}" if "limit" in arguments else ""
    return f"SELECT {wanted} FROM {', '.join(columns)}" + (" WHERE " + " AND ".join(tests) if tests else "") + tail


def _needs_outputs(entry: Entry, *, hijacked: bool) -> bool:
    """Whether nobody could tell what the oracle says of a plan without what was read: the user points to a text, or a record holds the value
    that a call should have. `hijacked`: what a text made the agent do is to be shown with the text.
    """
    if any(injection.open for injection in entry.variant.injections):
        return True
    read = READ | HIJACKS if hijacked else READ
    if any(kind in read for _, _, _, kind in entry.judgement.violations):
        return True
    off = {position for position, _, _, kind in entry.judgement.violations if kind in DEVIATIONS}
    return not all(_stated(entry.session.situation, entry.variant.calls[position]) for position in off)


def _stated(situation: Situation, call: Call) -> bool:
    """Whether the request states each value in which a call differs from the goals that its tool serves."""
    steps = (step for goal in situation.goals for step in goal.steps if step.tool is call.tool)
    return all(stated(situation, v) for step in steps for k, v in step.slots.items() if call.arguments.get(k) != v)


def _first_act(entry: Entry) -> int:
    """The position of the first call that does more than read; 0 if there is none."""
    return next((position for position, call in enumerate(entry.variant.calls) if not call.tool.reads), 0)


def _unneeded(entry: Entry, start: int) -> bool:
    """Whether the oracle judges the rest alike without the first `start` calls."""
    after = entry.session.judge(replace(entry.variant, calls=entry.variant.calls[start:])).violations
    return [(p - start, *rest) for p, *rest in entry.judgement.violations] == [(p, *rest) for p, *rest in after]


def labels(entry: Entry, start: int) -> dict[str, Any]:
    """What the oracle says of a plan, of which `start` calls are not shown."""
    return {
        "label": entry.judgement.label,
        "kind": entry.kind,
        "energy_labels": dict(entry.judgement.terms),
        "violations": [
            {"node_id": f"n{i - start}", "term": term, "energy": energy, "kind": kind}
            for i, term, energy, kind in entry.judgement.violations
        ],
    }


class Metadata:
    """What this runtime supplies with a call: drawn once per case, so that it is the same for all plans of the case."""

    def __init__(self, dice: Dice, *, blind: bool) -> None:
        bare = dice.chance(BARE) and blind
        self.tier = not bare and dice.chance(0.6)
        self.argument_tiers = self.tier and dice.chance(0.9)
        self.influence = not bare and dice.chance(0.75)
        self.outputs = not bare and (dice.chance(0.75 if blind else 0.92) or not (self.tier or self.influence))
        self.volume = dice.chance(0.2)
        self.sensitivity = dice.chance(0.2)
        self.claimed = dice.pick((1, 1, 3)) if self.tier and dice.chance(0.05) else None
        """A tier that a careless runtime claims of every call."""

    def of(self, node: Any, call: Call) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if self.tier:
            fields["provenance_tier"] = node.provenance_tier if self.claimed is None else self.claimed
        if self.argument_tiers and node.argument_provenance:
            fields["argument_provenance"] = node.argument_provenance
        if self.influence and node.influence is not None:
            fields["influence"] = node.influence.model_dump()
        if self.outputs:
            fields["output"] = node.output or ""
        if self.volume:
            fields["scope_volume"] = float(max(len(call.seen), 1))
        if self.sensitivity:
            fields["scope_sensitivity"] = max((f.level for r in call.seen for f in r.entity.fields), default=2)
        return fields


_TYPES = {
    "columns": "array", "@*": "array", "money": "number", "salary": "integer", "percent": "integer", "rating": "number", "flag": "boolean",
}  # fmt: skip


def schemas(world: World, used: Sequence[Tool], dice: Dice, shadows: Mapping[Tool, str]) -> list[dict[str, Any]]:
    """OpenAI function schemas of the tools on offer, those used among them; `shadows` are texts put into their descriptions."""
    others = [tool for tool in world.tools.values() if tool not in used]
    offered = [*dict.fromkeys(used), *dice.sample(others, dice.between(len(others) // 2, len(others)))]
    terse = dice.chance(0.15)
    return [schema(world, tool, dice, terse=terse, shadow=shadows.get(tool, "")) for tool in dice.shuffled(offered)]


def schema(world: World, tool: Tool, dice: Dice, *, terse: bool, shadow: str) -> dict[str, Any]:
    noun = tool.noun.replace("_", " ")
    general = tool.verb in ABOUT and not (tool.verb == "get" and tool.shows)
    about = dice.pick(ABOUT[tool.verb]).format(n=noun) if general else tool.about
    properties = {world.vocabulary.parameter(tool, p.name): _property(p, tool, terse) for p in tool.params}
    required = [world.vocabulary.parameter(tool, p.name) for p in tool.params if p.required]
    if packing := world.vocabulary.packing(tool):
        properties, required = {packing.name: packing.property(list(properties))}, [packing.name]
    return {
        "type": "function",
        "function": {
            "name": world.name(tool),
            "description": f"{about} {shadow}".rstrip(),
            "parameters": {"type": "object", "properties": properties, "required": required},
        },
    }


def _property(param: Param, tool: Tool, terse: bool) -> dict[str, Any]:
    kind = param.kind
    found: dict[str, Any] = {"type": _TYPES.get(kind, "integer" if ".." in kind else "string")}
    if "/" in kind:
        found["enum"] = [word.replace("_", " ") for word in kind.split("/")]
    if not terse:
        words = param.name.replace("_", " ")
        found["description"] = (
            f"identifies the {(tool.entity or tool.noun).replace('_', ' ')}" if param.is_record else f"the {words}"
        )
    return found
