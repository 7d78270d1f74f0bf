"""The pieces met before, as rows of arrays: a text becomes row numbers, and everything else is gathered at once.

In: blank-free pieces of text. Out: row numbers and the columns of their tokens. Must not know whole texts.

The table only grows; look-ups take no lock, adding a row does. A caller takes row numbers first and columns after, and
so always finds the rows it knows of.
"""

from __future__ import annotations

import threading
import weakref
from bisect import bisect_right
from itertools import accumulate, chain, islice
from typing import NamedTuple, cast
from unicodedata import is_normalized

import numpy as np
from numpy.typing import NDArray

from search.analysis import pieces
from search.analysis.columns import Column
from search.analysis.forms import plain_letters
from search.analysis.piece_index import MAX_PIECE, PieceIndex
from search.analysis.segmenter.lexing import ABBREVIATION, lex_all, lex_piece
from search.analysis.segmenter.tables import Tables
from search.analysis.segmenter.types import LINE_BREAK, PAD, TokenTypes
from search.analysis.segmenter.words import Segmenter
from search.analysis.streams import Code
from search.analysis.vocabulary import TermTable

MATURE_PIECES = 4_000
MAX_MARKS = 2_000
"""So many writings of marks around words are kept."""
ROOM = 2
"""Times the tokens that the segmenter alone holds."""
MAX_ROWS, MAX_TOKENS, MAX_SHORT = 120_000, 600_000, 8_000
"""Beyond these sizes the tables are begun anew, so that memory stays bounded on any input; `MAX_SHORT` rows are kept as
tuples, for texts that are put together in plain Python."""


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


