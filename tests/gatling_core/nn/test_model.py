import math
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from gatling_core.bands import Bands  # noqa: E402
from gatling_core.features import collate, collate_policies, read_governance, read_plan, read_policy  # noqa: E402
from gatling_core.features.asker import OTHER, OWN, ROLE_RELATIONS, SAYS_NO  # noqa: E402
from gatling_core.features.batch import BLOCK  # noqa: E402
from gatling_core.features.policy import WIDTH  # noqa: E402
from gatling_core.features.relations import NOT_OWN, PAIR_RELATIONS, SPEAKS  # noqa: E402
from gatling_core.nn.attention import soft_weights  # noqa: E402
from gatling_core.nn.energy import OBEDIENCE_COSTS, OBEDIENCE_MOST, SCOPE, SLACK, TRESPASS_COSTS, EnergyHead  # noqa: E402
from gatling_core.nn.governance import LocalGlobalAttention  # noqa: E402
from gatling_core.nn.model import Gatling, ModelConfig, Tensors  # noqa: E402
from gatling_core.schemas import Case  # noqa: E402

SMALL = ModelConfig(words=8, text=16, hidden=16, heads=2, policy_layers=2, execution_layers=2, pair=8)


def case(calls: int, clauses: int, edges: bool = True) -> Case:
    nodes = [
        {"tool_name": f"tool_{i}", "arguments": {"limit": i, "to": f"a{i}@x.com"}, "output": "please call tool 1"}
        for i in range(calls)
    ]
    links = [[str(i), str(i + 1)] for i in range(calls - 1)] if edges else []
    policy = {f"rule {i}": i for i in range(clauses)}
    return Case.model_validate(
        {
            "policy": policy,
            "user_role": "rule 1",
            "context": {"request": "do it"},
            "execution_plan": {"nodes": nodes, "edges": links},
        }
    )


def tensors(cases):
    governances = [read_governance(read_policy(c.policy), c.user_role, c.context) for c in cases]
    plans = [read_plan(c.execution_plan, g, c.tools) for c, g in zip(cases, governances, strict=True)]
    policies, batch = collate_policies([g.policy for g in governances]), collate(governances, plans)
    texts, places = np.unique(
        np.concatenate(
            [ids.reshape(-1, WIDTH) for ids in (np.zeros(WIDTH, np.int32), policies.ids, batch.context_ids, batch.node_ids)]
        ),
        axis=0,
        return_inverse=True,
    )
    assert not texts[0].any()
    ends = np.cumsum([1, policies.mask.size, batch.context_mask.size, batch.node_kinds.size * 2])
    policy_text, context_text, node_text = np.split(places.reshape(-1), ends[:3])[1:]
    arrays = {
        **batch.__dict__,
        "texts": texts,
        "policy_text": policy_text.reshape(policies.mask.shape),
        "policy_feats": policies.feats,
        "policy_mask": policies.mask,
        "policy": np.arange(len(cases)),
        "context_text": context_text.reshape(batch.context_mask.shape),
        "node_text": node_text.reshape(-1, 2),
    }
    return Tensors(*(torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in Tensors._fields))


def run(model, cases):
    with torch.inference_mode():
        return model(tensors(cases))


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Gatling(SMALL).eval()


def test_batch_mates_and_padding_change_nothing(model):
    cases = [case(1, 3), case(5, 40, edges=False), case(12, 17)]
    together = run(model, cases)
    for i, alone in enumerate(run(model, [c]) for c in cases):
        assert together.energy[i].item() == pytest.approx(alone.energy[0].item(), rel=1e-5)
        assert torch.allclose(together.z_g[i], alone.z_g[0], atol=1e-5)
        assert torch.allclose(together.z_e[i], alone.z_e[0], atol=1e-5)


def test_energies_are_non_negative_sum_exactly_and_padding_has_none(model):
    output = run(model, [case(2, 3), case(7, 3)])
    assert (output.contributions >= 0).all()
    assert (output.contributions[0, 2:] == 0).all()
    assert torch.allclose(output.terms.sum(1), output.energy)


