"""Two servers as processes on one registry: whichever is told, both follow, and no answer is of two models."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.processes import SHIPPED, Server, environment, until
from gatling_core.beside import Canary
from gatling_core.registry import Registry
from server.examples import ATTACK

onnx = pytest.importorskip("onnx", reason="onnx is not installed: locks/train.txt has it")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not (SHIPPED / "manifest.json").exists(), reason="there is no shipped model in this tree"),
]

TENANTS = [f"tenant-{number}" for number in range(12)]


def double(path: Path) -> None:
    """Let the energy graph give twice what it gave, so that an energy tells whose it is."""
    model = onnx.load(path)
    last = model.graph.node[-1]
    (name,) = last.output
    last.output[0] = f"{name}_once"
    model.graph.node.append(onnx.helper.make_node("Add", [last.output[0], last.output[0]], [name]))
    onnx.save(model, path)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """The shipped model is current; the newest version gives twice its energies."""
    registry, staged = Registry(tmp_path / "registry"), tmp_path / "staged"
    shipped = registry.seed(SHIPPED)
    assert shipped
    shutil.copytree(SHIPPED, staged)
    double(staged / "energy.onnx")
    registry.publish(staged, feature_version=shipped.feature_version, parent=shipped.version)
    return registry


@pytest.fixture
def servers(tmp_path: Path, registry: Registry) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(Server(environment(tmp_path / name, GATLING_REGISTRY=str(registry.root))))
            for name in ("one", "other")
        ]


def ask(http: httpx.Client, tenant: str) -> dict[str, Any]:
    response = http.post("/score", json=ATTACK, headers={"gatling-tenant": tenant})
    assert response.status_code == 200, response.text
    return response.json()


def both_answer(servers: list[Server], expected: dict[str, str]) -> None:
    """Wait until each server answers every tenant with the version that is expected."""

    def answering(server: Server) -> dict[str, str]:
        return {tenant: ask(server.http, tenant)["model"]["version"] for tenant in expected}

    for server in servers:
        until(lambda server=server: answering(server) == expected, f"{server.url} does not follow")


def test_both_follow_a_canary_and_split_the_tenants_alike(servers: list[Server], registry: Registry) -> None:
    current, newest = (manifest.version for manifest in registry.versions())
    for teller, share in zip(servers, (0.3, 0.7), strict=True):
        canary = Canary(version=newest, share=share)
        expected = {tenant: newest if canary.takes(tenant) else current for tenant in TENANTS}
        assert set(expected.values()) == {current, newest}
        assert teller.http.put("/models/canary", json=canary.model_dump()).status_code == 200
        both_answer(servers, expected)
    assert servers[0].http.delete("/models/canary").status_code == 200
    both_answer(servers, dict.fromkeys(TENANTS, current))


def test_no_answer_is_of_two_models_while_both_follow(servers: list[Server], registry: Registry) -> None:
    """A canary, an activation of it, and a way back, each told to another server than the one before, while callers are answered."""
    current, newest = (manifest.version for manifest in registry.versions())
    once = ask(servers[0].http, TENANTS[0])["energy"]
    done = threading.Event()

    def call(server: Server) -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        with httpx.Client(base_url=server.url, timeout=30) as http:
            while not done.is_set():
                answers += [ask(http, tenant) for tenant in TENANTS]
        return answers

    with ThreadPoolExecutor() as pool:
        called = [pool.submit(call, server) for server in servers]
        try:
            canary = Canary(version=newest, share=0.5)
            assert servers[0].http.put("/models/canary", json=canary.model_dump()).status_code == 200
            both_answer(servers, {tenant: newest if canary.takes(tenant) else current for tenant in TENANTS})
            for teller, version in ((servers[1], newest), (servers[0], current)):
                assert teller.http.post(f"/models/{version}/activate").status_code == 200
                both_answer(servers, dict.fromkeys(TENANTS, version))
        finally:
            done.set()
        answers = [future.result() for future in called]
    energies = {current: once, newest: 2 * once}
    for found in answers:
        assert {answer["model"]["version"] for answer in found} == {current, newest}
        for answer in found:
            energy = pytest.approx(energies[answer["model"]["version"]], rel=1e-4)
            assert answer["energy"] == energy
            assert sum(node["energy"] for node in answer["nodes"]) == energy
