"""The decision log: every decision, no secrets, bounded, rotated; and its replay."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gatling_core.schemas import Answer, Case
from gatling_core.settings import ROOT, Settings
from server import decision_log
from server.cli import app
from server.decision_log import DecisionLog, Folder, digest
from server.examples import ATTACK, TRACE
from tests.server.conftest import Start, case_of
from tests.server.test_cli import home  # noqa: F401  # pyright: ignore[reportUnusedImport]

SECRET = "hunter2-hunter2"


class Memory:
    """A target that holds lines back until it may go on, and refuses them where it is told to."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.writes = threading.Semaphore(0)
        self.go = threading.Event()
        self.go.set()
        self.full = False

    def write(self, lines: bytes) -> None:
        assert self.go.wait(10)
        if self.full:
            raise OSError(28, "No space left on device")
        self.lines += [json.loads(line) for line in lines.splitlines()]
        self.writes.release()

    def close(self) -> None:
        pass


def logged(root: Path) -> list[dict[str, Any]]:
    files = sorted((root / "data" / "decisions").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def answer_to(case: Case, energy: float = 3.0) -> Answer:
    return Answer.model_validate(
        {
            "decision_id": "d",
            "decision": "review",
            "energy": energy,
            "terms": {"scope": energy},
            "nodes": [{"node_id": n.node_id, "energy": energy, "terms": {}} for n in case.execution_plan.nodes],
            "queued": False,
            "model": {"version": "v1", "digest": "d"},
            "policy_digest": "sha256:p",
        }
    )


async def test_every_decision_is_there_with_digests_model_terms_and_trace(start: Start, tmp_path: Path) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", "gatling-tenant": "acme"}
    failing = case_of(execution_plan={"nodes": [{"tool_name": "fail"}]})
    async with start() as client:
        answer = (await client.post("/score", json=ATTACK, headers=headers)).json()
        await client.post("/score/trace", json=TRACE)
        await client.post("/score/batch", json={"cases": [case_of(), failing, {"policy": 3}]})
    first, *others = logged(tmp_path)
    assert (first["trace_id"], first["tenant"], first["case_id"], first["key"]) == (trace_id, "acme", "hijacked", None)
    assert {key: first[key] for key in answer if key != "nodes"} == {k: v for k, v in answer.items() if k != "nodes"}
    assert [call["energy"] for call in first["calls"]] == [node["energy"] for node in answer["nodes"]]
    node = ATTACK["execution_plan"]["nodes"][1]
    assert first["calls"][1]["arguments"] == digest(node["arguments"])
    assert [(line["decision"], line.get("problem")) for line in others] == [
        ("allow", None),
        ("allow", None),
        (None, "score-failed"),
    ]
    assert len({line["trace_id"] for line in others}) == 2


async def test_neither_arguments_nor_outputs_are_in_it_by_default(start: Start, tmp_path: Path) -> None:
    async with start() as client:
        await client.post("/score", json=ATTACK)
    text = json.dumps(logged(tmp_path))
    for private in ("audit@collector.example", "customers.csv", "IMPORTANT", "Show me my latest invoice"):
        assert private not in text
    assert "mail.send" in text


async def test_kept_cases_have_no_outputs_and_no_secrets(start: Start, tmp_path: Path) -> None:
    node = {"tool_name": "db.read", "arguments": {"password": SECRET, "url": f"postgres://ada:{SECRET}@db/x"}, "output": SECRET}
    posted = case_of(
        context={"request": f"my password is: {SECRET} password={SECRET}", "session": {"token": SECRET}},
        execution_plan={"nodes": [node]},
    )
    async with start(decision_log_arguments=True) as client:
        await client.post("/score", json=posted)
        await client.post("/score", json=case_of(0.5))
    masked, exact = logged(tmp_path)
    assert SECRET not in json.dumps(masked).replace(f"my password is: {SECRET}", "")
    assert (masked["exact"], exact["exact"]) == (False, True)
    assert Case.model_validate(exact["case"]) == Case.model_validate(case_of(0.5))


async def test_off_writes_nothing(start: Start, tmp_path: Path) -> None:
    async with start(decision_log="off") as client:
        await client.post("/score", json=case_of())
    assert not (tmp_path / "data" / "decisions").exists()


async def test_what_a_slow_disk_cannot_take_is_counted_and_costs_no_answer(start: Start) -> None:
    async with start(decision_log_max_waiting=2) as client:
        log = client.service.decider._log
        target = Memory()
        target.go.clear()
        log._target = target
        for _ in range(20):
            assert (await client.post("/score", json=case_of())).status_code == 200
        value = client.service.metrics.registry.get_sample_value
        dropped = value("gatling_decision_log_dropped_total")
        assert dropped is not None
        assert dropped >= 20 - 2 - 2, "at most two wait, and two more are in the writer's hands"
        target.go.set()
    assert len(target.lines) + dropped == 20
    assert log.written == len(target.lines)


def test_what_comes_shortly_after_a_write_is_written_together_and_the_end_waits_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decision_log, "_GATHER_S", 3_600.0)
    target, case = Memory(), Case.model_validate(case_of())
    log = DecisionLog(target, None, max_waiting=100)
    log.start()
    log.add(case, answer_to(case), "t")
    assert target.writes.acquire(timeout=10)
    for _ in range(50):
        log.add(case, answer_to(case), "t")
    assert log.waiting == 50
    log.stop()
    assert (log.dropped, log.written, len(target.lines)) == (0, 51, 51)
    assert target.writes.acquire(timeout=10)
    assert not target.writes.acquire(blocking=False)


