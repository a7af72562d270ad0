"""Seeded chance: every draw of a world goes through one `Dice`, so a case depends on (seed, index) only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, TypeVar

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
T = TypeVar("T")


class Dice:
    """Random choices for one world. Pools of at least `SHARED` entries are divided among the splits by position."""

    SHARED = 10

    def __init__(self, seed: str, split: Split = "train") -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.random = self.rng.random
        self.split: Split = split
        self.home = "example.org"
        """Mail host of the organisation the world is about."""
        self.today = date(2023, 1, 9) + timedelta(days=int(self.random() * 1_400))

    def branch(self, name: str) -> Dice:
        """Dice of their own for one thing of the same world: what they fall on depends on the name alone."""
        other = Dice(f"{self.seed}/{name}", self.split)
        other.home, other.today = self.home, self.today
        return other

    def chance(self, share: float) -> bool:
        return self.random() < share

    def pick(self, pool: Sequence[T]) -> T:
        """Any entry, whatever the split."""
        return pool[int(self.random() * len(pool))]

    def draw(self, pool: Sequence[T]) -> T:
        """An entry of this split's part: positions 8 and 9 modulo 10 are validation's and test's."""
        n = len(pool)
        if n < self.SHARED:
            return pool[int(self.random() * n)]
        while True:
            i = int(self.random() * n)
            place = i % 10
            if (place == 8) == (self.split == "validation") and (place == 9) == (self.split == "test"):
                return pool[i]

    def weighted(self, shares: dict[T, float]) -> T:
        mark = self.random() * sum(shares.values())
        for item, share in shares.items():
            mark -= share
            if mark < 0:
                return item
        return next(reversed(shares))

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def sample(self, pool: Sequence[T], count: int) -> list[T]:
        return self.rng.sample(pool, min(count, len(pool)))

    def shuffled(self, pool: Sequence[T]) -> list[T]:
        return self.rng.sample(pool, len(pool))

    def digits(self, count: int) -> str:
        return str(int(self.random() * 9 * 10 ** (count - 1)) + 10 ** (count - 1))
