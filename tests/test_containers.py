"""The compose file as a user runs it, for real: build, up, score, case in Redis, verdict, retrain, new version served, down."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESET = "!reset []"
BUILD_S, START_S, RETRAIN_S, RELOAD_S = 900, 180, 600, 30

pytestmark = [pytest.mark.containers, pytest.mark.slow]

CASE = {
    "id": "late-report",
    "policy": {
        "roles": {"analyst": {"may_call": ["reports.read", "mail.send"], "max_rows": 100}},
        "recipients": "own domain only",
    },
    "user_role": "analyst",
    "context": {"request": "Mail me last month's report"},
    "execution_plan": {
        "nodes": [
            {"node_id": "n0", "tool_name": "reports.read", "arguments": {"rows": 101}, "provenance_tier": 1, "scope_volume": 101},
            {"node_id": "n1", "tool_name": "mail.send", "arguments": {"to": "me@partner.example"}, "provenance_tier": 2},
        ],
        "edges": [["n0", "n1"]],
    },
}


@dataclass(frozen=True)
class Stack:
    """A running compose project of its own name, ports and volumes."""

    project: str
    files: tuple[Path, ...]
    server_port: int
    redis_port: int

    def compose(self, *arguments: str, timeout_s: float = START_S) -> str:
        """What `docker compose …` prints; fails with all it said."""
        files = [part for file in self.files for part in ("-f", str(file))]
        command = ["docker", "compose", "-p", self.project, "--project-directory", str(ROOT), *files, *arguments]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)
        assert result.returncode == 0, f"{' '.join(arguments)}: {result.stdout}\n{result.stderr}"
        return result.stdout

    def http(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.server_port}{path}", data, {"content-type": "application/json"})
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def redis(self, *command: str) -> str:
        return self.compose("exec", "-T", "redis", "redis-cli", "-p", str(self.redis_port), *command).strip()

    def python(self, service: str, code: str) -> str:
        return self.compose("exec", "-T", service, "python", "-c", code).strip()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """The project built from this tree and up, with every trace of it removed at the end."""
    require_docker()
    server_port, redis_port = free_port(), free_port()
    override = tmp_path_factory.mktemp("compose") / "override.yml"
    write_override(override, loopback(server_port, redis_port))
    with running((ROOT / "docker-compose.yml", override), server_port, redis_port) as stack:
        yield stack


@pytest.fixture(scope="module")
def balanced(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stack]:
    """Two servers behind the balancer, without the trainer."""
    require_docker()
    server, replica, balancer, redis_port = (free_port() for _ in range(4))
    folder = tmp_path_factory.mktemp("balanced")
    configuration = (ROOT / "docker" / "balancer.conf").read_text()
    for written, here in (("server:", server), ("replica:", replica)):
        configuration = configuration.replace(f"server {written}8000", f"server 127.0.0.1:{here}")
    (folder / "balancer.conf").write_text(configuration.replace("listen 8000", f"listen 127.0.0.1:{balancer}"))
    services = loopback(server, redis_port)
    services["replica"] = {
        **services["server"],
        "environment": {**services["server"]["environment"], "GATLING_PORT": str(replica)},
    }
    mounted = f"{folder / 'balancer.conf'}:/etc/gatling/balancer.conf:ro"
    services["balancer"] = {"network_mode": "host", "build": {"network": "host"}, "ports": RESET, "volumes": [mounted]}
    write_override(folder / "override.yml", services)
    files = (ROOT / "docker-compose.yml", ROOT / "docker-compose.balanced.yml", folder / "override.yml")
    with running(files, balancer, redis_port, "server", "balancer") as stack:
        yield stack


@contextmanager
def running(files: tuple[Path, ...], server_port: int, redis_port: int, *services: str) -> Generator[Stack]:
    stack = Stack(f"gatling-test-{uuid4().hex[:8]}", files, server_port, redis_port)
    try:
        stack.compose("build", *services, timeout_s=BUILD_S)
        stack.compose("up", "--detach", "--wait", *services)
        yield stack
    finally:
        print(stack.compose("logs", "--no-color", "--tail", "50"))  # pytest shows it if the start failed
        stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")


def require_docker() -> None:
    if shutil.which("docker") is None:
        pytest.skip("no docker command")
    for asked, command in (("no Docker engine answers", ["info"]), ("docker has no compose v2", ["compose", "version"])):
        if subprocess.run(["docker", *command], capture_output=True, timeout=30, check=False).returncode:
            pytest.skip(asked)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def write_override(path: Path, services: dict[str, dict[str, Any]]) -> None:
    """JSON is YAML; only the tag that empties a list is not."""
    path.write_text(json.dumps({"services": services}).replace(f'"{RESET}"', RESET))


def loopback(server_port: int, redis_port: int) -> dict[str, dict[str, Any]]:
    """What an engine without a bridge network needs: the host's network, loopback addresses, free ports.

    And what makes the test one: every case is queued whatever the model thinks of it, and a training takes seconds.
    """
    settings = {
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "GATLING_HOST": "127.0.0.1",
        "GATLING_PORT": str(server_port),
        "GATLING_API_KEY": "",
        "GATLING_BANDS__QUEUE_FROM": "0",
        "GATLING_BANDS__QUEUE_TO": "1000",
        "GATLING_RETRAIN_STEPS": "2",
        "GATLING_RETRAIN_REPLAY": "8",
        "GATLING_GATE__HELD_BACK": "0",
    }
    build = {"network": "host"}
    redis_server = ["redis-server", "--bind", "127.0.0.1", "--port", str(redis_port), "--appendonly", "yes"]
    return {
        "redis": {
            "network_mode": "host",
            "command": [*redis_server, "--maxmemory-policy", "noeviction"],
            "healthcheck": {"test": ["CMD", "redis-cli", "-p", str(redis_port), "ping"]},
        },
        "seed": {"environment": settings},
        "server": {"network_mode": "host", "build": build, "ports": RESET, "environment": settings},
        "trainer": {"network_mode": "host", "build": build, "environment": settings},
    }


def test_the_server_has_no_torch_no_rights_and_a_registry_it_cannot_write(stack: Stack) -> None:
    facts = """
