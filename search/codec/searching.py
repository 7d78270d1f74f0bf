"""A plan answered on the segments of one generation: exact total, the page, facets, and where to go on.

In: a `Plan`. Out: `Matches`. Each segment answers in one call of a kernel, which holds no lock of Python's: the rest of
a search is short, so that threads do not wait for each other. Must not know files, nor how text becomes terms.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search import deadline
from search.codec import straight
from search.codec.faceting import Counts, Facets, Given, add_counts, facets_of, with_totals
from search.codec.hot import ROOM_BYTES, HotRows
from search.codec.kept_terms import to_match
from search.codec.kernels import answering, postings
from search.codec.layout import field_name
from search.codec.matching import Docs, Matcher, Part, Scratch, allowed, by_terms, day_codes, flat, size_of
from search.codec.once import Copies, Once
from search.codec.requests import NO_DOCS, Asked, Request, of_terms
from search.codec.segment import Segment, line
from search.codec.sequences import Remembered, Sequences
from search.codec.statistics import Posted, Statistics
from search.codec.straight import ALL_ALLOWED, BESIDE, NO_KEYS, UNFILTERED
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, FacetField, Plan, Sequence, Term, Weighted

_ANY_DAY: Final = (-1, -1)
_NO_CURSOR: Final = (float("inf"), -1)
_NOT_RENAMED: Final[dict[str, str]] = {}


Arrays = tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any, Any, Any]


class Frame(NamedTuple):
    """What searches with the same facets need of one segment; `arrays` are the kernel's first arguments."""

    number: int
    segment: Segment
    facets: Facets
    hot: HotRows
    arrays: Arrays


class _Local(threading.local):
    """Arrays of one thread for each size of segment."""

    def __init__(self) -> None:
        self.scratch: dict[int, Scratch] = {}


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
        self._frames: dict[tuple[FacetField, ...], tuple[tuple[Frame, ...], bool]] = {}
        """Frames, and whether they have totals."""
        self.deleted = any(len(segment.live) for segment in segments)
        """Whether any article is."""
        self._local = _Local()

    def search(self, plan: Plan) -> Matches:
        """Answer a plan exactly as `search.query.tree` defines it."""
        found = straight.answer(plan, self) if len(self.segments) == 1 else None
        return _Search(self, plan).answer() if found is None else found

    def frames(self, wanted: tuple[FacetField, ...]) -> tuple[Frame, ...]:
        """Frames of all segments for the facets of a plan; totals are counted when they are asked for again."""
        found = self._frames.get(wanted)
        if found is None or not found[1]:
            facets = [
                with_totals(segment, found[0][index].facets) if found else facets_of(segment, wanted)
                for index, segment in enumerate(self.segments)
            ]
            frames = tuple(map(self._frame, range(len(facets)), facets))
            found = self._frames[wanted] = frames, found is not None or not wanted
        return found[0]

    def _frame(self, index: int, facets: Facets) -> Frame:
        segment = self.segments[index]
        columns = segment.columns
        arrays = (
            segment.whole, segment.length_lines, segment.live, columns["ids.ranks"], columns["city"],
            columns["source"], columns["byline"], columns["day"], facets.dates, facets.totals, facets.cells,
        )  # fmt: skip
        return Frame(index, segment, facets, self.hot[index], arrays)

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
        kept = self._local.scratch
        found = kept.get(size)
        if found is None:
            found = kept[size] = Scratch(size)
        return found


