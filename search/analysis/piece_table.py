"""The pieces met before, as rows of arrays: a text becomes row numbers, and everything else is gathered at once.

In: blank-free pieces of text. Out: row numbers and the columns of their tokens. Must not know whole texts.

The table only grows; look-ups take no lock, adding a row does. A caller takes row numbers first and columns after, and
so always finds the rows it knows of.
"""

from __future__ import annotations

import sys
import threading
from bisect import bisect_right
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis import pieces
from search.analysis.segmenter.lexing import lex
from search.analysis.segmenter.types import LINE_BREAK, PAD
from search.analysis.segmenter.words import Segmenter, Tables
from search.analysis.streams import Code
from search.analysis.vocabulary import TermTable

MAX_ROWS, MAX_TOKENS = 250_000, 2_000_000
"""Beyond these sizes the tables are begun anew, so that memory stays bounded on any input."""
BETWEEN, BREAK = 0, 1
"""Rows of the table that stand for the border between two texts and for a line break."""


class Row(NamedTuple):
    """A piece's tokens: term, offsets, pyvi token (its number in the piece), numeral of each; codes; pyvi's types."""

    terms: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    tokens: tuple[int, ...]
    numerals: tuple[int, ...]
    codes: tuple[Code, ...]
    types: tuple[int, ...]
    extra: bool


class Column:
    """A growing array of int32. Values wait in a list until the array is asked for."""

    def __init__(self) -> None:
        self._array: NDArray[np.int32] = np.zeros(1 << 13, np.int32)
        self._filled = 0
        self._waiting: list[int] = []

    def __len__(self) -> int:
        return self._filled + len(self._waiting)

    def append(self, value: int) -> None:
        """Add one value at the end."""
        self._waiting.append(value)

    def extend(self, values: tuple[int, ...]) -> None:
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


class Columns(NamedTuple):
    """The columns as arrays (int32), at one moment.

    Of tokens: `terms`, `starts`, `ends`, `tokens`, `numerals`; row r's at `[first_token[r], first_token[r + 1])`. Of
    pyvi's tokens: `types`, at `[first_type[r], first_type[r + 1])`. Of rows: `extra`, 1 where the row has codes.
    """

    terms: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    tokens: NDArray[np.int32]
    numerals: NDArray[np.int32]
    types: NDArray[np.int32]
    first_token: NDArray[np.int32]
    first_type: NDArray[np.int32]
    extra: NDArray[np.int32]


class _Numbers(dict[str, bytes]):
    """Pieces → their row numbers as four bytes (int32); a piece not met before is read and added."""

    def __init__(self, table: PieceTable) -> None:
        super().__init__()
        self._add = table.add

    def __missing__(self, piece: str) -> bytes:
        number = self._add(piece)
        if len(piece) <= 40:
            self[piece] = number
        return number


class PieceTable:
    """Rows of pieces over one vocabulary and one segmenter; `numbers[piece]` is a row number as four bytes."""

    def __init__(self, vocabulary: TermTable, segmenter: Segmenter) -> None:
        self.segmentation = Tables(segmenter.lexicon)
        self._reader = pieces.Reader(vocabulary.id)
        self._lock = threading.RLock()
        self._rows: dict[str, Row] = {}
        self._columns = tuple(Column() for _ in Columns._fields)
        self.codes: dict[int, tuple[Code, ...]] = {}
        self.numbers = _Numbers(self)
        *_, self._types, first_token, first_type, self._extra = self._columns
        first_token.append(0)
        first_type.append(0)
        for type_ in (PAD, LINE_BREAK):
            self._append(Row((), (), (), (), (), (), (type_,), False))

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._extra) > MAX_ROWS or len(self._types) > MAX_TOKENS or self.segmentation.full

    def row(self, piece: str) -> Row:
        """The tokens of a piece, for texts that are put together in plain Python."""
        known = self._rows.get(piece)
        if known is None:
            known = self._read(piece)
            if len(piece) <= 40 and len(self._rows) < MAX_ROWS // 8:
                self._rows[piece] = known
        return known

    def add(self, piece: str) -> bytes:
        """Read a piece and add its row; the row's number as four bytes (int32)."""
        row = self._read(piece)
        with self._lock:
            return self._append(row).to_bytes(4, sys.byteorder)

    def columns(self) -> Columns:
        """All columns; they hold every row whose number was given before the call."""
        with self._lock:
            return Columns(*[column.settle() for column in self._columns])

    def _read(self, piece: str) -> Row:
        found = self._reader.read(piece)
        tokens = lex_spelled(found.spelled)
        id = self.segmentation.types.id
        places = [place for place, _ in tokens]
        return Row(
            found.terms,
            found.starts,
            found.ends,
            tuple([bisect_right(places, anchor) - 1 for anchor in found.anchors]),
            found.numerals,
            found.codes,
            tuple([id(token) for _, token in tokens]),
            bool(found.codes or any(found.numerals)),
        )

    def _append(self, row: Row) -> int:
        terms, starts, ends, tokens, numerals, types, first_token, first_type, extra = self._columns
        number = len(extra)
        terms.extend(row.terms)
        starts.extend(row.starts)
        ends.extend(row.ends)
        tokens.extend(row.tokens)
        numerals.extend(row.numerals)
        types.extend(row.types)
        if row.codes:
            self.codes[number] = row.codes
        first_token.append(len(terms))
        first_type.append(len(types))
        extra.append(int(bool(row.codes)))
        return number


def lex_spelled(spelled: str) -> list[tuple[int, str]]:
    """pyvi's tokens of a piece in its normalized spelling, each with its place; a blank may stand inside."""
    found: list[tuple[int, str]] = []
    place = 0
    if " " not in spelled:
        for token in lex(spelled):
            found.append((place, token))
            place += len(token)
        return found
    for part in spelled.split(" "):
        for token in lex(part):
            found.append((place, token))
            place += len(token)
        place += 1
    return found
