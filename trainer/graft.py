"""A model of features 3 in the network of features 4: what it learnt stays, and what is new starts at zero.

    .venv/bin/python -m trainer.graft RUN OUT

So a model need not learn anew what the features said before; training goes on with `--start OUT`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from gatling_core.features.relations import PAIR_RELATIONS
from gatling_core.nn.energy import GATES
from gatling_core.nn.model import Gatling, ModelConfig
from trainer import checkpoint

OLD_GATES, OLD_PAIR, OLD_ROLE = 3, 20, 18
"""Of features 3. All that was added since stands behind them."""
_PAIRS = [gate * PAIR_RELATIONS + relation for gate in range(OLD_GATES) for relation in range(OLD_PAIR)]
_RELATIONS = [*_PAIRS, *(GATES * PAIR_RELATIONS + relation for relation in range(OLD_ROLE))]
_COLUMNS = {"energy.bias.weight": _RELATIONS, "energy.from_relations.weight": _RELATIONS, "energy.exact.0.weight": _PAIRS}
"""Where the old columns of a weight stand now, if not in front."""


def graft(run: Path, out: Path) -> None:
    """Write `out/checkpoint.safetensors` from `run/checkpoint.safetensors`."""
    model = Gatling(ModelConfig())
    model.load_state_dict(grafted(load_file(run / checkpoint.NAME), model.state_dict()))
    checkpoint.write(model, out)


def grafted(old: Mapping[str, Tensor], new: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The old weights in the shapes of the new ones, zero where there was none."""
    found: dict[str, Tensor] = {}
    for name, weight in new.items():
        found[name] = torch.zeros_like(weight)
        if old[name].shape == weight.shape:
            found[name].copy_(old[name])
        else:
            found[name][:, _COLUMNS.get(name, list(range(old[name].shape[1])))] = old[name]
    return found


if __name__ == "__main__":
    graft(Path(sys.argv[1]), Path(sys.argv[2]))
