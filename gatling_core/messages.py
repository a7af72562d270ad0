"""Chat messages of OpenAI, Anthropic and MCP as one short list of typed events.

Anything that could hide a call or an output is refused, never skipped: an unknown role, block or request is `InvalidInput`.
Pictures, sounds and the model's own thinking carry no text that a later call could be compared with; they give no event.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from gatling_core.distinct import distinct
from gatling_core.errors import InvalidInput

RAW_ARGUMENTS = "_raw"
"""Key under which arguments are kept that are not a JSON object."""

_SILENT_BLOCKS = frozenset(
    "image image_url input_image input_audio audio video file input_file thinking redacted_thinking reasoning refusal container_upload".split()
)
_CLIENT_RESULTS = frozenset(
    {"serverInfo", "resources", "resourceTemplates", "prompts", "messages", "completion", "roots", "role"}
)
_HOLDS_OUTPUT = ("content", "contents", "structuredContent")
_TEXT_BLOCKS = frozenset({"text", "input_text", "output_text"})

Speaker = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Text:
    """What the system, the user or the assistant said."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call; `id` is empty where the runtime gave none."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Output:
    """What a call returned, errors included; `call_id` is empty where the runtime gave none."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolList:
    """Tools the agent was offered in the middle of the stream (MCP `tools/list`), as OpenAI function schemas."""

    tools: tuple[dict[str, Any], ...]


Event = Text | Call | Output | ToolList


def events(message: Mapping[str, Any], field: str = "") -> list[Event]:
    """The events of one message, in order.

    Args:
        message: an OpenAI chat message or Responses item, an Anthropic message, or a JSON-RPC message of MCP.
        field: path of the message in the input (`messages.3`), for errors.

    Raises:
        InvalidInput: the message has none of these shapes; `field` says which part.
    """
    if not isinstance(message, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInput("a message must be an object", field)
    if "role" in message:
        return list(_chat(message, field))
    if "jsonrpc" in message or "method" in message or "result" in message:
        return list(_json_rpc(message, field))
    if "type" in message:
        return list(_block(message, "assistant", field))
    raise InvalidInput("is neither an OpenAI, an Anthropic nor an MCP message", field)


def call_of(call: Mapping[str, Any], field: str = "") -> Call:
    """One call in any shape a runtime holds it in before it runs.

    Takes OpenAI `{"id", "function": {"name", "arguments"}}`, Anthropic `{"type": "tool_use", "name", "input"}`, MCP
    `{"method": "tools/call", "params"}`, a plan node `{"tool_name", "arguments"}` and the bare `{"name", "arguments"}`.

    Raises:
        InvalidInput: there is no name, or the call has another shape.
    """
    if not isinstance(call, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInput("a call must be an object", field)
    call_id = _id(call.get("call_id") or call.get("id"))
    for key in ("function", "custom", "params"):
        if key in call:
            return _named(call_id, call[key], f"{field}.{key}" if field else key)
    return _named(call_id, call, field)


def _named(call_id: str, body: Any, field: str) -> Call:
    if not isinstance(body, Mapping):
        raise InvalidInput("a call must be an object", field)
    body = cast("Mapping[str, Any]", body)
    name = body.get("name", body.get("tool_name"))
    if not isinstance(name, str) or not name:
        raise InvalidInput("a call needs the name of its tool", f"{field}.name" if field else "name")
    return Call(call_id, name, _arguments(body.get("arguments", body.get("input"))))


def _arguments(value: Any) -> dict[str, Any]:
    """Arguments as an object; what is not one, or repeats a key, is kept as it came under `RAW_ARGUMENTS`."""
    if isinstance(value, str):
        if not value.strip():
            return {}
        try:
            value = json.loads(value, parse_constant=_not_json, object_pairs_hook=distinct)
        except (ValueError, RecursionError):
            return {RAW_ARGUMENTS: value}
    if value is None:
        return {}
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {RAW_ARGUMENTS: value}


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _chat(message: Mapping[str, Any], field: str) -> Iterator[Event]:
    role, content = message["role"], message.get("content")
    if role in ("system", "developer"):
        yield Text("system", text_of(content))
    elif role in ("user", "assistant"):
        yield from _content(content, role, f"{field}.content")
        for i, call in enumerate(_listed(message.get("tool_calls"), f"{field}.tool_calls")):
            yield call_of(call, f"{field}.tool_calls.{i}")
        if message.get("function_call"):
            yield _named("", message["function_call"], f"{field}.function_call")
    elif role in ("tool", "function"):
        yield Output(_id(message.get("tool_call_id")), text_of(content))
    else:
        raise InvalidInput("the role must be system, developer, user, assistant, tool or function", f"{field}.role")


def _content(content: Any, speaker: Speaker, field: str) -> Iterator[Event]:
    if content is None:
        return
    if isinstance(content, str):
        yield Text(speaker, _clean(content))
        return
    for i, block in enumerate(_listed(content, field)):
        yield from _block(block, speaker, f"{field}.{i}")


def _block(block: Any, speaker: Speaker, field: str) -> Iterator[Event]:
    """One content block of a message; the items of OpenAI's Responses interface have the same form."""
    if isinstance(block, str):
        yield Text(speaker, _clean(block))
        return
    if not isinstance(block, Mapping):
        raise InvalidInput("a content block must be an object", field)
    block = cast("Mapping[str, Any]", block)
    kind = str(block.get("type", ""))
    if kind in _TEXT_BLOCKS:
        yield Text(speaker, text_of(block.get("text")))
    elif kind.endswith("tool_use") or kind == "function_call":
        yield call_of(block, field)
    elif kind.endswith("tool_result"):
        yield Output(_id(block.get("tool_use_id")), text_of(block.get("content")))
    elif kind == "function_call_output":
        yield Output(_id(block.get("call_id")), text_of(block.get("output")))
    elif kind == "document":
        yield Text(speaker, text_of(block.get("source")))
    elif kind not in _SILENT_BLOCKS:
        raise InvalidInput("is a content block of an unknown type", f"{field}.type")


