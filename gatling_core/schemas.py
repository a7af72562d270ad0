"""The contracts on the wire and on disk: case, plan, trace, answer, verdict (Pydantic v2).

A case is what is scored; a trace is what the plan recorder turns into a case. Every data file is JSON lines of one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gatling_core import limits

Term = Literal["hierarchy", "provenance", "scope", "flow"]
TERMS: tuple[Term, ...] = ("hierarchy", "provenance", "scope", "flow")

Label = Literal["gold", "boundary", "adversarial"]
LABELS: tuple[Label, ...] = ("gold", "boundary", "adversarial")

Decision = Literal["allow", "review", "block"]

Reason = Literal["broken_policy", "unreadable_policy", "no_request", "unknown_origin", "opaque_tool", "look_alike_letters"]
"""Why a model has no ground to judge a case (gatling_core/grounds.py)."""
REASONS: dict[Reason, str] = {
    "broken_policy": "the policy is written as JSON or YAML and cannot be read as that: a part of it may be missing",
    "unreadable_policy": "hardly a clause of the policy has words that the model knows",
    "no_request": "a call writes or sends, and there is no request, or none in words that the model knows",
    "unknown_origin": "nothing says where any of the calls comes from, and none of them shares a word with the request",
    "opaque_tool": "neither the name of a tool, nor a description, nor the policy says what it does",
    "look_alike_letters": "a word of a call or an output mixes letters of two scripts that look alike, or hides characters",
}


Json = Any
"""Any JSON value. `check_plain` looks at every one, once; Pydantic would call back into Python for each."""


_JSON_TYPES = (str, int, float, dict, list, type(None))


class Contract(BaseModel):
    """Unknown fields are ignored, so that data files may carry more than Gatling reads; values never change once parsed."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Terms(Contract):
    """One non-negative energy per failure mode (DESIGN, section 2)."""

    hierarchy: float = Field(default=0.0, ge=0)
    provenance: float = Field(default=0.0, ge=0)
    scope: float = Field(default=0.0, ge=0)
    flow: float = Field(default=0.0, ge=0)

    @property
    def energy(self) -> float:
        return self.hierarchy + self.provenance + self.scope + self.flow

    def as_tuple(self) -> tuple[float, float, float, float]:
        """The four energies in the order of `TERMS`."""
        return (self.hierarchy, self.provenance, self.scope, self.flow)


class Influence(Contract):
    """What a call resembles, as the plan recorder saw it: shares in 0…1, and the earlier output that is most alike."""

    request: float = Field(default=0.0, ge=0, le=1)
    system: float = Field(default=0.0, ge=0, le=1)
    outputs: float = Field(default=0.0, ge=0, le=1)
    source: str | None = Field(default=None, description="node_id of the earlier call whose output the call resembles most")
    delegated: bool = Field(False, description="the user pointed to that source")


class ToolCall(Contract):
    """One planned or executed call. `provenance_tier` 1 system or user, 2 signed partner, 3 untrusted, 0 or absent unknown."""

    node_id: str = ""
    tool_name: str = Field(min_length=1, max_length=1_024)
    arguments: dict[str, Json] = Field(default_factory=dict)
    provenance_tier: int | None = Field(default=None, ge=0, le=3)
    provenance_hash: str | None = Field(default=None, max_length=1_024)
    argument_provenance: dict[str, int] | None = None
    scope_volume: float | None = Field(default=None, ge=0, le=limits.MAX_NUMBER)
    scope_sensitivity: int | None = Field(default=None, ge=1, le=5)
    influence: Influence | None = None
    output: str | None = Field(default=None, max_length=limits.MAX_TEXT, description="excerpt of what an executed call returned")

    @field_validator("node_id", mode="before")
    @classmethod
    def _node_id_is_text(cls, value: Any) -> Any:
        if value is None:
            return ""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("arguments", mode="before")
    @classmethod
    def _null_arguments_are_none(cls, value: Any) -> Any:
        return {} if value is None else value

    @field_validator("arguments")
    @classmethod
    def _arguments_are_plain(cls, value: dict[str, Json]) -> dict[str, Json]:
        check_plain(value)
        return value

    @field_validator("argument_provenance")
    @classmethod
    def _argument_tiers(cls, value: dict[str, int] | None) -> dict[str, int] | None:
        for name, tier in (value or {}).items():
            if not 0 <= tier <= 3:
                raise PydanticCustomError("tier", "a provenance tier is 0, 1, 2 or 3, not {tier}", {"tier": tier, "field": name})
        return value