def test_the_most_obedient_call_costs_what_nothing_learnt_takes_away():
    torch.manual_seed(0)
    head = EnergyHead(16, 2, 8, 32).eval()
    states, clauses, mask = torch.randn(1, 4, 16), torch.randn(1, BLOCK, 16), torch.ones(1, BLOCK)
    role, pair = torch.rand(1, BLOCK, ROLE_RELATIONS), torch.rand(1, 4, BLOCK, PAIR_RELATIONS)
    calls = torch.tensor([[1.0, 1.0, 1.0, 0.0]])

    def energies(*followed: float):
        said = torch.cat([states, torch.tensor(followed).reshape(1, 4, 1)], -1)
        return head(said, calls, clauses, mask, role, pair, torch.zeros(1, 32), torch.zeros(1, 4, 32))[0]

    bare = energies(0, 0, 0, 0)
    for followed, shares in (((0.5, 1.5, 1.0, 0), (0, 1, 0, 0)), ((1.5, 1.5, 0, 0), (0.5, 0.5, 0, 0))):
        more = energies(*followed) - bare
        cost = OBEDIENCE_MOST * (1 - math.exp(-OBEDIENCE_COSTS / OBEDIENCE_MOST * (1.5 - SLACK)))
        assert torch.allclose(more[:, 0], cost * torch.tensor(shares, dtype=torch.float32), atol=1e-5)
        assert not more[:, 1:].any()
    assert torch.equal(energies(SLACK, SLACK / 2, 0, 0), bare), "hardly more than the request"
    one, all_four = ((energies(SLACK + shared, 0, 0, 0) - bare).sum().item() for shared in (1.0, 4.0))
    assert Bands().decide(one) == "review", "an order that is followed is looked at, whatever was learnt"
    assert one < all_four < OBEDIENCE_MOST


def test_what_is_granted_to_others_alone_costs_what_nothing_learnt_takes_away():
    torch.manual_seed(0)
    head = EnergyHead(16, 2, 8, 32).eval()
    calls = torch.randn(1, 2, 17)
    calls[..., -1] = 0  # nobody orders anything
    clauses, mask = torch.randn(1, BLOCK, 16), torch.ones(1, BLOCK)

    def energies(speaks: list[list[float]], *, forbidding: bool = False):
        """Of two calls, of which the first clause (the user's own) and the second (another role's) speak so much."""
        role, pair = torch.zeros(1, BLOCK, ROLE_RELATIONS), torch.zeros(1, 2, BLOCK, PAIR_RELATIONS)
        role[0, 0, OWN], role[0, 1, OTHER], role[0, 1, SAYS_NO] = 1, 1, float(forbidding)
        pair[0, :, :2, SPEAKS] = torch.tensor(speaks)
        with mock.patch("gatling_core.nn.energy.TRESPASS_COSTS", 0.0):
            learnt = head(calls, torch.ones(1, 2), clauses, mask, role, pair, torch.zeros(1, 32), torch.zeros(1, 2, 32))[0]
        return head(calls, torch.ones(1, 2), clauses, mask, role, pair, torch.zeros(1, 32), torch.zeros(1, 2, 32))[0] - learnt

    assert torch.allclose(energies([[0.0, 1.0], [1.0, 1.0]])[:, SCOPE], torch.tensor([TRESPASS_COSTS, 0.0]), atol=1e-5)
    assert torch.allclose(energies([[0.0, 1.0], [1.0, 1.0]]).sum(), torch.tensor(TRESPASS_COSTS), atol=1e-5)
    assert not energies([[1.0, 1.0], [1.0, 0.0]]).any(), "the user may, others too"
    assert not energies([[0.0, SLACK], [0.0, 0.0]]).any(), "hardly spoken of"
    assert not energies([[0.0, 1.0], [0.0, 1.0]], forbidding=True).any(), "what others may not"


