"""The commonest searches in one go: any or all of some terms, or a phrase, in one segment, unfiltered, the first page.

In: a `Plan` and the searcher of one segment. Out: `Matches`, or None for every other plan: `search.codec.searching`
answers those step by step, and could answer these as well, but on a small index its steps take longer than the search.
Must not know files, nor how text becomes terms.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from search import deadline
from search.codec import kept_terms
from search.codec.faceting import Given, add_counts
from search.codec.kept_terms import to_match, with_copies
from search.codec.kernels import answering
from search.codec.matching import DENSE_COST, LOOKUP_COST
from search.codec.once import Copies
from search.codec.requests import NO_DOCS, Asked
from search.codec.segment import line
from search.codec.sequences import Sequences
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, Plan, Sequence, Term

if TYPE_CHECKING:
    from search.codec.searching import SegmentSearcher

UNFILTERED: Final = Plan(tree.NOTHING).filters
"""The filters of a plan that says nothing of them."""
ALL_ALLOWED: Final = np.empty(0, np.uint8)
NO_KEYS: Final = np.empty(0, np.float64)
BESIDE: Final = answering.FOUND + answering.ZEROS
"""Numbers that a kernel's answer may need beside hits, ranks and counts."""
_FACTORS: Final = (float("inf"), LOOKUP_COST, DENSE_COST)


def answer(plan: Plan, searcher: SegmentSearcher) -> Matches | None:
    """The answer of a searcher of one segment to a plan, None where it is not of this kind."""
    if plan.filters is not UNFILTERED or plan.after is not None or plan.sort != "relevance" or plan.limit <= 0:
        return None
    copies = searcher.copies
    if plan.regrouped or (plan.copies == "once" and copies):
        return None
    deadline.check()
    if type(plan.match) is Sequence:
        asked = _of_sequence(plan, searcher)
    elif type(plan.match) is tree.Any or type(plan.match) is tree.All:
        found = None if searcher.deleted else kept_terms.answer(plan, searcher)
        if found is not None:
            return found
        asked = _of_terms(plan, searcher)
    else:
        return None
    if asked is None:
        return None
    count, rows, head, middle, _, factors, given, tfs = asked
    (frame,) = searcher.frames(plan.facets)
    _, segment, facets, hot_rows, arrays = frame
    hot, hot_of = hot_rows.of(rows, count)
    ask = np.array([*head, -1, -1, -1, *facets.starts, *middle, *hot_of, *rows], np.int64)
    scratch = searcher.scratch(segment.size)
    most = min(plan.limit, segment.size)
    keys, out = np.empty(most), np.empty(BESIDE + 2 * most + facets.size, np.int64)
    total = answering.answer(
        *arrays, NO_DOCS, ALL_ALLOWED, ALL_ALLOWED, ALL_ALLOWED, NO_KEYS, ask, np.array(factors), given, tfs,
        hot, scratch.rows(count + answering.SPARE), scratch.docs, NO_DOCS, NO_KEYS, keys, out,
    )  # fmt: skip
    numbers = out[: out.item(0)].tolist()
    _, kept, behind, _, laid, held, shape = numbers[: answering.FOUND]
    if laid:
        hot_rows.laid(rows)
    at = answering.FOUND + kept
    page: tuple[Match, ...] = ()
    if kept:
        hits = numbers[answering.FOUND : at]
        ids = segment.ranked(hits, numbers[at : at + kept])
        page = tuple(map(to_match, zip(ids, keys.tolist(), repeat(0))))
        if copies is not None:
            page = _with_copies(copies, hits, page)
    counts: dict[str, dict[str, int]] = {name: {} for name in plan.facets}
    if counts:
        add_counts(facets, Given(numbers, at + kept, held, shape), {}, counts)
    return Matches(total, page, counts, After(page[-1][1], page[-1][0]) if behind > kept else None)


def _of_terms(plan: Plan, searcher: SegmentSearcher) -> Asked | None:
    """Any or all of some terms."""
    match = plan.match
    together = type(match) is tree.Any
    if together and match.minimum != 1:  # type: ignore[union-attr]
        return None
    lists = searcher.statistics.lists
    rows: dict[int, int] = {}
    scored, lines, parts = [], [], []
    factors = [*_FACTORS]
    for term, weight in plan.score:
        if type(term) is not Term:
            return None
        (place,), _, df, number, idf, base, slope = lists(term)
        if df:
            scored.append(rows.setdefault(place, len(rows)))
            lines.append(number)
            factors += (weight * idf, base, slope)
    for node in match.parts:  # type: ignore[union-attr]
        if type(node) is not Term:
            return None
        place = lists(node)[0][0]
        if place >= 0:
            row = rows.get(place)
            if row is None:
                if together:
                    return None
                row = rows[place] = len(rows)
            parts.append(row)
        elif not together:
            return None
    count = len(parts)
    if not count:
        return None
    bounds = (0, count) if together else range(count + 1)
    head = len(rows), 1 if together else count, 0, len(scored)
    return Asked(len(rows), rows, head, [0, *bounds, *parts, *scored, *lines], rows, factors, NO_DOCS, NO_DOCS)


def _of_sequence(plan: Plan, searcher: SegmentSearcher) -> Asked | None:
    """A sequence that is all that is scored."""
    match = plan.match
    assert isinstance(match, Sequence)
    if len(plan.score) != 1 or (plan.score[0].term is not match and plan.score[0].term != match):
        return None
    counted = searcher.remembered.get((0, match))
    if counted is None:
        sequences = Sequences(searcher.remembered)
        counted = sequences.counted(searcher.matchers(sequences)[0], match)
    df = len(counted.docs)
    if not df:
        return None
    norm = searcher.statistics.norm("exact", match.zone)
    factors = [*_FACTORS, plan.score[0].weight * searcher.statistics.idf(df), norm.base, norm.slope]
    # one row of given articles: its bounds, those of its part, the part's row and the scorer's, the line of lengths
    middle = [1, 0, 0, 0, df, 0, 1, 0, 0, line("exact", match.zone)]
    return Asked(1, {}, (1, 1, 0, 1), middle, (), factors, counted.docs, counted.tfs)


def _with_copies(known: Copies, hits: list[int], page: tuple[Match, ...]) -> tuple[Match, ...]:
    if max(map(known.views[0].__getitem__, hits)) < 0:  # none of them, as on most pages
        return page
    return with_copies(known, hits, page)