import importlib.util, json, os
def writable(folder):
    try:
        open(f"{folder}/probe", "w").close()
        return True
    except OSError:
        return False
print(json.dumps([os.getuid(), importlib.util.find_spec("torch") is None, [writable(f) for f in ("/app", "/registry", "/data", "/tmp")]]))
"""
    uid, without_torch, written = json.loads(stack.python("server", facts))
    assert uid != 0
    assert without_torch
    assert written == [False, False, True, True]


def test_a_case_goes_from_its_score_over_a_verdict_into_the_next_model(stack: Stack) -> None:
    stack.compose("stop", "trainer")  # its first look may be late on a slow machine, and find this case before the run below does
    first = stack.http("/score", CASE)
    assert first["queued"]
    assert sum(node["energy"] for node in first["nodes"]) == pytest.approx(first["energy"], rel=1e-5)
    serving = stack.http("/readyz")["model"]
    assert first["model"] == serving

    eventually(lambda: stack.redis("XLEN", "gatling:cases") == "1", "the case is in Redis")
    assert [case["decision_id"] for case in stack.http("/cases")["cases"]] == [first["decision_id"]]
    stack.http(f"/cases/{first['decision_id']}/verdict", {"label": "boundary", "reviewer": "test", "reason": "101 rows of 100"})

    printed = stack.compose("run", "--rm", "--no-deps", "-T", "trainer", "retrain", "--once", timeout_s=RETRAIN_S)
    report = json.loads(printed.strip().splitlines()[-1])
    assert (report["outcome"], report["trained"]) == ("published", 1), report["reason"]
    eventually(lambda: stack.http("/readyz")["model"]["version"] == report["version"], "the new version serves")
    assert stack.http("/score", CASE)["model"]["version"] == report["version"] != serving["version"]
    assert stack.redis("XLEN", "gatling:cases") == "0"


@dataclass
class Load:
    """Callers that score without a pause until told to stop; what each of them got."""

    stack: Stack
    answered: int = 0
    failed: list[str] = field(default_factory=list[str])
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._call) for _ in range(4)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def more(self, count: int) -> None:
        """Until so many more are answered."""
        wanted = self.answered + count
        eventually(lambda: self.answered >= wanted or self.failed, f"{count} more answers")

    def _call(self) -> None:
        while not self._stop.is_set():
            try:
                assert self.stack.http("/score", CASE)["decision"]
            except Exception as error:  # noqa: BLE001  whatever it is, a caller got no answer
                self.failed.append(repr(error))
            else:
                self.answered += 1


def test_either_of_two_servers_is_killed_under_load_and_no_request_fails(balanced: Stack) -> None:
    with Load(balanced) as load:
        for victim in ("server", "replica"):
            load.more(100)
            balanced.compose("kill", victim)
            load.more(200)
            balanced.compose("up", "--detach", "--wait", "--no-recreate", victim)
        load.more(100)
    assert load.failed == []


def eventually(condition: Any, what: str) -> None:
    deadline = time.monotonic() + RELOAD_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {RELOAD_S} s: {what}"
        time.sleep(0.1)
