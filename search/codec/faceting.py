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

from search.codec.kernels import objects
from search.codec.kernels.answering import ALL, ALL_BUT, PAIRS
from search.codec.layout import CATEGORIES
from search.codec.requests import NO_DOCS, NO_FACETS
from search.codec.segment import Segment
from search.query.tree import FacetField

DATE_FACETS: Final[dict[FacetField, int]] = {"year": 4, "month": 7, "day": 10}
"""Characters of an ISO date that make the value of each date facet."""

_NO_COUNTS: Final = np.empty(0, np.int64)
_NO_CELLS: Final = np.empty(0, np.uint16)
_NO_TOLD: Final = np.array((0, *(-1, 0, 0) * 4), np.int64)
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


class Addresses(NamedTuple):
    """What `search.codec.kernels.objects.count` takes of facets, whose objects must be kept."""

    values: NDArray[np.int64]
    facets: NDArray[np.int64]


class Facets(NamedTuple):
    """The facets of a plan on one segment.

    `starts`: where the counts of city, source, byline and the finest date facet begin (−1: not wanted), and behind
    these `size`: how many counts there are. `dates`: code of the finest period for each article. `totals`, int64: the
    counts of all articles, deleted ones too, or empty. `cells`: code of city and period in one, uint16, as
    `kernels.counting` takes it, or empty. `addresses`: what
    `kernels.objects` makes dictionaries of counts from, where it can. `columns`, `told` and `bounds`: planes of the
    columns that are counted, and what `kernels.wordwise` takes of them; `told` is empty until totals are there.
    """

    starts: tuple[int, ...]
    size: int
    totals: NDArray[np.int64]
    cells: NDArray[np.uint16]
    dates: NDArray[np.int32]
    counted: tuple[Counted, ...]
    addresses: Addresses | None = None
    columns: tuple[int, ...] = ()
    told: NDArray[np.int64] = _NO_COUNTS
    bounds: NDArray[np.int32] = NO_DOCS


class Given(NamedTuple):
    """Counts as `search.codec.kernels.answering` gives them: in `numbers` from `at` on; how many are not 0, and how."""

    numbers: list[int]
    at: int
    held: int
    shape: int


NOTHING: Final = Facets(NO_FACETS, 0, _NO_COUNTS, _NO_CELLS, NO_DOCS, (), told=_NO_TOLD)


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
    dates, many, date = NO_DOCS, size, -1
    if finest:
        periods, dates = segment.period_codes(finest)
        date, many = size, size + len(periods)
        for facet, length in DATE_FACETS.items():
            if facet in wanted:
                names = periods if length == finest else [value[:length] for value in periods]
                counted.append(_counted(facet, size, names, differ=length == finest))
    counted.sort(key=lambda each: wanted.index(each.name))
    return Facets((*starts, date, many), many, _NO_COUNTS, _NO_CELLS, dates, tuple(counted), _addresses(counted, many))


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
    told, bounds, planes, at = [facets.size], [NO_DOCS], [], 0
    many = [*(len(segment.values[name]) for name in CATEGORIES), facets.size - date]
    for plane, (start, codes, values) in enumerate(zip(facets.starts[:4], columns, many, strict=True), 1):
        told += (start, values, at)
        if start >= 0:
            planes.append(plane)
            bounds.append(np.cumsum([0, *np.bincount(codes[: segment.size], minlength=values)]).astype(np.int32))
            at += values + 1
    return facets._replace(
        totals=totals, cells=cells, columns=tuple(planes), told=np.array(told, np.int64), bounds=np.concatenate(bounds)
    )


def _addresses(counted: list[Counted], size: int) -> Addresses | None:
    """What `kernels.objects.count` takes of facets; None where values of one do not differ."""
    if not all(each.differ for each in counted):
        return None
    values = np.zeros(size, np.int64)
    facets = [number for each in counted for number in (id(each.name), id(each.blank), each.start, each.stop)]
    for each in counted:
        values[each.start : each.stop] = [*map(id, each.values)]
    return Addresses(values, np.array(facets, np.int64))


def counts_of(facets: Facets, found: NDArray[np.int64], at: int, wanted: tuple[FacetField, ...]) -> Counts:
    """The counts of one segment that is all there is; those of all values are in `found`, from `at` on."""
    counts: Counts = {}
    if not facets.counted:
        return counts
    made = facets.addresses
    if objects.AVAILABLE and made is not None and objects.count(found, at, made.values, made.facets, id(counts)):
        return counts
    counts = {name: {} for name in wanted}
    add_counts(facets, Given(found[at : at + facets.size].tolist(), 0, 0, ALL), {}, counts)
    return counts


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
