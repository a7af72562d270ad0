"""What a training run depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gatling_core.nn.model import ModelConfig

Precision = Literal["bf16", "fp32"]


@dataclass(frozen=True)
class TrainConfig:
    """The same config and data give the same losses, resumed or not (on one device, with one thread count and as many ranks)."""

    data: Path
    out: Path
    epochs: int = 10
    steps: int | None = None
    """Optimiser steps in all; by default as many as `epochs` passes take."""
    batch_plans: int = 96
    """Plans of a step, about; of all ranks together."""
    learnt_share: float = 0.8
    """Share of the plans learnt from: the unseen and those that the model was last most wrong about."""
    learning_rate: float = 3e-3
    weight_decay: float = 0.1
    """Of matrices; nothing else decays."""
    warmup_steps: int = 200
    clip_norm: float = 1.0
    temperature: float = 0.07
    """Of the latents' cosines."""
    energy_temperature: float = 0.5
    """Of energies: a negative two above the compliant plan is nearly done with."""
    weights: tuple[float, float, float, float, float] = (0.5, 0.1, 1.0, 1.0, 0.5)
    """Of energy InfoNCE, latent InfoNCE, calls, terms, bands."""
    seed: int = 0
    workers: int = 1
    """Processes that featurise, and in each rank join batches; 0 = none."""
    device: str = "cpu"
    precision: Precision | None = None
    """Of the network in a step; by default bf16 on a GPU, else fp32. Weights, moments, losses and validation are fp32."""
    compile: bool = False
    validation_plans: int = 3_200
    validate_every_steps: int = 500
    log_every_steps: int = 20
    patience: int | None = None
    """Validations without a lower loss that end the run; by default none do."""
    minutes: float | None = None
    """After so long the run is saved and ends, to be resumed by another."""
    board: bool = False
    """Whether to write for TensorBoard too."""
    start: Path | None = None
    """A run or package whose weights it starts from; random ones by default."""
    lexicon: Path | None = None
    """Word vectors to start from (trainer/lexicon.py); random by default."""
    model: ModelConfig = field(default_factory=ModelConfig)

    @property
    def half(self) -> bool:
        """Whether steps compute in bf16."""
        return (self.precision or ("fp32" if self.device == "cpu" else "bf16")) == "bf16"

    def features(self, split: str) -> Path:
        """Where the featurised groups of a split lie."""
        return self.out / "features" / split
