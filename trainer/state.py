"""The state of a run, and how it is saved and taken up again: one safetensors file, replaced atomically."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from gatling_core.errors import InvalidInput
from gatling_core.nn.model import Gatling
from trainer.distributed import Ranks
from trainer.memory import Memory

NAME = "state.safetensors"


@dataclass
class Progress:
    """Where a run stands."""

    step: int = 0
    epoch: int = 0
    batch: int = 0
    best: float = math.inf
    """The lowest validation loss so far; the checkpoint holds the weights of then."""
    stale: int = 0
    """Validations since."""
    seconds: float = 0.0
    """Spent on the steps, where time is a budget."""

    def validated(self, loss: float) -> bool:
        """Whether this is as good as the best so far; NaN never is."""
        better = loss <= self.best
        self.best, self.stale = (loss, 0) if better else (self.best, self.stale + 1)
        return better

    def over(self, steps: int, patience: int | None) -> bool:
        """Whether all steps are done, or `patience` validations were no better than one before them."""
        return self.step >= steps or (patience is not None and self.stale >= patience)


@dataclass
class State:
    """What a run changes as it goes. Saved and loaded, it goes on as if it had never stopped."""

    model: Gatling
    optimizers: tuple[torch.optim.Optimizer, ...]
    memory: Memory
    progress: Progress = field(default_factory=Progress)

    def save(self, out: Path, ranks: Ranks) -> None:
        """Write weights, optimiser moments, memory and progress to `out`. Every rank must come here; the first one writes."""
        self.memory.settle(ranks)
        if not ranks.first:
            return
        tensors = {f"model.{name}": value.contiguous() for name, value in self.model.state_dict().items()}
        for i, optimizer in enumerate(self.optimizers):
            for k, moments in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{i}.{k}.{name}": torch.as_tensor(value).contiguous() for name, value in moments.items()}
        tensors["errors"] = torch.from_numpy(self.memory.errors)
        staged = out / f".{NAME}.part"
        save_file(tensors, str(staged), {"progress": json.dumps(asdict(self.progress)), "optimizers": self._named})
        staged.replace(out / NAME)

    def load(self, out: Path) -> None:
        """Go on from what was saved in `out`; from the beginning if nothing was.

        Raises:
            InvalidInput: other optimisers saved it; nothing was loaded.
        """
        if not (out / NAME).exists():
            return
        with safe_open(str(out / NAME), framework="pt") as file:
            if file.metadata().get("optimizers") != self._named:
                raise InvalidInput(f"{out / NAME} was not saved by {self._named}: begin anew (--restart), or remove it")
            self.progress = Progress(**json.loads(file.metadata()["progress"]))
            names = list(file.keys())
            self.model.load_state_dict({n.removeprefix("model."): file.get_tensor(n) for n in names if n.startswith("model.")})
            self.memory.errors[:] = file.get_tensor("errors").numpy()
            moments: list[dict[int, dict[str, Tensor]]] = [{} for _ in self.optimizers]
            for name in names:
                if name.startswith("optimizer."):
                    _, i, k, kind = name.split(".", 3)
                    moments[int(i)].setdefault(int(k), {})[kind] = file.get_tensor(name)
        for optimizer, of in zip(self.optimizers, moments, strict=True):
            optimizer.load_state_dict({"state": of, "param_groups": optimizer.state_dict()["param_groups"]})

    @property
    def _named(self) -> str:
        """The optimisers, as the file tells whose moments it holds."""
        return " and ".join(type(optimizer).__name__ for optimizer in self.optimizers)
