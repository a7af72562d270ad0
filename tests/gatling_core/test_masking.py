"""What looks like a secret is masked, what does not stays, and no text takes long to read."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gatling_core.masking import MASK, Masker

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"use {JWT} now", f"use {MASK} now"),
        ("Authorization: Bearer abcdef123456==", f"Authorization: {MASK}"),
        ("key AKIAIOSFODNN7EXAMPLE.", f"key {MASK}."),
        ("sk-proj-abcdefghijklmnop1234", MASK),
        ("ghp_abcdefghijklmnopqrst", MASK),
        ("gk_0123abcd_" + "x" * 43, MASK),
        ("postgres://ada:hunter2@db/app", f"postgres://{MASK}db/app"),
        ("password=hunter2, then", f"{MASK}, then"),
        ('password="two words", then', f'{MASK}", then'),
        ('{"user": "ada", "password": "two \\" words"}', f'{{"user": "ada", "{MASK}"}}'),
        ("{'api_key' : 'hunter2'}", f"{{'{MASK}'}}"),
        ('"{\\"client_secret\\": \\"hunter2', f'"{{\\"client_{MASK}'),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", f"{MASK} RSA PRIVATE KEY-----"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", MASK),
    ],
)
def test_texts_with_secrets(text: str, kept: str) -> None:
    assert Masker().text(text) == kept


@pytest.mark.parametrize(
    "text",
    ["Show me my latest invoice", "invoice 4711-0815, 120 EUR", "https://shop.example/items?id=12", "the token of our esteem", '{"secret": true, "max_tokens": 5}',
     "mail.send", "2026-01-01T12:00:00Z", "task-force-members-of-the-board"],
)  # fmt: skip
def test_plain_texts_stay(text: str) -> None:
    assert Masker().text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "passwords",
        "sessionid",
        "userPassword",
        "API_KEY",
        "api-key",
        "accessKey",
        "X-Auth-Token",
        "session_id",
        "pin",
    ],
)
def test_names_of_secrets_hide_whatever_they_hold(name: str) -> None:
    for value in ("x", 17, ["x", {"y": 2}]):
        assert Masker().value({"a": [{name: value}]}) == {"a": [{name: MASK}]}


@pytest.mark.parametrize(
    "value",
    [
        {"shipping": "x"},
        {"opinion": 1},
        {"passenger": "Ada"},
        {"secret": True},
        {"token": None},
        {"keys": ["a"]},
        {"cookies": False},
    ],
)
def test_other_names_and_flags_stay(value: dict[str, Any]) -> None:
    assert Masker().value(value) == value


def test_where_names_do_not_count_texts_do() -> None:
    value = {"password": "at least 12 characters", "example": "password: hunter2"}
    assert Masker().value(value, names=False) == {"password": "at least 12 characters", "example": MASK}


def test_an_installation_adds_its_own() -> None:
    masker = Masker([r"(?i)^badge$", r"EMP-\d{6}"])
    assert masker.value({"Badge": 17, "note": "ask EMP-123456"}) == {"Badge": MASK, "note": f"ask {MASK}"}


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJaaaaaaaa.",
        "eyJ-",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "://",
        "sk-",
        "password ",
        "password=",
        'password":"',
        'password":"\\',
        "bearer ",
        "AKIA",
        "a",
        "-",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    start = time.process_time()
    Masker().text(text)
    assert time.process_time() - start < 2, "a text of a megabyte is read in proportion to its length"
