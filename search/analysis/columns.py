"""Growing columns of numbers, and the gathering of rows from them.

In: numbers, one or many at a time. Out: int32 arrays. Must not know what the numbers mean.

>>> column = Column()
>>> column.extend([7, 8, 9]); column.settle()[:3].tolist()
[7, 8, 9]
>>> index, counts = spread(np.array([1, 0, 1]), np.array([0, 1, 3]))
>>> index.tolist(), counts.tolist()
([1, 2, 0, 1, 2], [2, 1, 2])
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Column:
    """A growing array of int32. Values wait in a list until the array is asked for.

    Args:
        first: the values to begin with.
    """

    def __init__(self, first: NDArray[np.int32] | None = None) -> None:
        self._filled = 0 if first is None else len(first)
        self._array: NDArray[np.int32] = np.zeros(max(1 << 10, 2 * self._filled), np.int32)
        if first is not None:
            self._array[: self._filled] = first
        self._waiting: list[int] = []

    def __len__(self) -> int:
        return self._filled + len(self._waiting)

    def append(self, value: int) -> None:
        """Add one value at the end."""
        self._waiting.append(value)

    def extend(self, values: Iterable[int]) -> None:
        """Add values at the end."""
        self._waiting.extend(values)

    def settle(self) -> NDArray[np.int32]:
        """The array with all values in it (and room behind them). One thread at a time."""
        if self._waiting:
            end = len(self)
            if end > len(self._array):
                new = np.zeros(max(end, 2 * len(self._array)), np.int32)
                new[: self._filled] = self._array[: self._filled]
                self._array = new
            self._array[self._filled : end] = self._waiting
            self._filled, self._waiting = end, []
        return self._array


def spread(
    rows: NDArray[np.integer[Any]], first: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indexes of everything that some rows hold, in order, and how many each holds.

    Args:
        rows: numbers of rows, shape (n,).
        first: row r holds the places `[first[r], first[r + 1])`.
    """
    places = rows.astype(np.intp)
    begin = first.take(places).astype(np.intp, copy=False)
    places += 1
    counts = first.take(places) - begin
    ends = counts.cumsum()
    begin += counts
    begin -= ends
    index = begin.repeat(counts)
    index += np.arange(len(index))
    return index, counts
