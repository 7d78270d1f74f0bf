"""The segmenter: pyvi's words of a text, short or long, one or many, with their offsets.

In: text as written. Out: words, or their spans in code points of the NFC text. Must not know terms or spellings.

`segmenter()` gives the process's one segmenter: where the installed pyvi is not the version whose model is known, it
asks pyvi itself, with a warning.
"""

from __future__ import annotations

import re
import threading
import unicodedata
import warnings
import weakref
from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from search.analysis.columns import Column, spread
from search.analysis.key_table import KeyTable
from search.analysis.piece_index import MAX_PIECE, PieceIndex, cut
from search.analysis.segmenter import pyvi_itself
from search.analysis.segmenter.labels import Labeler
from search.analysis.segmenter.lexing import lex, lex_all, readable
from search.analysis.segmenter.model import Model, ModelMismatch, load
from search.analysis.segmenter.short import ShortLabeler
from search.analysis.segmenter.types import LINE_BREAK, PAD, Lexicon, TokenTypes

SHORT_TOKENS = 120
"""Texts of fewer tokens are labeled in plain Python, which is faster than starting array operations."""
MAX_TYPES, MAX_PIECES, MAX_CHARS = 40_000, 50_000, 2_000_000
"""Beyond these sizes the tables are begun anew, so that memory stays bounded on any input."""
BATCH_CHARS = 100_000
LONG_CHARS = 400

_PIECE = re.compile(r"\n|\S+")
_BREAK = np.array([LINE_BREAK], np.int32).tobytes()
_PAD = np.array([PAD], np.int32).tobytes()
NO_MODEL = Model({}, ((0.0, 0.0), (0.0, 0.0)), frozenset(), frozenset())
"""Stands for a pyvi whose model is not known: joins come from pyvi itself."""