class _Search:
    """One answer in the making."""

    __slots__ = ("behind", "copies", "counts", "limit", "once", "page", "plan", "scorers", "searcher", "total")

    def __init__(self, searcher: SegmentSearcher, plan: Plan) -> None:
        self.searcher = searcher
        self.plan = plan
        self.limit = max(plan.limit, 0)
        self.total = self.behind = 0
        self.page: list[Match] = []
        """Keys instead of values, and no copies."""
        self.counts: Counts = {name: {} for name in plan.facets}
        self.once = Once(searcher.copies, plan) if searcher.copies and plan.copies == "once" else None
        self.copies: dict[str, int] = {}
        self.scorers: list[tuple[Posted | Sequence, float]] = []
        """What is scored, in the order of the plan, with its weight, idf included."""

    def answer(self) -> Matches:
        """The whole answer."""
        plan, searcher = self.plan, self.searcher
        scored = plan.score if plan.sort == "relevance" and self.limit > 0 else ()
        frames = searcher.frames(plan.facets)
        parts = by_terms(plan.match)
        if parts is None or any(type(term) is not Term for term, _ in scored):
            matchers = searcher.matchers(Sequences(searcher.remembered))
            self._weigh(scored, matchers)
            for matcher, frame in zip(matchers, frames, strict=True):
                self._by_nodes(matcher, frame)
            return self._matches()
        lists = searcher.statistics.lists
        scorers: list[tuple[Posted, float]] = []
        for term, weight in scored:
            posted = lists(term)  # type: ignore[arg-type]
            if posted.df:
                scorers.append((posted, weight * posted.idf))
        wanted = [[lists(term) for term in terms] for terms in parts[0]]
        excluded = [[lists(term) for term in terms] for terms in parts[1]]
        for frame in frames:
            deadline.check()
            if all(_is_there(part, frame.number) for part in wanted):
                asked = of_terms(scorers, wanted, excluded, frame.number)
                self._run(frame, asked or _by_steps(scorers, wanted, excluded, frame.number))
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
            page = [Match(i, _value(plan, key), copies.get(i, 0)) for i, key, _ in page]
        after = After(page[-1].value, page[-1].id) if page and self.behind > len(page) else None
        return Matches(self.total, tuple(page), self.counts, after)

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

    def _by_nodes(self, matcher: Matcher, frame: Frame) -> None:
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
        self._run(frame, request.asked(len(wanted)))

    def _run(self, frame: Frame, asked: Asked) -> None:
        plan, searcher = self.plan, self.searcher
        index, segment, facets, hot_rows, arrays = frame
        scratch = searcher.scratch(segment.size)
        filters = plan.filters
        days, city_ok, source_ok, byline_ok = _ANY_DAY, ALL_ALLOWED, ALL_ALLOWED, ALL_ALLOWED
        if filters is not UNFILTERED:
            if filters.start or filters.end:
                days = day_codes(segment, filters.start, filters.end)
            city_ok = allowed(segment, "city", filters.cities) if filters.cities else ALL_ALLOWED
            source_ok = allowed(segment, "source", filters.sources) if filters.sources else ALL_ALLOWED
            byline_ok = allowed(segment, "byline", filters.bylines) if filters.bylines else ALL_ALLOWED
        after_key, after_rank = _NO_CURSOR if plan.after is None else _after(plan, segment)
        day_keys = NO_KEYS if plan.sort == "relevance" else _day_keys(plan, segment)
        most = min(self.limit, segment.size)
        apart, apart_docs, apart_scores = NO_DOCS, NO_DOCS, NO_KEYS
        known = searcher.copies
        if self.once is not None and known is not None:
            apart = known.rows[index]
            apart_docs, apart_scores = np.empty(len(known.held[index]), np.int32), np.empty(len(known.held[index]))
        keys, out = np.empty(most), np.empty(BESIDE + 2 * most + facets.size, np.int64)
        rows, places = asked.rows, asked.places
        hot, hot_of = hot_rows.of(places, rows)
        self.total += answering.answer(
            *arrays, apart, city_ok, source_ok, byline_ok, day_keys,
            asked.ask(days, after_rank, facets.starts, hot_of), asked.factors(after_key), asked.given, asked.tfs, hot,
            scratch.rows(rows + answering.SPARE), scratch.docs, apart_docs, apart_scores, keys, out,
        )  # fmt: skip
        numbers = out[: out.item(0)].tolist()
        _, kept, behind, taken, laid, held, shape = numbers[: answering.FOUND]
        self.behind += behind
        if laid:
            hot_rows.laid(places)
        at = answering.FOUND + kept
        if kept:
            hits = numbers[answering.FOUND : at]
            found = segment.ranked(hits, numbers[at : at + kept])
            if known is not None and self.once is None:
                self._note_copies(known, index, hits, found)
            self.page += map(to_match, zip(found, keys.tolist(), repeat(0)))
        if self.once is not None and taken:
            self.once.take(index, apart_docs[:taken], apart_scores[:taken])
        if facets.counted:
            renamed = dict(plan.regrouped) if plan.regrouped else _NOT_RENAMED
            add_counts(facets, Given(numbers, at + kept, held, shape), renamed, self.counts)

    def _note_copies(self, known: Copies, index: int, hits: list[int], ids: list[str]) -> None:
        rows = known.views[index]
        if max(map(rows.__getitem__, hits)) >= 0:
            for doc, identifier in zip(hits, ids, strict=True):
                if rows[doc] >= 0:
                    self.copies[identifier] = known.count(index, doc)

    def _add_once(self, once: Once) -> None:
        once.finish()
        self.total += once.total
        self.behind += once.behind
        self.page += [Match(identifier, key) for key, identifier in once.page]
        self.copies |= once.copies
        for name, counts in once.counts.items():
            for value, count in counts.items():
                self.counts[name][value] = self.counts[name].get(value, 0) + count


def _by_steps(
    scorers: list[tuple[Posted, float]], wanted: list[list[Posted]], excluded: list[list[Posted]], index: int
) -> Asked:
    """A request as `of_terms` makes it, for any parts."""
    request = Request()
    for posted, weight in scorers:
        request.score(posted, index, weight)
    for part in (*wanted, *excluded):
        request.any_of([posted.begins[index] for posted in part if posted.begins[index] >= 0])
    return request.asked(len(wanted))


def _is_there(part: list[Posted], index: int) -> bool:
    """Whether a segment has any of some lists."""
    return any(posted.begins[index] >= 0 for posted in part)


def _order(hit: Match) -> tuple[float, str]:
    return -hit.value, hit.id


def _day_keys(plan: Plan, segment: Segment) -> NDArray[np.float64]:
    """Sort key of each day code (larger comes first)."""
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
    assert plan.after is not None
    wanted = plan.after.id.encode("utf-8", "replace")
    return _key(plan, plan.after.value), bisect_right(range(len(segment.ids)), wanted, key=segment.ids.entry) - 1
