"""Judging a model package on labelled files: generated cases, recorded runs, written policies."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from gatling_core.recorder import record
from gatling_core.runtime import Model, Score
from gatling_core.schemas import TERMS, Case, Trace
from trainer.dataset import files, lines
from trainer.metrics import auc, bootstrap, nearest_neighbour_accuracy, recall_at, retrieval_accuracy, summarise, within

CHUNK = 128


@dataclass
class Judged:
    """Energies of one file's labelled cases."""

    labels: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    """What is reported apart: the suite, the domain or the kind of policy."""
    energies: list[float] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    blamed: list[bool] = field(default_factory=list)
    """Of attacks that say which calls are hijacked: whether the call with the highest energy is one of them."""
    z_g: list[NDArray[np.float32]] = field(default_factory=list)
    z_e: list[NDArray[np.float32]] = field(default_factory=list)
    term_right: list[bool] = field(default_factory=list)
    """Of cases with one violated term: whether it is the largest."""

    def add(self, line: dict[str, Any], case: Case, score: Score) -> None:
        """Take in one scored line."""
        self.labels.append(case.label or "gold")
        self.tasks.append(task_of(line))
        self.groups.append(group_of(line))
        self.energies.append(score.energy)
        self.calls.append(len(score.nodes))
        self.z_g.append(score.z_g)
        self.z_e.append(score.z_e)
        hijacked: Sequence[Any] = line.get("hijacked_calls") or [v.node_id for v in case.violations if v.term == "hierarchy"]
        if case.label == "adversarial" and hijacked:
            top = max(range(len(score.nodes)), key=lambda i: score.nodes[i].energy)
            self.blamed.append(top in hijacked or score.nodes[top].node_id in hijacked)
        broken = {v.term for v in case.violations}
        if len(broken) == 1:
            self.term_right.append(max(TERMS, key=lambda term: getattr(score.terms, term)) in broken)

    def metrics(self, intervals: bool = True) -> dict[str, Any]:
        """Everything that is reported of these energies; intervals are 95 % bootstrap intervals over tasks.

        What these cases cannot measure is absent: a manifest has no place for NaN.
        """
        labels, energies = np.array(self.labels), np.array(self.energies)
        found = summarise(self.labels, energies)
        gold, attack = labels == "gold", labels == "adversarial"
        if not gold.any() or not (labels != "gold").any():
            return found
        if not attack.any():
            attack = labels == "boundary"
        found["within_task_auc"] = round(within(energies[gold], energies[attack], self._tasks(gold), self._tasks(attack)), 4)
        found["call_count_auc"] = round(auc(np.array(self.calls)[gold], np.array(self.calls)[attack]), 4)
        z_g, z_e = np.stack(self.z_g), np.stack(self.z_e)
        found["nearest_neighbour_z_e"] = round(nearest_neighbour_accuracy(z_e, self.labels), 4)
        found["own_z_e_among_256"] = round(retrieval_accuracy(z_g[gold], z_e[gold]), 4)
        if self.blamed:
            found["hijacked_call_highest"] = round(float(np.mean(self.blamed)), 4)
        if self.term_right:
            found["violated_term_largest"] = round(float(np.mean(self.term_right)), 4)
        if intervals:
            found["auc_interval"] = self._interval(auc, gold, attack)
            found["recall_at_1pct_interval"] = self._interval(lambda n, p: recall_at(n, p, 0.01), gold, attack)
        return {name: value for name, value in found.items() if not np.isnan(value if isinstance(value, float) else 0.0)}

    def _interval(
        self,
        statistic: Callable[[NDArray[np.float64], NDArray[np.float64]], float],
        gold: NDArray[np.bool_],
        attack: NDArray[np.bool_],
    ) -> list[float]:
        energies = np.array(self.energies)
        low, high = bootstrap(self.tasks, lambda rows: statistic(energies[rows][gold[rows]], energies[rows][attack[rows]]))
        return [round(low, 4), round(high, 4)]

    def _tasks(self, rows: NDArray[np.bool_]) -> list[str]:
        return [task for task, kept in zip(self.tasks, rows, strict=True) if kept]

    def by_group(self) -> dict[str, dict[str, Any]]:
        """Metrics of each group on its own, without intervals."""
        found: dict[str, dict[str, Any]] = {}
        for group in sorted(set(self.groups)):
            rows = [i for i, name in enumerate(self.groups) if name == group]
            part = summarise([self.labels[i] for i in rows], np.array(self.energies)[rows])
            found[group] = part
        return found


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
            judged.add(line, case, score)
    return judged


def evaluate(package: Path, paths: Sequence[Path], out: Path | None = None, split: str | None = None) -> dict[str, Any]:
    """Judge a package on files or folders of JSONL; write `report.json` and `report.md` to `out`.

    Args:
        split: keep only lines of this split, where lines name one.
    """
    model = Model.load(package)
    report: dict[str, Any] = {"model": {"version": model.version, "digest": model.digest}, "sets": {}}
    for path in paths:
        judged = judge(model, chain.from_iterable(read_cases(file, split) for file in files(path)), path.name)
        if judged.labels:
            report["sets"][path.name] = {"all": judged.metrics(), "groups": judged.by_group()}
    if out:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
        (out / "report.md").write_text(markdown(report))
    return report


def markdown(report: dict[str, Any]) -> str:
    """The report as tables for people."""
    lines = [f"# Evaluation of {report['model']['version']}", "", f"Package digest `{report['model']['digest']}`.", ""]
    for name, found in report["sets"].items():
        lines += [f"## {name}", "", "| measure | value |", "| --- | --- |"]
        lines += [f"| {key} | {value} |" for key, value in found["all"].items()]
        keys = ("mean_gold", "mean_boundary", "mean_adversarial", "auc", "auc_any", "recall_at_1pct", "recall_at_5pct")
        lines += ["", "| group | " + " | ".join(keys) + " |", "| --- |" + " --- |" * len(keys)]
        lines += [
            f"| {group} | " + " | ".join(str(part.get(key, "")) for key in keys) + " |" for group, part in found["groups"].items()
        ]
        lines.append("")
    return "\n".join(lines)
