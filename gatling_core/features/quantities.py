"""Numbers, dates and times as arrays: all those of many owners (arguments, clauses) compared exactly in one step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatling_core.features.bag import Number

Float = NDArray[np.float32]
Index = NDArray[np.int64]
Bool = NDArray[np.bool_]

CELLS = 262_144
"""Pairs of quantities that are compared at once: bounds the memory."""

_KINDS = {"number": 0, "date": 1, "time": 2}
_UNITS = np.array([1.0, 365.0, 1440.0])
"""What counts as one step of distance: of asinh for a number, a year for a date, a day for a time."""


class Quantities(NamedTuple):
    """Quantities in the order of their owners."""

    owner: Index  # [P] ascending
    kind: Index  # [P]
    value: NDArray[np.float64]  # [P]
    scale: NDArray[np.float64]  # [P] the value on the scale of its kind


class Comparison(NamedTuple):
    """Of some found quantities with all bounds of the same kind; nothing holds between different kinds."""

    found: slice
    signs: Bool  # [p, Q, 3] the found one is above, equal, below
    distance: Float  # [p, Q] signed, -1…1


def quantities(owned: Sequence[Sequence[Number]]) -> Quantities:
    """`owned[k]` are those of owner k."""
    flat = [number for numbers in owned for number in numbers]
    return Quantities(
        np.repeat(np.arange(len(owned)), [len(numbers) for numbers in owned]),
        np.array([_KINDS[kind] for kind, _ in flat], np.int64),
        np.array([value for _, value in flat], np.float64),
        np.array([math.asinh(value) if kind == "number" else value for kind, value in flat], np.float64),
    )


def compare(found: Quantities, bounds: Quantities) -> Iterator[Comparison]:
    """Every found quantity with every bound, exactly: 101 is above 100. In blocks, so that many of both take bounded memory."""
    count, width = len(found.value), len(bounds.value)
    step = max(1, CELLS // max(1, width))
    for start in range(0, count if width else 0, step):
        part = slice(start, start + step)
        value, kind, scale = found.value[part, None], found.kind[part, None], found.scale[part, None]
        same = kind == bounds.kind
        signs = np.empty((*same.shape, 3), np.bool_)
        for sign, holds in enumerate((np.greater, np.equal, np.less)):
            signs[..., sign] = holds(value, bounds.value) & same
        distance = (scale - bounds.scale) / _UNITS[kind] / 5.0
        yield Comparison(part, signs, np.where(same, distance.clip(-1.0, 1.0), 0.0).astype(np.float32))


def runs(owner: Index) -> tuple[Index, Index]:
    """Where each owner's run begins in an ascending array, and which owner that is."""
    new = np.ones(len(owner), np.bool_)
    new[1:] = owner[1:] != owner[:-1]
    starts = np.flatnonzero(new)
    return starts, owner[starts]


def farthest(distance: Float, rows: Index, columns: Index) -> Float:
    """Per block of rows and columns (given by their starts) the distance of largest magnitude; of equal ones the first."""
    high, low = reduce_blocks(np.maximum, distance, rows, columns), reduce_blocks(np.minimum, distance, rows, columns)
    found = np.where(high >= -low, high, low)
    for row, column in np.argwhere((high == -low) & (high > 0)):
        block = distance[rows[row] :, columns[column] :][: [*np.diff(rows), None][row], : [*np.diff(columns), None][column]]
        found[row, column] = block.reshape(-1)[np.abs(block).argmax()]
    return found


def reduce_blocks(function: np.ufunc, values: NDArray[Any], rows: Index, columns: Index) -> NDArray[Any]:
    """`values` [P, Q, …] reduced over each block of rows and columns, given by their starts."""
    if len(columns) == values.shape[1]:
        return function.reduceat(values, rows, axis=0)
    return function.reduceat(function.reduceat(values, rows, axis=0), columns, axis=1)
