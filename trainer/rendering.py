"""From the world's truth to what a runtime would send: tool schemas, named arguments, nodes as the plan recorder makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatling_core.recorder import PlanRecorder
from trainer.mutations import Variant
from trainer.oracle import Judgement
from trainer.plans import Call, show
from trainer.worlds.dice import Dice
from trainer.worlds.domain import Param, Tool
from trainer.worlds.world import World

ABOUT = {
    "list": ("Returns the {n}.", "Lists all {n} the user can see.", "Gets {n}, newest first.", "Shows the {n} on file."),
    "search": ("Finds {n} by text.", "Searches the {n} for a term.", "Returns {n} that match the query."),
    "get": ("Returns one {n}.", "Reads a {n} with all its details.", "Shows the full {n}."),
}


class Clerk:
    """Writes tools and plans of one world down, each the same way every time."""

    def __init__(self, world: World, governance: dict[str, Any], metadata: Metadata) -> None:
        self.world = world
        self.metadata = metadata
        self.governance = governance
        self._texts: dict[tuple[int, tuple[int, ...]], str] = {}

    def plan(self, variant: Variant) -> dict[str, Any]:
        """Nodes and edges, as recorded on the trace with all outputs; what the runtime lacks is left out afterwards."""
        recorder = PlanRecorder(
            policy=self.governance["policy"], context=self.governance["context"], tools=self.governance["tools"]
        )
        for call in variant.calls:
            recorder.call(self.spelled(call), self.arguments(call))
            recorder.output(self.output(call, variant))
        plan = recorder.plan()
        nodes = [
            {
                "node_id": node.node_id,
                "tool_name": node.tool_name,
                "arguments": node.arguments,
                **self.metadata.of(node, call),
            }
            for node, call in zip(plan.nodes, variant.calls, strict=True)
        ]
        return {"nodes": nodes, "edges": [list(edge) for edge in plan.edges]}

    def labelled(self, variant: Variant, judgement: Judgement, kind: str) -> dict[str, Any]:
        return {**self.plan(variant), **labels(judgement, kind)}

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


def labels(judgement: Judgement, kind: str) -> dict[str, Any]:
    return {
        "label": judgement.label,
        "kind": kind,
        "energy_labels": dict(judgement.terms),
        "violations": [
            {"node_id": f"n{i}", "term": term, "energy": energy, "kind": kind} for i, term, energy, kind in judgement.violations
        ],
    }


class Metadata:
    """What this runtime supplies with a call: drawn once per case, so that it is the same for all plans of the case."""

    def __init__(self, dice: Dice) -> None:
        self.tier = dice.chance(0.6)
        self.argument_tiers = self.tier and dice.chance(0.9)
        self.influence = dice.chance(0.75)
        self.outputs = dice.chance(0.75) or not (self.tier or self.influence)
        self.volume = dice.chance(0.2)
        self.sensitivity = dice.chance(0.2)

    def of(self, node: Any, call: Call) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if self.tier:
            fields["provenance_tier"] = node.provenance_tier
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


_TYPES = {"columns": "array", "money": "number", "salary": "integer", "percent": "integer", "rating": "number", "flag": "boolean"}


def schemas(world: World, used: Sequence[Tool], dice: Dice) -> list[dict[str, Any]]:
    """OpenAI function schemas of the tools on offer, those used among them."""
    others = [tool for tool in world.tools.values() if tool not in used]
    offered = [*dict.fromkeys(used), *dice.sample(others, dice.between(len(others) // 2, len(others)))]
    terse = dice.chance(0.15)
    return [schema(world, tool, dice, terse=terse) for tool in dice.shuffled(offered)]


def schema(world: World, tool: Tool, dice: Dice, *, terse: bool) -> dict[str, Any]:
    noun = tool.noun.replace("_", " ")
    about = dice.pick(ABOUT[tool.verb]).format(n=noun) if tool.verb in ABOUT else tool.about
    properties = {world.vocabulary.parameter(tool, p.name): _property(p, tool, terse) for p in tool.params}
    required = [world.vocabulary.parameter(tool, p.name) for p in tool.params if p.required]
    if packing := world.vocabulary.packing(tool):
        properties, required = {packing.name: packing.property(list(properties))}, [packing.name]
    return {
        "type": "function",
        "function": {
            "name": world.name(tool),
            "description": about,
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
