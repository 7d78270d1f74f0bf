"""A plan answered on the segments of one generation: exact total, the page, facets, and where to go on.

In: a `Plan`. Out: `Matches`. Each segment answers in one call of a kernel, which holds no lock of Python's: the rest of
a search is short, so that threads do not wait for each other. Must not know files, nor how text becomes terms.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import deadline
from search.codec import matching
from search.codec.faceting import Counts, Facets, add_counts, facets_of, with_totals
from search.codec.hot import ROOM_BYTES, HotRows
from search.codec.kernels import answering, postings
from search.codec.layout import field_name
from search.codec.matching import Docs, Matcher, Part, Scratch, allowed, by_terms, day_codes, flat, size_of
from search.codec.once import Copies, Once
from search.codec.requests import NO_DOCS, Request
from search.codec.segment import Segment, line
from search.codec.sequences import Remembered, Sequences
from search.codec.statistics import Posted, Statistics
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, FacetField, Plan, Sequence, Term, Weighted

_UNFILTERED: Final = Plan(tree.NOTHING).filters
"""The filters of a plan that says nothing of them."""
_match: Final[Callable[[tuple[str, float, int]], Match]] = partial(tuple.__new__, Match)
"""A match in half of the time that `Match` takes."""
_ALL_ALLOWED: Final = np.empty(0, np.uint8)
_NO_KEYS: Final = np.empty(0, np.float64)
_ANY_DAY: Final = (-1, -1)


class SegmentSearcher:
    """Answers plans over segments; any number of threads may share it, each with arrays of its own."""

    def __init__(self, segments: tuple[Segment, ...], copies: Copies | None = None) -> None:
        self.segments = segments
        self.copies = copies
        self.statistics = Statistics(segments)
        self.remembered = Remembered()
        articles = max(sum(segment.size for segment in segments), 1)
        self.hot = [HotRows(segment, ROOM_BYTES * segment.size // articles) for segment in segments]
        """Of each segment the long lists that are asked for often."""
        self._facets: dict[tuple[int, tuple[FacetField, ...]], Facets] = {}
        self._local = threading.local()

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""
        return _Search(self, plan).answer()

    def facets(self, index: int, wanted: tuple[FacetField, ...]) -> Facets:
        """The facets of a plan on one segment."""
        found = self._facets.get((index, wanted))
        if found is None:
            found = self._facets[index, wanted] = facets_of(self.segments[index], wanted)
        elif found.size > len(found.totals):
            found = self._facets[index, wanted] = with_totals(self.segments[index], found)
        return found

    def matchers(self, sequences: Sequences) -> list[Matcher]:
        """A matcher for each segment, on this thread's arrays."""
        return [
            Matcher(segment, i, self.statistics, self.scratch(segment.size), sequences)
            for i, segment in enumerate(self.segments)
        ]

    def postings(self, term: Term | Sequence) -> list[tuple[Docs, NDArray[np.int32]]]:
        """Live articles that hold a term and how often, segment after segment."""
        sequences = Sequences(self.remembered)
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
        return self.statistics.once(("frequency", term), lambda: self._sequence_frequency(term))

    def _sequence_frequency(self, sequence: Sequence) -> int:
        sequences = Sequences(self.remembered)
        found = 0
        for matcher in self.matchers(sequences):
            docs = sequences.docs(matcher, sequence)
            found += int(matcher.segment.live[docs].sum()) if len(matcher.segment.live) else len(docs)
        return found

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

    def scratch(self, size: int) -> Scratch:
        """This thread's arrays for a segment of a size."""
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
        self.limit = max(plan.limit, 0)
        self.total = self.behind = 0
        self.page: list[tuple[float, str]] = []
        self.counts: Counts = {name: {} for name in plan.facets}
        self.once = Once(searcher.copies, plan) if searcher.copies and plan.copies == "once" else None
        self.copies: dict[str, int] = {}
        self.scorers: list[tuple[Posted | Sequence, float]] = []
        """What is scored, in the order of the plan, with its weight, idf included."""

    def answer(self) -> Matches:
        """The whole answer."""
        plan, searcher = self.plan, self.searcher
        scored = plan.score if plan.sort == "relevance" and self.limit > 0 else ()
        parts = by_terms(plan.match)
        if parts is not None and all(map(_is_term, scored)):
            self._weigh(scored, [])
            lists = searcher.statistics.lists
            wanted = [[lists(term) for term in terms] for terms in parts[0]]
            excluded = [[lists(term) for term in terms] for terms in parts[1]]
            for index in range(len(searcher.segments)):
                self._by_terms(index, wanted, excluded)
        else:
            matchers = searcher.matchers(Sequences(searcher.remembered))
            self._weigh(scored, matchers)
            for matcher in matchers:
                self._by_nodes(matcher)
        return self._matches()

    def _matches(self) -> Matches:
        plan = self.plan
        if self.once is not None:
            self._add_once(self.once)
        page, copies = self.page, self.copies
        if len(self.searcher.segments) > 1 or self.once is not None:
            page.sort(key=_order)
            del page[self.limit :]
        if plan.sort == "oldest" or copies:
            hits = tuple([Match(i, _value(plan, key), copies.get(i, 0)) for key, i in page])
        else:
            hits = tuple(map(_match, [(i, key, 0) for key, i in page]))
        after = After(hits[-1].value, hits[-1].id) if hits and self.behind > len(hits) else None
        return Matches(self.total, hits, self.counts, after)

    def _weigh(self, scored: tuple[Weighted, ...], matchers: list[Matcher]) -> None:
        statistics = self.searcher.statistics
        for weighted in scored:
            term = weighted.term
            if type(term) is Term:
                posted = statistics.lists(term)
                if posted.df:
                    self.scorers.append((posted, weighted.weight * posted.idf))
                continue
            assert isinstance(term, Sequence)
            df = sum(len(matcher.sequences.counted(matcher, term).docs) for matcher in matchers)
            if df:
                self.scorers.append((term, weighted.weight * statistics.idf(df)))

    def _by_terms(self, index: int, wanted: list[list[Posted]], excluded: list[list[Posted]]) -> None:
        """Answer on a segment where every part of the condition is any of some terms."""
        deadline.check()
        request = Request()
        for scored, weight in self.scorers:
            request.score(scored, index, weight)  # type: ignore[arg-type]
        for part in wanted:
            if len(part) == 1:
                place = part[0].begins[index]
                if place < 0:
                    return
                request.all_of(place)
                continue
            places = [posted.begins[index] for posted in part if posted.begins[index] >= 0]
            if not places:
                return
            request.any_of(places)
        for part in excluded:
            request.any_of([posted.begins[index] for posted in part if posted.begins[index] >= 0])
        self._run(index, request, len(wanted))

    def _by_nodes(self, matcher: Matcher) -> None:
        """Answer on a segment, whatever the condition."""
        deadline.check()
        node = self.plan.match
        nodes = flat(node) if isinstance(node, tree.All) else [node]
        if any(map(matcher.reads_tokens, nodes)):
            wanted: list[Part] = [matcher.docs(tree.All(tuple(nodes)))]
            nodes = []
        else:
            wanted = [matcher.part(n) for n in nodes if not isinstance(n, tree.Not)]
        if not all(map(size_of, wanted)):
            return
        request = Request()
        for scored, weight in self.scorers:
            if isinstance(scored, Posted):
                request.score(scored, matcher.index, weight)
            elif len((counted := matcher.sequences.counted(matcher, scored)).docs):
                norm = self.searcher.statistics.norm("exact", scored.zone)
                number = line("exact", scored.zone)
                request.score_given(counted.docs, counted.tfs, number, weight, norm.base, norm.slope)
        for part in wanted:
            request.part(part)
        for excluded in nodes:
            if isinstance(excluded, tree.Not):
                request.part(matcher.part(excluded.part))
        self._run(matcher.index, request, len(wanted))

    def _run(self, index: int, request: Request, wanted: int) -> None:
        plan, searcher = self.plan, self.searcher
        segment = searcher.segments[index]
        scratch = searcher.scratch(segment.size)
        columns, filters = segment.columns, plan.filters
        facets = searcher.facets(index, plan.facets)
        days, city_ok, source_ok, byline_ok = _ANY_DAY, _ALL_ALLOWED, _ALL_ALLOWED, _ALL_ALLOWED
        if filters is not _UNFILTERED:
            if filters.start or filters.end:
                days = day_codes(segment, filters.start, filters.end)
            city_ok = allowed(segment, "city", filters.cities) if filters.cities else _ALL_ALLOWED
            source_ok = allowed(segment, "source", filters.sources) if filters.sources else _ALL_ALLOWED
            byline_ok = allowed(segment, "byline", filters.bylines) if filters.bylines else _ALL_ALLOWED
        after_key, after_rank = _after(plan, segment)
        most = min(self.limit, segment.size)
        known = searcher.copies if self.once is not None else None
        grouped = known.rows[index] if known is not None else NO_DOCS
        apart_docs, apart_scores = NO_DOCS, _NO_KEYS
        if known is not None:
            apart_docs, apart_scores = np.empty(len(known.held[index]), np.int32), np.empty(len(known.held[index]))
        keys, out = np.empty(most), np.zeros(answering.FOUND + 2 * most, np.int64)
        counts = np.zeros(facets.size, np.int64)
        given, tfs = request.given()
        hot, hot_of = searcher.hot[index].of(request.places, request.rows)
        self.total += answering.answer(
            segment.whole, request.ask(wanted, days, after_rank, facets.starts, hot_of),
            request.factors(after_key, matching.LOOKUP_COST), given, tfs, segment.length_lines, segment.live, grouped,
            hot,
            columns["city"], city_ok, columns["source"], source_ok, columns["byline"], byline_ok,
            columns["day"], facets.dates, _day_keys(plan, segment), columns["ids.ranks"], facets.totals, facets.cells,
            counts, scratch.rows(request.rows + answering.SPARE), scratch.docs, keys, apart_docs, apart_scores, out,
        )  # fmt: skip
        numbers = out.tolist()
        kept, behind, taken, laid = numbers[: answering.FOUND]
        self.behind += behind
        if laid:
            searcher.hot[index].laid(request.places)
        if kept:
            at = answering.FOUND + kept
            hits = numbers[answering.FOUND : at]
            found = segment.ranked(hits, numbers[at : at + kept])
            if self.once is None and searcher.copies is not None:
                self._note_copies(searcher.copies, index, hits, found)
            self.page += zip(keys.tolist(), found, strict=False)
        if self.once is not None and taken:
            self.once.take(index, apart_docs[:taken], apart_scores[:taken])
        if facets.counted:
            add_counts(facets, counts.tolist(), dict(plan.regrouped) if plan.regrouped else {}, self.counts)

    def _note_copies(self, known: Copies, index: int, hits: list[int], ids: list[str]) -> None:
        rows = known.views[index]
        for doc, identifier in zip(hits, ids, strict=True):
            if rows[doc] >= 0:
                self.copies[identifier] = known.count(index, doc)

    def _add_once(self, once: Once) -> None:
        once.finish()
        self.total += once.total
        self.behind += once.behind
        self.page += once.page
        self.copies |= once.copies
        for name, counts in once.counts.items():
            for value, count in counts.items():
                self.counts[name][value] = self.counts[name].get(value, 0) + count


def _is_term(weighted: Weighted) -> bool:
    return type(weighted.term) is Term


def _order(hit: tuple[float, str]) -> tuple[float, str]:
    return -hit[0], hit[1]


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
