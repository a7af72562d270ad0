"""2,000 damaged bodies: every one gets a problem or an answer, none a 5xx, and the server goes on."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any

from server.examples import ATTACK
from tests.server.conftest import Client, case_of

COUNT = 2_000
NASTY: list[Any] = [
    None, True, -1, 0, 1e308, 10**400, "", "\x00", "\ud800", "a" * 70_000, [], {}, [[]], {"": {}}, [None] * 100, {"a": [{"b": "c"}]},
]  # fmt: skip


def damaged(random: random.Random) -> bytes:
    """A valid body with one thing wrong: a value, a byte, its end, its encoding."""
    document = json.loads(json.dumps(ATTACK))
    kind = random.randrange(5)
    if kind < 2:
        holder = random.choice(list(containers(document)))
        key = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = random.choice(NASTY)
        return json.dumps(document).encode()
    body = bytearray(json.dumps(document).encode())
    if kind == 2:
        for _ in range(random.randint(1, 8)):
            body[random.randrange(len(body))] = random.randrange(256)
    elif kind == 3:
        del body[random.randrange(len(body)) :]
    else:
        start = random.randrange(len(body))
        body[start:start] = body[start : start + random.randrange(200)] * random.randint(1, 3)
    return bytes(body)


def containers(value: Any) -> Any:
    """Every object and list that is not empty."""
    if isinstance(value, dict | list) and value:
        yield value
        for child in value.values() if isinstance(value, dict) else value:
            yield from containers(child)


async def test_no_damaged_body_is_a_5xx(client: Client) -> None:
    generator = random.Random(5)
    bodies = iter([damaged(generator) for _ in range(COUNT)])
    statuses: Counter[int] = Counter()

    async def call() -> None:
        for body in bodies:
            response = await client.post("/score", content=body)
            statuses[response.status_code] += 1
            assert response.json().get("decision", "none") in ("none", "allow", "review", "block")
            assert ("decision" in response.json()) == (response.status_code == 200)

    await asyncio.gather(*(call() for _ in range(8)))
    assert statuses.total() == COUNT
    assert set(statuses) <= {200, 400, 422}, statuses
    assert min(statuses[status] for status in (200, 400, 422)) > COUNT / 50, "a kind of damage is missing"
    assert (await client.post("/score", json=case_of())).status_code == 200
    assert client.service.engine.in_progress == client.service.room.held == 0
