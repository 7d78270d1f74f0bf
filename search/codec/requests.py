"""What a search asks of one segment, as the numbers that `search.codec.kernels.answering` takes.

In: posting lists (places in the segment's file), given articles, parts of a condition, scorers. Out: `Asked`. A list
that is both wanted and scored is read once. `of_terms` makes in one go what `Request` collects step by step: most
searches are over in less time than many steps take. Must not know plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.codec.matching import DENSE_COST, LOOKUP_COST, Docs, Lists, Part
from search.codec.statistics import Posted

NO_DOCS: Final = np.empty(0, np.int32)
_NO_LISTS: Final = np.empty(0, np.int64)
NO_FACETS: Final = (-1, -1, -1, -1, 0)


class Asked(NamedTuple):
    """A request on one segment.

    `places`: the row of each list that has one of its own, by the list's place. `head` and `middle`: the first numbers
    of `ask`, and those from "whether bounds of rows follow" to where rows begin in `hot`. `lists`: the places of all
    lists. `weights`: those numbers of `factors` that belong to scorers. `given`, `tfs`: given articles of all rows.
    """

    rows: int
    places: dict[int, int]
    head: tuple[int, int, int, int]
    middle: list[int]
    lists: Iterable[int] | NDArray[np.int64]
    weights: list[float]
    given: Docs
    tfs: NDArray[np.int32]

    def ask(self, days: tuple[int, int], rank: int, facets: tuple[int, ...], hot_of: list[int]) -> NDArray[np.int64]:
        """The numbers of the request; `facets` is `starts` of `search.codec.faceting.Facets`."""
        lists = self.lists
        if isinstance(lists, np.ndarray):
            return np.concatenate(
                [np.array([*self.head, *days, rank, *facets, *self.middle, *hot_of], np.int64), lists]
            )
        return np.array([*self.head, *days, rank, *facets, *self.middle, *hot_of, *lists], np.int64)

    def factors(self, key: float) -> NDArray[np.float64]:
        """The factors of the request, `key` being the sort key of the cursor."""
        return np.array([key, LOOKUP_COST, DENSE_COST, *self.weights], np.float64)


def of_terms(
    scorers: list[tuple[Posted, float]], wanted: list[list[Posted]], excluded: list[list[Posted]], index: int
) -> Asked | None:
    """A request where all parts are any of some terms; None where one needs the union of several lists in a row.

    Each scorer comes with its weight, idf included. A wanted part without any list makes it ask for nothing.
    """
    rows: dict[int, int] = {}
    scored: list[int] = []
    lines: list[int] = []
    weights: list[float] = []
    for (begins, _, _, line, _, base, slope), weight in scorers:
        place = begins[index]
        if place >= 0:
            scored.append(rows.setdefault(place, len(rows)))
            lines.append(line)
            weights += (weight, base, slope)
    bounds, parts = [0, 0], list[int]()  # the first of these says that no bounds of rows follow
    for part in wanted:
        for posted in part:
            place = posted[0][index]
            if place >= 0:
                if place not in rows:
                    if len(part) > 1:
                        return None
                    rows[place] = len(rows)
                parts.append(rows[place])
        bounds.append(len(parts))
    for part in excluded:
        for posted in part:
            place = posted[0][index]
            if place >= 0:
                if place not in rows:
                    if len(part) > 1:
                        return None
                    rows[place] = len(rows)
                parts.append(rows[place])
        bounds.append(len(parts))
    count = len(rows)
    head = count, len(wanted), len(excluded), len(scored)
    return Asked(count, rows, head, [*bounds, *parts, *scored, *lines], rows, weights, NO_DOCS, NO_DOCS)


class Request:
    """Collects rows, parts and scorers; first all scorers, then the parts."""

    __slots__ = ("_bounds", "_given", "_lines", "_lists", "_parts", "_rows", "_scored", "_weights", "rows")

    def __init__(self) -> None:
        self.rows = 0
        """Number of rows."""
        self._rows: dict[int, int] = {}
        self._lists: list[int | NDArray[np.int64]] = []
        self._bounds: list[tuple[int, int]] | None = None  # None: each row is one list
        self._given: list[tuple[Docs, NDArray[np.int32]]] = []
        self._parts: list[list[int]] = []
        self._scored: list[int] = []
        self._lines: list[int] = []
        self._weights: list[float] = []

    def score(self, posted: Posted, index: int, weight: float) -> None:
        """Score a term's list of one segment, where it has one."""
        place = posted.begins[index]
        if place >= 0:
            row = self._rows.get(place)
            self._scored.append(self._row(place) if row is None else row)
            self._lines.append(posted.line)
            self._weights += (weight, posted.base, posted.slope)

    def score_given(
        self, docs: Docs, tfs: NDArray[np.int32], line: int, weight: float, base: float, slope: float
    ) -> None:
        """Score given articles by their frequencies."""
        self._scored.append(self._row_given(docs, tfs))
        self._lines.append(line)
        self._weights += (weight, base, slope)

    def part(self, part: Part) -> None:
        """Want, or exclude, the articles of a part; the excluded come behind all that are wanted."""
        if not isinstance(part, Lists):
            self._parts.append([self._row_given(part, np.ones(len(part), np.int32))])
        elif part.many:
            self._union(part.single, part.many)
        else:
            self.any_of(part.single)

    def all_of(self, place: int) -> None:
        """Want, or exclude, the articles of a list."""
        row = self._rows.get(place)
        self._parts.append([self._row(place) if row is None else row])

    def any_of(self, places: list[int]) -> None:
        """Want, or exclude, the articles in any of some lists."""
        rows = self._rows
        shared = [rows[place] for place in places if place in rows]
        if len(shared) < len(places):
            if len(places) == 1:
                self.all_of(places[0])
            else:
                self._union(places, [])
            return
        self._parts.append(shared)

    def asked(self, wanted: int) -> Asked:
        """The request, whose first `wanted` parts are wanted and whose others are excluded."""
        parts, scored, bounds = self._parts, self._scored, self._bounds
        middle: list[int] = [bounds is not None]
        if bounds is not None:
            middle += [lists for lists, _ in bounds]
            middle += [given for _, given in bounds]
        middle += accumulate(map(len, parts), initial=0)
        for part in parts:
            middle += part
        middle += scored
        middle += self._lines
        lists: list[int] | NDArray[np.int64] = self._lists  # type: ignore[assignment]
        if bounds is not None:
            lists = np.concatenate([_NO_LISTS, *(np.atleast_1d(np.asarray(place, np.int64)) for place in self._lists)])
        head = self.rows, wanted, len(parts) - wanted, len(scored)
        return Asked(self.rows, self._rows, head, middle, lists, self._weights, *self._all_given())

    def _all_given(self) -> tuple[Docs, NDArray[np.int32]]:
        """Given articles of all rows, and their frequencies."""
        if not self._given:
            return NO_DOCS, NO_DOCS
        if len(self._given) == 1:
            return self._given[0]
        return np.concatenate([docs for docs, _ in self._given]), np.concatenate([tfs for _, tfs in self._given])

    def _row(self, place: int) -> int:
        """A new row of one list."""
        row = self._rows[place] = self.rows
        self._lists.append(place)
        self._end(1, 0)
        return row

    def _row_given(self, docs: Docs, tfs: NDArray[np.int32]) -> int:
        self._bounds = self._all_bounds()
        self._given.append((docs, tfs))
        self._end(0, len(docs))
        return self.rows - 1

    def _union(self, single: list[int], many: list[NDArray[np.int64]]) -> None:
        self._bounds = self._all_bounds()
        rows = self._rows
        shared = [rows[place] for place in single if place in rows]
        others = [place for place in single if place not in rows]
        if others or many:
            union = np.concatenate([np.array(others, np.int64), *many])
            self._lists.append(union)
            shared.append(self.rows)
            self._end(len(union), 0)
        self._parts.append(shared)

    def _all_bounds(self) -> list[tuple[int, int]]:
        return [(row, 0) for row in range(self.rows + 1)] if self._bounds is None else self._bounds

    def _end(self, lists: int, given: int) -> None:
        """One more row, of so many lists and given articles."""
        self.rows += 1
        if self._bounds is not None:
            last = self._bounds[-1]
            self._bounds.append((last[0] + lists, last[1] + given))
