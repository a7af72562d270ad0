"""Messages of three kinds become the same events, and nothing that could hide a call passes unseen."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatling_core.errors import InvalidInput
from gatling_core.messages import RAW_ARGUMENTS, Call, Output, Text, ToolList, call_of, events, function_schema

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def openai_call(arguments: Any, call_id: str = "c1") -> dict[str, Any]:
    call = {"id": call_id, "type": "function", "function": {"name": "pay", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def test_openai_chat() -> None:
    assert events({"role": "system", "content": "Be kind."}) == [Text("system", "Be kind.")]
    assert events({"role": "developer", "content": "Be kind."}) == [Text("system", "Be kind.")]
    assert events({"role": "user", "content": [{"type": "text", "text": "Pay"}, {"type": "image_url", "image_url": {}}]}) == [
        Text("user", "Pay")
    ]
    assert events(openai_call('{"amount": 3}')) == [Call("c1", "pay", {"amount": 3})]
    assert events({"role": "tool", "tool_call_id": "c1", "content": "done"}) == [Output("c1", "done")]


def test_deprecated_function_call_of_openai() -> None:
    message = {"role": "assistant", "content": "Now", "function_call": {"name": "pay", "arguments": "{}"}}
    assert events(message) == [Text("assistant", "Now"), Call("", "pay", {})]
    assert events({"role": "function", "name": "pay", "content": "done"}) == [Output("", "done")]


def test_openai_custom_tool_and_responses_items() -> None:
    custom = {
        "role": "assistant",
        "tool_calls": [{"id": "c1", "type": "custom", "custom": {"name": "shell", "input": "rm -r x"}}],
    }
    assert events(custom) == [Call("c1", "shell", {RAW_ARGUMENTS: "rm -r x"})]
    item = {"type": "function_call", "id": "fc1", "call_id": "c1", "name": "pay", "arguments": '{"amount": 3}'}
    assert events(item) == [Call("c1", "pay", {"amount": 3})]
    assert events({"type": "function_call_output", "call_id": "c1", "output": "done"}) == [Output("c1", "done")]


@pytest.mark.parametrize(
    "arguments",
    ['{"amount": ', "[1, 2]", "plain words", '"text"', '{"amount": NaN}', "[" * 100_000, '{"to": "x@evil.example", "to": "bob"}'],
)
def test_arguments_that_are_no_object_are_kept_raw(arguments: str) -> None:
    (call,) = events(openai_call(arguments))
    assert isinstance(call, Call)
    assert list(call.arguments) == [RAW_ARGUMENTS]


@pytest.mark.parametrize("arguments", ["", "  ", None, "{}", "null", {}])
def test_no_arguments(arguments: Any) -> None:
    assert events(openai_call(arguments)) == [Call("c1", "pay", {})]


def test_anthropic_blocks() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "x"},
        {"type": "text", "text": "I pay."},
        {"type": "tool_use", "id": "t1", "name": "pay", "input": {"amount": 3}},
        {"type": "server_tool_use", "id": "t2", "name": "web_search", "input": {"query": "q"}},
    ]
    assert events({"role": "assistant", "content": blocks}) == [
        Text("assistant", "I pay."),
        Call("t1", "pay", {"amount": 3}),
        Call("t2", "web_search", {"query": "q"}),
    ]
    results = [
        {"type": "tool_result", "tool_use_id": "t1", "content": "done"},
        {
            "type": "tool_result",
            "tool_use_id": "t2",
            "is_error": True,
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        },
        {"type": "tool_result", "tool_use_id": "t3"},
        {"type": "text", "text": "Go on"},
    ]
    assert events({"role": "user", "content": results}) == [
        Output("t1", "done"),
        Output("t2", "a\nb"),
        Output("t3", ""),
        Text("user", "Go on"),
    ]


def test_mcp_calls_and_results() -> None:
    request = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "pay", "arguments": {"amount": 3}}}
    assert events(request) == [Call("7", "pay", {"amount": 3})]
    content = [
        {"type": "text", "text": "done"},
        {"type": "resource", "resource": {"uri": "file:///a", "text": "inner"}},
        {"type": "image", "data": "AAAA", "mimeType": "image/png"},
    ]
    assert events({"jsonrpc": "2.0", "id": 7, "result": {"content": content, "isError": False}}) == [Output("7", "done\ninner")]
    assert events({"jsonrpc": "2.0", "id": 7, "error": {"code": -1, "message": "no such tool"}}) == [Output("7", "no such tool")]
    structured = {"jsonrpc": "2.0", "id": 7, "result": {"content": [], "structuredContent": {"total": 3}}}
    assert events(structured) == [Output("7", '{"total": 3}')]
    assert events({"jsonrpc": "2.0", "id": 7, "result": {"odd": "answer"}}) == [Output("7", '{"odd": "answer"}')]


def test_mcp_reading_a_resource_is_a_call() -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "resources/read", "params": {"uri": "file:///a"}}
    assert events(request) == [Call("1", "resources/read", {"uri": "file:///a"})]
    result = {"jsonrpc": "2.0", "id": 1, "result": {"contents": [{"uri": "file:///a", "text": "inner"}]}}
    assert events(result) == [Output("1", "inner")]


def test_mcp_list_of_tools() -> None:
    tool = {"name": "pay", "description": "Pays.", "inputSchema": {"type": "object"}}
    schema = {"type": "function", "function": {"name": "pay", "description": "Pays.", "parameters": {"type": "object"}}}
    assert events({"jsonrpc": "2.0", "id": 1, "result": {"tools": [tool]}}) == [ToolList((schema,))]


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}},
        {"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": "1", "serverInfo": {}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 3, "result": {}},
        {"jsonrpc": "2.0", "id": 4, "result": {"role": "assistant", "content": {"type": "text", "text": "sampled"}}},
    ],
)
def test_mcp_business_of_the_client_is_no_event(message: dict[str, Any]) -> None:
    assert events(message) == []


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({}, "messages.4"),
        ({"text": "hello"}, "messages.4"),
        ("hello", "messages.4"),
        ({"role": "narrator", "content": "hello"}, "messages.4.role"),
        ({"role": "user", "content": 3}, "messages.4.content"),
        ({"role": "user", "content": [{"type": "spell"}]}, "messages.4.content.0.type"),
        ({"role": "assistant", "tool_calls": {"id": "c"}}, "messages.4.tool_calls"),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"arguments": "{}"}}]},
            "messages.4.tool_calls.0.function.name",
        ),
        ({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "input": {}}]}, "messages.4.content.0.name"),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}, "messages.4.params"),
        ({"jsonrpc": "2.0", "id": 1}, "messages.4"),
    ],
)
def test_unknown_shapes_are_refused_by_name(message: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        events(message, "messages.4")
    assert refused.value.field == field


def test_lone_surrogates_in_an_output_are_replaced() -> None:
    assert events({"role": "tool", "tool_call_id": "c", "content": "a\ud800b"}) == [Output("c", "a?b")]


def test_tools_of_three_kinds_become_one_schema() -> None:
    anthropic = function_schema({"name": "pay", "description": "Pays.", "input_schema": {"type": "object"}})
    mcp = function_schema({"name": "pay", "description": "Pays.", "inputSchema": {"type": "object"}})
    assert anthropic == mcp == function_schema(mcp)
    assert function_schema({"type": "web_search"})["function"]["name"] == "web_search"
    assert function_schema({"type": "custom", "custom": {"name": "shell"}})["function"]["name"] == "shell"


@pytest.mark.parametrize(
    "tool", [{"description": "nameless"}, {"type": "function", "function": {}}, {"type": "function"}, "pay", None]
)
def test_a_tool_without_a_name_is_refused(tool: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        function_schema(tool, "tools.2")
    assert refused.value.field == "tools.2"


@given(st.dictionaries(st.text(min_size=1, max_size=8), JSON_VALUES, max_size=4))
def test_arguments_survive_every_shape(arguments: dict[str, Any]) -> None:
    call = Call("c1", "pay", arguments)
    assert events(openai_call(json.dumps(arguments))) == [call]
    assert events({"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "pay", "input": arguments}]}) == [
        call
    ]
    assert events({"jsonrpc": "2.0", "id": "c1", "method": "tools/call", "params": {"name": "pay", "arguments": arguments}}) == [
        call
    ]
    assert call_of({"id": "c1", "tool_name": "pay", "arguments": arguments}) == call


@given(
    st.dictionaries(
        st.sampled_from("role content tool_calls type jsonrpc method result params id error".split()), JSON_VALUES, max_size=6
    )
)
def test_any_object_gives_events_or_a_clean_refusal(message: dict[str, Any]) -> None:
    try:
        found = events(message, "messages.0")
    except InvalidInput as refused:
        assert refused.field.startswith("messages.0")  # noqa: PT017 - either outcome is fine, a crash is not
    else:
        assert all(isinstance(event, Text | Call | Output | ToolList) for event in found)
