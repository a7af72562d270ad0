"""One of the processes that serve together behind one port."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

_BEAT_S = 1.0


@dataclass(frozen=True)
class Sibling:
    """Its number, which one that takes the place of a dead one has again, and the folder in which they tell each other what all count."""

    number: int
    folder: Path

    async def keep_beating(self) -> None:
        """Say on the event loop, again and again, that it turns. Until it is cancelled."""
        while True:
            staged = self._beat.with_suffix(".staged")
            staged.write_text(repr(time.monotonic()), encoding="ascii")  # a clock that no one sets, the same for all processes
            staged.replace(self._beat)
            await asyncio.sleep(_BEAT_S)

    def silent_s(self) -> float:
        """Since when it has not said so; 0 before it first has."""
        try:
            return time.monotonic() - float(self._beat.read_text(encoding="ascii"))
        except FileNotFoundError:
            return 0.0

    def forget(self) -> None:
        """What it said last was of a process that is gone."""
        self._beat.unlink(missing_ok=True)

    @property
    def _beat(self) -> Path:
        return self.folder / f"{self.number}.beat"
