"""Muon: momentum whose direction is made orthogonal, for the matrices of a network (Jordan et al. 2024)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Of the Newton–Schulz iteration: five rounds bring all singular values near 1 (between about 0.7 and 1.2)."""
ROUNDS = 5
AS_ADAM = 0.2
"""The root mean square of an update by AdamW, so that both take the same rate and decay (Liu et al. 2025)."""


class Muon(torch.optim.Optimizer):
    """W ← (1 − η λ) W − η · 0.2 √max(n, m) · orthogonal(momentum of the gradient), with Nesterov momentum.

    Matrices of one shape are moved together and in fp32. `torch.optim.Muon` moves one after the other in bf16: as fast on a quiet machine,
    but twenty times as slow beside another process on the same cores (docs/training.md), and a retraining runs beside the server.
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        *,
        lr: float,
        weight_decay: float,
        momentum: float = 0.95,
    ) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Move every matrix that has a gradient; a closure makes the gradients first, and its loss is returned."""
        with torch.enable_grad():
            loss = closure() if closure else None
        for group in self.param_groups:
            alike: dict[torch.Size, list[tuple[nn.Parameter, Tensor]]] = {}
            for matrix in group["params"]:
                if (gradient := matrix.grad) is not None:
                    alike.setdefault(matrix.shape, []).append((matrix, self._direction(matrix, gradient, group["momentum"])))
            for shape, moved in alike.items():
                size = group["lr"] * AS_ADAM * math.sqrt(max(shape))
                directions = orthogonal(torch.stack([direction for _, direction in moved]))
                for (matrix, _), direction in zip(moved, directions, strict=True):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"]).sub_(direction, alpha=size)
        return loss

    def _direction(self, matrix: nn.Parameter, gradient: Tensor, momentum: float) -> Tensor:
        state: dict[str, Tensor] = self.state[matrix]
        if not state:
            state["momentum"] = torch.zeros_like(matrix)
        return torch.lerp(gradient, state["momentum"].lerp_(gradient, 1 - momentum), momentum)


def orthogonal(matrices: Float[Tensor, "k n m"]) -> Float[Tensor, "k n m"]:
    """The nearest semi-orthogonal matrix of each, about: U Vᵀ of its singular value decomposition, by Newton–Schulz."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    first, third, fifth = QUINTIC
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=third, alpha=fifth), x, beta=first)
    return x.mT if tall else x
