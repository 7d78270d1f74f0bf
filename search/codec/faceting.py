"""Facets on one segment: where the kernel counts each, and the counts it brought back under their names.

In: the facets a plan asks for. Out: what `search.codec.kernels.answering` takes of them, and counts by value. Must not
know conditions or scores.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
_FEW: Final = 16
"""Counts of 0 that are taken out one by one."""
Counts = dict[str, dict[str, int]]
"""Counts of values by facet."""


class Counted(NamedTuple):
    """One facet: its counts `[start, stop)`, the value of each, and whether all of these differ."""

    name: str
    start: int
    stop: int
    values: list[str]
    differ: bool


class Facets(NamedTuple):
    """The facets of a plan on one segment.

    `starts`: where the counts of city, source, byline and the finest date facet begin (−1: not wanted); `size`: how
    many there are. `dates`: code of the finest period for each article. `totals`, int64: the counts of all articles,
    deleted ones too, or empty. `cells`: code of city and period in one, uint16, as `kernels.counting` takes it, or
    empty.
    """

    starts: tuple[int, ...]
    size: int
    totals: NDArray[np.int64]
    cells: NDArray[np.uint16]
    dates: NDArray[np.int32]
    counted: tuple[Counted, ...]


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
            counted.append(Counted(name, size, size + len(values), values, True))
            size += len(values)
    finest = max((DATE_FACETS[name] for name in wanted if name in DATE_FACETS), default=0)
    if not finest:
        return Facets((*starts, -1), size, _NO_COUNTS, _NO_CELLS, NO_DOCS, tuple(counted))
    values, dates = segment.period_codes(finest)
    for facet, length in DATE_FACETS.items():
        if facet in wanted:
            names = values if length == finest else [value[:length] for value in values]
            counted.append(Counted(facet, size, size + len(values), names, length == finest))
    return Facets((*starts, size), size + len(values), _NO_COUNTS, _NO_CELLS, dates, tuple(counted))


def with_totals(segment: Segment, facets: Facets) -> Facets:
    """The same facets with the counts of all articles, and with cells where they are few enough."""
    totals = np.zeros(facets.size, np.int64)
    columns = [*(segment.columns[name] for name in CATEGORIES), facets.dates]
    for start, codes in zip(facets.starts, columns, strict=True):
        if start >= 0:
            found = np.bincount(codes[: segment.size])
            totals[start : start + len(found)] = found
    cells, (city, _, _, date) = _NO_CELLS, facets.starts
    if city >= 0 and date >= 0:
        periods = facets.size - date
        if len(segment.values["city"]) * periods <= _MOST_CELLS:
            cells = (segment.columns["city"][: segment.size] * periods + facets.dates[: segment.size]).astype(np.uint16)
    return facets._replace(totals=totals, cells=cells)


def add_counts(facets: Facets, found: list[int], renamed: dict[str, str], counts: Counts) -> None:
    """Add what was found on a segment; some cities count under other names."""
    for name, start, stop, values, differ in facets.counted:
        own = counts[name]
        names = values
        if renamed and name == "city":
            names, differ = [renamed.get(value, value) for value in values], False
        if differ and not own:  # most often: each value once
            counts[name] = _named(names, found[start:stop])
            continue
        for value, count in zip(names, found[start:stop], strict=True):
            if count:
                own[value] = own.get(value, 0) + count


def _named(names: list[str], found: list[int]) -> dict[str, int]:
    """Counts by name, without those of 0: where few are 0, those are taken out in the end, which costs least."""
    none = found.count(0)
    if none > _FEW:
        return {name: count for name, count in zip(names, found, strict=True) if count}
    counts = dict(zip(names, found, strict=True))
    at = -1
    for _ in range(none):
        at = found.index(0, at + 1)
        del counts[names[at]]
    return counts
