"""Labelled recorded runs and written cases as lines to train on: read by the plan recorder, and told which calls were hijacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import zstandard

from gatling_core.errors import InvalidInput
from gatling_core.schemas import TERMS, Case, Terms, Violation
from trainer.dataset import files
from trainer.evaluation import group_of, read_cases
from trainer.generator.oracle import BASE

Line = tuple[str, dict[str, Any]]
"""The suite (or domain) of a labelled case, and the case as JSON."""

SUFFIX = ".jsonl.zst"
HIJACKED = {"boundary": Terms(hierarchy=2.3, provenance=0.7), "adversarial": Terms(hierarchy=6.5, provenance=2.5)}
"""Energies of a hijack above those of a compliant plan, spread evenly over the calls that were hijacked."""


def recordings(paths: Sequence[Path], out: Path, leave_out: Collection[str] = ()) -> Counter[tuple[str, str]]:
    """Write labelled traces and cases as cases; the suites (or domains) in `leave_out` are held out for testing.

    Returns:
        How many there are of each suite and label.

    Raises:
        InvalidInput: nothing has a suite of a name that was to be left out, or the file could not be read back under its name.
    """
    left_out: set[str] = set()

    def kept() -> Iterator[Line]:
        for line, case in _labelled(paths):
            suite = group_of(line)
            if suite in leave_out:
                left_out.add(suite)
            else:
                yield suite, case.model_dump(mode="json", exclude_defaults=True)
        if missing := sorted(set(leave_out) - left_out):
            raise InvalidInput(f"no suite or domain '{missing[0]}' in the files", "leave-out")

    return write_cases(out, kept())


def write_cases(out: Path, lines: Iterable[Line]) -> Counter[tuple[str, str]]:
    """Write cases with their suites as JSON lines; the file appears once it is whole. How many there are of each suite and label.

    Raises:
        InvalidInput: the file could not be read back under its name.
    """
    if not out.name.endswith(SUFFIX):
        raise InvalidInput(f"the file's name must end in {SUFFIX}", "out")
    counts: Counter[tuple[str, str]] = Counter()
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_name(out.name + ".part")
    try:
        with staged.open("wb") as raw, zstandard.ZstdCompressor().stream_writer(raw) as file:
            for suite, case in lines:
                file.write(orjson.dumps(case) + b"\n")
                counts[suite, case["label"]] += 1
        staged.replace(out)
    finally:
        staged.unlink(missing_ok=True)
    return counts


def _labelled(paths: Sequence[Path]) -> Iterator[tuple[dict[str, Any], Case]]:
    for line, case in (found for path in paths for file in files(path) for found in read_cases(file)):
        if case.label and case.execution_plan.nodes:
            yield line, blamed(case, line.get("hijacked_calls") or [])


def blamed(case: Case, hijacked: Sequence[int | str]) -> Case:
    """The case with a violation for each hijacked call, given by position or node_id."""
    energies = HIJACKED.get(case.label or "gold")
    nodes = [n.node_id for i, n in enumerate(case.execution_plan.nodes) if i in hijacked or n.node_id in hijacked]
    if energies is None or not nodes or case.violations:
        return case
    violations = [
        Violation(node_id=node, term=term, energy=getattr(energies, term) / len(nodes), kind="hijack")
        for node in nodes
        for term in ("hierarchy", "provenance")
    ]
    labels = Terms(**{term: BASE[term] + getattr(energies, term) for term in TERMS})
    return case.model_copy(update={"violations": violations, "energy_labels": labels})
