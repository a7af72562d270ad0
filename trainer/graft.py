"""A model of an earlier network in today's: weights of the same name stay, what is new is as in an untrained network, what is gone goes.

    .venv/bin/python -m trainer.graft RUN OUT

So a model need not learn anew what the features said before; training goes on with `--start OUT`. For networks whose features differ in
their meaning alone, as 4 to 9 do. Inputs that stood last in a layer and are no longer there are cut off; any other change of a shape is an
error.
"""

from __future__ import annotations

import sys
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from gatling_core.nn.model import Gatling, ModelConfig
from trainer import checkpoint


def graft(run: Path, out: Path) -> None:
    """Write `out/checkpoint.safetensors` from `run/checkpoint.safetensors`."""
    model = Gatling(ModelConfig())
    old, fresh = load_file(run / checkpoint.NAME), model.state_dict()
    model.load_state_dict({name: _cut(old[name], weight) if name in old else weight for name, weight in fresh.items()})
    checkpoint.write(model, out)


def _cut(old: Tensor, fresh: Tensor) -> Tensor:
    return old[:, : fresh.shape[1]] if old.ndim == fresh.ndim == 2 and len(old) == len(fresh) else old


if __name__ == "__main__":
    graft(Path(sys.argv[1]), Path(sys.argv[2]))
