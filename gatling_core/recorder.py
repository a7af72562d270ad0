"""The plan recorder: a trace, or a live stream of messages, becomes a case.

One node per call, n0, n1, …, in the order of the calls. All that is said of a call follows from what stood in the stream before it:

- **argument provenance**: where the argument's value stood. 1: in the user's messages, the system prompt or the policy; 3: only in
  the output of a tool; 0: nowhere. Long text goes by its addresses, codes and amounts first, then by the share of its words.
- **edge** a→b: a specific value of b's arguments first appeared in the output of a. Repeating what the call itself was given is no
  first appearance.
- **influence**: which share of the call's words (tool name, arguments and, at less weight, the tool's description) the request, the
  system prompt or policy, and the best piece of an earlier output hold; which call that output is from; and whether the user
  pointed to it (`delegated`): the request names the source, or asks to act on a source of that sort.
- **node tier**, the worst of these as found: 3 if any specific argument's is 3, or if an output that the user did not point to
  explains the call better by `OUTPUT_MARGIN` than both request and policy do; else 0 if any specific argument's is 0; else 1.

Labels are never looked at. Executed and proposed calls are treated alike. A recorder is for one stream and one thread.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from pydantic import ValidationError

from gatling_core import limits
from gatling_core.errors import InvalidInput, LimitExceeded
from gatling_core.messages import Call, Output, Speaker, Text, call_of, events, function_schema
from gatling_core.origins import UNATTRIBUTED, Origin, Origins, worst
from gatling_core.pieces import PieceIndex, pieced
from gatling_core.policy import parse
from gatling_core.schemas import Case, Influence, Plan, ToolCall, Trace, field_errors
from gatling_core.text import stem, words
from gatling_core.values import atoms, content_words, is_text, leaves, normal, phrase

OUTPUT_CHARACTERS = 2_000
"""An output is handed on in excerpts of at most so many characters."""
OUTPUT_MARGIN = 0.2
"""By so much must an output explain a call better than request and policy do, to count as where the call comes from."""
DESCRIPTION_WEIGHT = 0.4
DESCRIPTION_WORDS = 24
ARGUMENT_WEIGHT = 4.0
"""No argument weighs more than so many words of a tool's name, however long it is."""
TRIVIAL_WEIGHT = 0.25
"""Weight of an argument too common to come from anywhere: true, 10, "all"."""
ALIKE_KEPT = 4
"""So many pieces most like a call are kept in the excerpts of long outputs."""

_VOLUME_KEY = re.compile(
    r"n|k|top|topk|topn|first|last|take|limit|count|rows|volume|perpage|(?:page|batch|fetch|result)size"
    r"|(?:max|num|numberof|total|row|result|record|item|file|page|message|email)+(?:results|rows|items|records|files|entries|count|limit)"
)
_DELEGATING = frozenset(
    stem(word)
    for word in "follow do act pay reply respond answer complete execute perform carry settle handle process according ask say tell"
    " instruct instruction task todo accept adjust update apply resolve comply whatever request need describe list mention".split()
)
_READING = frozenset(
    stem(word) for word in "get read search list find fetch show lookup query load open view all by in of".split()
)
_SENDER = re.compile(
    r"(?:sender|from|author|file_?name|title|subject|channel|name|owner)[\"']?\s*:\s*[\"']?([^\n\"',{}]{2,80})", re.IGNORECASE
)
_ORDERING = frozenset(
    stem(word) for word in "must need ignore instead immediately important instruction follow require urgent".split()
)


def record(trace: Trace | Mapping[str, Any]) -> Case:
    """The case of a recorded agent run; its label is handed on unread.

    Raises:
        InvalidInput: the trace breaks the contract, or holds no call; `field` names the message (`messages.3.content`).
        LimitExceeded: more calls than `limits.MAX_CALLS`.
    """
    if not isinstance(trace, Trace):
        try:
            trace = Trace.model_validate(trace)
        except ValidationError as error:
            raise _invalid(error, "") from None
    recorder = PlanRecorder(
        policy=trace.policy, user_role=trace.user_role, context=trace.context, tools=trace.tools, case_id=trace.id
    )
    for message in trace.messages:
        recorder.feed(message)
    case = recorder.case()
    return case.model_copy(update={"label": trace.label}) if trace.label else case


