"""Counting republished articles once: the grouped articles of a generation as columns, and one answer's share of them.

In: segments with their groups, and the matching articles of an answer. Out: how many groups match, the best article of
each, and counts of facets in which a value counts once for each group that has it. Articles that are no copies never
come here, so that they cost nothing more. Must not know postings or files.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.copies import Grouped
from search.codec.layout import CATEGORIES
from search.codec.segment import Segment, day_text
from search.query.tree import Plan

_NONE: Final = np.empty(0, np.int64)
_ALL: Final = np.empty(0, np.uint8)
_DATES: Final = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True, slots=True)
class Column:
    """A facet of the grouped articles: a code for each and the values, sorted; code of the empty value is 0."""

    codes: NDArray[np.int32]
    values: list[str]


class Copies:
    """The grouped articles of one generation, those of a group together; shared by any number of threads."""

    def __init__(self, segments: tuple[Segment, ...], found: list[Grouped]) -> None:
        self.segments = segments
        self.owners = np.repeat(np.arange(len(found), dtype=np.int32), [len(each.docs) for each in found])
        docs, groups, ranks = (
            np.concatenate([np.empty(0, np.int32), *(getattr(each, name) for each in found)])
            for name in ("docs", "groups", "ranks")
        )
        order = np.lexsort((ranks, groups))
        self.owners, self.docs, self.groups, self.ranks = self.owners[order], docs[order], groups[order], ranks[order]
        self.sizes = np.bincount(self.groups)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        self.rows = []
        """For each segment the row of each article, −1 where it is in no group; int32."""
        for number, segment in enumerate(segments):
            rows = np.full(segment.size, -1, np.int32)
            mine = np.flatnonzero(self.owners == number)
            rows[self.docs[mine]] = mine
            self.rows.append(rows)
        self.views = [rows.data for rows in self.rows]
        """The same, of which single ones are read faster."""
        self.held = [np.flatnonzero(rows >= 0).astype(np.int32) for rows in self.rows]

    def __len__(self) -> int:
        return len(self.docs)

    def identifier(self, row: int) -> str:
        """Id of an article."""
        return self.segments[int(self.owners[row])].identifier(int(self.docs[row]))

    def identifiers(self, rows: NDArray[np.int32]) -> list[str]:
        """Ids of some articles."""
        if len(self.segments) == 1:
            return self.segments[0].identifiers(self.docs[rows])
        return [self.identifier(row) for row in rows.tolist()]

    def others(self, segment: int, doc: int) -> list[str]:
        """Ids of the other articles of an article's group, in order."""
        row = int(self.rows[segment][doc])
        if row < 0:
            return []
        group = int(self.groups[row])
        members = range(int(self.starts[group]), int(self.starts[group + 1]))
        return [self.identifier(other) for other in members if other != row]

    def count(self, segment: int, doc: int) -> int:
        """How many other articles are in an article's group."""
        row = int(self.rows[segment][doc])
        return int(self.sizes[self.groups[row]]) - 1 if row >= 0 else 0

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Categories and dates of the rows, by facet."""
        found = {name: self._category(name) for name in CATEGORIES}
        days, codes = self._dated
        texts = [day_text(day) for day in days.tolist()]
        for name, characters in _DATES.items():
            values = sorted({text[:characters] for text in texts})
            place = {value: code for code, value in enumerate(values)}
            of_day = np.array([place[text[:characters]] for text in texts], np.int32)
            found[name] = Column(of_day[codes], values)
        return found

    @property
    def days(self) -> NDArray[np.int64]:
        """Ordinals of the days that occur, ascending, from 0, undated; the codes of "day" count in them."""
        return self._dated[0]

    @cached_property
    def _dated(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ordinals = np.zeros(len(self), np.int64)
        for number, segment in enumerate(self.segments):
            mine = self.owners == number
            ordinals[mine] = segment.days[segment.columns["day"][self.docs[mine]]]
        days = np.unique(np.concatenate([[0], ordinals])).astype(np.int64)
        return days, np.searchsorted(days, ordinals).astype(np.int64)

    def _category(self, name: str) -> Column:
        values = sorted({"", *(value for segment in self.segments for value in segment.values[name])})
        place = {value: code for code, value in enumerate(values)}
        codes = np.zeros(len(self), np.int32)
        for number, segment in enumerate(self.segments):
            mine = np.flatnonzero(self.owners == number)
            translated = np.array([place[value] for value in segment.values[name]], np.int32)
            codes[mine] = translated[segment.columns[name][self.docs[mine]]]
        return Column(codes, values)

    @cached_property
    def by_id(self) -> NDArray[np.int64]:
        """Rows in the order of their ids."""
        return np.argsort(self.ranks).astype(np.int64)


class Once:
    """The grouped articles of one answer in the making."""

    def __init__(self, copies: Copies, plan: Plan) -> None:
        self._copies = copies
        self._plan = plan
        self._hit = np.zeros(len(copies), bool)
        self._keys = np.zeros(len(copies), np.float64)
        self.total = self.behind = 0
        self.page: list[tuple[float, str]] = []
        self.counts: dict[str, dict[str, int]] = {}
        self.copies: dict[str, int] = {}
        """How many other articles the group of each article on the page has."""

    def take(self, segment: int, docs: NDArray[np.int32], scores: NDArray[np.float64]) -> None:
        """Take the grouped articles that match in a segment, with their scores."""
        rows = self._copies.rows[segment][docs]
        self._hit[rows] = True
        self._keys[rows] = scores

    def finish(self) -> None:
        """Count what was taken."""
        from search.codec.kernels import copies as kernels

        rows = np.flatnonzero(self._hit).astype(np.int32)
        if not len(rows):
            return
        plan, table = self._plan, self._copies
        columns = table.columns
        wanted = {name: len(columns[name].values) for name in plan.facets}
        regrouped = _regrouped(columns["city"], dict(plan.regrouped)) if plan.regrouped else columns["city"]
        wanted |= {"city": len(regrouped.values)} if "city" in wanted else {}
        counts = {name: np.zeros(wanted[name], np.int64) if name in wanted else _NONE for name in columns}
        if plan.sort != "relevance":
            days = table.days[columns["day"].codes[rows]].astype(np.float64)
            self._keys[rows] = days if plan.sort == "newest" else np.where(days > 0, -days, -np.inf)
        first, last = self._days(plan.filters.start, plan.filters.end)
        chosen = {"city": plan.filters.cities, "source": plan.filters.sources, "byline": plan.filters.bylines}
        ok = {name: _allowed(columns[name], values) for name, values in chosen.items()}
        best = np.empty(len(rows), np.int32)
        codes = {name: column.codes for name, column in columns.items()}
        self.total = kernels.once(
            rows, self._keys, table.groups, table.ranks,
            codes["city"], ok["city"], codes["source"], ok["source"], codes["byline"], ok["byline"],
            codes["day"], codes["month"], codes["year"], first, last, regrouped.codes,
            counts["city"], counts["source"], counts["byline"], counts["day"], counts["month"], counts["year"], best,
        )  # fmt: skip
        for name in plan.facets:
            values = (regrouped if name == "city" else columns[name]).values
            self.counts[name] = {value: n for value, n in zip(values, counts[name].tolist(), strict=True) if n}
        self._paged(best[: self.total])

    def _paged(self, best: NDArray[np.int32]) -> None:
        """Keep the best of the groups behind the cursor."""
        plan, table = self._plan, self._copies
        keys, ranks = self._keys[best], table.ranks[best]
        if plan.after is not None:
            value = plan.after.value
            if plan.sort == "oldest":
                value = -value if value else -np.inf
            wanted = plan.after.id.encode("utf-8", "replace")
            rank = bisect_right(table.by_id, wanted, key=lambda row: table.identifier(int(row)).encode()) - 1
            later = (keys < value) | ((keys == value) & (ranks > rank))
            best, keys, ranks = best[later], keys[later], ranks[later]
        self.behind = len(best)
        limit = max(plan.limit, 0)
        if 0 < limit < len(best):
            # only those that may be on the page are put in order
            near = keys >= np.partition(keys, len(keys) - limit)[len(keys) - limit]
            best, keys, ranks = best[near], keys[near], ranks[near]
        order = np.lexsort((ranks, -keys))[:limit]
        shown = best[order]
        identifiers = table.identifiers(shown)
        self.page += zip(keys[order].tolist(), identifiers, strict=True)
        others = (table.sizes[table.groups[shown]] - 1).tolist()
        self.copies |= dict(zip(identifiers, others, strict=True))

    def _days(self, start: dt.date | None, end: dt.date | None) -> tuple[int, int]:
        """First and last code of the days in the range; never that of articles without a date; −1 for no range."""
        if start is None and end is None:
            return -1, -1
        days = self._copies.days
        first = int(np.searchsorted(days, start.toordinal() if start else 1))
        last = int(np.searchsorted(days, end.toordinal(), side="right")) - 1 if end else len(days) - 1
        return max(first, 1), last


def _allowed(column: Column, values: tuple[str, ...]) -> NDArray[np.uint8]:
    if not values:
        return _ALL
    wanted = set(values)
    return np.array([value in wanted for value in column.values], np.uint8)


def _regrouped(column: Column, names: dict[str, str]) -> Column:
    """The column with some values under other names."""
    renamed = [names.get(value, value) for value in column.values]
    values = sorted(set(renamed))
    place: dict[str, Any] = {value: code for code, value in enumerate(values)}
    return Column(np.array([place[value] for value in renamed], np.int32)[column.codes], values)
