"""The hard-negative memory: how far off the energy of each plan was when it was last seen. `batches.harder` chooses by it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.distributed import Ranks


class Memory:
    """|E − target| of every plan of the store; infinite where a plan was never seen.

    What a step finds is noted where it lies, on the device, and settled later for all ranks at once: no plan comes twice in an epoch,
    so nobody asks before the epoch's end.
    """

    def __init__(self, plans: int) -> None:
        self.errors: NDArray[np.float16] = np.full(plans, np.inf, np.float16)
        self._noted: list[tuple[Tensor, Tensor]] = []

    def note(self, number: Tensor, off: Tensor) -> None:
        """Plans by their number in the store (on the CPU; −1 has no place there), and how far off each was."""
        self._noted.append((number, off))

    def settle(self, ranks: Ranks) -> None:
        """Make `errors` what all ranks noted. Every rank must come here."""
        fresh = torch.full((len(self.errors) + 1,), -1.0)  # the last place takes what has none
        for number, off in self._noted:
            fresh[number] = off.to("cpu", torch.float32)
        self._noted.clear()
        found = ranks.largest(fresh)[:-1].numpy()
        known = found >= 0
        self.errors[known] = found[known]