def _json_rpc(message: Mapping[str, Any], field: str) -> Iterator[Event]:
    method, call_id = message.get("method"), _id(message.get("id"))
    if method == "tools/call":
        yield _named(call_id, message.get("params"), f"{field}.params")
    elif method == "resources/read":
        yield Call(call_id, "resources/read", _arguments(message.get("params")))
    elif method is None and isinstance(message.get("error"), Mapping):
        yield Output(call_id, text_of(message["error"].get("message")))
    elif method is None and isinstance(message.get("result"), Mapping):
        yield from _result(call_id, message["result"], field)
    elif not isinstance(method, str):
        raise InvalidInput("a JSON-RPC message needs a method, a result or an error", field)


def _result(call_id: str, result: Mapping[str, Any], field: str) -> Iterator[Event]:
    """The result of a request. What answers the client's own business (initialize, ping, a list of prompts, …) is no output."""
    if "tools" in result:
        tools = _listed(result["tools"], f"{field}.result.tools")
        yield ToolList(tuple(function_schema(tool, f"{field}.result.tools.{i}") for i, tool in enumerate(tools)))
    elif result and _CLIENT_RESULTS.isdisjoint(result):
        held = [result[key] for key in _HOLDS_OUTPUT if key in result] or [result]
        yield Output(call_id, text_of(next(filter(None, held), None)))


def function_schema(tool: Any, field: str = "") -> dict[str, Any]:
    """A tool of OpenAI, Anthropic (`input_schema`) or MCP (`inputSchema`) as an OpenAI function schema.

    A hosted tool without a name of its own (`{"type": "web_search"}`) is called by its type.

    Raises:
        InvalidInput: it has neither.
    """
    tool = cast("Mapping[str, Any]", tool) if isinstance(tool, Mapping) else {}
    kind = tool.get("type")
    body: Any = tool.get(str(kind)) if kind in ("function", "custom") and str(kind) in tool else tool
    name = (body.get("name") if isinstance(body, Mapping) else None) or (kind if kind not in ("function", "custom") else None)
    if not isinstance(name, str) or not name:
        raise InvalidInput("a tool needs a name", field)
    if kind == "function" and body is not tool:
        return dict(tool)
    parameters: Any = body.get("parameters") or body.get("inputSchema") or body.get("input_schema") or {}
    return {
        "type": "function",
        "function": {"name": name, "description": text_of(body.get("description")), "parameters": parameters},
    }


def text_of(content: Any) -> str:
    """All text in a content of any shape: a string, a list of parts, an embedded resource, or plain data (as JSON)."""
    if content is None:
        return ""
    if isinstance(content, str):
        return _clean(content)
    if isinstance(content, list | tuple):
        return "\n".join(filter(None, map(text_of, cast("Sequence[Any]", content))))
    if isinstance(content, Mapping):
        part = cast("Mapping[str, Any]", content)
        if part.get("type") in _SILENT_BLOCKS:
            return ""
        for key in ("text", "resource", "data", "source"):
            if key in part and ("type" in part or "uri" in part):
                return text_of(part[key])
    return _clean(json.dumps(content, ensure_ascii=False, default=str))


def _clean(text: str) -> str:
    """Lone surrogates replaced: an output must not be able to stop the recorder by being invalid Unicode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _id(value: Any) -> str:
    return "" if value is None else str(value)


def _listed(value: Any, field: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise InvalidInput("must be a list", field)
    return cast("Sequence[Any]", value)