class PieceTable:
    """Rows of pieces over one vocabulary and one segmenter; `index` finds the rows of texts."""

    def __init__(self, vocabulary: TermTable, segmenter: Segmenter) -> None:
        self.segmentation = Tables(segmenter.lexicon, ROOM)
        self._reader = pieces.Reader(vocabulary.id)
        self._set_up(tuple(Column() for _ in Columns._fields))
        *_, first_token, first_type, _ = self._columns
        first_token.append(0)
        first_type.append(0)
        self._append([Row((), (), (), (), (), (), (type_,), False) for type_ in (PAD, LINE_BREAK)])

    def _set_up(self, columns: tuple[Column, ...]) -> None:
        self._lock = threading.RLock()
        self._marks = _Marks(self.segmentation.types)
        self._rows: dict[str, Row] = {}
        self._columns = columns
        *_, self._types, _, _, self._extra = columns
        self.codes: dict[int, tuple[Code, ...]] = {}
        own = weakref.proxy(self)  # a cycle would keep spent tables until the next full collection
        self.index = PieceIndex(lambda found: own._add(found))

    def begun_anew(self) -> PieceTable:
        """A table that knows what this one met first, a third of it: of what is frequent in texts nearly all."""
        size = min(MAX_ROWS // 3, len(self._extra))
        known = self.columns()
        size = min(size, int(known.first_type[: size + 1].searchsorted(MAX_TOKENS // 3, "right")) - 1)
        tokens, entries = int(known.first_token[size]), int(known.first_type[size])
        types = self.segmentation.types.first(int(known.types[:entries].max()) + 1)
        made = object.__new__(PieceTable)
        made.segmentation = Tables(types.lexicon, ROOM, types)
        made._reader = self._reader
        ends = (*[tokens] * 5, entries, size + 1, size + 1, size)
        made._set_up(tuple(Column(column[:end]) for column, end in zip(known, ends, strict=True)))
        made.codes = {row: codes for row, codes in list(self.codes.items()) if row < size}
        made.index.know(*self.index.below(size))
        return made

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self._extra) > MAX_ROWS or len(self._types) > MAX_TOKENS or self.segmentation.full

    @property
    def young(self) -> bool:
        """Whether most of what texts hold is still new."""
        return len(self._extra) < MATURE_PIECES

    def row(self, piece: str) -> Row:
        """The tokens of a piece, for texts that are put together in plain Python."""
        known = self._rows.get(piece)
        if known is None:
            known = self._read_one(piece)
            if len(piece) <= MAX_PIECE and len(self._rows) < MAX_SHORT:
                self._rows[piece] = known
        return known

    def _add(self, found: list[str]) -> list[int]:
        """Read pieces and add their rows; the rows' numbers."""
        rows = self._read(found)
        with self._lock:
            return self._append(rows)

    def columns(self) -> Columns:
        """All columns; they hold every row whose number was given before the call."""
        with self._lock:
            return Columns(*[column.settle() for column in self._columns])

    def _read_one(self, piece: str) -> Row:
        """The row of a piece."""
        return self._run_between_marks(piece) or self._read_others([piece])[0]

    def _read(self, found: list[str]) -> list[Row]:
        """The rows of pieces."""
        rows = list(map(self._run_between_marks, found))
        others = [place for place, row in enumerate(rows) if row is None]
        for place, row in zip(others, self._read_others([found[place] for place in others]), strict=True):
            rows[place] = row
        return cast("list[Row]", rows)

    def _run_between_marks(self, piece: str) -> Row | None:
        """The row of a word or a number that may have marks around it, in a fourth of the time; None for any other.

        pyvi's tokens of it are then those of the marks before it, itself, and those of the marks behind it.
        """
        core = piece if piece.isalpha() else piece.strip(pieces.EDGES)
        if not (core.isalpha() or (core.isdigit() and core.isascii())) or len(core) > pieces.MAX_RUN:
            return None
        word, numeral = self._reader.word(core)
        spelled = word.spelled
        if not (spelled.isalnum() and (spelled.isascii() or is_normalized("NFC", spelled))):
            return None
        size = len(core)
        type_ = self.segmentation.types.id(spelled)
        if size == len(piece):
            return Row((word.term,), (0,), (size,), (0,), (numeral,), (), (type_,), numeral != 0)
        start = piece.index(core)
        before, after = self._marks[piece[:start]], self._marks[piece[start + size :]]
        if before is None or after is None:
            return None
        if after and piece[start + size] == "." and not spelled.islower() and ABBREVIATION.match(spelled + "."):
            return None
        types = (*before, type_, *after)
        return Row((word.term,), (start,), (start + size,), (len(before),), (numeral,), (), types, numeral != 0)

    def _read_others(self, found: list[str]) -> list[Row]:
        """The rows of pieces, whatever they are."""
        read = list(map(self._reader.read, found))
        parts = [piece.spelled.split(" ") for piece in read]  # a blank stands where an invisible mark parts two words
        tokens, counts = lex_all(list(chain.from_iterable(parts)))
        ids = self.segmentation.types.id_list(tokens)
        if len(counts) > len(read):
            each = iter(counts)
            counts = [sum(islice(each, len(several))) for several in parts]
        rows: list[Row] = []
        end = 0
        for piece, count in zip(read, counts, strict=True):
            begin, end = end, end + count
            if count == 1:
                places = (0,) * len(piece.anchors)
            else:
                starts = _places(piece.spelled, tokens[begin:end])
                places = tuple([bisect_right(starts, anchor) - 1 for anchor in piece.anchors])
            rows.append(
                Row(
                    piece.terms,
                    piece.starts,
                    piece.ends,
                    places,
                    piece.numerals,
                    piece.codes,
                    tuple(ids[begin:end]),
                    bool(piece.codes or any(piece.numerals)),
                )
            )
        return rows

    def _append(self, rows: list[Row]) -> list[int]:
        *parts, first_token, first_type, extra = self._columns
        begin, token, type_ = len(extra), len(parts[0]), len(self._types)
        for column, values in zip(parts, zip(*(row[:5] + row[6:7] for row in rows), strict=True), strict=True):
            column.extend(chain.from_iterable(values))
        first_token.extend(list(accumulate([len(row.terms) for row in rows], initial=token))[1:])
        first_type.extend(list(accumulate([len(row.types) for row in rows], initial=type_))[1:])
        extra.extend([int(bool(row.codes)) for row in rows])
        self.codes.update((number, row.codes) for number, row in enumerate(rows, begin) if row.codes)
        return list(range(begin, begin + len(rows)))


class _Marks(dict[str, "tuple[int, ...] | None"]):
    """Marks before or behind a word → the types of pyvi's tokens; None where they may make one token with the word."""

    def __init__(self, types: TokenTypes) -> None:
        super().__init__()
        self._types = types

    def __missing__(self, marks: str) -> tuple[int, ...] | None:
        plain = plain_letters(marks)
        found = None
        if "_" not in plain and "@" not in plain and "://" not in plain:
            found = tuple(self._types.id_list(lex_piece(plain)))
        if len(self) < MAX_MARKS:
            self[marks] = found
        return found


def _places(spelled: str, tokens: list[str]) -> list[int]:
    """Where each of pyvi's tokens begins in a piece; a blank may stand between two of them."""
    places: list[int] = []
    place = 0
    for token in tokens:
        place += spelled.startswith(" ", place)
        places.append(place)
        place += len(token)
    return places
