"""A plan evaluated on the arrays of one snapshot: which articles match, their scores, the page and the facets.

In: a `Snapshot` and a `Plan`. Out: `Matches`. Must not know files, nor how text becomes terms. The meaning of every
node stands in `search.query.tree`; this module only computes it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Sequence as Run
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.engines.base import Match, Matches, regrouped
from search.engines.distance import edits
from search.engines.fields import field_name
from search.query.tree import (
    After,
    All,
    Any,
    Attribute,
    FacetField,
    Filters,
    Fuzzy,
    Node,
    Not,
    Plan,
    Prefix,
    Published,
    Sequence,
    Space,
    Term,
    Zone,
)
from tests.engines.stock.snapshot import POSITION_BITS, Postings, Snapshot

K1: Final = 1.2
B: Final = 0.85

Mask = NDArray[np.bool_]

DATE_FACETS: Final[dict[FacetField, int]] = {"year": 4, "month": 7, "day": 10}
"""Characters of an ISO date that make the value of each date facet."""


class Evaluation:
    """Answers plans over one snapshot; holds no state of its own, so threads may share it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""
        columns = self._snapshot.columns
        matching = self.mask(plan.match) & columns.live
        limits = self._limits(plan.filters)
        chosen = matching.copy()
        for limit in limits.values():
            chosen &= limit
        page, more = self._page(plan, np.flatnonzero(chosen))
        after = After(page[-1].value, page[-1].id) if more and page else None
        facets: dict[str, dict[str, int]] = {name: self._facet(name, matching, limits) for name in plan.facets}
        if "city" in facets:
            facets["city"] = regrouped(facets["city"], plan.regrouped)
        return Matches(int(np.count_nonzero(chosen)), page, facets, after)

    def mask(self, node: Node) -> Mask:
        """Which articles a condition holds for; shape (articles,), deleted articles undefined."""
        size = self._snapshot.size
        match node:
            case Term() | Sequence():
                return self._holding(self.occurrences(node).articles)
            case Prefix(space, text, zone):
                return self._any_term(space, zone, [term for term, _ in self.lexicon(space, text, zone)])
            case Fuzzy(space, text, distance, zone):
                return self._any_term(space, zone, [term for _, _, term in self.similar(space, text, distance, zone)])
            case Attribute("id", values):
                numbers = [n for n in map(self._snapshot.number, values) if n is not None]
                return self._holding(np.array(numbers, np.int64))
            case Attribute(name, values):
                return self._valued(name, values)
            case Published(start, end):
                return self._published(start, end)
            case All(parts):
                held = np.ones(size, bool)
                for part in parts:
                    held &= self.mask(part)
                return held
            case Any(parts, minimum):
                count = np.zeros(size, np.int64)
                for part in parts:
                    count += self.mask(part)
                return count >= minimum if parts else np.zeros(size, bool)
            case Not(part):
                return ~self.mask(part)

    def occurrences(self, term: Term | Sequence) -> Postings:
        """Articles that hold a term or sequence and how often; a sequence counts once for each place it begins at."""
        if isinstance(term, Term):
            return self._snapshot.postings(field_name(term.space, term.zone), term.text)
        begins = self._begins(term)
        articles, counts = np.unique(begins >> POSITION_BITS, return_counts=True)
        return Postings(articles, counts.astype(np.float64))

    def bm25(self, term: Term | Sequence) -> Postings:
        """BM25 of a term in each article that holds it (in place of frequencies); Lucene's form, see `query.tree`."""
        found = self.occurrences(term)
        if not len(found.articles):
            return found
        columns = self._snapshot.columns
        space = term.space if isinstance(term, Term) else "exact"
        lengths = columns.lengths[field_name(space, term.zone)]
        articles = int(np.count_nonzero(columns.live))
        average = float(lengths[columns.live].sum()) / articles
        df = len(found.articles)
        idf = np.log1p((articles - df + 0.5) / (df + 0.5))
        tf = found.frequencies
        norm = K1 * (1 - B + B * lengths[found.articles] / average) if average else K1
        return Postings(found.articles, idf * tf / (tf + norm))

    def lexicon(self, space: Space, prefix: str, zone: Zone) -> list[tuple[str, int]]:
        """Terms of a space that begin with `prefix`, with document frequencies."""
        return self._snapshot.lexicon(field_name(space, zone), prefix)

    def similar(self, space: Space, text: str, distance: int, zone: Zone) -> list[tuple[int, int, str]]:
        """(edits, −document frequency, term) of terms within `distance` edits, first letter kept; nearest first."""
        found = []
        for term, count in self.lexicon(space, text[:1], zone) if text else ():
            away = edits(text, term, distance)
            if away is not None:
                found.append((away, -count, term))
        return sorted(found)

    def _holding(self, articles: NDArray[np.int64]) -> Mask:
        mask = np.zeros(self._snapshot.size, bool)
        mask[articles] = True
        return mask

    def _any_term(self, space: Space, zone: Zone, terms: list[str]) -> Mask:
        mask = np.zeros(self._snapshot.size, bool)
        for term in terms:
            mask[self._snapshot.postings(field_name(space, zone), term).articles] = True
        return mask

    def _begins(self, sequence: Sequence) -> NDArray[np.int64]:
        """Where a sequence begins, as `article << 32 | position`; each slot is taken as early as can be."""
        slots = [self._places(slot, sequence.zone) for slot in sequence.slots]
        if not slots or not all(len(slot) for slot in slots):
            return np.empty(0, np.int64)
        begin = end = slots[0]
        for slot in slots[1:]:
            following = np.searchsorted(slot, end, side="right")
            there = following < len(slot)
            begin, end = begin[there], slot[following[there]]
            near = (end - begin <= len(slots) - 1 + sequence.slop) & (begin >> POSITION_BITS == end >> POSITION_BITS)
            begin, end = begin[near], end[near]
        title = self._snapshot.columns.title_positions[begin >> POSITION_BITS]
        low = (1 << POSITION_BITS) - 1
        inside = ((begin & low) < title) == ((end & low) < title)
        begins: NDArray[np.int64] = begin[inside]
        return begins

    def _places(self, slot: tuple[Term, ...], zone: Zone) -> NDArray[np.int64]:
        if any(term.space not in ("exact", "folded") for term in slot):
            raise ValueError("a sequence holds terms of the exact and folded spaces only")
        parts = [self._snapshot.positions(field_name(term.space, zone), term.text) for term in slot]
        return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def _valued(self, name: str, values: Run[str]) -> Mask:
        columns = self._snapshot.columns
        wanted = [bisect_left(columns.values[name], v) for v in values if v in set(columns.values[name])]
        return np.isin(columns.codes[name], wanted)

    def _published(self, start: dt.date | None, end: dt.date | None) -> Mask:
        days = self._snapshot.columns.days
        low = start.toordinal() if start else 1
        high = end.toordinal() if end else dt.date.max.toordinal()
        return (days >= low) & (days <= high)

    def _limits(self, filters: Filters) -> dict[str, Mask]:
        """Each choice of the user as a mask, by the facet whose own counts it leaves alone."""
        limits: dict[str, Mask] = {}
        chosen = {"city": filters.cities, "source": filters.sources, "byline": filters.bylines}
        for name, values in chosen.items():
            if values:
                limits[name] = self._valued(name, values)
        if filters.start or filters.end:
            limits["published"] = self._published(filters.start, filters.end)
        return limits

    def _facet(self, name: FacetField, matching: Mask, limits: dict[str, Mask]) -> dict[str, int]:
        own = "published" if name in DATE_FACETS else name
        counted = matching.copy()
        for limited, limit in limits.items():
            if limited != own:
                counted &= limit
        columns = self._snapshot.columns
        if name not in DATE_FACETS:
            counts = np.bincount(columns.codes[name][counted], minlength=len(columns.values[name])).tolist()
            return {value: count for value, count in zip(columns.values[name], counts, strict=True) if count}
        days, counts = np.unique(columns.days[counted], return_counts=True)
        totals: dict[str, int] = {}
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            value = dt.date.fromordinal(day).isoformat()[: DATE_FACETS[name]] if day else ""
            totals[value] = totals.get(value, 0) + count
        return totals

    def _values(self, plan: Plan) -> NDArray[np.float64]:
        if plan.sort != "relevance":
            return self._snapshot.columns.days.astype(np.float64)
        scores = np.zeros(self._snapshot.size)
        for weighted in plan.score:
            found = self.bm25(weighted.term)
            scores[found.articles] += weighted.weight * found.frequencies
        return scores

    def _page(self, plan: Plan, articles: NDArray[np.int64]) -> tuple[tuple[Match, ...], bool]:
        columns = self._snapshot.columns
        values = self._values(plan)
        keys = _keys(plan, values[articles])
        ranks = columns.rank[articles]
        if plan.after is not None:
            last = float(_keys(plan, np.array([plan.after.value]))[0])
            place = self._rank_after(plan.after.id)
            later = (keys > last) | ((keys == last) & (ranks >= place))
            articles, keys, ranks = articles[later], keys[later], ranks[later]
        order = np.lexsort((ranks, keys))[: max(plan.limit, 0)]
        page = tuple(Match(columns.ids[n], float(values[n])) for n in articles[order].tolist())
        return page, len(articles) > len(page)

    def _rank_after(self, identifier: str) -> int:
        columns = self._snapshot.columns
        by_rank = np.argsort(columns.rank).tolist()
        return bisect_right(by_rank, identifier, key=columns.ids.__getitem__)


def _keys(plan: Plan, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sort keys, ascending: what comes first has the smallest."""
    if plan.sort == "oldest":
        return np.where(values > 0, values, np.inf)
    return -values
