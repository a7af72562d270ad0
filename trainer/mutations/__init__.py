"""Mutations of a compliant plan: attacks and steps over the line. What they break is for the oracle to say."""

from trainer.mutations.excesses import bulk, deputy, escalation, excess, flood, tenant
from trainer.mutations.hijacks import hijack, plant, preparation
from trainer.mutations.leaks import leak, pivot, smuggle, stage
from trainer.mutations.look_alikes import look_alike
from trainer.mutations.scene import Mutation, Scene, Variant
from trainer.mutations.slips import wrong_target, wrong_value

__all__ = ["IN_PLACE", "MUTATIONS", "Mutation", "Scene", "Variant", "hijack", "plant"]

MUTATIONS: dict[Mutation, float] = {
    hijack: 5.5, preparation: 1.2, excess: 1, wrong_value: 1, wrong_target: 1, leak: 0.7, smuggle: 0.9, stage: 0.4, pivot: 0.4, bulk: 0.3, escalation: 0.25,
    flood: 0.35, tenant: 0.6, look_alike: 0.4, deputy: 0.35,
}  # fmt: skip
"""How often each is tried, relative to the others."""
IN_PLACE: dict[Mutation, float] = {
    mutation: MUTATIONS[mutation] for mutation in (smuggle, flood, tenant, look_alike, deputy, wrong_value, wrong_target)
}
"""Those that add no call: a plan of one call stays one."""
