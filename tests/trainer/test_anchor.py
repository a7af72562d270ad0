"""The anchor of a line: the shipped model, however many retrainings came after it, or the reason why there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gatling_core.features import FEATURE_VERSION
from gatling_core.registry import Registry, seal
from trainer.anchor import Anchor


def shipped(registry: Registry, folder: Path) -> Registry:
    """The registry, with a v1 that learned from no queued case."""
    package = _package(folder / "shipped")
    seal(package, version="v1", feature_version=FEATURE_VERSION)
    registry.seed(package)
    return registry


def retrained(registry: Registry, parent: str, folder: Path) -> None:
    """Publish what a retraining made of a version: it learned from one queued case more."""
    case = f"case {registry.next_version()}"
    registry.publish(_package(folder / "staged"), feature_version=FEATURE_VERSION, parent=parent, trained_cases=[case])


def _package(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "energy.onnx").write_bytes(b"graph")
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """v1 is shipped, v2 and v3 are retrained from it."""
    found = shipped(Registry(tmp_path / "registry"), tmp_path)
    retrained(found, "v1", tmp_path)
    retrained(found, "v2", tmp_path)
    return found


def test_the_anchor_stays_where_it_is(registry: Registry) -> None:
    assert [Anchor.of(parent, registry) for parent in ("v1", "v2", "v3")] == [
        Anchor("v1"),
        Anchor("v1", registry.package("v1")),
        Anchor("v1", registry.package("v1")),
    ]


def test_a_model_that_was_trained_anew_is_the_next_anchor(registry: Registry, tmp_path: Path) -> None:
    registry.publish(_package(tmp_path / "anew"), feature_version=FEATURE_VERSION, parent="v3")
    retrained(registry, "v4", tmp_path)
    assert Anchor.of("v5", registry).version == "v4"


def test_it_is_said_why_there_is_none(registry: Registry) -> None:
    shutil.rmtree(registry.package("v2"))
    assert Anchor.of("v3", registry).missing == "v2, which v3 came from, is not in the registry"
    assert Anchor.of("v2", registry).missing == "v2 is not in the registry"


def test_a_damaged_anchor_is_none(registry: Registry) -> None:
    (registry.package("v1") / "energy.onnx").write_bytes(b"another graph")
    assert Anchor.of("v2", registry) == Anchor("v1", missing="v1/energy.onnx does not match its checksum")


def test_an_anchor_of_earlier_features_is_none(registry: Registry) -> None:
    package = registry.package("v1")
    seal(package, version="v1", feature_version="1")
    assert Anchor.of("v2", registry).missing == f"v1 was made for features 1, this code has {FEATURE_VERSION}"
