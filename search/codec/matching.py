"""Conditions evaluated on one segment: which articles they hold for.

In: nodes of the query tree. Out: posting lists, where a condition is any of some terms, else article numbers,
ascending, int32. Conjunctions begin with the smallest part and keep what the others hold. Deleted articles are not left
out here. Must not know scores, sorting or facets.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import reading, rows
from search.codec.layout import field_name
from search.codec.lists import Field
from search.codec.segment import Segment
from search.codec.statistics import Statistics
from search.query import tree
from search.query.tree import Node, Term

Docs = NDArray[np.int32]

LOOKUP_COST: Final = 50.0
"""Finding a block of a list by its skip table, in units of reading the next posting (measured)."""

DENSE_COST: Final = 0.4
"""Passing over one article of a segment, in the same units."""

NO_DOCS: Final = np.empty(0, np.int32)


class Scratch:
    """Arrays of one thread for one size of segment; what is in them means nothing from one call to the next."""

    def __init__(self, size: int) -> None:
        self.stride = size - size % reading.STRIDE + 2 * reading.STRIDE
        self.docs = np.empty(size + 1, np.int32)
        self._rows = np.empty(8 * self.stride, np.uint8)
        self.request = np.zeros(64, np.int64)
        """Room for a request of a few terms."""

    @property
    def some_rows(self) -> NDArray[np.uint8]:
        """Room for eight rows or more."""
        return self._rows

    def rows(self, count: int) -> NDArray[np.uint8]:
        """Room for `count` rows, shape (count · stride,)."""
        if len(self._rows) < count * self.stride:
            self._rows = np.empty(count * self.stride, np.uint8)
        return self._rows[: count * self.stride]


@dataclass(slots=True)
class Lists:
    """Articles in any of some posting lists, by their places in the segment's file.

    `single` are those of terms, `many` those of terms found by a pattern; `most` bounds how many articles they can be.
    """

    single: list[int] = field(default_factory=list)
    many: list[NDArray[np.int64]] = field(default_factory=list)
    most: int = 0

    @property
    def places(self) -> NDArray[np.int64]:
        """The places of all lists."""
        single = np.array(self.single, np.int64)
        return np.concatenate([single, *self.many]) if self.many else single


Part = Lists | Docs


class Matcher:
    """Evaluates conditions on one segment for one thread."""

    def __init__(self, segment: Segment, index: int, statistics: Statistics, scratch: Scratch, sequences: Any) -> None:
        self.segment = segment
        self.index = index
        self.statistics = statistics
        self.scratch = scratch
        self.sequences = sequences

    def part(self, node: Node) -> Part:
        """A condition as lists where it is any of some terms, else as the articles it holds for."""
        lists = Lists()
        return lists if self._collect(node, lists) else self.docs(node)

    def _collect(self, node: Node, lists: Lists) -> bool:
        """Add the lists of a condition that is any of some terms; False for other conditions."""
        if isinstance(node, Term):
            self.add_term(node, lists)
        elif isinstance(node, tree.Prefix):
            found = self.segment.field(field_name(node.space, node.zone))
            self._add(lists, found, found.numbers(node.text))
        elif isinstance(node, tree.Fuzzy):
            found = self.segment.field(field_name(node.space, node.zone))
            self._add(lists, found, found.similar(node.text, node.distance, same_letter=True)[0])
        elif isinstance(node, tree.Any) and node.minimum == 1:
            return all(self._collect(part, lists) for part in node.parts)
        else:
            return False
        return True

    def add_term(self, term: Term, lists: Lists) -> None:
        """Add a term's list."""
        posted = self.statistics.lists(term)
        place = posted.begins[self.index]
        if place >= 0:
            lists.single.append(place)
            lists.most += posted.frequencies[self.index] + self._deleted

    @property
    def _deleted(self) -> int:
        return self.segment.size - self.segment.live_count

    def _add(self, lists: Lists, found: Field, numbers: NDArray[np.int64]) -> None:
        if len(numbers):
            lists.many.append(found.starts_of(numbers) + found.begin)
            lists.most += min(int(found.frequencies(numbers).sum()) + self._deleted, self.segment.size)

    def docs(self, node: Node) -> Docs:
        """The articles a condition holds for."""
        segment = self.segment
        match node:
            case tree.Sequence():
                held: Docs = self.sequences.docs(self, node)
                return held
            case tree.Attribute("id", values):
                return np.array(sorted({n for n in map(segment.number, values) if n >= 0}), np.int32)
            case tree.Attribute(name, values):
                return _numbers(allowed(segment, name, values)[segment.columns[name]] != 0)
            case tree.Published(start, end):
                first, last = day_codes(segment, start, end)
                days = segment.columns["day"]
                return _numbers((days >= first) & (days <= last))
            case tree.All(parts):
                return self._all_of(parts)
            case tree.Any(parts, minimum) if minimum != 1:
                counts = np.zeros(segment.size, np.int32)
                for part in parts:
                    counts[self.docs(part)] += 1
                return _numbers(counts >= minimum) if parts else _numbers(counts > 0)
            case tree.Any(parts):
                return self.union([self.part(p) for p in parts])
            case tree.Not(part):
                return self.conjunction([], [self.part(part)])
            case _:
                return self.union([self.part(node)])

    def union(self, parts: list[Part]) -> Docs:
        """Articles in any of the parts."""
        if len(parts) == 1 and not isinstance(parts[0], Lists):
            return parts[0]
        scratch, size = self.scratch, self.segment.size
        lists = [part for part in parts if isinstance(part, Lists)]
        if len(parts) == len(lists) == 1 and len(lists[0].single) == 1 and not lists[0].many:
            held, spare = scratch.rows(2)[: scratch.stride], scratch.rows(2)[scratch.stride :]
            places = lists[0].places
            count = rows.candidates(self.segment.whole, places, NO_DOCS, NO_DOCS, scratch.docs, held, spare, size)
            return scratch.docs[:count].copy()
        row = scratch.rows(1)
        row[:] = 0
        for part in parts:
            if isinstance(part, Lists):
                reading.fill_all(self.segment.whole, part.places, row, size)
            else:
                row[part] = 1
        return scratch.docs[: reading.held(row, size, scratch.docs)].copy()

    def conjunction(self, wanted: list[Part], excluded: list[Part]) -> Docs:
        """Articles in all wanted parts and none of the excluded."""
        wanted = sorted(wanted, key=size_of)
        docs = self.union([wanted[0]]) if wanted else np.arange(self.segment.size, dtype=np.int32)
        for part in wanted[1:]:
            if not len(docs):
                break
            docs = docs[self.has(part, docs)]
        for part in excluded:
            docs = docs[~self.has(part, docs)]
        return np.ascontiguousarray(docs)

    def reads_tokens(self, node: Node) -> bool:
        """Whether a condition holds a sequence that articles are read for: better only those that meet all else."""
        if type(node) is Term:
            return False
        match node:
            case tree.Sequence():
                return self.sequences.bounds(self, node) is not None
            case tree.All(parts):
                return any(map(self.reads_tokens, parts))
            case tree.Any(parts, 1):
                return any(map(self.reads_tokens, parts))
            case _:
                return False

    def _all_of(self, nodes: tuple[Node, ...]) -> Docs:
        """Articles that meet all conditions: by lists first, and tokens are read of those that are left."""
        parts: list[Part] = []
        last: list[Node] = []
        for node in nodes:
            if isinstance(node, tree.Not):
                continue
            bounds = self._bounds(node) if self.reads_tokens(node) else None
            if bounds is None:
                parts.append(self.part(node))
            else:
                parts += bounds
                last.append(node)
        docs = self.conjunction(parts, [])
        for node in last:
            docs = docs[self._meets(node, docs)]
        for node in nodes:
            if isinstance(node, tree.Not):
                docs = docs[~self._meets(node.part, docs)]
        return np.ascontiguousarray(docs)

    def _bounds(self, node: Node) -> list[Lists] | None:
        """Lists, in all of which an article must be to meet a condition; None where there are none."""
        match node:
            case tree.Sequence():
                found: tuple[Lists, ...] | None = self.sequences.bounds(self, node)
                if found is not None:
                    return list(found)
            case tree.All(parts):
                wanted = [part for part in parts if not isinstance(part, tree.Not)]
                return [lists for part in wanted for lists in self._bounds(part) or ()] or None
            case tree.Any(parts, 1) if self.reads_tokens(node):
                union = Lists()
                for part in parts:
                    bounds = self._bounds(part)
                    if not bounds:
                        return None
                    least = min(bounds, key=size_of)
                    union.single += [place for place in least.single if place not in union.single]
                    union.many += least.many
                    union.most += least.most
                return [union]
            case _:
                pass
        lists = Lists()
        return [lists] if self._collect(node, lists) else None

    def _meets(self, node: Node, docs: Docs) -> NDArray[np.bool_]:
        """Which of some articles meet a condition; tokens are read of no others."""
        if not len(docs) or not self.reads_tokens(node):
            return self.has(self.part(node), docs) if len(docs) else np.zeros(0, bool)
        held: NDArray[np.bool_]
        if isinstance(node, tree.Sequence):
            held = self.sequences.held(self, node, docs)
            return held
        held = np.zeros(len(docs), bool)
        if isinstance(node, tree.All):
            left = docs
            for part in node.parts:
                met = self._meets(part.part if isinstance(part, tree.Not) else part, left)
                left = left[~met if isinstance(part, tree.Not) else met]
            held[np.searchsorted(docs, left)] = True
            return held
        assert isinstance(node, tree.Any)
        for part in sorted(node.parts, key=self.reads_tokens):
            open_ = np.flatnonzero(~held)
            held[open_] = self._meets(part, docs[open_])
        return held

    def has(self, part: Part, docs: Docs) -> NDArray[np.bool_]:
        """Which of some articles a part holds."""
        held: NDArray[np.bool_] = self.frequencies(part, docs) != 0
        return held

    def frequencies(self, part: Part, docs: Docs) -> NDArray[np.uint8]:
        """How often a part is in each of some articles, 255 standing for more; of several lists, what the last has."""
        if not len(docs):
            return np.zeros(0, np.uint8)
        scratch, size = self.scratch, self.segment.size
        row, spare = scratch.rows(2)[: scratch.stride], scratch.rows(2)[scratch.stride :]
        if isinstance(part, Lists):
            places, given, tfs = part.places, NO_DOCS, NO_DOCS
        else:
            places, given, tfs = _NO_PLACES, part, np.ones(len(part), np.int32)
        rows.sparse(self.segment.whole, places, given, tfs, docs, row, spare, size, LOOKUP_COST)
        return row[: len(docs)].copy()


