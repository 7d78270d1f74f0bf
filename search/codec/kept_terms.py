"""Any or all of a few scored terms in one segment, unfiltered, the first page, where their lists are kept or short.

In: a `Plan` and the searcher of one segment. Out: `Matches`, or None for every other plan, which `straight` and
`searching` answer. On a small index Python's share of a search is the larger one: so there are two
calls of compiled loops, one that searches (`kernels.wordwise`) and one that makes the answer's objects
(`kernels.objects`), and little around them. Must not know files, nor how text becomes terms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import repeat
from struct import Struct
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.faceting import counts_of
from search.codec.kernels import objects, wordwise
from search.codec.kernels.subsets import MOST_TERMS
from search.engines.base import Match, Matches
from search.query import tree
from search.query.tree import After, Plan, Term

if TYPE_CHECKING:
    from search.codec.once import Copies
    from search.codec.searching import SegmentSearcher
    from search.codec.segment import Segment

to_match: Final[Callable[[tuple[str, float, int]], Match]] = partial(tuple.__new__, Match)
"""A match in half of the time that `Match` takes."""
_NO_ROWS: Final = np.empty(0, np.int32)
_REQUESTS: Final = tuple([Struct(f"{2 + 3 * terms}q{3 + 3 * terms}d") for terms in range(MOST_TERMS + 1)])
"""For each number of terms what `kernels.wordwise` is asked by."""
_SMALL: Final = 1 << 17
_RARE: Final = 128
"""In more than `_SMALL` articles all words at a time cost more than those of a list of fewer than one in `_RARE`."""
_NOT_USED: Final = (0.0, 0.0, 0.0)
_MATCH: Final = id(Match)


def answer(plan: Plan, searcher: SegmentSearcher) -> Matches | None:
    """The answer of a searcher of one segment, without copies to be counted once, filters or cursor."""
    match, score = plan.match, plan.score
    together = type(match) is tree.Any
    parts = match.parts  # type: ignore[union-attr]
    if len(parts) != len(score) or not 0 < len(parts) <= MOST_TERMS or (together and match.minimum != 1):  # type: ignore[union-attr]
        return None
    lists = searcher.statistics.lists
    places: dict[int, None] = {}
    lines, factors, least = [], [*_NOT_USED], searcher.statistics.articles
    for (term, weight), part in zip(score, parts, strict=True):
        if (term is not part and term != part) or type(term) is not Term:
            return None
        (place,), _, df, line, idf, base, slope = lists(term)
        if df:
            places[place] = None
            lines.append(line)
            least = min(least, df)
            factors += (weight * idf, base, slope)
        elif not together:
            return None
    terms = len(lines)
    (frame,) = searcher.frames(plan.facets)
    _, segment, facets, hot_rows, arrays = frame
    if len(places) != terms or not terms or not len(facets.told):
        return None
    if not together and segment.size > _SMALL and least * _RARE < segment.size:
        return None
    kept = hot_rows.sets(places, facets.columns)
    if kept is None:
        return None
    rows, sets = kept
    scratch = searcher.scratch(segment.size)
    request = scratch.request
    _REQUESTS[terms].pack_into(request.data, 0, terms, together, *sets, *lines, *places, *factors)
    most = min(plan.limit, segment.size)
    keys, out = np.empty(most), np.empty(wordwise.FOUND + 2 * most + facets.size, np.int64)
    copies = searcher.copies
    data, lengths, _, ranks, city, source, byline, _, dates, _, _ = arrays
    total: int = wordwise.answer(
        data, lengths, ranks, city, source, byline, dates, rows.planes, facets.told, facets.bounds,
        copies.rows[0] if copies is not None else _NO_ROWS, request, rows.rows, scratch.some_rows, scratch.docs, keys,
        out,
    )  # fmt: skip
    size = min(most, total)
    at = wordwise.FOUND + size
    page = _page(segment, out, size, keys) if size else ()
    if copies is not None and out.item(0):
        page = with_copies(copies, out[wordwise.FOUND : at].tolist(), page)
    counts = counts_of(facets, out, at + size, plan.facets)
    return Matches(total, page, counts, After(page[-1][1], page[-1][0]) if total > size else None)


def _page(segment: Segment, out: NDArray[np.int64], size: int, keys: NDArray[np.float64]) -> tuple[Match, ...]:
    """The hits that `kernels.wordwise` found."""
    ids, at = segment.ids, wordwise.FOUND
    page: tuple[Match, ...]
    box: list[tuple[Match, ...]] = [()]
    if objects.AVAILABLE and objects.page(out, at + size, size, keys, ids.text, ids.ends, _MATCH, id(box)):
        (page,) = box
    else:
        ranks = out[at + size : at + 2 * size].tolist()
        page = tuple(map(to_match, zip(ids.some(ranks), keys.tolist(), repeat(0))))
    segment.shown(page, out[at : at + size])
    return page


def with_copies(known: Copies, hits: list[int], page: tuple[Match, ...]) -> tuple[Match, ...]:
    """Matches with how many other articles have the text of each; `hits` are their numbers in the segment."""
    rows = known.views[0]
    return tuple(
        [
            match if rows[doc] < 0 else Match(match.id, match.value, known.count(0, doc))
            for doc, match in zip(hits, page, strict=True)
        ]
    )
