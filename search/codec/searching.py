"""A plan answered on the segments of one generation: exact total, the page, facets, and where to go on.

In: a `Plan`. Out: `Matches`. On each segment one pass over the posting lists marks conditions and adds scores, and one
pass over the articles filters, counts facets and keeps the best. A score that nobody asks for is not computed. Must not
know files, nor how text becomes terms.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import lookups, postings, reading
from search.codec.layout import CATEGORIES, field_name
from search.codec.matching import (
    EXCLUDED,
    Docs,
    Lists,
    Matcher,
    Part,
    Scratch,
    allowed,
    day_codes,
    size_of,
)
from search.codec.once import Copies, Once
from search.codec.segment import Segment
from search.codec.sequences import Sequences
from search.codec.statistics import Statistics
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, FacetField, Filters, Plan, Sequence, Term, Weighted

DATE_FACETS: Final[dict[FacetField, int]] = {"year": 4, "month": 7, "day": 10}
"""Characters of an ISO date that make the value of each date facet."""

_NO_COUNTS: Final = np.empty(0, np.int64)
_ALL_ALLOWED: Final = np.empty(0, np.uint8)
_NO_KEYS: Final = np.empty(0, np.float64)


@dataclass(frozen=True, slots=True)
class _Scorer:
    """One scored term with its weight (idf included); `norm` as in `Statistics`."""

    term: Term | Sequence
    weight: float
    base: float
    slope: float


class SegmentSearcher:
    """Answers plans over segments; any number of threads may share it, each with arrays of its own."""

    def __init__(self, segments: tuple[Segment, ...], copies: Copies | None = None) -> None:
        self.segments = segments
        self.copies = copies
        self.statistics = Statistics(segments)
        self._local = threading.local()

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""
        try:
            return _Search(self, plan).answer()
        except BaseException:
            self._local.scratch = None  # arrays may have been left half-way
            raise

    def matchers(self, sequences: Sequences) -> list[Matcher]:
        """A matcher for each segment, on this thread's arrays."""
        return [
            Matcher(segment, i, self.statistics, self._scratch(segment.size), sequences)
            for i, segment in enumerate(self.segments)
        ]

    def postings(self, term: Term | Sequence) -> list[tuple[Docs, NDArray[np.int32]]]:
        """Live articles that hold a term and how often, segment after segment."""
        sequences = Sequences()
        found = []
        for matcher in self.matchers(sequences):
            if isinstance(term, Sequence):
                counted = sequences.counted(matcher, term)
                found.append((counted.docs, counted.tfs))
                continue
            places = self.statistics.places(term)
            number = places.numbers[matcher.index]
            segment = matcher.segment
            docs, tfs = np.empty(segment.size, np.int32), np.empty(segment.size, np.int32)
            count = 0
            if number >= 0:
                field = segment.field(field_name(term.space, term.zone))
                count = postings.get_list(field.postings, field.start(number), docs, tfs, 0)
            docs, tfs = docs[:count], tfs[:count]
            if len(segment.live):
                kept = segment.live[docs] != 0
                docs, tfs = docs[kept], tfs[kept]
            found.append((docs, tfs))
        return found

    def frequency(self, term: Term | Sequence) -> int:
        """Number of live articles that hold a term."""
        if isinstance(term, Term):
            return self.statistics.places(term).df
        return sum(len(docs) for docs, _ in self.postings(term))

    def scores(self, term: Term | Sequence, identifiers: tuple[str, ...]) -> dict[str, float]:
        """BM25 of one term in each article, 0 where it is absent."""
        found = self.postings(term)
        weight = self.statistics.idf(sum(len(docs) for docs, _ in found))
        space = term.space if isinstance(term, Term) else "exact"
        norm = self.statistics.norm(space, term.zone)
        scores = {}
        for identifier in identifiers:
            value = 0.0
            for segment, (docs, tfs) in zip(self.segments, found, strict=True):
                number = segment.number(identifier)
                if number >= 0:
                    at = int(np.searchsorted(docs, number))
                    if at < len(docs) and docs[at] == number:
                        length = float(segment.lengths(space, term.zone)[number])
                        value = weight * int(tfs[at]) / (int(tfs[at]) + (norm.base + norm.slope * length))
            scores[identifier] = value
        return scores

    def _scratch(self, size: int) -> Scratch:
        kept: dict[int, Scratch] | None = getattr(self._local, "scratch", None)
        if kept is None:
            kept = self._local.scratch = {}
        if size not in kept:
            kept[size] = Scratch(size)
        return kept[size]


