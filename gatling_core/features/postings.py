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
        self._starts = np.cumsum([0, *map(len, clauses.values())])
        self._clauses = np.fromiter(chain.from_iterable(clauses.values()), np.int64, int(self._starts[-1]))
        self._weights = np.fromiter(map(text.weight, clauses), np.float64, len(clauses))

    def weigh(self, words: Sequence[Collection[int]], totals: Sequence[float] | None = None) -> Float:
        """[R, C]: summed weight of the words of collection r that clause c holds, each divided by `totals[r]` before."""
        table = np.zeros(len(words) * self._size, np.float32)
        for row, entry, clause in self._hits(words):
            weights = self._weights[entry] if totals is None else self._weights[entry] / np.asarray(totals)[row]
            np.add.at(table, row * self._size + clause, weights.astype(np.float32))
        return table.reshape(len(words), self._size)

    def count(self, keys: Sequence[Collection[int]]) -> NDArray[np.float64]:
        """[R, C]: how many keys of collection r clause c holds."""
        table = np.zeros(len(keys) * self._size)
        for row, _, clause in self._hits(keys):
            table += np.bincount(row * self._size + clause, minlength=len(table))
        return table.reshape(len(keys), self._size)

    def _hits(self, keys: Sequence[Collection[int]]) -> Iterator[tuple[Index, Index, Index]]:
        """Per pair of key and clause, in the order of the keys: the collection, the key's entry, the clause."""
        sizes = list(map(len, keys))
        entry = np.fromiter(map(self._entry.get, chain.from_iterable(keys), repeat(-1)), np.int64, sum(sizes))
        held = np.flatnonzero(entry >= 0)
        if not held.size:
            return
        row, entry = np.repeat(np.arange(len(keys)), sizes)[held], entry[held]
        lengths = self._starts[entry + 1] - self._starts[entry]
        ends = np.cumsum(lengths)
        cuts = [0, len(entry)] if ends[-1] <= HITS else [0, *(np.flatnonzero(np.diff(ends // HITS)) + 1), len(entry)]
        for start, end in pairwise(cuts):
            part = slice(start, end)
            length = lengths[part]
            before = np.repeat(np.cumsum(length) - length, length)
            place = np.repeat(self._starts[entry[part]], length) + np.arange(len(before)) - before
            yield np.repeat(row[part], length), np.repeat(entry[part], length), self._clauses[place]
