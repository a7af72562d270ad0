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
    loss = info_nce(energy, torch.tensor([0, 0, 0, 1]), torch.tensor([True, False, False, True]), 0.5)
    own, rivals = math.exp(-1 / 0.5), math.exp(-2 / 0.5) + math.exp(-3 / 0.5)
    assert loss.item() == pytest.approx(-math.log(own / (own + rivals)), rel=1e-5)


def test_a_compliant_candidate_is_never_a_negative():
    group, compliant = torch.tensor([0, 0, 0]), torch.tensor([True, True, False])
    near, far = (info_nce(torch.tensor([1.0, other, 5.0]), group, compliant, 0.07) for other in (1.0, 4.0))
    assert far >= near
    assert info_nce(torch.tensor([1.0, 1.0]), torch.tensor([0, 0]), torch.tensor([True, True]), 0.07).item() == 0.0


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
    z_g, z_e, policy = _inputs()
    half = slice(rank * 4, rank * 4 + 4)
    latent_info_nce(linear(z_g[half]), linear(z_e[half]), policy[half], 0.07).backward()
    gradient = linear.weight.grad
    assert gradient is not None
    dist.all_reduce(gradient)
    if rank == 0:
        results.put((gradient / 2).tolist())
    dist.barrier()
    dist.destroy_process_group()


def _encoder():
    torch.manual_seed(0)
    return torch.nn.Linear(6, 5)


def _inputs():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 6, generator=generator), torch.randn(8, 6, generator=generator), torch.arange(8)


@pytest.mark.slow
def test_two_ranks_have_the_gradient_of_one_big_batch():
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
    latent_info_nce(linear(_inputs()[0]), linear(_inputs()[1]), _inputs()[2], 0.07).backward()
    assert torch.allclose(found, linear.weight.grad, atol=1e-5)


def test_shapes_are_checked_in_tests():
    from jaxtyping import TypeCheckError

    with pytest.raises(TypeCheckError):
        info_nce(torch.zeros(3), torch.zeros(2, dtype=torch.long), torch.ones(3, dtype=torch.bool), 0.1)
