"""What a search asks of one segment, as the arrays of numbers that `search.codec.kernels.answering` takes.

In: posting lists (places in the segment's file), given articles, parts of a condition, scorers. Out: `ask`, `factors`
and the given articles. A list that is both wanted and scored is read once. Must not know plans.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.matching import DENSE_COST, Docs, Lists, Part

NO_DOCS: Final = np.empty(0, np.int32)
NO_FACETS: Final = (-1, -1, -1, -1)


class Request:
    """Collects rows, parts and scorers; first all scorers, then the parts."""

    __slots__ = ("_bounds", "_given", "_lists", "_parts", "_rows", "_scorers", "_weights")

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._lists: list[int | NDArray[np.int64]] = []
        self._bounds: list[tuple[int, int]] = [(0, 0)]
        self._given: list[tuple[Docs, NDArray[np.int32]]] = []
        self._parts: list[list[int]] = []
        self._scorers: list[tuple[int, int]] = []
        self._weights: list[float] = []

    def score(self, place: int, line: int, weight: float, base: float, slope: float) -> None:
        """Score the list at `place`, with the lengths of a line."""
        self._scorers.append((self._row(place), line))
        self._weights += (weight, base, slope)

    def score_given(
        self, docs: Docs, tfs: NDArray[np.int32], line: int, weight: float, base: float, slope: float
    ) -> None:
        """Score given articles by their frequencies."""
        self._scorers.append((self._row_given(docs, tfs), line))
        self._weights += (weight, base, slope)

    def part(self, part: Part) -> None:
        """Want, or exclude, the articles of a part; the excluded come behind all that are wanted."""
        if not isinstance(part, Lists):
            self._parts.append([self._row_given(part, np.ones(len(part), np.int32))])
            return
        rows = self._rows
        alone = len(part.single) == 1 and not part.many
        shared = [self._row(place) for place in part.single if alone or place in rows]
        others = [place for place in part.single if place not in rows]
        if others or part.many:
            union = np.concatenate([np.array(others, np.int64), *part.many])
            self._lists.append(union)
            last = self._bounds[-1]
            self._bounds.append((last[0] + len(union), last[1]))
            shared.append(len(self._bounds) - 2)
        self._parts.append(shared)

    @property
    def places(self) -> dict[int, int]:
        """The row of each list that has one of its own, by the list's place."""
        return self._rows

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._bounds) - 1

    def given(self) -> tuple[Docs, NDArray[np.int32]]:
        """Given articles of all rows, and their frequencies."""
        if not self._given:
            return NO_DOCS, NO_DOCS
        if len(self._given) == 1:
            return self._given[0]
        return np.concatenate([docs for docs, _ in self._given]), np.concatenate([tfs for _, tfs in self._given])

    def ask(
        self, wanted: int, days: tuple[int, int] = (-1, -1), rank: int = -1, facets: tuple[int, ...] = NO_FACETS
    ) -> NDArray[np.int64]:
        """The numbers of a request whose first `wanted` parts are wanted and whose others are excluded."""
        numbers = [len(self._bounds) - 1, wanted, len(self._parts) - wanted, len(self._scorers), *days, rank, *facets]
        numbers += [lists for lists, _ in self._bounds]
        numbers += [given for _, given in self._bounds]
        end = 0
        numbers.append(0)
        for part in self._parts:
            end += len(part)
            numbers.append(end)
        for part in self._parts:
            numbers += part
        numbers += [row for row, _ in self._scorers]
        numbers += [line for _, line in self._scorers]
        arrays = [place for place in self._lists if not isinstance(place, int)]
        if not arrays:
            return np.array(numbers + self._lists, np.int64)
        pieces = [np.atleast_1d(np.asarray(place, np.int64)) for place in self._lists]
        return np.concatenate([np.array(numbers, np.int64), *pieces])

    def factors(self, key: float, lookup: float) -> NDArray[np.float64]:
        """The factors of a request, `key` being the sort key of the cursor and `lookup` the cost of a look-up."""
        return np.array([key, lookup, DENSE_COST, *self._weights], np.float64)

    def _row(self, place: int) -> int:
        row = self._rows.get(place)
        if row is None:
            row = self._rows[place] = len(self._bounds) - 1
            self._lists.append(place)
            last = self._bounds[-1]
            self._bounds.append((last[0] + 1, last[1]))
        return row

    def _row_given(self, docs: Docs, tfs: NDArray[np.int32]) -> int:
        self._given.append((docs, tfs))
        last = self._bounds[-1]
        self._bounds.append((last[0], last[1] + len(docs)))
        return len(self._bounds) - 2
