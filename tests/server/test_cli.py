"""The command line: what a newcomer sees, and one answer line per input line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard
from structlog.testing import capture_logs
from typer.testing import CliRunner

import server.cli
import server.fleet
import server.offline
from gatling_core.registry import Registry, seal
from server.cli import app
from server.examples import TRACE
from tests.server.conftest import DummyModel, case_of
from tests.server.test_reload import FEATURES, load, stage

runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a registry of two versions, the first current, whose packages are dummies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATLING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("GATLING_SHIPPED_MODEL", str(tmp_path / "shipped"))
    monkeypatch.setattr(server.cli, "configure_logs", lambda: None)  # for the process, and this is pytest's
    monkeypatch.setattr(server.offline, "loader", lambda settings: load)
    registry = Registry(tmp_path / "data" / "registry")
    for version in ("v1", "v2"):
        registry.publish(stage(tmp_path / "staged" / version), feature_version=FEATURES)
    registry.activate("v1")
    return tmp_path


def run(*arguments: str, status: int = 0, stdin: bytes | None = None) -> str:
    result = runner.invoke(app, arguments, input=stdin)
    assert result.exit_code == status, result.output
    return result.stdout


def answers(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def lines(*documents: object) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


@pytest.mark.parametrize(
    "command", [[], ["up"], ["score"], ["models"], ["models", "activate"], ["models", "roll-back"], ["models", "canary"]]
)
def test_help(command: list[str]) -> None:
    assert "Usage:" in run(*command, "--help")


@pytest.mark.parametrize("kind", ["plain", "gz", "zst", "stdin"])
def test_one_line_a_line_in_order(home: Path, kind: str) -> None:
    data = lines(*(case_of(i / 10, id=f"case-{i}") for i in range(100)), TRACE, case_of())
    path = home / {"gz": "in.jsonl.gz", "zst": "in.jsonl.zst"}.get(kind, "in.jsonl")
    path.write_bytes({"gz": gzip.compress, "zst": zstandard.compress}.get(kind, bytes)(data))
    found = answers(run("score", "-", stdin=data) if kind == "stdin" else run("score", str(path)))
    assert [answer["id"] for answer in found] == [*(f"case-{i}" for i in range(100)), "trace", None]
    assert [answer["energy"] for answer in found[:100]] == [i / 10 for i in range(100)]
    assert found[0]["model"]["version"] == "v1"
    assert not any(answer["queued"] for answer in found)


def test_bad_lines_are_answered_on_their_line(home: Path) -> None:
    bad = [b'{"id": "half', b"[]\n", b"\n", b'{"id": "nan", "policy": {}, "x": NaN}\n', b'{"id": "\\ud800", "policy": 3}\n']
    wrong = case_of(id="fails", execution_plan={"nodes": [{"tool_name": "fail"}]})
    (home / "in.jsonl").write_bytes(lines(case_of(id="first")) + b"".join(bad[1:]) + lines(wrong, case_of(id="last")) + bad[0])
    run("score", "in.jsonl", "--output", "out.jsonl", status=1)
    found = answers((home / "out.jsonl").read_text())
    assert [answer["id"] for answer in found] == ["first", None, None, "?", "fails", "last", None]
    assert [answer.get("error", {}).get("status") for answer in found] == [None, 422, 400, 422, 500, None, 400]
    assert found[3]["error"]["errors"][0]["field"] == "id"


def test_files_that_are_not_there_or_damaged_end_with_a_word(home: Path) -> None:
    (home / "cut.jsonl.gz").write_bytes(gzip.compress(lines(*[case_of()] * 50))[:-20])
    for name in ("missing.jsonl", "cut.jsonl.gz"):
        result = runner.invoke(app, ["score", name, "--quiet"])
        assert result.exit_code == 1
        assert name in result.stderr
        assert "Traceback" not in result.output


def test_a_file_is_decided_as_the_server_decides(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "in.jsonl").write_bytes(lines(case_of(0.1), case_of(0.1, "no_request")))
    assert [answer["decision"] for answer in answers(run("score", "in.jsonl"))] == ["allow", "review"]
    monkeypatch.setenv("GATLING_BANDS__REVIEW_WITHOUT_GROUNDS", "false")
    found = answers(run("score", "in.jsonl"))
    assert [(answer["decision"], answer["reasons"]) for answer in found] == [("allow", []), ("allow", ["no_request"])]


def test_models_say_what_a_gate_refused(home: Path) -> None:
    staged = stage(home / "staged" / "v3")
    (staged / "gate.json").write_text(json.dumps({"worse": ["fixed: auc 0.4, parent 0.9, margin 0.01"]}))
    seal(staged, version="v3", feature_version=FEATURES)
    name = Registry(home / "data" / "registry").keep_rejected(staged)
    assert f"{name}  rejected: fixed: auc 0.4, parent 0.9" in run("models")
    assert answers(run("models", "--json"))[-1]["rejected"] == name


def test_models_activate_and_roll_back() -> None:
    assert run("models").startswith("* v1")
    assert "v2 is current" in run("models", "activate", "v2")
    assert [answer["current"] for answer in answers(run("models", "--json"))] == [False, True]
    assert "v1 is current" in run("models", "roll-back")
    assert "v2  rolled back to v1 at" in run("models")
    result = runner.invoke(app, ["models", "activate", "v9"])
    assert (result.exit_code, "no version v9" in result.stderr) == (1, True)


def test_models_stand_beside_the_current_one() -> None:
    assert "v2 stands beside as shadow" in run("models", "shadow", "v2")
    assert run("models").splitlines()[1].endswith("  shadow")
    assert "v2 stands beside as canary" in run("models", "canary", "v2", "--share", "0.1")
    assert [answer["beside"] for answer in answers(run("models", "--json"))] == [None, "canary"]
    assert "nothing stands beside as canary" in run("models", "canary", "--off")
    assert "nothing stands beside as shadow" in run("models", "shadow", "--off")
    assert [answer["beside"] for answer in answers(run("models", "--json"))] == [None, None]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shadow"], "shadow: name a version, or --off"),
        (["shadow", "v2", "--off"], "shadow: name a version, or --off"),
        (["shadow", "v1"], "v1 is current"),
        (["shadow", "v9"], "no version v9"),
        (["shadow", "2"], "shadow: String should match pattern"),
        (["canary", "v2"], "canary: name a version and its --share"),
        (["canary", "v2", "--share", "2"], "canary.share: Input should be less than or equal to 1"),
        (["canary", "--off", "--share", "1"], "canary: name a version and its --share"),
    ],
)
def test_what_cannot_stand_beside_is_said(arguments: list[str], said: str) -> None:
    result = runner.invoke(app, ["models", *arguments])
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr


def test_bad_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_PORT", "many")
    result = runner.invoke(app, ["up"])
    assert (result.exit_code, "port" in result.stderr) == (1, True)


def test_nothing_to_score_with_is_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATLING_REGISTRY", "nowhere")
    (home / "in.jsonl").write_bytes(lines(case_of()))
    result = runner.invoke(app, ["score", "in.jsonl"])
    assert (result.exit_code, "no model" in result.stderr) == (1, True)


def test_a_full_disk_or_a_bug_in_one_line_does_not_end_the_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(trace: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(server.offline, "record", broken)
    (home / "in.jsonl").write_bytes(lines(TRACE, case_of(id="after")))
    found = answers(run("score", "in.jsonl", status=1))
    assert [answer.get("error", {}).get("status") for answer in found] == [500, None]
    assert DummyModel().version == found[1]["model"]["version"]


def test_up_warns_of_a_setting_that_is_misspelt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.fleet, "serve", lambda settings: None)
    monkeypatch.setenv("GATLING_API_KYE", "secret")
    with capture_logs() as logged:
        run("up")
    assert ("unknown_setting", "GATLING_API_KYE") in [(line["event"], line["name"]) for line in logged]
    assert "secret" not in str(logged)
