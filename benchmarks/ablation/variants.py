"""The variants: what is shipped, and everything that differs from it in one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from gatling_core.nn.energy import EnergyHead
from gatling_core.nn.model import Gatling, ModelConfig
from trainer.config import TrainConfig

LOSSES = ("energy InfoNCE", "latent InfoNCE", "calls", "terms", "bands")
"""In the order of `TrainConfig.weights`."""

GroupData = dict[str, Any]


class LatentsAlone(EnergyHead):
    """Calls, and the pooled latents of policy and plan: no call meets a clause, and no exact relation is read."""

    def forward(self, *inputs: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride] (given by place)
        calls, call_mask, clauses, clause_mask, role, pair, z_g, latents = inputs
        return super().forward(calls, call_mask, clauses, clause_mask * 0, role * 0, pair * 0, z_g, latents)


def latents_alone(config: ModelConfig) -> Gatling:
    model = Gatling(config)
    model.energy = LatentsAlone(config.hidden, config.heads, config.pair, config.latent)
    return model


@dataclass(frozen=True)
class Variant:
    """One thing that differs.

    `sizes`, `weights` and `seed` go into the config; `network` builds another network, `words` says in what pieces it reads words;
    `lexicon`: whether word vectors start from the distilled ones; `withheld`: fields of calls that nobody gets to see.
    """

    name: str
    sizes: Mapping[str, int] = field(default_factory=dict)
    weights: tuple[float, float, float, float, float] = TrainConfig.weights
    seed: int = 0
    network: Callable[[ModelConfig], Gatling] = Gatling
    words: str | None = None
    lexicon: bool = True
    withheld: Sequence[str] = ()

    def seen(self, group: GroupData) -> GroupData:
        """The group without what is withheld."""
        return {**group, "cases": [self._case(case) for case in group["cases"]]}

    def _case(self, case: GroupData) -> GroupData:
        plan = case["execution_plan"]
        nodes = [{key: value for key, value in node.items() if key not in self.withheld} for node in plan["nodes"]]
        return {**case, "execution_plan": {**plan, "nodes": nodes}}


def _without(part: int) -> tuple[float, float, float, float, float]:
    first, second, third, fourth, fifth = (0.0 if k == part else weight for k, weight in enumerate(TrainConfig.weights))
    return first, second, third, fourth, fifth


WHOLE = Variant("as it is")
VARIANTS = (
    WHOLE,
    replace(WHOLE, name="as it is, another seed", seed=1),
    Variant("late interaction taken out", network=latents_alone),
    Variant("hidden 256", sizes={"hidden": 256}),
    Variant("words from random vectors", lexicon=False),
    Variant("words as character n-grams", words="grams", lexicon=False),
    Variant("words as byte pairs", words="byte pairs", lexicon=False),
    Variant("provenance withheld", withheld=("provenance_tier", "argument_provenance", "influence")),
    Variant("outputs withheld", withheld=("output",)),
    *(Variant(f"loss without {name}", weights=_without(part)) for part, name in enumerate(LOSSES)),
    Variant("hidden 64", sizes={"hidden": 64}),
    Variant("hidden 512", sizes={"hidden": 512}),
)
