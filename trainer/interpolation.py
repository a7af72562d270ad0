"""Between a model and what it became: weights on the straight line from one to the other.

    .venv/bin/python -m trainer.interpolation BEFORE AFTER SHARE OUT

What is learnt further moves away from some of what was known, on cases that the further training does not show. Halfway both are mostly
kept (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). `OUT` is a run to adapt or to export.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from trainer import checkpoint


def interpolate(before: Path, after: Path, share: float, out: Path) -> None:
    """Write `out/checkpoint.safetensors`: `share` 0 is `before/checkpoint.safetensors`, 1 `after/checkpoint.safetensors`.

    Raises:
        ValueError: they are of different sizes, so neither became the other.
    """
    first, model = checkpoint.load(before), checkpoint.load(after)
    if first.config != model.config:
        raise ValueError(f"{before} and {after} are of different sizes")
    known = first.state_dict()
    with torch.no_grad():
        for name, weight in model.state_dict().items():
            weight.lerp_(known[name], 1 - share)
    checkpoint.write(model, out)


if __name__ == "__main__":
    interpolate(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