class _Search:
    """One answer in the making."""

    def __init__(self, searcher: SegmentSearcher, plan: Plan) -> None:
        self.searcher = searcher
        self.plan = plan
        self.sequences = Sequences()
        self.matchers = searcher.matchers(self.sequences)
        self.limit = max(plan.limit, 0)
        wanted = plan.sort == "relevance" and self.limit > 0
        self.scorers = [s for s in map(self._scorer, plan.score) if s is not None] if wanted else []
        self.total = self.behind = 0
        self.page: list[tuple[float, str]] = []
        self.counts: dict[str, dict[str, int]] = {name: {} for name in plan.facets}
        self.names = dict(plan.regrouped)
        self.once = Once(searcher.copies, plan) if searcher.copies and plan.copies == "once" else None
        self.copies: dict[str, int] = {}

    def answer(self) -> Matches:
        """The whole answer."""
        for matcher in self.matchers:
            self._segment(matcher)
        if self.once is not None:
            self._add_once(self.once)
        self.page.sort(key=lambda hit: (-hit[0], hit[1]))
        del self.page[self.limit :]
        hits = tuple(Match(i, _value(self.plan, key), self.copies.get(i, 0)) for key, i in self.page)
        after = After(hits[-1].value, hits[-1].id) if hits and self.behind > len(hits) else None
        return Matches(self.total, hits, self.counts, after)

    def _scorer(self, weighted: Weighted) -> _Scorer | None:
        term = weighted.term
        statistics = self.searcher.statistics
        if isinstance(term, Term):
            df = statistics.places(term).df
        else:
            df = sum(len(self.sequences.counted(matcher, term).docs) for matcher in self.matchers)
        if df == 0:
            return None
        norm = statistics.norm(term.space if isinstance(term, Term) else "exact", term.zone)
        return _Scorer(term, weighted.weight * statistics.idf(df), norm.base, norm.slope)

    def _segment(self, matcher: Matcher) -> None:
        node = self.plan.match
        nodes = _flat(node) if isinstance(node, tree.All) else [node]
        wanted = sorted((matcher.part(n) for n in nodes if not isinstance(n, tree.Not)), key=size_of)
        excluded = [matcher.part(n.part) for n in nodes if isinstance(n, tree.Not)]
        if wanted and not size_of(wanted[0]):
            return
        if wanted and self._sparse(matcher, wanted, excluded):
            docs = matcher.narrowed(wanted, excluded)
            if len(docs):
                scores = np.zeros(len(docs), np.float64)
                for scorer in self.scorers:
                    self._score_some(matcher, scorer, docs, scores)
                self._finish(matcher, docs, len(docs), 0, 0, scores)
            return
        self._dense(matcher, matcher.few(wanted), excluded)

    def _sparse(self, matcher: Matcher, wanted: list[Part], excluded: list[Part]) -> bool:
        scored: list[Part] = []
        terms: set[Term] = set()
        for scorer in self.scorers:
            lists = Lists()
            if isinstance(scorer.term, Term):
                matcher.add_term(scorer.term, lists)
                terms.add(scorer.term)
            scored.append(lists)
        shared = sum(size_of(part) for part in wanted if isinstance(part, Lists) and part.terms and part.terms <= terms)
        return matcher.sparse_is_cheaper(wanted, [*excluded, *scored], shared)

    def _dense(self, matcher: Matcher, wanted: list[Part], excluded: list[Part]) -> None:
        scratch = matcher.scratch
        bits: dict[Term, int] = {}
        scored = {s.term for s in self.scorers if isinstance(s.term, Term)}
        for i, part in [*enumerate(wanted), *((15, p) for p in excluded)]:
            if isinstance(part, Lists) and part.terms <= scored and len(part.terms) == len(part.lists):
                # every list of this part is read for its score anyway and sets the bit on the way
                for term in part.terms:
                    bits[term] = bits.get(term, 0) | (1 << i)
            else:
                matcher.mark(part, 1 << i)
        for scorer in self.scorers:
            segment, scored_term = matcher.segment, scorer.term
            if isinstance(scored_term, Sequence):
                counted = self.sequences.counted(matcher, scored_term)
                lookups.scatter_scores(
                    counted.docs, counted.tfs, len(counted.docs), scorer.weight,
                    segment.lengths("exact", scored_term.zone), scorer.base, scorer.slope, scratch.scores,
                )  # fmt: skip
                continue
            number = self.searcher.statistics.places(scored_term).numbers[matcher.index]
            if number >= 0:
                field = segment.field(field_name(scored_term.space, scored_term.zone))
                reading.score(
                    field.postings, field.start(number), scorer.weight,
                    segment.lengths(scored_term.space, scored_term.zone),
                    scorer.base, scorer.slope, scratch.scores, scratch.flags, bits.get(scored_term, 0),
                )  # fmt: skip
        self._finish(matcher, scratch.docs, -1, (1 << len(wanted)) - 1, EXCLUDED, scratch.scores)

    def _score_some(self, matcher: Matcher, scorer: _Scorer, docs: Docs, scores: NDArray[np.float64]) -> None:
        segment, term = matcher.segment, scorer.term
        tfs = matcher.scratch.tfs[: len(docs)]
        if isinstance(term, Sequence):
            counted = self.sequences.counted(matcher, term)
            tfs[:] = 0
            at = np.searchsorted(docs, counted.docs)
            inside = at < len(docs)
            at = at[inside]
            same = docs[at] == counted.docs[inside]
            tfs[at[same]] = counted.tfs[inside][same]
        else:
            number = self.searcher.statistics.places(term).numbers[matcher.index]
            if number < 0:
                return
            field = segment.field(field_name(term.space, term.zone))
            lookups.lookup(field.postings, field.start(number), docs, len(docs), tfs)
        space = term.space if isinstance(term, Term) else "exact"
        lengths = segment.lengths(space, term.zone)
        lookups.add_scores(docs, tfs, len(docs), scorer.weight, lengths, scorer.base, scorer.slope, scores)

    def _finish(
        self, matcher: Matcher, docs: Docs, n: int, need: int, forbidden: int, scores: NDArray[np.float64]
    ) -> None:
        plan, segment = self.plan, matcher.segment
        if self.once is not None and n >= 0:
            docs, scores = self.once.take(matcher.index, docs[:n], scores[:n])
            n = len(docs)
        elif self.once is not None:
            self.once.take_marked(matcher.index, matcher.scratch.flags, need, forbidden, scores)
        columns = segment.columns
        facets: dict[str, NDArray[np.int64]] = {}
        for name in CATEGORIES:
            facets[name] = np.zeros(len(segment.values[name]), np.int64) if name in plan.facets else _NO_COUNTS
        dated = any(name in DATE_FACETS for name in plan.facets)
        facets["day"] = np.zeros(len(segment.days), np.int64) if dated else _NO_COUNTS
        first, last = -1, -1
        if plan.filters.start or plan.filters.end:
            first, last = day_codes(segment, plan.filters.start, plan.filters.end)
        ok = {name: _filter(segment, plan.filters, name) for name in CATEGORIES}
        after_key, after_rank = _after(plan, segment)
        room = min(self.limit, segment.size)
        keys, hits = np.empty(room, np.float64), np.empty(room, np.int32)
        sizes = np.zeros(2, np.int64)
        self.total += reading.finish(
            docs, n, matcher.scratch.flags, need, forbidden, scores,
            segment.live, columns["city"], ok["city"], columns["source"], ok["source"], columns["byline"], ok["byline"],
            columns["day"], first, last,
            facets["city"], facets["source"], facets["byline"], facets["day"],
            _day_keys(plan, segment), columns["ids.ranks"], after_key, after_rank, keys, hits, sizes,
        )  # fmt: skip
        self.behind += int(sizes[1])
        kept = int(sizes[0])
        self._note_copies(matcher, hits[:kept])
        self.page += zip(keys[:kept].tolist(), map(segment.identifier, hits[:kept].tolist()), strict=True)
        self._add_counts(segment, facets)

    def _note_copies(self, matcher: Matcher, hits: Docs) -> None:
        known = self.searcher.copies
        if known is not None and len(hits):
            for doc in hits[known.rows[matcher.index][hits] >= 0].tolist():
                self.copies[matcher.segment.identifier(doc)] = known.count(matcher.index, doc)

    def _add_once(self, once: Once) -> None:
        once.finish()
        self.total += once.total
        self.behind += once.behind
        self.page += once.page
        self.copies |= once.copies
        for name, counts in once.counts.items():
            for value, count in counts.items():
                self.counts[name][value] = self.counts[name].get(value, 0) + count

    def _add_counts(self, segment: Segment, facets: dict[str, NDArray[np.int64]]) -> None:
        for name, counts in self.counts.items():
            if name in DATE_FACETS:
                values, firsts = segment.periods(DATE_FACETS[name])
                found = np.add.reduceat(facets["day"], firsts)
            else:
                values, found = segment.values[name], facets[name]
            for value, count in zip(values, found.tolist(), strict=True):
                if count:
                    shown = self.names.get(value, value) if name == "city" else value
                    counts[shown] = counts.get(shown, 0) + count


