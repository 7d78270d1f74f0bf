"""The segmenter: pyvi's words of a text, short or long, one or many, with their offsets.

In: text as written. Out: words, or their spans in code points of the NFC text. Must not know terms or spellings.

`segmenter()` gives the process's one segmenter: where the installed pyvi is not the version whose model is known, it
asks pyvi itself, with a warning.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter import pyvi_itself
from search.analysis.segmenter.lexing import readable
from search.analysis.segmenter.model import Model, ModelMismatch, load
from search.analysis.segmenter.tables import Tables
from search.analysis.segmenter.types import LINE_BREAK, PAD, Lexicon

SHORT_TOKENS = 120
"""Texts of fewer tokens are labeled in plain Python, which is faster than starting array operations."""
BATCH_CHARS, YOUNG_CHARS = 100_000, 12_000
LONG_CHARS = 400
_FEW = 8
"""So few line breaks are sooner deleted from a list than left out of arrays."""

_PIECE = re.compile(r"\n|\S+")
_PAD = np.array([PAD], np.int32).tobytes()
NO_MODEL = Model({}, ((0.0, 0.0), (0.0, 0.0)), frozenset(), frozenset())
"""Stands for a pyvi whose model is not known: joins come from pyvi itself."""


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
            padded = np.frombuffer(_PAD + packed + _PAD, np.int32)
            pads = np.array([0, len(padded) - 1])
            joins = tables.labeler.joins(padded, pads, over_breaks=True)[1:-1].tolist()
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
        if len(text) < LONG_CHARS or not self.lexicon.model.weights:
            return _assemble(*self._read(text))
        tables = self.tables
        ids = tables.ids_batch([text])
        pads = np.array([0, len(ids) - 1])
        return _words(ids, pads, tables)[0]

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text."""
        if not self.lexicon.model.weights:
            return [_assemble(*self._read(text)) for text in texts]
        found: list[list[str]] = []
        for batch in batches(texts, lambda: self._tables.young):
            tables = self.tables
            ids = tables.ids_batch(batch)
            found += _words(ids, (ids == PAD).nonzero()[0], tables)
        return found

    def spans(self, text: str) -> list[tuple[int, int]]:
        """`[start, end)` of each word in code points of the NFC text; line breaks are left out."""
        tokens, joins = self._read(text)
        return _spans(unicodedata.normalize("NFC", readable(text)), tokens, joins)


def batches(texts: Iterable[str], young: Callable[[], bool]) -> Iterable[list[str]]:
    """The texts in groups of bounded size, in order; smaller ones while the tables are young.

    What is new costs by how often it stands in a group, so that the first should not hold everything many times.
    """
    batch: list[str] = []
    chars, enough = 0, YOUNG_CHARS
    for text in texts:
        batch.append(text)
        chars += len(text)
        if chars >= enough:
            yield batch
            batch, chars = [], 0
            enough = YOUNG_CHARS if young() else BATCH_CHARS
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


def _words(ids: NDArray[np.intp], pads: NDArray[np.intp], tables: Tables) -> list[list[str]]:
    """The words of each text of a batch; line breaks are left out."""
    joins = tables.labeler.joins(ids, pads)
    heads = (~joins).nonzero()[0]
    sizes = heads[1:] - heads[:-1]  # none for the pad at the end
    first = ids.take(heads)
    breaks = (first == LINE_BREAK).nonzero()[0]
    if len(breaks) > _FEW:
        kept = (first != LINE_BREAK).nonzero()[0]
        heads, sizes, first = heads.take(kept), sizes.take(kept[:-1]), first.take(kept)
    words = tables.types.names().take(first)
    two = (sizes == 2).nonzero()[0]
    words[two] = tables.two.of(first.take(two), ids.take(heads.take(two) + 1))
    more = (sizes > 2).nonzero()[0]
    if len(more):
        word = tables.more.__getitem__
        data, begins = ids.tobytes(), heads.take(more).tolist()
        for i, begin, size in zip(more.tolist(), begins, sizes.take(more).tolist(), strict=True):
            words[i] = word(data[8 * begin : 8 * (begin + size)])
    every: list[str] = words.tolist()
    if 0 < len(breaks) <= _FEW:
        for i in breaks[::-1].tolist():
            del every[i]
    if len(pads) == 2:
        return [every[1:-1]]
    edges = heads.searchsorted(pads)
    if len(breaks) <= _FEW:
        edges -= breaks.searchsorted(edges)
    return [every[a + 1 : b] for a, b in pairwise(edges.tolist())]


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