_TERMS_ONLY: Final = frozenset((Term,))
_NO_PLACES: Final = np.empty(0, np.int64)


def size_of(part: Part) -> int:
    """At most how many articles a part holds."""
    return part.most if isinstance(part, Lists) else len(part)


def flat(node: tree.All) -> list[Node]:
    """The parts of a conjunction, and of conjunctions within it."""
    nodes: list[Node] = []
    for part in node.parts:
        nodes += flat(part) if isinstance(part, tree.All) else [part]
    return nodes


def by_terms(node: Node) -> tuple[list[tuple[Term, ...]], list[tuple[Term, ...]]] | None:
    """What a condition wants and what it excludes, each part any of some terms; None for other conditions."""
    terms = _any_of(node)
    if terms is not None:
        return [terms], []
    if type(node) is not tree.All:
        return None
    wanted: list[tuple[Term, ...]] = []
    excluded: list[tuple[Term, ...]] = []
    for part in flat(node):
        terms = _any_of(part.part if isinstance(part, tree.Not) else part)
        if terms is None:
            return None
        (excluded if isinstance(part, tree.Not) else wanted).append(terms)
    return wanted, excluded


def _any_of(node: Node) -> tuple[Term, ...] | None:
    """The terms of a condition that is any of some."""
    if type(node) is Term:
        return (node,)
    if type(node) is tree.Any and node.minimum == 1 and {*map(type, node.parts)} <= _TERMS_ONLY:
        return node.parts  # type: ignore[return-value]
    return None


def _numbers(mask: NDArray[np.bool_]) -> Docs:
    return np.flatnonzero(mask).astype(np.int32)


def allowed(segment: Segment, name: str, values: tuple[str, ...]) -> NDArray[np.uint8]:
    """For each code of a category, 1 where its value is one of `values`."""
    wanted = set(values)
    return np.array([value in wanted for value in segment.values[name]], np.uint8)


def day_codes(segment: Segment, start: dt.date | None, end: dt.date | None) -> tuple[int, int]:
    """First and last code of the days in `[start, end]`; never the code of articles without a date."""
    first = int(np.searchsorted(segment.days, start.toordinal() if start else 1))
    last = int(np.searchsorted(segment.days, end.toordinal(), side="right")) - 1 if end else len(segment.days) - 1
    return max(first, 1), last