def test_a_full_disk_is_counted_and_the_log_goes_on_when_there_is_room() -> None:
    target, case = Memory(), Case.model_validate(case_of())
    target.full = True
    log = DecisionLog(target, None, max_waiting=10)
    for _ in range(3):
        log.add(case, answer_to(case), "t")
    log._waiting.put(None)
    log._run()
    target.full = False
    log.add(case, answer_to(case), "t")
    log._waiting.put(None)
    log._run()
    assert (log.dropped, log.written, len(target.lines)) == (3, 1, 1)


def test_one_decision_that_cannot_be_written_does_not_end_the_log() -> None:
    target, case = Memory(), Case.model_validate(case_of())
    log = DecisionLog(target, None, max_waiting=10)
    broken = answer_to(case).model_copy(update={"nodes": []})
    for answer in (broken, answer_to(case)):
        log.add(case, answer, "t")
    log._waiting.put(None)
    log._run()
    assert (log.dropped, log.written) == (1, 1)


def test_files_rotate_and_the_oldest_go_but_never_one_in_use(tmp_path: Path) -> None:
    other = Folder(tmp_path, max_bytes=4_000)
    other.write(b"in use\n")
    folder = Folder(tmp_path, max_bytes=4_000)
    for number in range(100):
        folder.write(b"%099d\n" % number)
    files = sorted(tmp_path.glob("*.jsonl"))
    assert sum(file.stat().st_size for file in files) <= 4_000
    assert files[0].read_bytes() == b"in use\n"
    kept = [int(line) for file in files[1:] for line in file.read_text().splitlines()]
    assert kept == list(range(kept[0], 100)), "the newest, all of them"
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    for each in (folder, other):
        each.close()


def test_stdout_gets_one_line_a_decision(capfdbinary: pytest.CaptureFixture[bytes], settings: Settings) -> None:
    case = Case.model_validate(case_of())
    log = DecisionLog.of(settings.model_copy(update={"decision_log": "stdout"}))
    log.start()
    log.add(case, answer_to(case), "acme")
    log.stop()
    assert json.loads(capfdbinary.readouterr().out)["tenant"] == "acme"


def test_replay_tells_what_another_model_changes(home: Path) -> None:  # noqa: F811
    case = Case.model_validate
    target = Memory()
    log = DecisionLog.of(Settings(decision_log_arguments=True))
    log._target = target
    for i, (now, before) in enumerate([(0.1, 0.1), (0.1, 3.0), (7.0, 3.0), (7.0, 0.1)]):
        posted = case(case_of(now, id=str(i)))
        log.add(posted, answer_to(posted, before).model_copy(update={"decision_id": str(i)}), "default")
    for i, (now, before) in enumerate([([], ["no_request"]), (["opaque_tool"], ["no_request"]), (["opaque_tool"], [])], 4):
        posted = case(case_of(0.1, *now, id=str(i)))
        log.add(posted, answer_to(posted, 0.1).model_copy(update={"decision_id": str(i), "reasons": before}), "default")
    failing = case(case_of(execution_plan={"nodes": [{"tool_name": "fail"}]}))
    log.add(failing, answer_to(failing), "default")
    log._waiting.put(None)
    log._run()
    lines = [json.dumps(line) for line in target.lines]
    (home / "log.jsonl").write_text("\n".join([*lines, '{"tenant": "t"}', "Gatling at http://…", ""]))
    result = CliRunner().invoke(app, ["replay", "log.jsonl", "--model", "v2"])
    assert result.exit_code == 0, result.output
    changed = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["decision_id"], line["before"]["decision"], line["after"]["decision"]) for line in changed] == [
        ("1", "review", "allow"), ("2", "review", "block"), ("3", "allow", "block"), ("4", "review", "allow"), ("6", "allow", "review"),
    ]  # fmt: skip
    for said in (
        "7 replayed",
        "1 allow → block",
        "2 review → allow",
        "1 allow → review",
        "mean |ΔE| 1.971",
        "1 without a case",
        "2 could not be scored",
    ):
        assert said in result.stderr, result.stderr
    package = str(home / "data" / "registry" / "v1")
    printed = CliRunner().invoke(app, ["replay", "log.jsonl", "--package", package, "--all"]).stdout
    assert len(printed.splitlines()) == 7
    assert "no version v9" in CliRunner().invoke(app, ["replay", "log.jsonl", "--model", "v9"]).stderr


def test_processes_that_share_stdout_write_whole_lines(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
from server.decision_log import Stdout
letter = b"a" if os.fork() else b"b"
out = Stdout(Path(sys.argv[1]))
for _ in range(10):
    out.write(letter * 100_000 + bytes([10]))
if letter == b"a":
    os.wait()
"""
    command = [sys.executable, "-c", code, str(tmp_path / "shared")]
    found = b""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout
        while part := process.stdout.read(8_192):  # slowly: the pipe is full most of the time
            found += part
            time.sleep(0.0005)
    lines = found.splitlines()
    assert len(lines) == 20
    assert all(len(line) == 100_000 and len(set(line)) == 1 for line in lines)
