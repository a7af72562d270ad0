"""A model of an earlier network goes on in today's: its weights stay, and what is new is as in an untrained network."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from gatling_core.nn.model import Gatling, ModelConfig
from trainer import checkpoint
from trainer.graft import graft

NEW = {"energy.direct.weight"}
"""Say that the earlier network had no such thing."""


def test_old_weights_stay_and_new_ones_begin(tmp_path: Path) -> None:
    torch.manual_seed(1)
    old = {name: weight.contiguous() for name, weight in Gatling(ModelConfig()).state_dict().items() if name not in NEW}
    gone = {"energy.gone.weight": torch.ones(3)}
    longer = {"energy.exact.0.weight": torch.cat([old["energy.exact.0.weight"], torch.ones(64, 20)], 1)}
    (tmp_path / "old").mkdir()
    save_file(old | gone | longer, tmp_path / "old" / checkpoint.NAME, {"feature_version": "4"})
    graft(tmp_path / "old", tmp_path / "new")
    found = checkpoint.load(tmp_path / "new").state_dict()
    assert found.keys() == old.keys() | NEW
    assert all(torch.equal(found[name], weight) for name, weight in old.items() if name != checkpoint.WORDS)
    assert torch.equal(found[checkpoint.WORDS], old[checkpoint.WORDS].half().float())
    assert all(found[name].any() for name in NEW)
