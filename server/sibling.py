"""One of the processes that serve together behind one port."""

from __future__ import annotations

import asyncio
import mmap
import struct
import time
from dataclasses import dataclass
from pathlib import Path

_BEAT = struct.Struct("d")
_BEAT_S = 1.0


@dataclass(frozen=True)
class Sibling:
    """Its number, which one that takes the place of a dead one has again, the folder in which they tell each other what all count, and memory
    that all of them share (`beats`), for what must not hang on a disk.
    """

    number: int
    folder: Path
    beats: mmap.mmap

    def beat(self) -> None:
        """Say that it is alive, on a clock that nobody sets and that is the same for all processes."""
        _BEAT.pack_into(self.beats, self.number * _BEAT.size, time.monotonic())

    async def keep_beating(self) -> None:
        """Say so on the event loop again and again, until it is cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(_BEAT_S)

    @property
    def beat_at(self) -> float:
        """When it last said so."""
        return _BEAT.unpack_from(self.beats, self.number * _BEAT.size)[0]


def kept(folder: Path) -> Path:
    """The folder that they share, made again where somebody has tidied up among temporary files.

    Raises:
        OSError: it cannot be.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def beats(processes: int) -> mmap.mmap:
    """Memory for so many."""
    return mmap.mmap(-1, processes * _BEAT.size)
