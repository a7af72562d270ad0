"""Every recorded run and written policy at hand goes through `./gatling score`: one answer a line, in order, no error."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("agentdojo_traces.jsonl.gz", 1_191), ("tau_bench_pairs.jsonl.gz", 825)])
def test_every_line_has_its_answer(name: str, count: int, tmp_path: Path) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this checkout")
    out = tmp_path / "answers.jsonl"
    command = [sys.executable, "-m", "server", "score", str(path), "--quiet", "--output", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=600, env={"PYTHONPATH": str(ROOT), "GATLING_DATA_DIR": str(tmp_path)})
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    with gzip.open(path) as file:
        assert [answer["id"] for answer in answers] == [json.loads(line)["id"] for line in file]
    assert len(answers) == count
    for answer in answers:
        assert answer["energy"] >= 0
        assert sum(node["energy"] for node in answer["nodes"]) == pytest.approx(answer["energy"], rel=1e-5)
        assert sum(answer["terms"].values()) == pytest.approx(answer["energy"], rel=1e-5)
