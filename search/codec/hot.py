"""Rows of long lists that are asked for again and again, kept decoded in a bounded part of the memory.

In: places of posting lists as searches name them. Out: rows over all articles, as the kernels make them, and which list
has one. A list is kept when it has been asked for some times, as making a row costs more than one search saves by it;
when there has been no room left for long, all begins anew. Shared by all threads: rows that were handed out never
change. Must not know terms.
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import rows
from search.codec.layout import STRIDE
from search.codec.segment import Segment

ROOM_BYTES: Final = 64 << 20
"""Of all segments of a generation together."""
_LONG: Final = 16
"""A list is long when one in so many articles is in it: reading it costs more than copying a row."""
_OFTEN: Final = 12
"""Uses after which a list gets its row (of 4, 12 and never, the least time for typed queries over 200,000 articles)."""
_LAID: Final = 11
"""Uses that one counts as which laid whole lists into rows: keeping the row costs no more then, the next time."""
_PATIENCE: Final = 100
"""Uses without room, for each row that there is room for, after which all begins anew."""
_KEPT: Final = 100_000
"""Lists whose uses are counted; beyond that counting starts anew."""
_NO_DOCS: Final = np.empty(0, np.int32)


class HotRows:
    """The rows of one segment."""

    def __init__(self, segment: Segment, room_bytes: int) -> None:
        self._segment = segment
        self._stride = segment.size - segment.size % STRIDE + 2 * STRIDE
        self._most = room_bytes // self._stride
        self._lock = threading.Lock()
        self._uses: dict[int, int] = {}
        self._kept = self._empty()
        self._missed = 0

    def of(self, places: dict[int, int], count: int) -> tuple[NDArray[np.uint8], list[int]]:
        """Rows one behind the other, and where in them that of each row of a request begins (−1: none).

        Args:
            places: the row of a request by the place of its list.
            count: how many rows the request has.
        """
        uses, (table, found) = self._uses, self._kept
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
            table, found = self._kept
            for place, row in places.items():
                hot_of[row] = found.get(place, -1)
        return table, hot_of

    def laid(self, places: dict[int, int]) -> None:
        """Note that a search had to lay whole lists into rows; while there is room, such lists are kept sooner."""
        uses, (_, found) = self._uses, self._kept
        if 2 * len(found) < self._most:
            for place in places:
                used = uses.get(place, -1)
                if 0 < used <= _OFTEN:
                    uses[place] = used + _LAID

    def _is_long(self, place: int) -> bool:
        if not self._most:
            return False
        value = shift = 0
        for byte in self._segment.whole[place : place + 10].tolist():
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return (value >> 2) * _LONG >= self._segment.size

    def _keep(self, place: int) -> None:
        """Give a list its row, where there is room."""
        with self._lock:
            table, found = self._kept
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
            found[place] = at

    def _empty(self) -> tuple[NDArray[np.uint8], dict[int, int]]:
        """Room for all rows, and where each begins by the place of its list."""
        return np.empty(self._most * self._stride, np.uint8), {}  # memory is taken when a row is written
