"""Weights between two models: at each end the model itself, in the middle the mean of both."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gatling_core.nn.model import Gatling, ModelConfig
from trainer import checkpoint
from trainer.interpolation import interpolate

SMALL = ModelConfig(hidden=32)
WEIGHT = "energy.exact.0.weight"


@pytest.fixture
def ends(tmp_path: Path) -> tuple[Path, Path]:
    for seed, name in enumerate(("before", "after")):
        torch.manual_seed(seed)
        checkpoint.write(Gatling(SMALL), tmp_path / name)
    return tmp_path / "before", tmp_path / "after"


def _weight(run: Path) -> torch.Tensor:
    return checkpoint.load(run).state_dict()[WEIGHT]


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_at_its_share_of_the_way(ends: tuple[Path, Path], tmp_path: Path, share: float) -> None:
    before, after = ends
    interpolate(before, after, share, tmp_path / "out")
    first, last = _weight(before), _weight(after)
    assert not torch.equal(first, last)
    torch.testing.assert_close(_weight(tmp_path / "out"), first + share * (last - first))


def test_models_of_other_sizes_are_refused(ends: tuple[Path, Path], tmp_path: Path) -> None:
    checkpoint.write(Gatling(ModelConfig(hidden=64)), tmp_path / "other")
    with pytest.raises(ValueError, match="different sizes"):
        interpolate(ends[0], tmp_path / "other", 0.5, tmp_path / "out")
