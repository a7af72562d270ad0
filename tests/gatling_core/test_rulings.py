"""Rulings in a package: read when it is loaded, refused when broken, and added to the energies exactly."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from gatling_core.errors import PackageRejected
from gatling_core.registry import seal
from gatling_core.rulings import FILE, Ruling, Rulings
from gatling_core.runtime import Model
from gatling_core.schemas import Case
from gatling_core.settings import Settings

RULING = Ruling(argument="audit log", value="off", energy=3.0, tools=["stock.move", "stock.sell"], everywhere=True)
CASE = Case.model_validate(
    {
        "policy": "The clerk moves stock. Every change is written to the audit log.",
        "user_role": "clerk",
        "context": {"request": "Move pallet A-7 to aisle 9"},
        "execution_plan": {
            "nodes": [
                {"node_id": "a", "tool_name": "stock.find", "arguments": {"pallet": "A-7"}},
                {"node_id": "b", "tool_name": "stock.move", "arguments": {"pallet": "A-7", "auditLog": "OFF"}},
            ]
        },
    }
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The shipped model, to be changed."""
    copy = tmp_path / "package"
    shutil.copytree(Settings().shipped_model, copy)
    return copy


def sealed(package: Path) -> Model:
    seal(package, version="v2", feature_version=Model.load(Settings().shipped_model).manifest.feature_version)
    return Model.load(package)


def test_a_ruling_adds_its_energy_to_the_call_and_the_term_and_changes_nothing_else(package: Path) -> None:
    Rulings([RULING]).write(package)
    (bare,), (ruled,) = Model.load(Settings().shipped_model).score([CASE]), sealed(package).score([CASE])
    assert ruled.energy - bare.energy == pytest.approx(RULING.energy, abs=1e-5)
    assert ruled.terms.scope - bare.terms.scope == pytest.approx(RULING.energy, abs=1e-5)
    assert [b.energy - a.energy for a, b in zip(bare.nodes, ruled.nodes, strict=True)] == pytest.approx([0.0, 3.0], abs=1e-5)
    assert np.array_equal(bare.z_e, ruled.z_e)


def test_a_package_without_rulings_has_none(package: Path) -> None:
    assert not len(Rulings.read(package))
    Rulings().write(package)
    assert not (package / FILE).exists()


def test_rulings_that_cannot_be_read_are_not_served(package: Path) -> None:
    (package / FILE).write_text('[{"argument": "audit"}]')
    with pytest.raises(PackageRejected, match=r"rulings\.json cannot be read"):
        sealed(package)
