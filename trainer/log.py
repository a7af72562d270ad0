"""The record of a run: `log.jsonl`, a line at a time, and TensorBoard's event files where they are asked for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tqdm import tqdm

T = TypeVar("T")

NAME = "log.jsonl"
BOARD = "tensorboard"


class Log:
    """Appends to `out/log.jsonl` and, if `board`, to `out/tensorboard`; shows a bar of the steps. A silent one does nothing of it."""

    def __init__(self, out: Path, step: int, steps: int, *, board: bool, silent: bool) -> None:
        self._bar = tqdm(total=steps, initial=step, unit="step", desc="train", disable=silent)
        self._file = None if silent else (out / NAME).open("a")
        self._board = _writer(out / BOARD, step) if board and not silent else None

    def step(self) -> None:
        """One step more is done."""
        self._bar.update()

    def train(self, step: int, values: dict[str, float]) -> None:
        """A line, and curves `train/…`."""
        self._bar.set_postfix(values)
        self._write(step, values)
        self._draw("train", step, values)

    def validation(self, step: int, metrics: dict[str, Any]) -> None:
        """A line, also on the terminal, and curves `validation/…`."""
        if self._file:
            self._bar.write(json.dumps({"step": step, **metrics}))
        self._write(step, {"validation": metrics})
        self._draw("validation", step, metrics)

    def _write(self, step: int, values: dict[str, Any]) -> None:
        if self._file:
            print(json.dumps({"step": step, **values}), file=self._file, flush=True)

    def _draw(self, of: str, step: int, values: dict[str, Any]) -> None:
        if self._board:
            for name, value in values.items():
                if isinstance(value, (int, float)):
                    self._board.add_scalar(f"{of}/{name}", value, step)
            self._board.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.close()
        if self._file:
            self._file.close()
        if self._board:
            self._board.close()


def _writer(folder: Path, step: int) -> Any:
    """TensorBoard's own writer. What a run that was cut off wrote after its last save is hidden: those steps come again."""
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(folder, purge_step=step + 1)


class Pace:
    """Plans per second, and the share of the time in which the loop had to wait for its data, since they were last read."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._since, self._waited, self._plans = time.monotonic(), 0.0, 0

    def read(self) -> tuple[float, float]:
        took = time.monotonic() - self._since
        found = (self._plans / took, self._waited / took)
        self.restart()
        return found

    def count(self, plans: int) -> None:
        self._plans += plans

    def watch(self, items: Iterable[T]) -> Iterator[T]:
        """The same items; the time until each of them comes counts as waited."""
        source = iter(items)
        while True:
            asked = time.monotonic()
            item = next(source, None)
            self._waited += time.monotonic() - asked
            if item is None:
                return
            yield item
