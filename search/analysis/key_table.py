"""64-bit keys → numbers: a hash table whose look-up is a few steps on whole arrays.

In: uint64 keys other than 0, and a number from 0 for each. Out: numbers. Must not know what keys mean.

Each key has one place in an open table; where another key holds it, it lives in a dict, and so do the newest keys,
until there are enough of them to be worth a pass over the arrays. A quarter of the places are used at most.

>>> table = KeyTable()
>>> table.put([5, 9], [0, 1])
>>> numbers, missing = table.find(np.array([9, 4, 5], np.uint64))
>>> numbers.tolist(), missing.tolist(), len(table)
([1, -1, 0], [1], 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2⁶⁴ divided by the golden ratio: multiplicative hashing (Knuth, TAOCP 3, section 6.4)."""
_SMALLEST_BITS = 10
_WAITING = 1000
"""So many new keys wait in the dict, or an eighth of all if these are more."""


class _Places(NamedTuple):
    """`cells[slot]` (uint64, shape (n, 2)): 0 or a key, and its number; slots are top bits of products."""

    cells: NDArray[np.uint64]
    shift: np.uint64

    @staticmethod
    def of_bits(bits: int) -> _Places:
        return _Places(np.zeros((1 << bits, 2), np.uint64), np.uint64(64 - bits))

    def slots(self, keys: NDArray[np.uint64]) -> NDArray[np.intp]:
        slots = keys * _ODD
        slots >>= self.shift
        return slots.view(np.intp)


class KeyTable:
    """Numbers by key. Look-ups take no lock; of those that `put`, one thread at a time.

    A look-up beside a `put` may miss a key that is being put, never one that was there before, and never finds a wrong
    number: cells and dict change together, and a key is in one of the two.
    """

    def __init__(self) -> None:
        self._kept: tuple[_Places, dict[int, int]] = _Places.of_bits(_SMALLEST_BITS), {}
        self._count = self._settled = 0

    def __len__(self) -> int:
        return self._count

    def find(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The number of each key, −1 where it has none; and the places of those that have none."""
        places, rest = self._kept
        cells = places.cells.take(places.slots(keys), axis=0)
        numbers = cells[:, 1].view(np.intp)
        others = (cells[:, 0] != keys).nonzero()[0]
        if len(others):
            found = list(map(rest.get, keys.take(others).tolist(), repeat(-1)))
            numbers[others] = found
            if -1 in found:
                return numbers, others.compress(numbers.take(others) < 0)
        return numbers, others[:0]

    def below(self, number: int) -> dict[int, int]:
        """The keys whose numbers are below this one, with their numbers."""
        places, rest = self._kept
        filled = places.cells[places.cells[:, 0].nonzero()[0]]
        filled = filled[filled[:, 1].view(np.intp) < number]
        found = dict(zip(filled[:, 0].tolist(), filled[:, 1].tolist(), strict=True))
        return found | {key: value for key, value in rest.items() if value < number}

    def put(self, keys: list[int], numbers: Iterable[int]) -> None:
        """Add keys that differ and have no number yet; lower numbers get the better places."""
        self._kept[1].update(zip(keys, numbers, strict=True))
        self._count += len(keys)
        if self._count - self._settled > max(_WAITING, self._count // 8):
            self._settle()

    def _settle(self) -> None:
        """Move keys from the dict to their places; into a larger table when more than a quarter would be used."""
        places, waiting = self._kept
        keys = np.array(list(waiting), np.uint64)
        numbers = np.array(list(waiting.values()), np.intp)
        if 4 * self._count > len(places.cells):
            filled = places.cells[places.cells[:, 0].nonzero()[0]]
            keys = np.concatenate([filled[:, 0], keys])
            numbers = np.concatenate([filled[:, 1].view(np.intp), numbers])
            order = numbers.argsort(kind="stable")
            keys, numbers = keys[order], numbers[order]
            places = _Places.of_bits((4 * self._count).bit_length())
        else:  # those that look up may hold the old cells: of a cell they must never see one half new, one half old
            places = _Places(places.cells.copy(), places.shift)
        slots = places.slots(keys)
        free = places.cells[slots, 0] == 0
        places.cells[slots[free][::-1], 0] = keys[free][::-1]  # of several keys for one place the first is written last
        placed = places.cells[slots, 0] == keys
        places.cells[slots[placed], 1] = numbers[placed]
        left = ~placed
        rest = dict(zip(keys[left].tolist(), numbers[left].tolist(), strict=True))
        self._kept, self._settled = (places, rest), self._count
