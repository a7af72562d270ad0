from pathlib import Path

import pytest
import torch
from torch import nn

from gatling_core.nn.model import Gatling, ModelConfig
from trainer.config import TrainConfig
from trainer.muon import AS_ADAM, Muon, orthogonal
from trainer.step import optimizers_of


@pytest.mark.parametrize("shape", [(3, 24, 24), (2, 48, 20), (1, 20, 64)])
def test_singular_values_come_near_one_and_singular_vectors_stay(shape):
    torch.manual_seed(0)
    u, s, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)

    made = orthogonal(u * torch.linspace(1, 9, s.shape[1]) @ v)

    assert made.shape == shape
    values = u.mT @ made @ v.mT
    assert values.diagonal(dim1=1, dim2=2).sub(1).abs().max() < 0.4
    torch.testing.assert_close(values, torch.diag_embed(values.diagonal(dim1=1, dim2=2)), atol=1e-4, rtol=0)


def test_of_a_zero_gradient_comes_no_direction_and_no_nan():
    assert not orthogonal(torch.zeros(1, 20, 20)).any()


def test_a_matrix_moves_the_same_alone_as_beside_others_of_its_shape():
    torch.manual_seed(1)
    start, gradient = torch.randn(20, 30), torch.randn(20, 30)
    alone, beside, other = (nn.Parameter(start.clone()), nn.Parameter(start.clone()), nn.Parameter(torch.randn(20, 30)))
    for matrices in ([alone], [beside, other]):
        optimizer = Muon(matrices, lr=0.1, weight_decay=0.5)
        for matrix in matrices:
            matrix.grad = gradient.clone() if matrix is not other else torch.randn(20, 30)
        optimizer.step()

    torch.testing.assert_close(alone, beside)
    moved = alone.detach() - start * (1 - 0.1 * 0.5)
    assert moved.pow(2).mean().sqrt() == pytest.approx(0.1 * AS_ADAM, rel=0.3)
    assert (moved * gradient).sum() < 0


def test_every_parameter_has_one_optimiser_and_only_matrices_decay():
    model = Gatling(ModelConfig(text=32, hidden=32, heads=2, policy_layers=1, execution_layers=1, pair=20))
    muon, adam = optimizers_of(model, TrainConfig(data=Path(), out=Path()))

    theirs = [[id(p) for group in optimizer.param_groups for p in group["params"]] for optimizer in (muon, adam)]
    assert sorted(theirs[0] + theirs[1]) == sorted(map(id, model.parameters()))
    assert id(model.text.embedding.weight) in theirs[1]
    assert id(model.energy.query.weight) in theirs[0]
    assert muon.param_groups[0]["weight_decay"] > 0
    assert {group["weight_decay"] for group in adam.param_groups} == {0}


def test_a_closure_makes_the_gradients():
    matrix = nn.Parameter(torch.eye(20))
    optimizer = Muon([matrix], lr=0.1, weight_decay=0.0)

    def closure() -> float:
        loss = matrix.square().sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 20
    assert matrix.diagonal().max() < 1
