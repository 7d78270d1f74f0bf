"""Rows of long lists that are asked for again and again, kept decoded in a bounded part of the memory.

In: places of posting lists as searches name them. Out: rows over all articles, as the kernels make them, and which list
has one; the same lists as bits, by number and in the orders of columns, an eighth of a row each. A list is kept when it
has been asked for some times, as making a row costs more than one search saves by it; when there has been no room left
for long, all begins anew. Shared by all threads: rows that were handed out never change. Must not know terms.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import bits, rows, wordwise
from search.codec.layout import STRIDE
from search.codec.segment import Segment

ROOM_BYTES: Final = 64 << 20
"""Of all segments of a generation together; bits come beside it, three eighths of it for two facets."""
_LONG: Final = 16
"""A list is long when one in so many articles is in it: reading it costs more than copying a row."""
_LONG_ENOUGH: Final = 64
"""The same while half of the room is free, for searches that take bits."""
_OFTEN: Final = 12
"""Uses after which a list gets its row (of 4, 12 and never, the least time for typed queries over 200,000 articles)."""
_LAID: Final = 11
"""Uses that one counts as which laid whole lists into rows: keeping the row costs no more then, the next time."""
_PATIENCE: Final = 100
"""Uses without room, for each row that there is room for, after which all begins anew."""
_KEPT: Final = 100_000
"""Lists whose uses are counted; beyond that counting starts anew."""
_NO_DOCS: Final = np.empty(0, np.int32)


class Kept(NamedTuple):
    """Rows one behind the other and where each begins by the place of its list; the same as bits.

    `planes` is as `kernels.wordwise` takes it, `packed` tells which planes of which lists are there, and `ready`, for
    columns that are asked for together, the numbers of lists that are there in all of them.
    """

    rows: NDArray[np.uint8]
    begins: dict[int, int]
    planes: NDArray[np.uint64]
    packed: dict[int, set[int]]
    ready: dict[tuple[int, ...], dict[int, int]]


class HotRows:
    """The rows of one segment."""

    def __init__(self, segment: Segment, room_bytes: int) -> None:
        self._segment = segment
        self._stride = segment.size - segment.size % STRIDE + 2 * STRIDE
        self._words = (segment.size + 63) // 64
        self._most = room_bytes // self._stride
        self._lock = threading.Lock()
        self._uses: dict[int, int] = {}
        self._short: dict[int, int] = {}
        """Uses of lists that are not long, but long enough."""
        self._kept = self._empty()
        self._columns: set[int] = set()
        """Planes of columns whose orders searches have asked for."""
        self._missed = 0

    def of(self, places: dict[int, int], count: int) -> tuple[NDArray[np.uint8], list[int]]:
        """Rows one behind the other, and where in them that of each row of a request begins (−1: none).

        Args:
            places: the row of a request by the place of its list.
            count: how many rows the request has.
        """
        uses, (table, found, *_) = self._uses, self._kept
        hot_of = [-1] * count
        often: list[int] = []
        for place, row in places.items():
            used = uses.get(place)
            if used is None:
                if len(uses) >= _KEPT:
                    uses.clear()
                used = 0 if self._is_long(place) else -1
                uses[place] = used
            if used >= 0:
                uses[place] = used + 1
                if place in found:
                    hot_of[row] = found[place]
                elif used >= _OFTEN:
                    often.append(place)
        if often:
            for place in often:
                self._keep(place)
            table, found = self._kept[:2]
            for place, row in places.items():
                hot_of[row] = found.get(place, -1)
        return table, hot_of

    def laid(self, places: dict[int, int]) -> None:
        """Note that a search had to lay whole lists into rows; while there is room, such lists are kept sooner."""
        uses, found = self._uses, self._kept.begins
        if 2 * len(found) < self._most:
            for place in places:
                used = uses.get(place, -1)
                if 0 < used <= _OFTEN:
                    uses[place] = used + _LAID

    def sets(self, places: Iterable[int], columns: tuple[int, ...]) -> tuple[Kept, list[int]] | None:
        """Lists as bits, by number and in the order of some columns, as `kernels.wordwise` takes them.

        Args:
            places: lists, by their places.
            columns: planes of the columns that are wanted.

        Returns:
            What is kept, and the number of each list there (−1: too short to be kept); None where a list is not there.
        """
        kept = self._kept
        ready = kept.ready.get(columns)
        if ready is None:
            ready = kept.ready.setdefault(columns, {})
        found = []
        for place in places:
            number = ready.get(place)
            if number is None:
                number = self._number(kept, place, columns, ready)
                if number is None:
                    return None
            found.append(number)
        return kept, found

    def _number(self, kept: Kept, place: int, columns: tuple[int, ...], ready: dict[int, int]) -> int | None:
        """What `sets` tells of one list, and notes in `ready` where it stays so."""
        if place not in kept.begins:
            size = self._size_of(place)
            if not self._most or size * _LONG >= self._segment.size:
                return None
            if size * _LONG_ENOUGH >= self._segment.size:
                if len(self._short) >= _KEPT:
                    self._short.clear()
                used = self._short[place] = self._short.get(place, 0) + 1
                if used > _OFTEN and 2 * len(kept.begins) < self._most:
                    self._keep(place)
                if place not in kept.begins:
                    return -1
        at = kept.begins.get(place)
        number = -1
        if at is not None:
            number = at // self._stride
            with self._lock:
                self._columns.update(columns)
                self._pack(kept, place, at)
        if len(ready) >= _KEPT:
            ready.clear()
        ready[place] = number
        return number

    def _pack(self, kept: Kept, place: int, at: int) -> None:
        """Lay a row as bits, by number and in the order of every column that was asked for so far."""
        packed, (number, words) = kept.packed, (at // self._stride, self._words)
        begin = number * words
        by_number = kept.planes[begin : begin + words]
        if place not in packed:
            bits.pack(kept.rows, at, by_number)
        done = packed.setdefault(place, set())
        for plane in self._columns - done:
            begin = (plane * self._most + number) * words
            bits.reorder(by_number, self._segment.places(plane), kept.planes[begin : begin + words])
            done.add(plane)

    def _is_long(self, place: int) -> bool:
        if not self._most:
            return False
        return self._size_of(place) * _LONG >= self._segment.size

    def _size_of(self, place: int) -> int:
        """How many articles a list has."""
        value = shift = 0
        for byte in self._segment.whole[place : place + 10].tolist():
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value >> 2

    def _keep(self, place: int) -> None:
        """Give a list its row, where there is room."""
        with self._lock:
            kept = self._kept
            table, found = kept.rows, kept.begins
            if place in found:
                return
            if len(found) >= self._most:
                self._missed += 1
                if self._missed > _PATIENCE * self._most:
                    # others may still read the rows that are there
                    self._kept, self._missed = self._empty(), 0
                    self._uses.clear()
                return
            at = len(found) * self._stride
            row = table[at : at + self._stride]
            rows.dense(self._segment.whole, np.array([place], np.int64), _NO_DOCS, _NO_DOCS, row, self._segment.size)
            self._pack(kept, place, at)
            found[place] = at

    def _empty(self) -> Kept:
        """Room for all rows, and where each begins by the place of its list."""
        # memory is taken when a row is written
        planes = np.empty(wordwise.PLANES * self._most * self._words, np.uint64)
        return Kept(np.empty(self._most * self._stride, np.uint8), {}, planes, {}, {})
