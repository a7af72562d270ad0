"""A hundred swaps and some broken packages under load: no request fails, no answer is of two models, and every refusal is reported."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gatling_core.beside import Beside, Canary
from gatling_core.registry import Registry, read_manifest
from server.engine import ScoringModel
from tests.server.conftest import Client, DummyModel, Start, case_of

SWAPS, CALLERS = 100, 8


def load(package: Path) -> ScoringModel:
    """The number in the version is added to each energy."""
    manifest = read_manifest(package)
    return DummyModel(manifest.version, manifest.digest, offset=float(manifest.version[1:]))


def published(folder: Path) -> Registry:
    registry = Registry(folder / "registry")
    for version in ("v1", "v2", "v3"):
        staged = folder / "staged" / version
        staged.mkdir(parents=True)
        (staged / "energy.onnx").write_text(version)
        registry.publish(staged, feature_version="test")
    registry.activate("v1")
    return registry


def published_with_worse(folder: Path) -> Registry:
    """v1 is current; version n adds n to each energy, and v6 therefore blocks everything."""
    registry = published(folder)
    for version in ("v4", "v5", "v6"):
        staged = folder / "staged" / version
        staged.mkdir()
        (staged / "energy.onnx").write_text(version)
        registry.publish(staged, feature_version="test", parent="v1")
    return registry


async def calls(client: Client, done: asyncio.Event) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    while not done.is_set():
        response = await client.post("/score", json=case_of(0.25))
        assert response.status_code == 200, response.text
        answers.append(response.json())
    return answers


async def test_swaps(start: Start, tmp_path: Path) -> None:
    registry = published(tmp_path)
    (registry.root / "v3" / "energy.onnx").write_text("v")  # cut off
    async with start(model=None, load=load, registry=registry.root) as client:
        done = asyncio.Event()
        running = [asyncio.create_task(calls(client, done)) for _ in range(CALLERS)]
        for number in range(SWAPS):
            registry.activate(f"v{2 - number % 2}")
            await client.service.reloader.follow()
            if number % 10 == 0:
                (registry.root / "current").write_text("v3\n")
                await client.service.reloader.follow()
                assert client.service.reloader.refused is not None
                assert client.service.reloader.refused.version == "v3"
        done.set()
        answers = [answer for found in await asyncio.gather(*running) for answer in found]
        metrics = (await client.get("/metrics")).text
    assert {answer["model"]["version"] for answer in answers} == {"v1", "v2"}
    assert all(answer["energy"] - 0.25 == float(answer["model"]["version"][1:]) for answer in answers)
    assert f"gatling_model_reloads_total {SWAPS + 1:.1f}" in metrics
    assert f"gatling_model_reload_failures_total {SWAPS / 10:.1f}" in metrics


async def test_shadow_and_canary_come_and_go(start: Start, tmp_path: Path) -> None:
    """Every way from place to place, over HTTP and by the registry, while callers are answered."""
    registry = published(tmp_path)
    canary = Canary(version="v2", share=1)
    moves = [Beside(canary=canary), Beside(shadow="v2"), Beside(canary=canary), Beside(shadow="v1"), Beside(canary=None)]
    async with start(model=None, load=load, registry=registry.root) as client:
        done = asyncio.Event()
        running = [asyncio.create_task(calls(client, done)) for _ in range(CALLERS)]
        for number in range(SWAPS):
            if number % 10 == 9:
                await client.service.reloader.activate(f"v{1 + number // 10 % 2}")
                continue
            places = moves[number % len(moves)]
            if set(places.versions()) & {registry.current()}:
                places = Beside(shadow="v3")
            if number % 2:
                registry.stand_beside(places)
                await client.service.reloader.follow()
            else:
                await client.service.reloader.stand_beside(places)
        done.set()
        answers = [answer for found in await asyncio.gather(*running) for answer in found]
        assert client.service.reloader.refused is None
    assert {answer["model"]["version"] for answer in answers} == {"v1", "v2"}
    assert all(answer["energy"] - 0.25 == float(answer["model"]["version"][1:]) for answer in answers)
