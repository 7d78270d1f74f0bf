"""What a batch collects of its articles, article after article, before it is inverted.

In: values of tokens, articles and codes. Out: the same as whole columns, each held once. Must not know what they mean.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.layout import CATEGORIES

CHUNK: Final = 1 << 20

Ints = NDArray[np.int32]


class Column:
    """Values that come a few at a time, kept without a hole and given back as one array."""

    def __init__(self, dtype: Any) -> None:
        self._chunks: list[NDArray[Any]] = []
        self._dtype = dtype
        self._room = 0

    def extend(self, values: NDArray[Any]) -> None:
        """Add values at the end."""
        size = len(values)
        if 0 < size <= self._room:  # nearly always: an article is short
            at = CHUNK - self._room
            self._chunks[-1][at : at + size] = values
            self._room -= size
            return
        while len(values):
            if not self._room:
                self._chunks.append(np.empty(CHUNK, self._dtype))
                self._room = CHUNK
            taken = values[: self._room]
            at = CHUNK - self._room
            self._chunks[-1][at : at + len(taken)] = taken
            self._room -= len(taken)
            values = values[len(taken) :]

    def taken(self) -> NDArray[Any]:
        """All values; the column is empty afterwards, and memory holds a value twice for one chunk at most."""
        size = len(self._chunks) * CHUNK - self._room
        whole = np.empty(size, self._dtype)
        for at in range(0, size, CHUNK):
            chunk = self._chunks[at // CHUNK]
            whole[at : at + CHUNK] = chunk[: size - at]
            self._chunks[at // CHUNK] = chunk[:0].copy()
        self._chunks, self._room = [], 0
        return whole


@dataclass(slots=True)
class Collected:
    """What is collected: values of tokens, two lengths an article (title, body), and one entry an article or code."""

    exact: Column = field(default_factory=lambda: Column(np.int32))
    starts: Column = field(default_factory=lambda: Column(np.int32))
    ends: Column = field(default_factory=lambda: Column(np.int32))
    joined: Column = field(default_factory=lambda: Column(np.uint8))
    lengths: array[int] = field(default_factory=lambda: array("i"))
    codes: list[tuple[int, int, int, str, str]] = field(default_factory=list)  # article, place, length, exact, folded
    ids: list[bytes] = field(default_factory=list)
    digests: bytearray = field(default_factory=bytearray)
    plain: bytearray = field(default_factory=bytearray)
    days: array[int] = field(default_factory=lambda: array("i"))
    categories: dict[str, array[int]] = field(default_factory=lambda: {name: array("i") for name in CATEGORIES})
    values: dict[str, dict[bytes, int]] = field(default_factory=lambda: {name: {} for name in CATEGORIES})
