"""Figures that a score needs over a whole index: articles, average lengths, document frequencies; all of live articles.

In: the segments of one generation. Out: `Weighting` of a term. Figures are computed once and kept; two threads that
compute the same one get the same, so no lock is needed. Must not know plans.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

from search.codec.layout import field_name
from search.codec.lists import Field
from search.codec.segment import Segment, line
from search.query.tree import Space, Term, Zone

K1: Final = 1.2
B: Final = 0.85
T = TypeVar("T")
_KEPT: Final = 50_000
"""Terms whose places are kept; beyond that the table starts anew."""


class Places(NamedTuple):
    """A term in every segment: number in its field (−1 where absent) and live document frequency there."""

    numbers: tuple[int, ...]
    frequencies: tuple[int, ...]
    df: int


@dataclass(frozen=True, slots=True)
class Norm:
    """Length normalization of a field: `tf + base + slope · length` is BM25's denominator."""

    base: float
    slope: float


class Posted(NamedTuple):
    """A term as a search takes it: where each list begins in its segment's file (−1: none), live frequencies.

    Behind these, what it is scored by: line of its lengths, idf, `base` and `slope` as in `Norm`; a term of no live
    article has 0 for them.
    """

    begins: tuple[int, ...]
    frequencies: tuple[int, ...]
    df: int
    line: int
    idf: float
    base: float
    slope: float


class Statistics:
    """Figures of one generation."""

    def __init__(self, segments: tuple[Segment, ...]) -> None:
        self._segments = segments
        self.articles = sum(segment.live_count for segment in segments)
        self._norms: dict[tuple[Space, Zone], Norm] = {}
        self._opened: dict[tuple[Space, Zone], tuple[Field, ...]] = {}
        self._places: dict[Term, Places] = {}
        self._lists: dict[Term, Posted] = {}
        self._kept: dict[Hashable, Any] = {}

    def norm(self, space: Space, zone: Zone) -> Norm:
        """Length normalization of a field."""
        found = self._norms.get((space, zone))
        if found is None:
            total = sum(segment.total_length(space, zone) for segment in self._segments)
            # without any length there is no term to score, so the slope does not matter
            slope = K1 * B * self.articles / total if total else 0.0
            found = self._norms[space, zone] = Norm(K1 * (1 - B), slope) if total else Norm(K1, 0.0)
        return found

    def idf(self, df: int) -> float:
        """Lucene's idf: `ln(1 + (N − df + ½) / (df + ½))`."""
        return math.log1p((self.articles - df + 0.5) / (df + 0.5))

    def _fields(self, space: Space, zone: Zone) -> tuple[Field, ...]:
        """The field of every segment that holds a space over a zone."""
        found = self._opened.get((space, zone))
        if found is None:
            name = field_name(space, zone)
            found = self._opened[space, zone] = tuple([segment.field(name) for segment in self._segments])
        return found

    def places(self, term: Term) -> Places:
        """Where a term is."""
        found = self._places.get(term)
        if found is None:
            fields = self._fields(term.space, term.zone)
            # lists, as a generator takes as long as what it is asked for here
            numbers = tuple([field.find(term.text) for field in fields])
            frequencies = tuple(
                [field.frequency(number) if number >= 0 else 0 for field, number in zip(fields, numbers, strict=True)]
            )
            found = Places(numbers, frequencies, sum(frequencies))
            if len(self._places) >= _KEPT:
                self._places.clear()
            self._places[term] = found
        return found

    def lists(self, term: Term) -> Posted:
        """The posting lists of a term, verified."""
        found = self._lists.get(term)
        if found is None:
            places = self.places(term)
            numbers = zip(places.numbers, self._fields(term.space, term.zone), strict=True)
            begins = tuple([field.begin + field.start(number) if number >= 0 else -1 for number, field in numbers])
            number, idf, norm = 0, 0.0, Norm(0.0, 0.0)
            if places.df:
                number, idf = line(term.space, term.zone), self.idf(places.df)
                norm = self.norm(term.space, term.zone)
            found = Posted(begins, places.frequencies, places.df, number, idf, norm.base, norm.slope)
            if len(self._lists) >= _KEPT:
                self._lists.clear()
            self._lists[term] = found
        return found

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` returns, which is the same for a key as long as this generation lives."""
        found: T | None = self._kept.get(key)
        if found is None:
            found = find()
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found