class Tables:
    """Everything that grows with the texts seen: token types, their labelers, and the pieces met before."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.types = TokenTypes(lexicon)
        known = bool(lexicon.model.weights)
        self.labeler: Labeler | AskingLabeler = Labeler(self.types) if known else AskingLabeler(self.types)
        self.short: ShortLabeler | AskingLabeler = ShortLabeler(self.types) if known else AskingLabeler(self.types)
        self.pieces = _Pieces(self.types)
        self.two = _Joined(self.types)
        own = weakref.proxy(self)  # a cycle would keep spent tables until the next full collection
        self.index = PieceIndex(lambda found: own._add(found))
        self._lock = threading.Lock()
        self._first, self._ids = Column(), Column()
        self._first.extend([0, 1, 2])
        self._ids.extend([PAD, LINE_BREAK])
        self._rows = 2

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        pieces = max(len(self.pieces), self._rows, len(self.two))
        return pieces > MAX_PIECES or len(self.types) > MAX_TYPES or self.types.size_chars > MAX_CHARS

    def ids(self, text: str) -> bytes:
        """Type ids (int32) of the tokens of a short text."""
        return b"".join(map(self.pieces.__getitem__, text.replace("\n", " \n ").split(" ")))

    def ids_batch(self, texts: Sequence[str]) -> NDArray[np.intp]:
        """Type ids of the tokens of some texts, with `PAD` first, last and between them."""
        rows = self.index.rows(cut(texts))
        with self._lock:
            first, ids = self._first.settle(), self._ids.settle()
        return ids.take(spread(rows, first)[0]).astype(np.intp)

    def _add(self, pieces: list[str]) -> list[int]:
        ids = self.types.id_list(lex_all(pieces))
        ends = [i for i, id in enumerate(ids) if id == LINE_BREAK]
        with self._lock:
            place, begin = len(self._ids), self._rows
            self._ids.extend([id for id in ids if id != LINE_BREAK])
            self._first.extend([place + end - i for i, end in enumerate([*ends, len(ids)])])
            self._rows += len(pieces)
        return list(range(begin, self._rows))


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


class _Joined:
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
        keys = firsts.astype(np.uint64)
        keys <<= np.uint64(32)
        keys |= seconds.view(np.uint64)
        numbers = self._table.find(keys)
        new = (numbers < 0).nonzero()[0]
        if len(new):
            with self._lock:
                self._add(list(dict.fromkeys(keys.take(new).tolist())))
                numbers = self._table.find(keys)
        return self._words.take(numbers)

    def _add(self, keys: list[int]) -> None:
        known = self._table.find(np.array(keys, np.uint64)).tolist()  # another thread may have been here
        keys = [key for key, number in zip(keys, known, strict=True) if number < 0]
        begin, end = len(self._table), len(self._table) + len(keys)
        if end > len(self._words):
            grown = np.zeros(max(end, 2 * begin), np.object_)
            grown[:begin] = self._words[:begin]
            self._words = grown
        strings = self._types.strings
        self._words[begin:end] = [f"{strings[key >> 32]} {strings[key & 0xFFFFFFFF]}" for key in keys]
        self._table.put(keys, range(begin, end))


class AskingLabeler:
    """Joins from pyvi itself, for installed versions whose model is not known here."""

    def __init__(self, types: TokenTypes) -> None:
        self._types = types

    def joins_of(self, tokens: list[str]) -> list[bool]:
        """Whether pyvi has each token in one word with the token before it."""
        theirs, joined = pyvi_itself.tokens(" ".join(tokens))
        word_of: list[int] = []
        word = -1
        for token, join in zip(theirs, joined, strict=True):
            word += not join
            word_of += [word] * len(token)
        places = [0]
        for token in tokens[:-1]:
            places.append(places[-1] + len(token))
        return [i > 0 and word_of[p] == word_of[places[i - 1]] for i, p in enumerate(places)]

    @overload
    def joins(self, ids: list[int]) -> list[bool]: ...
    @overload
    def joins(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]: ...
    def joins(self, ids: list[int] | NDArray[np.integer[Any]]) -> list[bool] | NDArray[np.bool_]:
        """What `ShortLabeler.joins` and `Labeler.joins` answer."""
        strings = self._types.strings
        if isinstance(ids, list):
            return self.joins_of([strings[i] for i in ids])
        found = np.zeros(len(ids), np.bool_)
        pads = np.flatnonzero(ids == PAD).tolist()
        for a, b in pairwise(pads):
            if b > a + 1:
                found[a + 1 : b] = self.joins_of([strings[i] for i in ids[a + 1 : b].tolist()])
        return found


class Segmenter:
    """Cuts texts into pyvi's words; safe to share between threads.

    Args:
        model: pyvi's model, or one without weights to ask pyvi itself.
    """

    def __init__(self, model: Model) -> None:
        self.lexicon = Lexicon(model)
        self._tables = Tables(self.lexicon)

    @property
    def tables(self) -> Tables:
        """The tables to use for one call, from first to last step."""
        tables = self._tables
        if tables.full:
            tables = self._tables = Tables(self.lexicon)
        return tables

    def _read(self, text: str) -> tuple[list[str], list[bool]]:
        """The tokens of a text, and whether each continues the word before."""
        if not self.lexicon.model.weights:
            return pyvi_itself.tokens(readable(text))
        tables = self.tables
        packed = tables.ids(text)
        strings = tables.types.strings
        ids = memoryview(packed).cast("i").tolist() if packed else []
        if len(ids) < SHORT_TOKENS:
            joins = tables.short.joins(ids)
        else:
            joins = tables.labeler.joins(np.frombuffer(_PAD + packed + _PAD, np.int32))[1:-1].tolist()
        return [strings[i] for i in ids], joins

    def tokenize(self, text: str) -> str:
        """Exactly what `pyvi.ViTokenizer.tokenize(text)` answers."""
        tokens, joins = self._read(text)
        if not tokens:
            return text
        parts = [tokens[0]]
        for token, join in zip(tokens[1:], joins[1:], strict=True):
            parts += ("_" if join else " ", token)
        return "".join(parts)

    def words(self, text: str) -> list[str]:
        """pyvi's words, syllables joined by a blank; line breaks are left out."""
        if len(text) >= LONG_CHARS:
            return self.words_batch([text])[0]
        return _assemble(*self._read(text))

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text."""
        if not self.lexicon.model.weights:
            return [_assemble(*self._read(text)) for text in texts]
        found: list[list[str]] = []
        for batch in batches(texts):
            tables = self.tables
            ids = tables.ids_batch(batch)
            found += _words(ids, tables.labeler.joins(ids), tables)
        return found

    def spans(self, text: str) -> list[tuple[int, int]]:
        """`[start, end)` of each word in code points of the NFC text; line breaks are left out."""
        tokens, joins = self._read(text)
        return _spans(unicodedata.normalize("NFC", readable(text)), tokens, joins)

    def spans_batch(self, texts: Iterable[str]) -> list[list[tuple[int, int]]]:
        """The spans of the words of each text."""
        return [self.spans(text) for text in texts]


def batches(texts: Iterable[str]) -> Iterable[list[str]]:
    """The texts in groups of bounded size, in order."""
    batch: list[str] = []
    chars = 0
    for text in texts:
        batch.append(text)
        chars += len(text)
        if chars >= BATCH_CHARS:
            yield batch
            batch, chars = [], 0
    if batch:
        yield batch


def _assemble(tokens: list[str], joins: list[bool]) -> list[str]:
    words: list[str] = []
    parts: list[str] = []
    for token, join in zip(tokens, joins, strict=True):
        if parts and (token == "\n" or not join):
            words.append(" ".join(parts))
            parts = []
        if token != "\n":
            parts.append(token)
    if parts:
        words.append(" ".join(parts))
    return words


def _words(ids: NDArray[np.intp], joins: NDArray[np.bool_], tables: Tables) -> list[list[str]]:
    """The words of each text of a batch; line breaks are left out."""
    breaks = (ids == LINE_BREAK).nonzero()[0]
    joins[breaks] = joins[breaks + 1] = False
    heads = (~joins).nonzero()[0]
    sizes = heads[1:] - heads[:-1]  # none for the pad at the end
    heads = heads[:-1]
    first = ids.take(heads)
    if len(breaks):
        kept = (first != LINE_BREAK).nonzero()[0]
        heads, sizes, first = heads.take(kept), sizes.take(kept), first.take(kept)
    words = tables.types.arrays().names.take(first)
    two = (sizes == 2).nonzero()[0]
    words[two] = tables.two.of(first.take(two), ids.take(heads.take(two) + 1))
    more = (sizes > 2).nonzero()[0]
    if len(more):
        strings = tables.types.strings
        for i, head, size in zip(more.tolist(), heads.take(more).tolist(), sizes.take(more).tolist(), strict=True):
            words[i] = " ".join([strings[k] for k in ids[head : head + size].tolist()])
    edges = (first == PAD).nonzero()[0].tolist()
    every: list[str] = words.tolist()
    return [every[a + 1 : b] for a, b in pairwise([*edges, len(every)])]


def _spans(text: str, tokens: list[str], joins: list[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    place, broken = 0, True
    pieces = _PIECE.finditer(text)
    end = 0
    for token, join in zip(tokens, joins, strict=True):
        if place >= end:
            piece = next(pieces)
            place, end = piece.span()
        if token == "\n":
            broken = True
        elif join and not broken:
            found[-1] = (found[-1][0], place + len(token))
        else:
            found.append((place, place + len(token)))
            broken = False
        place += len(token)
    return found


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """The process's segmenter; with a warning where it has to ask pyvi itself."""
    try:
        return Segmenter(load())
    except ModelMismatch as error:
        warnings.warn(
            f"{error}; words come from pyvi itself, some thirty times slower: install pyvi==0.1.1",
            RuntimeWarning,
            stacklevel=2,
        )
        return Segmenter(NO_MODEL)
