"""Which clauses hold a key (a word, a value): a dictionary of lists as flat arrays, so that many keys are looked up in one step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise, repeat

import numpy as np
from numpy.typing import NDArray

from gatling_core import text

Float = NDArray[np.float32]
Index = NDArray[np.int64]

HITS = 262_144
"""Pairs of key and clause that are looked at in one step: bounds the memory."""


class Postings:
    """The clauses of each key, for a policy of `size` clauses."""

    def __init__(self, clauses: Mapping[int, Sequence[int]], size: int) -> None:
        self._size = size
        self._entry = {key: e for e, key in enumerate(clauses)}
        self._lengths = np.fromiter(map(len, clauses.values()), np.int64, len(clauses))
        self._starts = self._lengths.cumsum() - self._lengths
        self._clauses = np.fromiter(chain.from_iterable(clauses.values()), np.int64, int(self._lengths.sum()))
        self._weights = np.fromiter(map(text.weight, clauses), np.float64, len(clauses))
        self._rarities = self._weights * np.log1p(size / np.maximum(self._lengths, 1)) / np.log1p(size)

    def weigh(self, words: Sequence[Collection[int]], totals: Sequence[float] | None = None) -> Float:
        """[R, C]: summed weight of the words of collection r that clause c holds, each divided by `totals[r]` before."""
        return self._sum(words, self._weights, totals)

    def distinguish(self, words: Sequence[Collection[int]]) -> Float:
        """[R, C]: the same, where a word that many clauses hold weighs less: 1 for one that a single clause holds (inverse document frequency)."""
        return self._sum(words, self._rarities, None)

    def _sum(self, words: Sequence[Collection[int]], weights: NDArray[np.float64], totals: Sequence[float] | None) -> Float:
        table = np.zeros(len(words) * self._size, np.float32)
        for cell, entry, length in self._hits(words):
            summed = weights[entry].repeat(length)
            if totals is not None:
                summed /= np.asarray(totals)[cell // self._size]
            np.add.at(table, cell, summed.astype(np.float32))
        return table.reshape(len(words), self._size)

    def count(self, keys: Sequence[Collection[int]]) -> NDArray[np.float64]:
        """[R, C]: how many keys of collection r clause c holds."""
        table = np.zeros(len(keys) * self._size)
        for cell, _, _ in self._hits(keys):
            table += np.bincount(cell, minlength=len(table))
        return table.reshape(len(keys), self._size)

    def _hits(self, keys: Sequence[Collection[int]]) -> Iterator[tuple[Index, Index, Index]]:
        """Of the pairs of key and clause, in the order of the keys: the cells of the table [R, C]; each key's entry, and its pairs."""
        sizes = [*map(len, keys)]
        entry = np.fromiter(map(self._entry.get, chain.from_iterable(keys), repeat(-1)), np.int64, sum(sizes))
        held = (entry >= 0).nonzero()[0]
        if not held.size:
            return
        row, entry = np.arange(len(keys)).repeat(sizes)[held], entry[held]
        lengths = self._lengths[entry]
        ends = lengths.cumsum()
        cuts = [0, len(entry)] if ends[-1] <= HITS else [0, *(np.flatnonzero(np.diff(ends // HITS)) + 1), len(entry)]
        for start, end in pairwise(cuts):
            part = slice(start, end)
            length = lengths[part]
            place = (self._starts[entry[part]] - length.cumsum() + length).repeat(length)
            place += np.arange(len(place))
            cell = (row[part] * self._size).repeat(length)
            cell += self._clauses[place]
            yield cell, entry[part], length
