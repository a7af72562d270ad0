import math
import os
import socket

import pytest

torch = pytest.importorskip("torch")

from torch import distributed as dist  # noqa: E402
from torch import multiprocessing as mp  # noqa: E402

from gatling_core.nn.losses import calibration, info_nce, latent_info_nce  # noqa: E402


def test_info_nce_is_the_formula():
    energy = torch.tensor([1.0, 2.0, 3.0, 0.5])
    loss = info_nce(energy, torch.tensor([0, 0, 0, 1]), torch.arange(4), torch.tensor([True, False, False, True]), 0.5)
    own, rivals = math.exp(-1 / 0.5), math.exp(-2 / 0.5) + math.exp(-3 / 0.5)
    assert loss.item() == pytest.approx(-math.log(own / (own + rivals)), rel=1e-5)


def test_a_compliant_candidate_is_never_a_negative():
    group, compliant = torch.tensor([0, 0, 0]), torch.tensor([True, True, False])
    near, far = (info_nce(torch.tensor([1.0, other, 5.0]), group, torch.arange(3), compliant, 0.07) for other in (1.0, 4.0))
    assert far >= near
    assert info_nce(torch.ones(2), torch.tensor([0, 0]), torch.arange(2), torch.tensor([True, True]), 0.07).item() == 0.0


def test_a_plan_is_a_negative_of_itself_where_it_breaks_the_rules():
    compliant, other = torch.tensor([True, False]), torch.tensor([0, 1])
    energy = torch.tensor([1.0, 1.0], requires_grad=True)
    info_nce(energy, other, torch.tensor([3, 3]), compliant, 0.07).backward()
    assert energy.grad[0] > 0 > energy.grad[1]
    assert info_nce(torch.ones(2), other, torch.tensor([3, 4]), compliant, 0.07).item() == 0.0


def test_a_plan_under_the_same_policy_is_never_a_latent_negative():
    torch.manual_seed(0)
    z_g, z_e = torch.randn(3, 8), torch.randn(3, 8)
    z_g.requires_grad_()
    latent_info_nce(z_g, z_e, torch.tensor([7, 7, 7]), 0.07).backward()
    assert z_g.grad is not None
    assert z_g.grad.abs().max() < 1e-6


def test_calibration_is_zero_on_the_oracles_energies_and_asks_only_for_the_sum_where_calls_are_unknown():
    targets = torch.zeros(2, 3, 4)
    targets[0, 1, 2] = targets[1, 0, 0] = 3.5
    contributions = targets.clone()
    contributions[1] = contributions[1].flip(0, 1)
    calls, terms, _ = calibration(contributions, targets, torch.tensor([True, False]), torch.tensor([1, 0]))
    assert (calls.item(), terms.item()) == (0.0, 0.0)


def _rank(rank: int, port: int, results) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    linear = _encoder()
    loss = _loss(linear, _inputs(), SHARES[rank], dist.group.WORLD)
    loss.backward()
    gradient = torch.cat([loss.detach().reshape(1), linear.weight.grad.flatten()])
    dist.all_reduce(gradient)
    if rank == 0:
        results.put((gradient / 2).tolist())
    dist.barrier()
    dist.destroy_process_group()


SHARES = (slice(0, 5), slice(5, 8))
"""Of the rows; unequal, as the shares of a batch are."""


def _encoder():
    torch.manual_seed(0)
    return torch.nn.Linear(6, 5)


def _inputs():
    generator = torch.Generator().manual_seed(1)
    z_g, z_e = torch.randn(8, 6, generator=generator), torch.randn(8, 6, generator=generator)
    return z_g, z_e, torch.tensor([0, 0, 1, 1, 1, 2, 2, 2]), torch.tensor([0, 1, 0, 2, 1, 0, 1, 1])


def _loss(linear, inputs, rows, ranks):
    """Every loss that depends on the rest of the batch; a group of rows lies within one rank."""
    z_g, z_e, group, label = (part[rows] for part in inputs)
    g, e = linear(z_g), linear(z_e)
    contributions = e[:, None, :4].square()
    energy = contributions.sum((1, 2))
    targets = torch.zeros_like(contributions)
    attributed = torch.ones(len(label), dtype=torch.bool)
    return (
        latent_info_nce(g, e, group, 0.07, ranks)
        + info_nce(energy, group, torch.arange(len(label)), label == 0, 0.5, ranks)
        + sum(calibration(contributions, targets, attributed, label, ranks))
    )


@pytest.mark.slow
def test_two_ranks_have_the_loss_and_the_gradient_of_one_big_batch():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = mp.get_context("spawn")
    results = context.SimpleQueue()
    processes = [context.Process(target=_rank, args=(rank, port, results)) for rank in range(2)]
    for process in processes:
        process.start()
    found = torch.tensor(results.get())
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    linear = _encoder()
    loss = _loss(linear, _inputs(), slice(None), None)
    loss.backward()
    assert torch.allclose(found, torch.cat([loss.detach().reshape(1), linear.weight.grad.flatten()]), atol=1e-5)


def test_a_batch_without_anything_to_contrast_costs_nothing():
    energy = torch.tensor([1.0, 2.0], requires_grad=True)
    info_nce(energy, torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([True, True]), 0.07).backward()
    assert energy.grad.tolist() == [0.0, 0.0]


def test_shapes_are_checked_in_tests():
    from jaxtyping import TypeCheckError

    with pytest.raises(TypeCheckError):
        info_nce(torch.zeros(3), torch.zeros(2, dtype=torch.long), torch.arange(3), torch.ones(3, dtype=torch.bool), 0.1)