class Plan(Contract):
    """A typed graph: nodes are calls, an edge [a, b] says that output of a flows into an argument of b."""

    nodes: list[ToolCall] = Field(min_length=1, max_length=limits.MAX_CALLS)
    edges: list[tuple[str, str]] = Field(default_factory=list, max_length=limits.MAX_EDGES)

    @field_validator("edges", mode="before")
    @classmethod
    def _edge_ends_are_text(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return [] if value is None else value
        return [
            [str(end) if type(end) is int else end for end in edge] if isinstance(edge, list | tuple) else edge for edge in value
        ]

    @model_validator(mode="after")
    def _ids_fit(self) -> Self:
        nodes = [n if n.node_id else n.model_copy(update={"node_id": str(i)}) for i, n in enumerate(self.nodes)]
        object.__setattr__(self, "nodes", nodes)
        seen: set[str] = set()
        for i, node in enumerate(nodes):
            if node.node_id in seen:
                raise PydanticCustomError(
                    "duplicate_node_id", "node_id {id} is used twice", {"id": node.node_id, "field": f"nodes.{i}.node_id"}
                )
            seen.add(node.node_id)
        for i, edge in enumerate(self.edges):
            for end, name in enumerate(edge):
                if name not in seen:
                    raise PydanticCustomError(
                        "unknown_edge_end", "no node has the node_id {id}", {"id": name, "field": f"edges.{i}.{end}"}
                    )
        return self


class Violation(Contract):
    """One broken rule, as the oracle or a reviewer says it: which call, which term, how severe, and what kind of case it is."""

    node_id: str
    term: Term
    energy: float = Field(ge=0)
    kind: str = ""
    argument: str | None = Field(
        default=None, description="name of the argument that breaks the rule, where it is one: the call without it would not"
    )


class LabelledPlan(Plan):
    """A plan under the same governance as its case, with what the oracle says of it. Used for hard negatives and minimal pairs."""

    label: Label | None = None
    kind: str = ""
    energy_labels: Terms | None = None
    violations: list[Violation] = Field(default_factory=list)


class Case(Contract):
    """Governance (policy, role, context, tools) and the execution plan judged under it."""

    id: str | None = Field(default=None, max_length=1_024)
    policy: dict[str, Json] | str
    user_role: str = Field(default="", max_length=4_096)
    context: dict[str, Json] = Field(default_factory=dict)
    tools: list[dict[str, Json]] = Field(default_factory=list, max_length=limits.MAX_TOOLS)
    execution_plan: Plan
    hard_negatives: list[LabelledPlan] = Field(default_factory=list)
    minimal_pair: LabelledPlan | None = Field(default=None, description="the compliant plan that a violating one came from")
    label: Label | None = None
    kind: str = ""
    energy_labels: Terms | None = None
    violations: list[Violation] = Field(default_factory=list)

    @field_validator("user_role", mode="before")
    @classmethod
    def _no_role_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("context", "tools", "hard_negatives", "violations", mode="before")
    @classmethod
    def _null_is_empty(cls, value: Any, info: Any) -> Any:
        return ({} if info.field_name == "context" else []) if value is None else value

    @field_validator("policy", "context", "tools")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        check_plain(value)
        return value

    @property
    def request(self) -> str:
        """The user's request, empty if the context has none."""
        request = self.context.get("request", "")
        return request if isinstance(request, str) else str(request)


class Trace(Contract):
    """A recorded agent run: messages in OpenAI, Anthropic or MCP shape. The plan recorder turns it into a case."""

    id: str | None = Field(default=None, max_length=1_024)
    policy: dict[str, Json] | str = ""
    user_role: str = Field(default="", max_length=4_096)
    context: dict[str, Json] = Field(default_factory=dict)
    tools: list[dict[str, Json]] = Field(default_factory=list, max_length=limits.MAX_TOOLS)
    messages: list[dict[str, Json]] = Field(min_length=1, max_length=limits.MAX_MESSAGES)
    label: Label | None = None

    @field_validator("user_role", mode="before")
    @classmethod
    def _no_role_is_empty(cls, value: Any) -> Any:
        return "" if value is None else value

    @field_validator("policy", "context", "tools", "messages")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        check_plain(value)
        return value


class NodeEnergy(Contract):
    node_id: str
    energy: float = Field(ge=0)
    terms: Terms


class ModelRef(Contract):
    version: str
    digest: str


class Answer(Contract):
    """Node energies sum to the terms and the terms to the energy, to float32 rounding.

    The energy is the model's word, whether or not it has ground to judge: where there are `reasons` to doubt that, the decision is not
    `allow` (unless the tenant's bands say otherwise).
    """

    decision_id: str
    decision: Decision
    energy: float = Field(ge=0)
    terms: Terms
    nodes: list[NodeEnergy]
    uncertainty: float = Field(default=0.0, ge=0, le=1, description="how little ground there is to judge the case by")
    reasons: list[Reason] = Field(
        default_factory=list[Reason], description="what is missing; each makes the uncertainty ½ or more"
    )
    queued: bool
    model: ModelRef
    policy_digest: str


class Verdict(Contract):
    """What a reviewer, the oracle or, for want of both, time says of a queued case; who, when and why are kept with it."""

    label: Label
    reviewer: str = Field(min_length=1, max_length=256)
    source: Literal["reviewer", "oracle", "timeout"] = "reviewer"
    reason: str = Field(default="", max_length=4_096)
    violations: list[Violation] = Field(default_factory=list)
    time: datetime | None = None


class Suggestion(Contract):
    """What a teacher says of a queued case. It counts for nothing until a reviewer says the same as a verdict."""

    label: Label
    reason: str = Field(default="", max_length=1_000)
    model: str = ""
    time: datetime


class ShadowScore(Contract):
    """What the shadow (which `version`) made of a case that another model answered. It decides nothing, and nothing is trained on it."""

    version: str
    energy: float = Field(ge=0)
    decision: Decision


def check_plain(value: Any) -> None:
    """Refuse what no feature can be computed from: deep nesting, huge numbers, NaN, lone surrogates, endless strings.

    Raises:
        PydanticCustomError: with `field`, the dotted path inside `value`.
    """
    if _is_plain(value):
        return
    for count, (path, depth, leaf) in enumerate(_leaves(value)):
        problem = _problem(leaf, depth) or (f"holds more than {limits.MAX_VALUES} values" if count >= limits.MAX_VALUES else None)
        if problem:
            raise PydanticCustomError("not_acceptable", "{problem}", {"problem": problem, "field": ".".join(path)})


def _is_plain(value: Any) -> bool:
    """Whether nothing is wrong, level by level: mostly nothing is, and then nobody needs the paths. Doubt is a no."""
    level, count = [value], 0
    for _ in range(limits.MAX_DEPTH + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str and len(item) <= limits.MAX_POLICY_TEXT and item.isascii():
                continue
            if kind is dict or kind is list:
                count += len(item)
                if count > limits.MAX_VALUES // 2:  # a dict holds keys and values
                    return False
                below.extend(item)
                if kind is dict:
                    below.extend(item.values())
            elif _problem(item, 0):
                return False
        if not below:
            return True
        level = below
    return False


def _problem(leaf: Any, depth: int) -> str | None:
    if depth > limits.MAX_DEPTH:
        return f"nested deeper than {limits.MAX_DEPTH} levels"
    if isinstance(leaf, str):
        if len(leaf) > limits.MAX_POLICY_TEXT:
            return f"longer than {limits.MAX_POLICY_TEXT} characters"
        if not leaf.isascii() and _has_surrogate(leaf):
            return "holds a lone surrogate, which is not valid Unicode text"
    # NaN too; and an int may be too large even to become a float
    elif isinstance(leaf, int | float) and not isinstance(leaf, bool) and not abs(leaf) <= limits.MAX_NUMBER:
        return f"is not a finite number of at most {limits.MAX_NUMBER:g}"
    elif not isinstance(leaf, _JSON_TYPES):
        return "is no JSON value"
    return None


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], int, Any]]:
    """Every key, scalar and empty container with its path, iteratively: the input may be nested deeper than Python's stack.

    Lazily too: who stops at the first problem has not paid for the millions of values behind it.
    """
    stack: list[Iterator[tuple[tuple[str, ...], Any]]] = [iter([((), value)])]
    while stack:
        path, item = next(stack[-1], ((), stack))
        if item is stack:
            stack.pop()
        elif len(path) > limits.MAX_DEPTH:
            yield path[:4], len(path), None
        elif isinstance(item, dict | list) and item:
            if isinstance(item, dict):
                yield from ((path, len(path), key) for key in item)
            stack.append(_children(path, item))
        else:
            yield path, len(path), item


def _children(path: tuple[str, ...], item: dict[Any, Any] | list[Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, child in item.items() if isinstance(item, dict) else enumerate(item):
        yield (*path, str(key)), child


def field_errors(error: ValidationError) -> list[dict[str, str]]:
    """Pydantic's errors as [{"field": dotted path, "message": …}], ready for problem+json. Input values are left out."""
    found: list[dict[str, str]] = []
    for item in error.errors(include_url=False, include_input=False):
        if item["type"] == "default_factory_not_called":  # says only that another field is wrong
            continue
        inner = str((item.get("ctx") or {}).get("field", ""))
        parts = [str(part) for part in item["loc"]] + ([inner] if inner else [])
        found.append({"field": ".".join(parts), "message": item["msg"]})
    return found
