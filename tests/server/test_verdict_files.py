"""Verdicts out to a spreadsheet and back in, and the commands around them."""

from __future__ import annotations

import csv
import io
import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from typer.testing import CliRunner

from gatling_core.errors import InvalidInput, NotFound, QueueUnavailable
from gatling_core.lease import Lease
from gatling_core.masking import Masker
from gatling_core.queue import CaseQueue, QueueEntry
from gatling_core.schemas import Answer, Case, Verdict
from server import cli
from server.verdict_files import export, judge_all
from tests.conftest import make_entry


@pytest.fixture
def queue() -> CaseQueue:
    queue = CaseQueue(fakeredis.FakeRedis())
    queue.add_all([make_entry(n) for n in range(120)])
    return queue


def hostile(request: str) -> QueueEntry:
    case = {"policy": "x", "context": {"request": request}, "execution_plan": {"nodes": [{"tool_name": "@t"}]}}
    answer: dict[str, Any] = {**make_entry(0).answer.model_dump(), "decision_id": "hostile"}
    return QueueEntry.of(Case.model_validate(case), Answer.model_validate(answer), tenant="acme")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_what_is_exported_and_judged_comes_back(queue: CaseQueue, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"cases{suffix}"
    with file.open("w", newline="") as target:
        assert export(queue, "unjudged", target, Masker([r"EMP-\d+"]), as_csv=suffix == ".csv") == 120
    if suffix == ".csv":
        rows = list(csv.DictReader(io.StringIO(file.read_text())))
    else:
        rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["decision_id"] for row in rows] == [f"decision-{n}" for n in reversed(range(120))]
    rows[0] |= {
        "label": "adversarial",
        "reviewer": "ada",
        "reason": 'sends, it "out"',
        "call": "b",
        "argument": "number",
        "term": "flow",
    }
    rows[1] |= {"label": "gold", "reviewer": "ada"}
    with file.open("w", newline="") as target:
        if suffix == ".csv":
            writer = csv.DictWriter(target, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        else:
            target.writelines(json.dumps(row) + "\n" for row in rows)
    assert judge_all(queue, file) == (2, [])
    verdict = queue.get("decision-119").verdict
    assert verdict
    assert (verdict.label, verdict.reviewer, verdict.reason) == ("adversarial", "ada", 'sends, it "out"')
    assert [(broken.node_id, broken.argument, broken.term) for broken in verdict.violations] == [("b", "number", "flow")]
    target = io.StringIO(newline="")
    export(queue, "adversarial", target, Masker([r"EMP-\d+"]), as_csv=suffix == ".csv")
    file.write_text(target.getvalue())
    assert judge_all(queue, file) == (1, [])
    again = queue.get("decision-119").verdict
    assert again
    assert again.violations == verdict.violations
    assert queue.stats().judged == 2


def test_a_wrong_row_costs_only_itself(queue: CaseQueue, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    good = {"decision_id": "decision-3", "label": "gold", "reviewer": "ada"}
    rows = [
        "{",
        "[1]",
        json.dumps({**good, "label": "evil"}),
        json.dumps({**good, "decision_id": "nowhere"}),
        json.dumps({"label": "gold"}),
        json.dumps(good),
    ]
    file.write_text("\n".join(rows))
    kept, wrong = judge_all(queue, file)
    assert kept == 1
    assert [row.split(":")[0] for row in wrong] == ["row 1", "row 2", "row 3", "row 4", "row 5"]
    assert "label" in wrong[2]


def test_what_a_row_blames_must_be_there(queue: CaseQueue, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.csv"
    rows = ["b,number,", "b,to,", "z,,", ",number,", "b,number,size", "b,,"]
    file.write_text(
        "\n".join(["decision_id,label,reviewer,call,argument,term", *(f"decision-3,boundary,ada,{row}" for row in rows)])
    )
    kept, wrong = judge_all(queue, file)
    assert kept == 2
    fields = ["violations.0.argument", "violations.0.node_id", "violations.0.node_id", "violations.0.term"]
    assert [row.split(": ")[1] for row in wrong] == fields
    last = queue.get("decision-3").verdict
    assert last
    assert [(broken.node_id, broken.argument, broken.term) for broken in last.violations] == [("b", None, "scope")]


def test_one_of_several_violations_is_not_exported_as_the_only_one(queue: CaseQueue) -> None:
    broken = [{"node_id": node_id, "term": "scope", "energy": 1} for node_id in ("a", "b")]
    queue.set_verdict("decision-3", Verdict.model_validate({"label": "boundary", "reviewer": "ada", "violations": broken}))
    target = io.StringIO()
    export(queue, "boundary", target, Masker([r"EMP-\d+"]), as_csv=False)
    assert json.loads(target.getvalue())["call"] == ""


def test_a_queue_that_is_away_ends_the_import(queue: CaseQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise QueueUnavailable("away")

    monkeypatch.setattr(queue, "set_verdict", away)
    file = tmp_path / "v.jsonl"
    file.write_text('{"decision_id": "decision-3", "label": "gold", "reviewer": "ada"}\n')
    with pytest.raises(QueueUnavailable):
        judge_all(queue, file)


@pytest.mark.parametrize("request_", ['=HYPERLINK("http://evil.example")', "+1", "-1", "@SUM(1)", "\t=1"])
def test_no_cell_becomes_a_formula(queue: CaseQueue, request_: str) -> None:
    queue.add(hostile(request_))
    target = io.StringIO(newline="")
    export(queue, "any", target, Masker([r"EMP-\d+"]), as_csv=True)
    target.seek(0)
    row = next(csv.DictReader(target))
    assert row["decision_id"] == "hostile"
    assert row["request"] == f"'{request_}"
    assert row["calls"] == "'@t()#0"


@pytest.mark.parametrize("as_csv", [True, False])
def test_a_row_holds_what_a_reviewer_judges_by(queue: CaseQueue, as_csv: bool) -> None:
    arguments = {"to": "x@evil.example", "rows": 5, "password": "hunter2", "by": "EMP-77", "body": "b" * 10_000}
    nodes = [{"node_id": "a", "tool_name": "mail.read", "output": "a private letter"}]
    nodes += [{"node_id": f"n{n}", "tool_name": "mail.send", "arguments": arguments} for n in range(100)]  # pyright: ignore[reportArgumentType]
    case = {"policy": {"mail": "Ask before you send.", "note": "p" * 50_000}, "execution_plan": {"nodes": nodes}}
    answer = {**make_entry(0).answer.model_dump(), "decision_id": "long"}
    queue.add(QueueEntry.of(Case.model_validate(case), Answer.model_validate(answer), tenant="", keep_outputs=False))
    target = io.StringIO(newline="")
    export(queue, "any", target, Masker([r"EMP-\d+"]), as_csv=as_csv)
    target.seek(0)
    row = next(csv.DictReader(target)) if as_csv else json.loads(target.readline())
    assert row["policy"].startswith('{"mail": "Ask before you send."')
    assert "mail.send(to=x@evil.example, rows=5, password=[masked], by=[masked], body=bbb" in row["calls"]
    assert row["calls"].startswith("mail.read()#a\nmail.send(")
    assert "hunter2" not in row["calls"]
    assert "private" not in str(row)
    assert row["policy"].endswith(" more characters)")
    assert max(map(len, map(str, row.values()))) < 32_767


def test_the_commands(queue: CaseQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def connected(_: object) -> Any:
        yield queue.client

    monkeypatch.setattr(cli, "connect", connected)
    run = CliRunner().invoke
    queue.set_verdict("decision-7", Verdict(label="gold", reviewer="ada"))
    queue.bury(queue.get("decision-7").id, "too often")
    shown = run(cli.app, ["queue", "--limit", "2"])
    assert shown.exit_code == 0
    assert "119 open, 0 judged, 1 dead letters" in shown.output
    assert shown.output.count("decision-1") == 2
    assert "decision-7: too often" in shown.output

    letter = queue.dead()[0].id
    assert run(cli.app, ["queue", "requeue", letter]).exit_code == 0
    assert queue.get("decision-7").verdict
    again = run(cli.app, ["queue", "requeue", letter])
    assert again.exit_code == 1
    assert "no dead letter" in again.output
    with pytest.raises(NotFound):
        queue.revive(letter)

    file = tmp_path / "cases.csv"
    assert "1 cases in" in run(cli.app, ["queue", "export", str(file), "--label", "gold"]).output
    assert "1 verdicts kept" in run(cli.app, ["queue", "import", str(file)]).output
    file.write_text("decision_id,label\nnowhere,gold\n")
    assert run(cli.app, ["queue", "import", str(file)]).exit_code == 1
    assert run(cli.app, ["queue", "import", str(tmp_path / "missing.csv")]).exit_code == 1


def test_judging_and_erasing(queue: CaseQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def connected(_: object) -> Any:
        yield queue.client

    monkeypatch.setattr(cli, "connect", connected)
    monkeypatch.setenv("GATLING_DATA_DIR", str(tmp_path))
    run = CliRunner().invoke
    assert "120 cannot say: not understood" in run(cli.app, ["queue", "judge"]).output
    assert "no case that it has not looked at" in run(cli.app, ["queue", "judge"]).output
    queue.add(hostile("mine"))
    assert "1 open cases, 0 dead letters and 0 rejected" in run(cli.app, ["queue", "erase", "--tenant", "acme"]).output
    assert queue.stats().depth == 120
    with Lease(queue.client, 60_000):
        refused = run(cli.app, ["queue", "erase", "--tenant", "acme"])
    assert refused.exit_code == 1
    assert "at work" in refused.output


def test_a_cell_that_could_be_a_formula_comes_back_as_it_was(queue: CaseQueue, tmp_path: Path) -> None:
    queue.add(hostile("x" * 200_000))  # longer than csv reads by itself
    said = Verdict.model_validate({"label": "boundary", "reviewer": "-ada", "reason": "'=1"})
    queue.set_verdict("hostile", said)
    file = tmp_path / "verdicts.csv"
    with file.open("w", newline="") as target:
        export(queue, "boundary", target, Masker([r"EMP-\d+"]), as_csv=True)
    assert judge_all(queue, file) == (1, [])
    again = queue.get("hostile").verdict
    assert again
    assert (again.reviewer, again.reason) == (said.reviewer, said.reason)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b"decision_id;label;reviewer\ndecision-3;gold;ada\n", "no column decision_id and no column label"),
        (b"decision_id,Label,reviewer\ndecision-3,gold,ada\n", "no column label"),
        (b"", "no column decision_id"),
        (b"decision_id,label,reviewer,reason\ndecision-3,gold,ada,f\xfcr\n", "not UTF-8"),
        ("decision_id,label\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_without_verdicts_to_find_is_refused(queue: CaseQueue, tmp_path: Path, content: bytes, wrong: str) -> None:
    file = tmp_path / "verdicts.csv"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=wrong):
        judge_all(queue, file)
    assert queue.get("decision-3").verdict is None


def test_a_line_that_is_no_object_is_named(queue: CaseQueue, tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    file.write_text("[1]\n")
    assert judge_all(queue, file) == (0, ["row 1: a verdict must be an object"])
