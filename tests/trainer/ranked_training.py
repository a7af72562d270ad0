"""Trains as one of the processes that torchrun starts: `ranked_training.py DATA OUT STEPS`."""

from __future__ import annotations

import sys
from pathlib import Path

from gatling_core.nn.model import ModelConfig
from trainer.config import TrainConfig
from trainer.training import train

SMALL = ModelConfig(words=8, text=16, hidden=16, heads=2, policy_layers=1, execution_layers=1, pair=8, word_dropout=0.0)


def config(data: Path, out: Path, steps: int) -> TrainConfig:
    """Small batches, some of which leave a rank without a part, and of their plans the hardest."""
    return TrainConfig(
        data,
        out,
        steps=steps,
        batch_plans=24,
        learnt_share=0.6,
        warmup_steps=2,
        learning_rate=3e-4,
        validate_every_steps=8,
        log_every_steps=1,
        workers=0,
        model=SMALL,
    )


if __name__ == "__main__":
    train(config(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
