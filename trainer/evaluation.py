"""Judging a model package on labelled files: generated cases, recorded runs, written policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gatling_core.recorder import record
from gatling_core.runtime import Model
from gatling_core.schemas import Case, Trace
from trainer.dataset import files, lines
from trainer.judged import Judged

CHUNK = 128


def task_of(line: dict[str, Any]) -> str:
    """What must not be split by a bootstrap and what "within the same task" means: the user's task, or the generated world."""
    if "user_task" in line:
        return f"{line.get('suite', '')}/{line['user_task']}"
    world = line.get("world")
    if isinstance(world, dict):
        return str(world.get("seed"))
    parts = str(line.get("id", "")).split("/")
    if line.get("benchmark") == "tau_bench" and len(parts) >= 4:
        return f"{_domain(parts)}/{parts[-1] if parts[1] == 'gt' else parts[-2]}"
    return str(line.get("id", ""))


def group_of(line: dict[str, Any]) -> str:
    """The suite of a recorded run, the domain of a written policy or generated world."""
    world = line.get("world")
    if isinstance(world, dict):
        return str(world.get("domain"))
    parts = str(line.get("id", "")).split("/")
    return str(line.get("suite") or (_domain(parts) if line.get("benchmark") == "tau_bench" else line.get("kind") or "all"))


def _domain(parts: Sequence[str]) -> str:
    return next((name for name in ("airline", "retail") if any(name in part for part in parts)), "all")


def read_cases(path: Path, split: str | None = None) -> Iterator[tuple[dict[str, Any], Case]]:
    """Each line with its case, of one split where lines name theirs; traces go through the plan recorder, which never sees the label."""
    for line in lines([path], split):
        if "messages" in line:
            trace = Trace.model_validate(line)
            case = record(trace).model_copy(update={"label": trace.label})
        else:
            case = Case.model_validate(line)
        yield line, case


def judge(model: Model, cases: Iterable[tuple[dict[str, Any], Case]], title: str = "") -> Judged:
    """Score labelled cases."""
    judged = Judged()
    source = iter(tqdm(cases, desc=title, unit="case", disable=not title))
    while chunk := list(islice(source, CHUNK)):
        for (line, case), score in zip(chunk, model.score([case for _, case in chunk]), strict=True):
            judged.add(line, case, score, task=task_of(line), group=group_of(line))
    return judged


def evaluate(
    package: Path, paths: Sequence[Path], out: Path | None = None, split: str | None = None, run: Path | None = None
) -> dict[str, Any]:
    """Judge a package on files or folders of cases or traces; write `report.json` and `report.html` to `out`.

    Args:
        split: keep only lines of this split, where lines name one.
        run: the folder of the training run, for its curves.
    """
    model = Model.load(package)
    report: dict[str, Any] = {"model": {"version": model.version, "digest": model.digest}, "sets": {}}
    sets: dict[str, Judged] = {}
    for path in paths:
        judged = judge(model, chain.from_iterable(read_cases(file, split) for file in files(path)), path.name)
        if judged.labels:
            sets[path.name] = judged
            report["sets"][path.name] = {"all": judged.metrics(), "tables": judged.tables(), "groups": judged.by_group()}
    if out:
        from trainer.report import page, read_log  # here: the retrain worker judges models and draws nothing

        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
        (out / "report.html").write_text(page(report, sets, model, read_log(run) if run else []), encoding="utf-8")
    return report
