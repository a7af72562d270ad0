"""A model of features 4 in the network of features 5: what it learnt stays, and what is new is as in an untrained network.

    .venv/bin/python -m trainer.graft RUN OUT

So a model need not learn anew what the features said before; training goes on with `--start OUT`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from safetensors.torch import load_file

from gatling_core.nn.model import Gatling, ModelConfig
from trainer import checkpoint

NEW = {"energy.measured.weight"}
"""Of features 5. All other weights have their names and shapes of features 4."""


def graft(run: Path, out: Path) -> None:
    """Write `out/checkpoint.safetensors` from `run/checkpoint.safetensors`."""
    model = Gatling(ModelConfig())
    old = load_file(run / checkpoint.NAME)
    fresh = model.state_dict()
    model.load_state_dict(old | {name: fresh[name] for name in NEW})
    checkpoint.write(model, out)


if __name__ == "__main__":
    graft(Path(sys.argv[1]), Path(sys.argv[2]))
