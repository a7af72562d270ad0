"""The fast reader of JSON takes exactly what the slow one takes, and says the same."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatling_core.errors import GatlingError
from gatling_core.schemas import Case
from server import body
from server.errors import InvalidFields, NotJson


class Pairs(list[tuple[str, Any]]):
    """An object that may repeat a key."""


KEYS = st.sampled_from(["a", "b", ":", 'a":1,"b', "\\", "é", "\u2028"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(KEYS, inner), max_size=3).map(Pairs),
    max_leaves=12,
)


def written(value: Any, ascii_only: bool) -> str:
    if isinstance(value, Pairs):
        pairs = (f"{json.dumps(key, ensure_ascii=ascii_only)} : {written(item, ascii_only)}" for key, item in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(item, ascii_only) for item in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def outcome(read: Any, text: bytes) -> str:
    try:
        return repr(read(text))
    except GatlingError as error:
        return f"{type(error).__name__}: {error}"


@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
@given(VALUES, st.booleans())
def test_both_readers_agree(value: Any, ascii_only: bool) -> None:
    text = written(value, ascii_only).encode()
    assert outcome(body.decode, text) == outcome(body._explained, text)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": 1, "a": 1}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": ":", "a": "::"}',
        b'{"\\u0061": 1, "a": 2}',
        b'{"a": "\\u003a", "a": 2}',
        b'{"b": "\\u003A\\u003a", "a": 1, "a": 2, "a": 3}',
    ],
)
def test_a_repeated_key_is_found(text: bytes) -> None:
    with pytest.raises(NotJson, match=r"the key '[ab]' is repeated"):
        body.decode(text)


@pytest.mark.parametrize(
    "text", [b'{"a": "\\u003a"}', b'{"a:b": ":", "c": [":", {"d": "e:"}]}', b"[1e3, -0.0, 12345678901234567890123]"]
)
def test_colons_inside_texts_repeat_nothing(text: bytes) -> None:
    assert body.decode(text) == json.loads(text)


def test_a_plain_body_never_needs_the_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "_explained", None)
    assert body.decode('{"policy": {"grüße": ["a:b", 1.5, null]}}'.encode()) == {"policy": {"grüße": ["a:b", 1.5, None]}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"[]", "Input should be an object"),
        (b'{"policy": {}, "execution_plan": []}', "execution_plan: Input should be an object"),
        (
            b'{"policy": null, "execution_plan": {"nodes": [{"tool_name": "x"}]}}',
            "policy: Input should be an object or a valid string",
        ),
    ],
)
def test_what_a_field_should_be_is_said_in_words_of_json(text: bytes, said: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        body.parse(Case, text)
    assert str(caught.value) == said
