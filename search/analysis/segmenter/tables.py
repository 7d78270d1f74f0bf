"""Everything that grows with the texts seen: pieces met before, token types, words of two tokens.

In: texts. Out: type ids of their tokens, and words as strings. Must not know labels' rules; it only holds the labelers,
which are bound to its token types.

The tables only grow; look-ups take no lock, adding does. A table that is `full` is left for a new one.
"""

from __future__ import annotations

import threading
import weakref
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.analysis.key_table import KeyTable
from search.analysis.piece_index import MAX_PIECE, PieceIndex, cut
from search.analysis.segmenter.asking import AskingLabeler
from search.analysis.segmenter.labels import Labeler
from search.analysis.segmenter.lexing import lex, lex_all, readable
from search.analysis.segmenter.short import ShortLabeler
from search.analysis.segmenter.types import LINE_BREAK, PAD, Lexicon, TokenTypes

MAX_TYPES, MAX_PIECES, MAX_CHARS = 40_000, 50_000, 2_000_000
"""Beyond these sizes the tables are begun anew, so that memory stays bounded on any input."""

MATURE_PIECES = 4_000
MAX_MORE, _WIDTH_OF_WORDS = 10_000, 8
"""So many words of three tokens and more are kept, of so many tokens at most."""

_BREAK = np.array([LINE_BREAK], np.int32).tobytes()
_WIDTH = 4
"""Pieces of so many tokens at most have all of them in their row; no other place has to be looked at."""
_NONE = -1
_FILL = [[_NONE] * (_WIDTH - n) for n in range(_WIDTH + 1)]


class Tables:
    """What is known of texts over one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.types = TokenTypes(lexicon)
        known = bool(lexicon.model.weights)
        self.labeler: Labeler | AskingLabeler = Labeler(self.types) if known else AskingLabeler(self.types)
        self.short: ShortLabeler | AskingLabeler = ShortLabeler(self.types) if known else AskingLabeler(self.types)
        self.pieces = _Pieces(self.types)
        self.two = TwoTokens(self.types)
        self.more = _More(self.types)
        own = weakref.proxy(self)  # a cycle would keep spent tables until the next full collection
        self.index = PieceIndex(lambda found: own._add(found))
        self._rows: NDArray[np.intp] = np.full((1 << 10, _WIDTH), _NONE)
        self._rows[:2, 0] = PAD, LINE_BREAK
        self._size = 2
        self._long: list[NDArray[np.intp]] = []

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        pieces = max(len(self.pieces), self._size, len(self.two))
        return pieces > MAX_PIECES or len(self.types) > MAX_TYPES or self.types.size_chars > MAX_CHARS

    @property
    def young(self) -> bool:
        """Whether most of what texts hold is still new."""
        return self._size < MATURE_PIECES

    def ids(self, text: str) -> bytes:
        """Type ids (int32) of the tokens of a short text."""
        return b"".join(map(self.pieces.__getitem__, text.replace("\n", " \n ").split(" ")))

    def ids_batch(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """Type ids of the tokens of some texts, with `PAD` first, last and between them."""
        rows = self.index.rows(cut(texts))
        flat = self._rows.take(rows, axis=0).ravel()
        ids = flat.compress(flat != _NONE)
        long = (ids < _NONE).nonzero()[0]
        return self._with_long(ids, long.tolist()) if len(long) else ids

    def _with_long(self, ids: NDArray[np.intp], places: list[int]) -> NDArray[np.intp]:
        """The ids with the tokens of long pieces where they have only a reference."""
        parts, before = [], 0
        for place, reference in zip(places, ids[places].tolist(), strict=True):
            parts += [ids[before:place], self._long[_NONE - 1 - reference]]
            before = place + 1
        return np.concatenate([*parts, ids[before:]])

    def _add(self, pieces: list[str]) -> list[int]:
        """Rows of new pieces: up to `_WIDTH` ids, or a reference to a longer list; the rows' numbers."""
        tokens, counts = lex_all(pieces)
        ids = self.types.id_list(tokens)
        flat: list[int] = []
        begin = 0
        for count in counts:
            end = begin + count
            if count <= _WIDTH:
                flat += ids[begin:end]
                flat += _FILL[count]
            else:
                self._long.append(np.array(ids[begin:end], np.intp))
                flat += (_NONE - len(self._long), *_FILL[1])
            begin = end
        first, last = self._size, self._size + len(pieces)
        if last > len(self._rows):
            rows = np.full((max(last, 2 * first), _WIDTH), _NONE)
            rows[:first] = self._rows[:first]
            self._rows = rows
        self._rows[first:last].reshape(-1)[:] = flat
        self._size = last
        return list(range(first, last))


class _Pieces(dict[str, bytes]):
    """Pieces of short texts between blanks, and the line break → the type ids (int32) of their tokens."""

    def __init__(self, types: TokenTypes) -> None:
        super().__init__()
        self._id = types.id
        self.update({"\n": _BREAK, "": b""})

    def __missing__(self, piece: str) -> bytes:
        parts = piece.split()
        if parts != [piece]:  # other white space inside, or nothing between two blanks
            return b"".join(map(self.__getitem__, parts))
        ids = array("i", map(self._id, lex(readable(piece)))).tobytes()
        if len(piece) <= MAX_PIECE:
            self[piece] = ids
        return ids


class _More(dict[bytes, str]):
    """Type ids (int64) of words of three tokens and more → the words."""

    def __init__(self, types: TokenTypes) -> None:
        super().__init__()
        self._strings = types.strings

    def __missing__(self, ids: bytes) -> str:
        word = " ".join([self._strings[id] for id in memoryview(ids).cast("q")])
        if len(ids) <= 8 * _WIDTH_OF_WORDS and len(self) < MAX_MORE:
            self[ids] = word
        return word


class TwoTokens:
    """Words of two tokens, as strings that are made once."""

    def __init__(self, types: TokenTypes) -> None:
        self._types = types
        self._table = KeyTable()
        self._words: NDArray[np.object_] = np.zeros(1 << 10, np.object_)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._table)

    def of(self, firsts: NDArray[np.intp], seconds: NDArray[np.intp]) -> NDArray[np.object_]:
        """The word of each first and second token, given as type ids."""
        pairs = firsts << 32
        pairs |= seconds
        keys = pairs.view(np.uint64)
        known = len(self._table)
        numbers, new = self._table.find(keys)
        if len(new):
            numbers[new] = self._add(keys.take(new).tolist(), known)
        return self._words.take(numbers)

    def _add(self, keys: list[int], known: int) -> list[int]:
        """The numbers of keys, some given more than once, that were not found when so many were known."""
        strings = self._types.strings
        new = list(dict.fromkeys(keys))
        with self._lock:
            begin = len(self._table)
            numbers: dict[int, int] = {}
            if begin != known:  # another thread has been here
                found = self._table.find(np.array(new, np.uint64))[0].tolist()
                numbers = {key: number for key, number in zip(new, found, strict=True) if number >= 0}
                new = [key for key in new if key not in numbers]
            end = begin + len(new)
            if end > len(self._words):
                grown = np.zeros(max(end, 2 * begin), np.object_)
                grown[:begin] = self._words[:begin]
                self._words = grown
            self._words[begin:end] = [f"{strings[key >> 32]} {strings[key & 0xFFFFFFFF]}" for key in new]
            self._table.put(new, range(begin, end))
        numbers.update(zip(new, range(begin, end), strict=True))
        return [numbers[key] for key in keys]
