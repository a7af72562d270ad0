"""Cases as arrays: the one featurisation that training and serving share (NumPy only, deterministic across processes).

`governance.py` reads policy and context, `plan.py` reads calls, outputs and their edges, `relations.py` states exactly what a call and
a clause share, and `batch.py` pads and joins many cases for the graphs.
"""

from gatling_core.features.batch import Batch, PolicyBatch, collate, collate_policies
from gatling_core.features.governance import GovernanceFeatures, read_governance
from gatling_core.features.plan import PlanFeatures, read_plan
from gatling_core.features.policy import PolicyFeatures, read_policy

FEATURE_VERSION = "10"
"""Named in every manifest. Change it whenever an array of this package changes its meaning or shape."""

__all__ = [
    "FEATURE_VERSION",
    "Batch",
    "GovernanceFeatures",
    "PlanFeatures",
    "PolicyBatch",
    "PolicyFeatures",
    "collate",
    "collate_policies",
    "read_governance",
    "read_plan",
    "read_policy",
]
