"""From a training run to a sealed package: weights, graphs, parity, metrics, manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from gatling_core.errors import RegistryError
from gatling_core.features import FEATURE_VERSION
from gatling_core.grounds import FILE as WORDS
from gatling_core.registry import MANIFEST, Manifest, checked_version, seal
from trainer import checkpoint
from trainer.evaluation import evaluate
from trainer.export import export

LINEAGE = "lineage.json"
"""Beside a run's checkpoint: the command, the data's digest and the seed that made it."""


def build(run: Path, package: Path, version: str, evaluate_on: Sequence[Path]) -> Manifest:
    """Write a package from `run/checkpoint.safetensors`; its manifest tells how it was trained and what it measures.

    Raises:
        RegistryError: the folder holds something else, or the version has no name of one.
        PackageRejected: the graphs do not match torch.
    """
    checked_version(version)  # before minutes of work
    if package.exists() and any(package.iterdir()) and not (package / MANIFEST).exists():
        raise RegistryError(f"{package} holds something that is no package: name another folder")
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    shutil.copyfile(run / checkpoint.NAME, package / checkpoint.NAME)
    if (run / WORDS).exists():
        shutil.copyfile(run / WORDS, package / WORDS)
    training: dict[str, object] = {"parity": export(package)}
    if (run / LINEAGE).exists():
        training |= json.loads((run / LINEAGE).read_text())
    seal(package, version=version, feature_version=FEATURE_VERSION, training=training)
    metrics = evaluate(package, evaluate_on, split="test")["sets"] if evaluate_on else {}
    return seal(package, version=version, feature_version=FEATURE_VERSION, training=training, metrics=metrics)
