"""The data card: what a generated data set holds, counted from its shards, with plots and an example of every kind of case."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from trainer.cases import cases_of
from trainer.shards import checksum, counts, parts, read_part

EXAMPLE_PARTS = 8
"""So many row groups are looked through for examples."""
PLOTTED = ("labels", "kinds", "domain", "rendering")


def write(out: Path, shards: Sequence[Path], seed: int, code: str) -> None:
    """`card.json` for machines, `card.md` with plots and examples for people."""
    found: dict[str, Counter[str]] = {}
    for path in shards:
        for name, values in counts(path).items():
            found.setdefault(name, Counter()).update(values)
    total = found["labels"].total()
    size = sum(path.stat().st_size for path in shards)
    card = {
        "seed": seed, "code_sha256": code, "cases": total, "bytes_per_case": round(size / total, 1),
        "counts": {name: dict(counter.most_common()) for name, counter in found.items()},
        "shards": [{"file": path.name, "bytes": path.stat().st_size, "sha256": checksum(path)} for path in shards],
    }  # fmt: skip
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    (out / "card.md").write_text(_page(card, _examples(shards)))
    _plot(out / "card.png", found)


def _page(card: Mapping[str, Any], examples: Mapping[str, Mapping[str, Any]]) -> str:
    shown = card["counts"]
    lines = [
        "# Data card", "",
        f"{card['cases']:,} generated cases in {len(card['shards'])} shards, seed {card['seed']}, {card['bytes_per_case']} bytes a case.",
        "Split and the names of worlds are counted by group, labels and kinds by case.", "", "![counts](card.png)", "",
    ]  # fmt: skip
    for name, counter in shown.items():
        total = sum(counter.values())
        lines += [f"## {name.capitalize()}", "", "| value | count | share |", "| --- | --- | --- |"]
        lines += [f"| {value} | {count:,} | {count / total:.2%} |" for value, count in counter.items()] + [""]
    lines += ["## An example of every kind", ""]
    for kind, case in sorted(examples.items()):
        lines += [f"### {kind}", "", "```json", json.dumps(case, indent=1, ensure_ascii=False), "```", ""]
    return "\n".join(lines)


def _examples(shards: Sequence[Path]) -> dict[str, dict[str, Any]]:
    """The shortest case of every kind among the first groups, without its hard negatives."""
    found: dict[str, dict[str, Any]] = {}
    groups = (orjson.loads(text) for part in parts(shards[:1])[:EXAMPLE_PARTS] for text in read_part(*part))
    for case in (case for group in groups for case in cases_of(group)):
        shorter = {key: value for key, value in case.items() if key not in ("hard_negatives", "tools")}
        if case["kind"] not in found or len(str(shorter)) < len(str(found[case["kind"]])):
            found[case["kind"]] = shorter
    return found


def _plot(path: Path, found: Mapping[str, Counter[str]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 14), layout="constrained")
    for axes, name in zip(figure.subplots(2, 2).flat, PLOTTED, strict=True):
        ranked = found[name].most_common(40)[::-1]
        axes.barh([value for value, _ in ranked], [count for _, count in ranked], color="#4c6fae")
        axes.set_title(name)
        axes.tick_params(axis="y", labelsize=7)
        axes.set_xscale("log")
    figure.savefig(path, dpi=110, metadata={"Software": None})