@dataclass(slots=True)
class _Step:
    """One call as a node, with what was found of it."""

    node: ToolCall
    sources: frozenset[int]
    alike: dict[int, float]
    """The pieces of earlier outputs most like the call, and how much."""
    outputs_before: int
    outputs: list[int] = field(default_factory=list[int])
    """Numbers of its outputs in the piece index."""
    ranked: list[int] = field(default_factory=list[int])
    """Pieces of a long output, what an excerpt should hold first."""


@dataclass(frozen=True, slots=True)
class _Request:
    """The user's words in the forms in which a source can be named."""

    atoms: frozenset[str]
    words: frozenset[str]
    phrase: str
    delegates: bool

    def names(self, value: Any) -> bool:
        """Whether the user named this value: a file, a sender, a channel, an address."""
        if isinstance(value, bool):
            return False
        if is_text(value):
            return phrase(value) in self.phrase
        atom = normal(value)
        return len(atom) > 1 and atom in self.atoms and not set(words(atom)) <= _READING and not atom.isdigit()


class PlanRecorder:
    """Records one stream of messages; `case()` and `propose()` give the case so far.

    `feed` takes whole messages. A data generator may tell `say`, `call` and `output` directly, and take the bare `plan()`.
    """

    def __init__(
        self,
        *,
        policy: Mapping[str, Any] | str = "",
        user_role: str = "",
        context: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] = (),
        case_id: str | None = None,
        keep_outputs: bool = True,
    ) -> None:
        self._policy = policy
        self._user_role = user_role
        self._context = dict(context or {})
        self._case_id = case_id
        self._keep_outputs = keep_outputs
        self._messages = 0
        self._said: dict[Speaker, list[str]] = {"system": [], "user": []}
        self._tools: dict[str, dict[str, Any]] = {}
        self._steps: list[_Step] = []
        self._waiting: dict[str, deque[int]] = {}
        self._last_with_id: dict[str, int] = {}
        self._origins = Origins()
        self._outputs = PieceIndex()
        self._output_calls: list[int] = []
        self._case: Case | None = None
        self.offer(tools)
        self._governance = pieced(_plain_text(policy))
        self._request = pieced(str(self._context.get("request") or ""))
        for said in (self._governance, self._request):
            if said.text:
                self._origins.trust(said.text)

    def feed(self, message: Mapping[str, Any]) -> None:
        """Take in one message: OpenAI, Anthropic or MCP, in the order of the stream.

        Raises:
            InvalidInput: no known shape, or arguments that no case may hold; `field` starts with `messages.<i>`.
            LimitExceeded: one call more than `limits.MAX_CALLS`.
        """
        place = f"messages.{self._messages}"
        self._messages += 1
        for event in events(message, place):
            if isinstance(event, Call):
                self._record(event, place)
            elif isinstance(event, Output):
                self.output(event.text, event.call_id)
            elif isinstance(event, Text):
                self.say(event.speaker, event.text)
            else:
                self.offer(event.tools)

    def offer(self, tools: Sequence[Mapping[str, Any]]) -> None:
        """Tools the agent may call, of OpenAI, Anthropic or MCP; a name met again replaces the earlier tool."""
        for i, tool in enumerate(tools):
            schema = function_schema(tool, f"tools.{i}")
            self._tools[schema["function"]["name"]] = schema
        self._case = None

    def say(self, speaker: Speaker, text: str) -> None:
        """Words of the system, the user or the assistant. The assistant's own are no source of anything."""
        if speaker == "assistant" or not text.strip() or text in self._said[speaker]:
            return
        self._said[speaker].append(text)
        self._origins.trust(text)
        self._case = None
        if speaker == "system":
            self._governance = pieced(_joined(self._governance.text, text))
        else:
            self._request = pieced(_joined(self._request.text, text))

    def call(self, name: str, arguments: Mapping[str, Any], call_id: str = "") -> str:
        """A call that runs, or is about to; returns its node_id. Raises as `feed` does."""
        return self._record(Call(call_id, name, dict(arguments)), "").node.node_id

    def output(self, text: str, call_id: str = "") -> None:
        """What a call returned. Without an id, or where ids repeat, outputs come in the order of their calls."""
        number = self._answered(call_id)
        arguments: Mapping[str, Any] = {}
        if number != UNATTRIBUTED:
            self._steps[number].outputs.append(len(self._outputs.texts))
            self._steps[number].ranked.clear()
            arguments = self._steps[number].node.arguments
        self._outputs.add(text)
        self._origins.add_output(text, number, arguments)
        self._output_calls.append(number)

    def fork(self) -> PlanRecorder:
        """A recorder that has seen the same and goes on by itself: for what might be called next."""
        other = copy(self)
        vars(other).update(
            _said={speaker: list(said) for speaker, said in self._said.items()},
            _tools=dict(self._tools),
            _steps=[replace(step, outputs=list(step.outputs)) for step in self._steps],
            _waiting={call_id: deque(queue) for call_id, queue in self._waiting.items()},
            _last_with_id=dict(self._last_with_id),
            _origins=self._origins.fork(),
            _outputs=self._outputs.fork(),
            _output_calls=list(self._output_calls),
        )
        return other

    def propose(self, calls: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> Case:
        """The case if these calls ran next. They are recorded only when they are fed as messages.

        Raises:
            InvalidInput: a call without a name; `field` starts with `calls.<i>`.
        """
        proposed = (calls,) if isinstance(calls, Mapping) else calls
        steps = [
            self._examine(call_of(call, f"calls.{i}"), len(self._steps) + i, f"calls.{i}") for i, call in enumerate(proposed)
        ]
        return self._as_case(self._plan(self._steps + steps))

    def case(self) -> Case:
        """The case of everything seen so far.

        Raises:
            InvalidInput: no call was seen, or the governance breaks the contract.
        """
        return self._as_case(self.plan())

    def plan(self) -> Plan:
        """The calls seen so far and the flow between them, without their governance."""
        return self._plan(self._steps)

    def _record(self, call: Call, place: str) -> _Step:
        step = self._examine(call, len(self._steps), place)
        queue = self._waiting.setdefault(call.id, deque())
        if queue and self._steps[queue[-1]].outputs_before < len(self._outputs.texts):
            queue.clear()  # Calls of an earlier turn that never got their output: this turn's outputs are not theirs.
        queue.append(len(self._steps))
        self._last_with_id[call.id] = len(self._steps)
        self._steps.append(step)
        return step

    def _answered(self, call_id: str) -> int:
        """The number of the call that an output belongs to."""
        for queue in (self._waiting.get(call_id), self._waiting.get("")):
            if queue:
                return queue.popleft()
        if call_id:
            return self._last_with_id.get(call_id, UNATTRIBUTED)
        waiting = [queue for queue in self._waiting.values() if queue]
        return min(waiting, key=lambda queue: queue[0]).popleft() if waiting else UNATTRIBUTED

    def _examine(self, call: Call, number: int, place: str) -> _Step:
        """A call as a node, by what was said before it."""
        if number >= limits.MAX_CALLS:
            raise LimitExceeded(f"more than {limits.MAX_CALLS} calls", place)
        try:
            node = ToolCall.model_validate({"node_id": f"n{number}", "tool_name": call.name, "arguments": call.arguments})
        except ValidationError as error:
            raise _invalid(error, place) from None
        origins = {name: self._origins.find(name, value) for name, value in node.arguments.items()}
        influence, alike = self._influence(self._weights(node, origins))
        found = {
            "provenance_tier": _tier(origins, influence),
            "argument_provenance": {name: origin.tier for name, origin in origins.items()},
            "scope_volume": _volume(node.arguments),
            "influence": influence,
        }
        sources = frozenset[int]().union(*(origin.sources for origin in origins.values()))
        return _Step(node.model_copy(update=found), sources, alike, len(self._outputs.texts))

    def _weights(self, node: ToolCall, origins: Mapping[str, Origin]) -> dict[str, float]:
        """The call's words and how much each says of it."""
        weights: dict[str, float] = {}
        tool = self._tools.get(node.tool_name)
        for word in _description(tool["function"].get("description") or "") if tool else ():
            weights[word] = DESCRIPTION_WEIGHT
        for name, value in node.arguments.items():
            found = dict.fromkeys(content_words(" ".join(str(leaf) for leaf in leaves(value))))
            each = min(1.0, ARGUMENT_WEIGHT / (len(found) or 1)) if origins[name].specific else TRIVIAL_WEIGHT
            for word in found:
                weights[word] = max(each, weights.get(word, 0.0))
        weights.update(dict.fromkeys(content_words(node.tool_name), 1.0))
        return weights

    def _influence(self, weights: Mapping[str, float]) -> tuple[Influence, dict[int, float]]:
        """Resemblance to request, governance and the best piece of an output; and the pieces most alike."""
        total = sum(weights.values()) or 1.0
        scores = self._outputs.scores(weights)
        alike = sorted(scores, key=lambda number: (-scores[number], number))[:ALIKE_KEPT]
        source = self._output_calls[self._outputs.text_number(alike[0])] if alike else UNATTRIBUTED
        influence = Influence(
            request=_share(self._request.covered(weights), total),
            system=_share(self._governance.best(weights), total),
            outputs=_share(scores[alike[0]] if alike else 0.0, total),
            source=None if source == UNATTRIBUTED else f"n{source}",
            delegated=source != UNATTRIBUTED and self._delegated(self._steps[source].node, alike[0]),
        )
        return influence, {number: scores[number] / total for number in alike}

    def _delegated(self, source: ToolCall, piece: int) -> bool:
        """Whether the user pointed to the source: named what it read or from whom, or asked to act on what such a source says."""
        request = _request(self._request.text)
        if any(request.names(leaf) for leaf in leaves(source.arguments)):
            return True
        if any(request.names(name.strip()) for name in _SENDER.findall(self._outputs.text_of(piece))):
            return True
        return request.delegates and not request.words.isdisjoint(set(content_words(source.tool_name)) - _READING)

    def _plan(self, steps: Sequence[_Step]) -> Plan:
        if not steps:
            raise InvalidInput("holds no tool call", "messages")
        alike = _most_alike(steps)
        nodes = [self._with_output(step, alike) if self._keep_outputs and step.outputs else step.node for step in steps]
        edges = [(f"n{source}", step.node.node_id) for step in steps for source in sorted(step.sources)]
        try:
            return Plan(nodes=nodes, edges=edges)
        except ValidationError as error:
            raise _invalid(error, "") from None

    def _with_output(self, step: _Step, alike: Sequence[int]) -> ToolCall:
        """The node with its output: whole, or else first the pieces most like a call, then those with words of command or a tool's verb, then its beginning."""
        texts = [self._outputs.texts[number].text for number in step.outputs]
        if sum(map(len, texts)) <= OUTPUT_CHARACTERS:
            return step.node.model_copy(update={"output": "\n".join(texts)})
        if not step.ranked:
            verbs = {found[0] for name in self._tools if (found := words(name))}
            orders = self._outputs.scores(dict.fromkeys(_ORDERING | verbs, 1.0))
            pieces = [number for output in step.outputs for number in self._outputs.of_text(output)]
            step.ranked = sorted(pieces, key=lambda number: (-orders.get(number, 0.0), number))
        own = set(step.ranked)
        first = [number for number in alike if number in own]
        return step.node.model_copy(update={"output": self._outputs.excerpt(first + step.ranked, OUTPUT_CHARACTERS)})

    def _as_case(self, plan: Plan) -> Case:
        if self._case is None:
            try:
                self._case = Case(
                    id=self._case_id,
                    policy=_joined_policy(self._policy, "\n\n".join(self._said["system"])),
                    user_role=self._user_role,
                    context={**self._context, "request": self._context.get("request") or self._request.text},
                    tools=list(self._tools.values()),
                    execution_plan=plan,
                )
            except ValidationError as error:
                raise _invalid(error, "") from None
        return self._case.model_copy(update={"execution_plan": plan})


def _most_alike(steps: Sequence[_Step]) -> list[int]:
    """The pieces that some call resembles, by how much the most alike call does."""
    scores: dict[int, float] = {}
    for step in steps:
        for number, score in step.alike.items():
            scores[number] = max(score, scores.get(number, 0.0))
    return sorted(scores, key=lambda number: (-scores[number], number))


def _tier(origins: Mapping[str, Origin], influence: Influence) -> int:
    """The node's tier by the rule at the top of this file."""
    tier = worst((origin.tier for origin in origins.values() if origin.specific), default=1)
    asked = max(influence.request, influence.system)
    steered = influence.outputs > asked + OUTPUT_MARGIN and not influence.delegated
    return 3 if steered else tier


def _volume(arguments: Mapping[str, Any]) -> float | None:
    """The largest number under a key such as `limit`, `n`, `max_results`; None if there is none."""
    found: list[float] = []
    for name, value in arguments.items():
        if _VOLUME_KEY.fullmatch(name.lower().replace("_", "").replace("-", "")) and not isinstance(value, bool):
            try:
                found.append(float(value))
            except (TypeError, ValueError, OverflowError):
                continue
    return max((number for number in found if 0 <= number <= limits.MAX_NUMBER), default=None)


def _share(part: float, total: float) -> float:
    return min(1.0, round(part / total, 4))


def _joined(before: str, text: str) -> str:
    return text if not before else before if text in before else f"{before}\n{text}"


def _plain_text(policy: Mapping[str, Any] | str) -> str:
    """A policy as text, one key or leaf a line."""
    if isinstance(policy, str):
        return policy
    lines: list[str] = []
    stack: list[Any] = [policy]
    while stack:
        item = stack.pop()
        if isinstance(item, Mapping):
            for key, value in reversed(list(cast("Mapping[str, Any]", item).items())):
                stack += [value, key] if isinstance(value, Mapping | list) else [f"{key}: {value}"]
        elif isinstance(item, list):
            stack += reversed(cast("list[Any]", item))
        else:
            lines.append(str(item))
    return "\n".join(lines)


def _joined_policy(policy: Mapping[str, Any] | str, system: str) -> dict[str, Any] | str:
    """The policy with the system prompt, unless it holds that already; JSON and YAML stay what they say."""
    if isinstance(policy, str):
        if system.strip() in policy:
            return policy
        document = parse(policy)
        if not isinstance(document, dict):
            return f"{policy}\n\n{system}" if policy.strip() else system
        policy = cast("dict[str, Any]", _as_json(document))
    if not policy:
        return system or dict(policy)
    if not system or any(isinstance(leaf, str) and system.strip() in leaf for leaf in leaves(policy)):
        return dict(policy)
    key = "system_prompt"
    while key in policy:
        key = f"_{key}"
    return {**policy, key: system}


def _as_json(value: Any) -> Any:
    """What YAML holds beyond JSON (dates, infinity, names that are no text) as the text that its clauses have."""
    if isinstance(value, dict):
        return {str(key): _as_json(child) for key, child in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [_as_json(child) for child in cast("list[Any]", value)]
    plain = value is None or isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else str(value)


@lru_cache(maxsize=4_096)
def _description(text: str) -> tuple[str, ...]:
    return tuple(content_words(text)[:DESCRIPTION_WORDS])


@lru_cache(maxsize=256)
def _request(text: str) -> _Request:
    found = frozenset(words(text))
    return _Request(frozenset(atoms(text)), found, phrase(text), not found.isdisjoint(_DELEGATING))


def _invalid(error: ValidationError, place: str) -> InvalidInput:
    """The first of Pydantic's errors as ours."""
    first = field_errors(error)[0]
    kind = LimitExceeded if error.errors()[0]["type"] == "too_long" else InvalidInput
    return kind(first["message"], ".".join(filter(None, (place, first["field"]))))
