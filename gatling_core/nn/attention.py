"""The attention weights that every module here shares."""

from __future__ import annotations

from torch import Tensor


def soft_weights(scores: Tensor) -> Tensor:
    """Unnormalised attention weights, w = exp(20 · tanh(a / 20)).

    Bounded, so that no pass for the maximum is needed and the same formula serves dense rows and sparse neighbourhoods
    in the exported graph; equal to exp(a) for |a| ≪ 20.
    """
    return (20.0 * (scores / 20.0).tanh()).exp()


# The exporter deletes `x + eps` for tiny eps, and 0/0 is NaN where nothing is attended to: clamp instead.
SMALLEST = 1e-12