def _flat(node: tree.All) -> list[tree.Node]:
    nodes: list[tree.Node] = []
    for part in node.parts:
        nodes += _flat(part) if isinstance(part, tree.All) else [part]
    return nodes


def _filter(segment: Segment, filters: Filters, name: str) -> NDArray[np.uint8]:
    values = {"city": filters.cities, "source": filters.sources, "byline": filters.bylines}[name]
    return allowed(segment, name, values) if values else _ALL_ALLOWED


def _day_keys(plan: Plan, segment: Segment) -> NDArray[np.float64]:
    """Sort key of each day code (larger comes first), empty when sorted by relevance."""
    if plan.sort == "relevance":
        return _NO_KEYS
    days = segment.days.astype(np.float64)
    return days if plan.sort == "newest" else np.where(days > 0, -days, -np.inf)


def _key(plan: Plan, value: float) -> float:
    if plan.sort == "oldest":
        return -value if value else -np.inf
    return value


def _value(plan: Plan, key: float) -> float:
    if plan.sort == "oldest":
        return 0.0 if key == -np.inf else -key
    return key


def _after(plan: Plan, segment: Segment) -> tuple[float, int]:
    """Sort key of the cursor and the last id rank of this segment that is not behind it."""
    if plan.after is None:
        return float("inf"), -1
    wanted = plan.after.id.encode("utf-8", "replace")
    return _key(plan, plan.after.value), bisect_right(range(len(segment.ids)), wanted, key=segment.ids.entry) - 1
