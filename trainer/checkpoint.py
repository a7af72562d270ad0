"""Weights and sizes of a network in one safetensors file: no pickle anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save

from gatling_core.errors import PackageRejected
from gatling_core.features import FEATURE_VERSION
from gatling_core.nn.model import Gatling, ModelConfig

NAME = "checkpoint.safetensors"

WORDS = "text.embedding.weight"
"""Kept in float16: two thirds of all bytes, and rounding it moves no energy by more than other rounding does."""


def write(model: Gatling, folder: Path) -> Path:
    """Save to `folder/checkpoint.safetensors`, replacing it atomically. The sizes and FEATURE_VERSION stand in the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    state[WORDS] = state[WORDS].half()
    metadata = {"config": json.dumps(asdict(model.config)), "feature_version": FEATURE_VERSION}
    staged = folder / f".{NAME}.part"
    staged.write_bytes(save(state, metadata))
    return staged.replace(folder / NAME)


def load(folder: Path, network: Callable[[ModelConfig], Gatling] = Gatling) -> Gatling:
    """The network saved in `folder`, as `network` builds it.

    Raises:
        PackageRejected: made for another FEATURE_VERSION.
    """
    with safe_open(str(folder / NAME), framework="pt") as file:
        metadata = file.metadata()
        if metadata.get("feature_version") != FEATURE_VERSION:
            raise PackageRejected(f"{NAME} was made for features {metadata.get('feature_version')}, this is {FEATURE_VERSION}")
        model = network(ModelConfig(**json.loads(metadata["config"])))
        model.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118 (safe_open is no dict)
    return model
