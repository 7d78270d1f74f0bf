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

import numpy as np

from search.analysis.segmenter import pyvi_itself
from search.analysis.segmenter.collecting import collect
from search.analysis.segmenter.known import KnownTokens
from search.analysis.segmenter.labels import Labeler
from search.analysis.segmenter.lexing import readable
from search.analysis.segmenter.model import Model, ModelMismatch, load
from search.analysis.segmenter.scanning import scan
from search.analysis.segmenter.tables import Tables
from search.analysis.segmenter.types import PAD, Lexicon

SHORT_TOKENS = 120
"""Texts of fewer tokens are labeled in plain Python, which is faster than starting array operations."""
BATCH_CHARS = 60_000
LONG_CHARS = 400
"""Shorter texts are read with what is remembered of pieces."""

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
        self._labeler = Labeler(self.lexicon)
        self._known: KnownTokens | None = None

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
            joins = tables.joins(padded, pads, over_breaks=True)[1:-1].tolist()
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
        return self._words([text])[0]

    def words_batch(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text."""
        if not self.lexicon.model.weights:
            return [_assemble(*self._read(text)) for text in texts]
        found: list[list[str]] = []
        for batch in batches(texts, lambda: BATCH_CHARS):
            found += self._words(batch)
        return found

    def _words(self, texts: list[str]) -> list[list[str]]:
        known = self._known
        if known is None:
            known = self._known = KnownTokens(self.lexicon)
        found = scan(texts)
        numbers = known.find(found)
        pads = np.array((0, len(numbers) - 1)) if len(texts) == 1 else (numbers == PAD).nonzero()[0]
        joins = self._labeler.joins(known.rows().take(numbers), pads, found.phrase)
        return collect(found, numbers, joins, pads, known)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """`[start, end)` of each word in code points of the NFC text; line breaks are left out."""
        tokens, joins = self._read(text)
        return _spans(unicodedata.normalize("NFC", readable(text)), tokens, joins)


def batches(texts: Iterable[str], enough: Callable[[], int]) -> Iterable[list[str]]:
    """The texts in groups of bounded size, in order: each has as many characters as `enough` says when it is begun."""
    batch: list[str] = []
    chars, size = 0, enough()
    for text in texts:
        batch.append(text)
        chars += len(text)
        if chars >= size:
            yield batch
            batch, chars, size = [], 0, enough()
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
