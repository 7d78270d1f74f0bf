"""Conditions evaluated on one segment: which articles they hold for.

In: nodes of the query tree. Out: article numbers, ascending, int32. Conjunctions of terms start from the rarest list
and skip through the others, or mark bits in one pass over all lists, whichever reads less. Deleted articles are not
left out here. Must not know scores, sorting or facets.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import lookups, postings, reading
from search.codec.layout import field_name
from search.codec.segment import Field, Segment
from search.codec.statistics import Statistics
from search.query import tree
from search.query.tree import Node, Term

Docs = NDArray[np.int32]

LOOKUP_COST: Final = 60.0
"""Reading one wanted article from a list by its skip table, in units of reading the next posting (measured)."""

DENSE_COST: Final = 0.7
"""Passing over one article of a segment at the end, in the same units."""

PARTS: Final = 15
"""Parts of a conjunction that have a bit of their own; the sixteenth bit is for what is excluded."""

EXCLUDED: Final = 1 << PARTS


class Scratch:
    """Arrays of one thread for one size of segment; every user leaves `flags` and `scores` at 0."""

    def __init__(self, size: int) -> None:
        self.flags = np.zeros(size, np.uint16)
        self.scores = np.zeros(size, np.float64)
        self.docs = np.empty(size, np.int32)
        self.tfs = np.empty(size, np.int32)


@dataclass(slots=True)
class Lists:
    """Articles in any of some posting lists: `lists` are (field, starts); `most` bounds how many they can be."""

    lists: list[tuple[Field, NDArray[np.int64]]] = field(default_factory=list)
    most: int = 0
    terms: set[Term] = field(default_factory=set)
    """The terms among them, for a scorer that reads the same lists."""


Part = Lists | Docs


class Matcher:
    """Evaluates conditions on one segment for one thread."""

    def __init__(self, segment: Segment, index: int, statistics: Statistics, scratch: Scratch, sequences: Any) -> None:
        self.segment = segment
        self.index = index
        self.statistics = statistics
        self.scratch = scratch
        self._sequences = sequences

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
        places = self.statistics.places(term)
        number = places.numbers[self.index]
        if number >= 0:
            found = self.segment.field(field_name(term.space, term.zone))
            lists.lists.append((found, np.array([found.start(number)], np.int64)))
            lists.most += places.frequencies[self.index] + self._deleted
            lists.terms.add(term)

    @property
    def _deleted(self) -> int:
        return self.segment.size - self.segment.live_count

    def _add(self, lists: Lists, found: Field, numbers: NDArray[np.int64]) -> None:
        if len(numbers):
            lists.lists.append((found, found.starts_of(numbers)))
            lists.most += min(int(found.frequencies(numbers).sum()) + self._deleted, self.segment.size)

    def docs(self, node: Node) -> Docs:
        """The articles a condition holds for."""
        segment = self.segment
        match node:
            case tree.Sequence():
                held: Docs = self._sequences.docs(self, node)
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
                wanted = [self.part(p) for p in parts if not isinstance(p, tree.Not)]
                return self.conjunction(wanted, [self.part(p.part) for p in parts if isinstance(p, tree.Not)])
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
        if len(parts) == 1:
            (part,) = parts
            if not isinstance(part, Lists):
                return part
            if _list_count(part) == 1:
                ((found, starts),) = part.lists
                count = postings.get_list(found.postings, int(starts[0]), self.scratch.docs, self.scratch.tfs, 0)
                return self.scratch.docs[:count].copy()
        for part in parts:
            self.mark(part, 1)
        return self._gathered(1, 0)

    def mark(self, part: Part, bit: int) -> None:
        """Set a bit in the scratch's flags for every article of a part."""
        flags = self.scratch.flags
        if isinstance(part, Lists):
            for found, starts in part.lists:
                reading.mark(found.postings, starts, flags, bit)
        else:
            flags[part] |= np.uint16(bit)

    def conjunction(self, wanted: list[Part], excluded: list[Part]) -> Docs:
        """Articles in all wanted parts and none of the excluded."""
        wanted = sorted(wanted, key=size_of)
        if wanted and not size_of(wanted[0]):
            return np.empty(0, np.int32)
        if wanted and self.sparse_is_cheaper(wanted, excluded):
            return self.narrowed(wanted, excluded)
        wanted = self.few(wanted)
        for i, part in enumerate(wanted):
            self.mark(part, 1 << i)
        for part in excluded:
            self.mark(part, EXCLUDED)
        return self._gathered((1 << len(wanted)) - 1, EXCLUDED)

    def few(self, wanted: list[Part]) -> list[Part]:
        """The same conjunction in no more parts than there are bits."""
        if len(wanted) <= PARTS:
            return wanted
        return [*wanted[: PARTS - 1], self.conjunction(wanted[PARTS - 1 :], [])]

    def sparse_is_cheaper(self, wanted: list[Part], others: list[Part], shared: int = 0) -> bool:
        """Whether it reads less to look the articles of the smallest wanted part up in all other lists.

        `wanted` ascends by size; `shared` is how many postings of it are read once only when everything is read.
        """
        least = size_of(wanted[0])
        dense = DENSE_COST * self.segment.size + sum(map(size_of, [*wanted, *others])) - shared
        sparse = least if _list_count(wanted[0]) == 1 else least + DENSE_COST * self.segment.size
        for part in [*wanted[1:], *others]:
            sparse += min(size_of(part) + least, LOOKUP_COST * least * _list_count(part))
        return sparse < dense

    def narrowed(self, wanted: list[Part], excluded: list[Part]) -> Docs:
        """The conjunction, from its smallest part down; `wanted` ascends by size."""
        docs = self.union([wanted[0]])
        for part in wanted[1:]:
            if not len(docs):
                break
            docs = docs[self._held(part, docs)]
        for part in excluded:
            if not len(docs):
                break
            docs = docs[~self._held(part, docs)]
        return np.ascontiguousarray(docs)

    def _held(self, part: Part, docs: Docs) -> NDArray[np.bool_]:
        if not isinstance(part, Lists):
            at = np.minimum(np.searchsorted(part, docs), max(len(part) - 1, 0))
            return part[at] == docs if len(part) else np.zeros(len(docs), bool)
        held = np.zeros(len(docs), bool)
        tfs = self.scratch.tfs[: len(docs)]
        for found, starts in part.lists:
            for start in starts.tolist():
                lookups.lookup(found.postings, start, docs, len(docs), tfs)
                held |= tfs != 0
        return held

    def _gathered(self, need: int, forbidden: int) -> Docs:
        count = reading.gather(self.scratch.flags, need, forbidden, self.scratch.docs)
        return self.scratch.docs[:count].copy()


def size_of(part: Part) -> int:
    """At most how many articles a part holds."""
    return part.most if isinstance(part, Lists) else len(part)


def _list_count(part: Part) -> int:
    return sum(len(starts) for _, starts in part.lists) if isinstance(part, Lists) else 1


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
