"""A plan answered on the segments of one generation: exact total, the page, facets, and where to go on.

In: a `Plan`. Out: `Matches`. Each segment answers in one call of a kernel, which holds no lock of Python's: the rest of
a search is short, so that threads do not wait for each other. Must not know files, nor how text becomes terms.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search import deadline
from search.codec import matching
from search.codec.hot import ROOM_BYTES, HotRows
from search.codec.kernels import answering, postings
from search.codec.layout import CATEGORIES, field_name
from search.codec.matching import Docs, Matcher, Part, Scratch, allowed, day_codes, size_of
from search.codec.once import Copies, Once
from search.codec.requests import NO_DOCS, Request
from search.codec.segment import Segment, line
from search.codec.sequences import Remembered, Sequences
from search.codec.statistics import Statistics
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, FacetField, Plan, Sequence, Term, Weighted

DATE_FACETS: Final[dict[FacetField, int]] = {"year": 4, "month": 7, "day": 10}
"""Characters of an ISO date that make the value of each date facet."""

_ALL_ALLOWED: Final = np.empty(0, np.uint8)
_NO_KEYS: Final = np.empty(0, np.float64)


_Scorer: TypeAlias = tuple[tuple[int, ...] | Sequence, int, float, float, float]
"""One scored term (where its lists begin, or a sequence), line of its lengths, weight (idf included), base, slope."""


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
        self._local = threading.local()

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""
        return _Search(self, plan).answer()

    def matchers(self, sequences: Sequences) -> list[Matcher]:
        """A matcher for each segment, on this thread's arrays."""
        return [
            Matcher(segment, i, self.statistics, self._scratch(segment.size), sequences)
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
        self.sequences = Sequences(searcher.remembered)
        self.matchers = searcher.matchers(self.sequences)
        self.limit = max(plan.limit, 0)
        wanted = plan.sort == "relevance" and self.limit > 0
        self.scorers = [s for s in map(self._scorer, plan.score) if s is not None] if wanted else []
        self.total = self.behind = 0
        self.page: list[tuple[float, str]] = []
        self.counts: dict[str, dict[str, int]] = {name: {} for name in plan.facets}
        self.finest = max((DATE_FACETS[name] for name in plan.facets if name in DATE_FACETS), default=0)
        """Characters of the dates of the finest facet by date; 0 where there is none."""
        self.names = dict(plan.regrouped)
        self.once = Once(searcher.copies, plan) if searcher.copies and plan.copies == "once" else None
        self.copies: dict[str, int] = {}

    def answer(self) -> Matches:
        """The whole answer."""
        for matcher in self.matchers:
            self._segment(matcher)
        if self.once is not None:
            self._add_once(self.once)
        self.page.sort(key=_order)
        del self.page[self.limit :]
        copies = self.copies
        if self.plan.sort == "oldest" or copies:
            hits = tuple([Match(i, _value(self.plan, key), copies.get(i, 0)) for key, i in self.page])
        else:
            hits = tuple([Match(i, key) for key, i in self.page])
        after = After(hits[-1].value, hits[-1].id) if hits and self.behind > len(hits) else None
        return Matches(self.total, hits, self.counts, after)

    def _scorer(self, weighted: Weighted) -> _Scorer | None:
        term = weighted.term
        statistics = self.searcher.statistics
        if isinstance(term, Term):
            scored = statistics.scored(term)
            if scored is None:
                return None
            begins, number, idf, base, slope = scored
            return begins, number, weighted.weight * idf, base, slope
        df = sum(len(self.sequences.counted(matcher, term).docs) for matcher in self.matchers)
        if df == 0:
            return None
        norm = statistics.norm("exact", term.zone)
        return term, line("exact", term.zone), weighted.weight * statistics.idf(df), norm.base, norm.slope

    def _segment(self, matcher: Matcher) -> None:
        deadline.check()
        node = self.plan.match
        nodes = _flat(node) if isinstance(node, tree.All) else [node]
        if any(map(matcher.reads_tokens, nodes)):
            wanted: list[Part] = [matcher.docs(tree.All(tuple(nodes)))]
            nodes = []
        else:
            wanted = [matcher.part(n) for n in nodes if not isinstance(n, tree.Not)]
        if not all(map(size_of, wanted)):
            return
        request, index = Request(), matcher.index
        for term, number, weight, base, slope in self.scorers:
            if isinstance(term, tuple):
                if term[index] >= 0:
                    request.score(term[index], number, weight, base, slope)
            elif len((counted := self.sequences.counted(matcher, term)).docs):
                request.score_given(counted.docs, counted.tfs, number, weight, base, slope)
        for part in wanted:
            request.part(part)
        for excluded in nodes:
            if isinstance(excluded, tree.Not):
                request.part(matcher.part(excluded.part))
        self._run(matcher, request, len(wanted))

    def _run(self, matcher: Matcher, request: Request, wanted: int) -> None:
        plan, segment, scratch = self.plan, matcher.segment, matcher.scratch
        columns = segment.columns
        facets, counts, dates = self._facets(segment)
        days = (-1, -1)
        if plan.filters.start or plan.filters.end:
            days = day_codes(segment, plan.filters.start, plan.filters.end)
        filters = plan.filters
        city_ok = allowed(segment, "city", filters.cities) if filters.cities else _ALL_ALLOWED
        source_ok = allowed(segment, "source", filters.sources) if filters.sources else _ALL_ALLOWED
        byline_ok = allowed(segment, "byline", filters.bylines) if filters.bylines else _ALL_ALLOWED
        after_key, after_rank = _after(plan, segment)
        most = min(self.limit, segment.size)
        keys, hits = np.empty(most, np.float64), np.empty(most, np.int32)
        room = scratch.rows(request.rows + answering.SPARE)
        known = self.searcher.copies if self.once is not None else None
        grouped = known.rows[matcher.index] if known is not None else NO_DOCS
        apart = len(known.held[matcher.index]) if known is not None else 0
        apart_docs, apart_scores = np.empty(apart, np.int32), np.empty(apart, np.float64)
        sizes = np.zeros(3, np.int64)
        given, tfs = request.given()
        hot, hot_of = self.searcher.hot[matcher.index].of(request.places, request.rows)
        self.total += answering.answer(
            segment.whole, request.ask(wanted, days, after_rank, facets),
            request.factors(after_key, matching.LOOKUP_COST), given, tfs, segment.length_lines, segment.live, grouped,
            hot, hot_of,
            columns["city"], city_ok, columns["source"], source_ok, columns["byline"], byline_ok,
            columns["day"], dates, _day_keys(plan, segment), columns["ids.ranks"],
            counts, room, scratch.docs, keys, hits, apart_docs, apart_scores, sizes,
        )  # fmt: skip
        kept, behind, taken = sizes.tolist()
        self.behind += behind
        if self.once is not None and taken:
            self.once.take(matcher.index, apart_docs[:taken], apart_scores[:taken])
        if self.once is None:
            self._note_copies(matcher, hits[:kept])
        self.page += zip(keys[:kept].tolist(), segment.identifiers(hits[:kept]), strict=True)
        if plan.facets:
            self._add_counts(segment, facets, counts)

    def _facets(self, segment: Segment) -> tuple[tuple[int, ...], NDArray[np.int64], NDArray[np.int32]]:
        """Where the counts of each facet begin (−1: not wanted), room for all, and the finest periods asked for."""
        starts, size = [], 0
        for name in CATEGORIES:
            starts.append(size if name in self.counts else -1)
            size += len(segment.values[name]) if name in self.counts else 0
        if not self.finest:
            return (*starts, -1), np.zeros(size, np.int64), NO_DOCS
        values, dates = segment.period_codes(self.finest)
        return (*starts, size), np.zeros(size + len(values), np.int64), dates

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

    def _add_counts(self, segment: Segment, starts: tuple[int, ...], counts: NDArray[np.int64]) -> None:
        found = counts.tolist()
        for name, own in self.counts.items():
            if name in DATE_FACETS:
                values, start, length = segment.period_codes(self.finest)[0], starts[3], DATE_FACETS[name]
                names = values if length == self.finest else [value[:length] for value in values]
            else:
                values = names = segment.values[name]
                start = starts[CATEGORIES.index(name)]
                if name == "city" and self.names:
                    names = [self.names.get(value, value) for value in values]
            counted = zip(names, found[start : start + len(values)], strict=True)
            if names is values and not own:  # most often: each value once
                own.update({value: count for value, count in counted if count})
                continue
            for value, count in counted:
                if count:
                    own[value] = own.get(value, 0) + count


def _order(hit: tuple[float, str]) -> tuple[float, str]:
    return -hit[0], hit[1]


def _flat(node: tree.All) -> list[tree.Node]:
    nodes: list[tree.Node] = []
    for part in node.parts:
        nodes += _flat(part) if isinstance(part, tree.All) else [part]
    return nodes


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
