"""`./gatling` and the locks: what a newcomer meets first."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from urllib.error import URLError
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("serve", "tracing", "train", "tensorboard", "registry-s3", "dev")


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The start script as a module whose root is an empty checkout with locks only."""
    loader = SourceFileLoader("gatling_script", str(ROOT / "gatling"))
    spec = spec_from_loader(loader.name, loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    shutil.copytree(ROOT / "locks", tmp_path / "locks")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return module


@pytest.fixture
def installs(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The locks that the script installs, in order; nothing is installed for real."""
    installed: list[str] = []

    def run(command: list[str], hint: str = "") -> None:
        if "venv" in command:
            script.PYTHON.parent.mkdir(parents=True)
            script.PYTHON.touch()
        elif "-r" in command:
            installed.append(Path(command[-1]).stem)

    monkeypatch.setattr(script, "run", run)
    return installed


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `git clone` would give: the tracked files as they are now, and nothing that was installed."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "clone" / name)
    return tmp_path / "clone"


def gatling(*arguments: str, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "gatling", *arguments], cwd=at, capture_output=True, text=True, check=False)


def pins(lock: str) -> dict[str, str]:
    """What the lock pins: `name` with its marker -> version."""
    text = (ROOT / "locks" / f"{lock}.txt").read_text().replace("\\\n", " ")
    entries = [line.split("--hash")[0].strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    parsed = [re.fullmatch(r"([a-z0-9-]+)==(\S+)\s*(;.*)?", entry) for entry in entries]
    assert all(parsed), "every entry is pinned exactly"
    return {f"{match[1]}{match[3] or ''}": match[2] for match in parsed if match}


def test_help_names_every_command_and_needs_no_installation(script: ModuleType, tmp_path: Path) -> None:
    result = gatling("--help", at=tmp_path)
    assert result.returncode == 0
    assert result.stdout == gatling(at=tmp_path).stdout
    for command in script.LOCKS:
        assert re.search(rf"^  {command} ", result.stdout, re.MULTILINE), command


def test_an_unknown_command_is_named_and_exits_2() -> None:
    result = gatling("scroe")
    assert result.returncode == 2
    assert "scroe" in result.stderr


def test_an_old_python_hands_over_to_a_newer_one(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/true" if name == "python3.12" else None)
    monkeypatch.setattr(sys, "argv", ["gatling", "up", "--port", "1"])
    handed: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: handed.append(arguments) or sys.exit(0))
    with pytest.raises(SystemExit):
        script.ensure_python()
    assert handed == [["/bin/true", str(script.ROOT / "gatling"), "up", "--port", "1"]]


def test_only_an_old_python_is_told_so(script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later"):
        script.ensure_python()


def test_a_lock_is_installed_once_and_again_when_it_changes(script: ModuleType, installs: list[str]) -> None:
    script.install(("train", "torch"))
    script.install(("train", "torch"))
    assert installs == ["train", "torch"]
    script.install(("serve",))
    script.lock_file("train").write_text("other==1")
    script.install(("train", "torch", "serve"))
    assert installs == ["train", "torch", "serve", "train"]


@pytest.mark.parametrize(("command", "expected"), [("up", ["serve", "tracing"]), ("score", ["serve"])])
def test_what_sends_traces_is_installed_where_a_collector_is_named(
    script: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch, command: str, expected: list[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
    monkeypatch.setattr(script, "become", lambda *_: sys.exit(0))
    with pytest.raises(SystemExit):
        script.main([command])
    assert installs == expected


@pytest.mark.parametrize(("registry", "more"), [("s3://bucket/models", ["registry-s3"]), ("/srv/models", [])])
def test_what_reads_object_storage_is_installed_where_the_registry_is_there(
    script: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch, registry: str, more: list[str]
) -> None:
    monkeypatch.setenv("GATLING_REGISTRY", registry)
    monkeypatch.setattr(script, "become", lambda *_: sys.exit(0))
    with pytest.raises(SystemExit):
        script.main(["up"])
    assert installs == ["serve", *more]


def test_what_writes_for_tensorboard_is_installed_where_it_is_asked_for(
    script: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "become", lambda *_: sys.exit(0))
    for arguments in (["train", "data"], ["train", "data", "--tensorboard"]):
        with pytest.raises(SystemExit):
            script.main(arguments)
    assert installs == ["train", "torch", "tensorboard"]


def test_a_broken_installation_is_not_taken_for_a_whole_one(
    script: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], hint: str = "") -> None:
        raise SystemExit(1)

    script.make_venv()
    with monkeypatch.context() as broken:
        broken.setattr(script, "run", fail)
        with pytest.raises(SystemExit):
            script.install(("serve",))
    script.install(("serve",))
    assert installs == ["serve"]


@pytest.mark.parametrize(
    ("arguments", "locks"),
    [
        (["up"], ["serve"]),
        (["score", "cases.jsonl"], ["serve"]),
        (["generate", "--count", "9"], ["train"]),
        (["import", "agentdojo"], ["train", "importers"]),
        (["train", "--help"], ["serve"]),
        (["train", "data"], ["train", "torch"]),
        (["retrain", "--once"], ["train", "torch"]),
    ],
)
def test_only_training_installs_torch(
    script: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], locks: list[str]
) -> None:
    became: list[list[str]] = []

    def become(_: Path, command: list[str], environment: dict[str, str]) -> None:
        assert environment["PYTHONPATH"].split(os.pathsep)[0] == str(script.ROOT)
        became.append(command)

    monkeypatch.setattr(os, "execve", become)
    with pytest.raises(AssertionError, match="execve"):
        script.main(arguments)
    application = "server" if arguments[0] in script.SERVER else "trainer"
    assert became == [[str(script.PYTHON), "-P", "-m", application, *arguments]]
    assert installs == locks


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_closed_and_hashed_and_names_neither_torch_nor_a_host(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    assert "://" not in text
    names = {name.split(";")[0].strip() for name in pins(lock)}
    assert text.count("==") - text.count("'") // 2 <= len(re.findall(r"(?m)^[a-z]", text))
    assert not {name for name in names if name == "torch" or name.startswith(("nvidia", "triton"))}
    for entry in re.split(r"(?m)^(?=[a-z])", text)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_locks_agree_with_each_other_and_with_the_project() -> None:
    merged: dict[str, str] = {}
    for lock in LOCKS:
        for name, version in pins(lock).items():
            assert merged.setdefault(name, version) == version, name
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert (ROOT / "locks" / "torch.txt").read_text().splitlines()[-1] == extras["trainer"][0]


@pytest.mark.slow
@pytest.mark.e2e
def test_a_fresh_clone_serves_and_the_next_start_installs_nothing(clone: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "server").mkdir(parents=True)  # a user's folder of that name must not be taken for ours
    with up(clone, elsewhere) as first:
        assert "installing" in first
    installed = installation(clone)
    assert not list((clone / ".venv").glob("lib/python*/site-packages/torch"))
    with up(clone, elsewhere) as again:
        assert "gatling: " not in again, "what is there is not set up again"
    assert installation(clone) == installed


def installation(clone: Path) -> set[tuple[Path, int]]:
    """The folders of what is installed, and when something was put there last."""
    return {(path, path.stat().st_mtime_ns) for path in (clone / ".venv").glob("lib/python*/site-packages/*.dist-info")}


@contextmanager
def up(clone: Path, elsewhere: Path) -> Generator[str]:
    """`./gatling up` until it is ready; gives what it said on the error stream by then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL" and not name.startswith("GATLING_")}
    started = time.monotonic()
    said = elsewhere / "stderr"
    with said.open("w") as stderr:
        service = subprocess.Popen(
            [clone / "gatling", "up"], cwd=elsewhere, env={**kept, "GATLING_PORT": str(port)}, stderr=stderr
        )
    try:
        while True:
            assert service.poll() is None, "the service ended"
            assert time.monotonic() - started < 180, "the service does not answer"
            try:
                with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                    assert json.load(answer)
                break
            except URLError:
                time.sleep(0.05)
        yield said.read_text()
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(timeout=30)
