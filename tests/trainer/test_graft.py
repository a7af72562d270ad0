"""A model of features 3 goes on in features 4: what is new starts at zero."""

from __future__ import annotations

import torch

from gatling_core.features.relations import PAIR_RELATIONS
from gatling_core.nn.energy import GATES
from gatling_core.nn.model import Gatling, ModelConfig
from trainer.graft import OLD_GATES, OLD_PAIR, OLD_ROLE, grafted


def test_old_weights_stand_where_their_relations_stand_now_and_new_ones_are_zero() -> None:
    new = Gatling(ModelConfig()).state_dict()
    old = dict(new)
    exact = torch.arange(64.0 * OLD_GATES * OLD_PAIR).reshape(64, -1) + 1
    bias = torch.arange(4.0 * (OLD_GATES * OLD_PAIR + OLD_ROLE)).reshape(4, -1) + 1
    old["energy.exact.0.weight"], old["energy.bias.weight"] = exact, bias
    old["context.relation.weight"] = new["context.relation.weight"][:, :OLD_ROLE]
    found = grafted(old, new)
    assert {name: weight.shape for name, weight in found.items()} == {name: weight.shape for name, weight in new.items()}
    for gate in range(OLD_GATES):
        for relation in (0, OLD_PAIR - 1):
            column = found["energy.exact.0.weight"][:, gate * PAIR_RELATIONS + relation]
            assert torch.equal(column, exact[:, gate * OLD_PAIR + relation])
    assert found["energy.exact.0.weight"].count_nonzero() == exact.numel()
    roles = slice(GATES * PAIR_RELATIONS, GATES * PAIR_RELATIONS + OLD_ROLE)
    assert torch.equal(found["energy.bias.weight"][:, roles], bias[:, -OLD_ROLE:])
    assert not found["context.relation.weight"][:, OLD_ROLE:].any()
    assert torch.equal(found["text.embedding.weight"], new["text.embedding.weight"])