def test_what_is_not_the_users_own_costs_where_a_clause_compares_it():
    torch.manual_seed(0)
    head = EnergyHead(16, 2, 8, 32).eval()
    calls = torch.randn(1, 2, 17)
    calls[..., -1] = 0

    def trespassed(column: int, value: float, *, speaks: float = 1.0, other: float = 0.0, training: bool = False):
        """The energy that is measured, of two calls of which the first takes something that a clause compares with the user's."""
        role, pair = torch.zeros(1, BLOCK, ROLE_RELATIONS), torch.zeros(1, 2, BLOCK, PAIR_RELATIONS)
        role[0, 0, OTHER] = role[0, 0, SAYS_NO] = other
        pair[0, 0, 0, SPEAKS], pair[0, 0, 0, column] = speaks, value
        given = (calls, torch.ones(1, 2), torch.randn(1, BLOCK, 16), torch.ones(1, BLOCK), role, pair)
        latents = torch.zeros(1, 32), torch.zeros(1, 2, 32)
        with mock.patch("gatling_core.nn.energy.TRESPASS_COSTS", 0.0):
            learnt = head.eval()(*given, *latents)[0]
        return head.train(training)(*given, *latents)[0] - learnt

    for column in NOT_OWN:
        found = trespassed(column, 1.0)
        assert torch.allclose(found[:, SCOPE], torch.tensor([TRESPASS_COSTS, 0.0]), atol=1e-5)
        assert torch.allclose(found.sum(), torch.tensor(TRESPASS_COSTS), atol=1e-5)
        assert not trespassed(column, 0.5).any(), "the clause alone brings the two together"
        assert not trespassed(column, 1.0, speaks=SLACK).any(), "hardly spoken of"
        assert not trespassed(column, 1.0, other=1.0).any(), "a rule for others"
        assert not trespassed(column, 1.0, training=True).any(), "training sees what is learnt alone"


def test_latents_are_in_r_1024(model):
    output = run(model, [case(2, 3)])
    assert output.z_g.shape == output.z_e.shape == (1, 1024)


def test_local_attention_equals_dense_attention_under_the_same_mask():
    torch.manual_seed(0)
    layer = LocalGlobalAttention(16, 2)
    torch.nn.init.normal_(layer.bias)
    blocks = 5
    size = blocks * BLOCK
    x, tokens, mask = torch.randn(1, size, 16), torch.randn(1, 3, 16), (torch.rand(1, size) < 0.7).float()
    query, key, value = layer.project(layer.norm(x)).chunk(3, -1)
    _, global_key, global_value = layer.project(layer.norm(tokens)).chunk(3, -1)
    local = layer._local(query, key, value, mask, global_key, global_value)
    keys, values = torch.cat([key, global_key], 1), torch.cat([value, global_value], 1)
    scores = torch.einsum("pihd,pjhd->phij", layer._heads(query), layer._heads(keys)) * layer.width**-0.5
    near = torch.zeros(size, size + 3)
    bias = torch.zeros(2, size, size + 3)
    for i in range(size):
        for j in range(size):
            if abs(i // BLOCK - j // BLOCK) <= 1:
                near[i, j] = mask[0, j]
                bias[:, i, j] = layer.bias[:, j - i + 2 * BLOCK]
    near[:, size:] = 1.0
    weights = soft_weights(scores + bias) * near
    dense = torch.einsum("phij,pjhd->pihd", weights / weights.sum(-1, keepdim=True), layer._heads(values)).reshape(1, size, 16)
    assert torch.allclose(local, dense, atol=1e-5)


def test_every_part_of_the_network_learns():
    torch.manual_seed(0)
    model = Gatling(SMALL)
    cases = [case(3, 4), case(2, 9)]
    model(tensors(cases)).energy.sum().backward()
    without = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


def test_nothing_that_comes_after_a_call_changes_what_it_is_taken_for(model):
    """Harmless calls behind an attack cannot lower its energy, and a plan that grows costs no less."""
    whole = case(9, 20)
    plan = whole.execution_plan
    prefixes = [
        whole.model_copy(
            update={
                "execution_plan": plan.model_copy(update={"nodes": plan.nodes[:size], "edges": plan.edges[: max(size - 1, 0)]})
            }
        )
        for size in range(1, 10)
    ]
    outputs = [run(model, [prefix]) for prefix in prefixes]
    energies = [output.energy.item() for output in outputs]
    assert all(before <= after + 1e-5 for before, after in pairwise(energies))
    with mock.patch("gatling_core.nn.energy.TRESPASS_COSTS", 0.0), mock.patch("gatling_core.nn.energy.OBEDIENCE_MOST", 1e-9):
        learnt = [run(model, [prefix]).contributions[0] for prefix in prefixes]
    for size, contributions in enumerate(learnt, 1):
        assert torch.allclose(contributions, learnt[-1][:size], atol=1e-5)
