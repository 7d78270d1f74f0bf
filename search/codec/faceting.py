"""Facets on one segment: where the kernel counts each, and the counts it brought back under their names.

In: the facets a plan asks for. Out: what `search.codec.kernels.answering` takes of them, and counts by value. Must not
know conditions or scores.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import compress
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels.answering import ALL_BUT, PAIRS
from search.codec.layout import CATEGORIES
from search.codec.requests import NO_DOCS, NO_FACETS
from search.codec.segment import Segment
from search.query.tree import FacetField

DATE_FACETS: Final[dict[FacetField, int]] = {"year": 4, "month": 7, "day": 10}
"""Characters of an ISO date that make the value of each date facet."""

_NO_COUNTS: Final = np.empty(0, np.int64)
_NO_CELLS: Final = np.empty(0, np.uint16)
_MOST_CELLS: Final = 1 << 14
"""Counters that still lie near enough to the processor."""
Counts = dict[str, dict[str, int]]
"""Counts of values by facet."""


class Counted(NamedTuple):
    """One facet: its counts `[start, stop)`, the value of each, and whether all of these differ.

    `blank` has all values already, as filling such a dictionary takes less time than letting one grow; it is never
    changed. `named` has the value of count i at place i.
    """

    name: str
    start: int
    stop: int
    values: list[str]
    differ: bool
    blank: dict[str, int]
    named: list[str]


def _counted(name: str, start: int, values: list[str], *, differ: bool = True) -> Counted:
    return Counted(name, start, start + len(values), values, differ, dict.fromkeys(values, 0), [""] * start + values)


class Facets(NamedTuple):
    """The facets of a plan on one segment.

    `starts`: where the counts of city, source, byline and the finest date facet begin (−1: not wanted), and behind
    these `size`: how many counts there are. `dates`: code of the finest period for each article. `totals`, int64: the
    counts of all articles, deleted ones too, or empty. `cells`: code of city and period in one, uint16, as
    `kernels.counting` takes it, or empty.
    """

    starts: tuple[int, ...]
    size: int
    totals: NDArray[np.int64]
    cells: NDArray[np.uint16]
    dates: NDArray[np.int32]
    counted: tuple[Counted, ...]


class Given(NamedTuple):
    """Counts as `search.codec.kernels.answering` gives them: in `numbers` from `at` on; how many are not 0, and how."""

    numbers: list[int]
    at: int
    held: int
    shape: int


NOTHING: Final = Facets(NO_FACETS, 0, _NO_COUNTS, _NO_CELLS, NO_DOCS, ())


def facets_of(segment: Segment, wanted: tuple[FacetField, ...]) -> Facets:
    """The facets that are wanted, on a segment, without totals: a first search is over before those are counted."""
    if not wanted:
        return NOTHING
    starts: list[int] = []
    counted: list[Counted] = []
    size = 0
    for name in CATEGORIES:
        starts.append(size if name in wanted else -1)
        if name in wanted:
            values = segment.values[name]
            counted.append(_counted(name, size, values))
            size += len(values)
    finest = max((DATE_FACETS[name] for name in wanted if name in DATE_FACETS), default=0)
    if not finest:
        return Facets((*starts, -1, size), size, _NO_COUNTS, _NO_CELLS, NO_DOCS, tuple(counted))
    values, dates = segment.period_codes(finest)
    for facet, length in DATE_FACETS.items():
        if facet in wanted:
            names = values if length == finest else [value[:length] for value in values]
            counted.append(_counted(facet, size, names, differ=length == finest))
    many = size + len(values)
    return Facets((*starts, size, many), many, _NO_COUNTS, _NO_CELLS, dates, tuple(counted))


def with_totals(segment: Segment, facets: Facets) -> Facets:
    """The same facets with the counts of all articles, and with cells where they are few enough."""
    totals = np.zeros(facets.size, np.int64)
    columns = [*(segment.columns[name] for name in CATEGORIES), facets.dates]
    for start, codes in zip(facets.starts[:4], columns, strict=True):
        if start >= 0:
            found = np.bincount(codes[: segment.size])
            totals[start : start + len(found)] = found
    cells, (city, _, _, date) = _NO_CELLS, facets.starts[:4]
    if city >= 0 and date >= 0:
        periods = facets.size - date
        if len(segment.values["city"]) * periods <= _MOST_CELLS:
            cells = (segment.columns["city"][: segment.size] * periods + facets.dates[: segment.size]).astype(np.uint16)
    return facets._replace(totals=totals, cells=cells)


def add_counts(facets: Facets, given: Given, renamed: dict[str, str], counts: Counts) -> None:
    """Add what was found on a segment; some cities count under other names."""
    numbers, at, held, shape = given
    for name, start, stop, values, differ, blank, named in facets.counted:
        own = counts[name]
        if own or not differ or (renamed and name == "city"):
            names = [renamed.get(value, value) for value in values] if name == "city" else values
            for value, count in zip(names, _all(facets, given)[start:stop], strict=True):
                if count:
                    own[value] = own.get(value, 0) + count
        elif shape == PAIRS:
            first, last = at, at + held
            if start:
                first = bisect_left(numbers, start, first, last)
            if stop < facets.size:
                last = bisect_left(numbers, stop, first, last)
            some = zip(numbers[first:last], numbers[first + held : last + held], strict=True)
            counts[name] = {named[number]: count for number, count in some}
        elif shape == ALL_BUT:
            found = counts[name] = blank.copy()
            found.update(zip(values, numbers[at + start : at + stop], strict=True))
            for number in numbers[at + facets.size :]:
                if start <= number < stop:
                    found.pop(named[number], None)
        else:
            some_of = numbers[at + start : at + stop]
            counts[name] = dict(compress(zip(values, some_of, strict=True), some_of))


def _all(facets: Facets, given: Given) -> list[int]:
    """All counts, however they are given."""
    numbers, at, held, shape = given
    if shape != PAIRS:
        return numbers[at : at + facets.size]
    counts = [0] * facets.size
    for number, count in zip(numbers[at : at + held], numbers[at + held : at + 2 * held], strict=True):
        counts[number] = count
    return counts
