# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Any or all of a few scored terms whose lists are kept as bits: 64 articles at a time.

What `search.codec.kernels.answering` does for every request, for the commonest ones: no filters, no deletions, no
cursor, hits by score, and the scored terms, each once, are the whole condition. Lists too short to be kept are read.

`planes`: sets as `kernels.bits` has them, one behind the other; set k of plane p is at `(p · most + k) · words`, `most`
being as many as there is room for. Plane 0 has the articles by number, the others in the order of a column. The
frequencies of set k are in row k of `hot`.

`facets`, int64: how many counts there are, then for each of the columns city, source, byline and date (planes 1 to 4)
where its counts begin (−1: not wanted), their number, and where its bounds begin. `bounds`: for each column that is
wanted the places in its order where its values begin, and its end.

`ask`, int64: number of terms, whether any of them is enough; the set of each term (−1: none), its line of `lengths`,
where its list begins in `data`; then `factors` as in `answering`, a float64 in the eight bytes of each. What follows
means nothing.

`grouped[d]` ≥ 0 tells that an article has copies; empty where none has.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.best import FACTORS
from search.codec.kernels.bits import count_between, count_ones, extract, merge, spread
from search.codec.kernels.blocks import LINES
from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import decode, open_list
from search.codec.kernels.reading import STRIDE, in_page_order
from search.codec.kernels.screening import NOTED, screen, settle, slack_of
from search.codec.kernels.subsets import FEW, bounds_of, next_sets
from search.codec.kernels.types import I32, I64, U8, U64

FOUND: Final = 1
"""Numbers in `out` before the hits."""
PLANES: Final = 5
_1 = np.uint64(1)
_6 = np.uint64(6)
_63 = np.uint64(63)


@compiled(nb.void(U64, nb.int64, U8, nb.int64, nb.uint64[::1], nb.uint64[::1]))
def of_sets(own: Any, terms: int, chosen: Any, count: int, some: Any, found: Any) -> None:
    """The articles that hold just one of some sets of terms; `own` has those of each term."""
    found[:] = 0
    size = found.size
    for k in range(count):
        holds = nb.int64(chosen[k])
        if holds == 0:
            continue
        some[:] = nb.uint64(0xFFFFFFFFFFFFFFFF)
        for t in range(terms):
            words = own[t * size : (t + 1) * size]
            if holds >> t & 1:
                for w in range(nb.uint64(size)):
                    some[w] &= words[w]
            else:
                for w in range(nb.uint64(size)):
                    some[w] &= ~words[w]
        for w in range(nb.uint64(size)):
            found[w] |= some[w]


@compiled(nb.void(I32, nb.int64, I32, nb.int64, nb.int64[::1]))
def _count(codes: Any, start: int, docs: Any, m: int, counts: Any) -> None:
    """Count the codes of `m` articles from `counts[start]` on; a start of −1 is of a column that is not wanted."""
    if start < 0:
        return
    first = nb.uint64(start)
    for i in range(nb.uint64(m)):
        counts[first + nb.uint64(nb.uint32(codes[nb.uint64(nb.uint32(docs[i]))]))] += 1


@compiled(
    nb.int64(
        U8, LINES, I32, I32, I32, I32, I32, U64, I64, I32, I32, I64, U8,
        nb.uint8[::1], nb.int32[::1], nb.float64[::1], nb.int64[::1],
    ),
    error_model="numpy",
)  # fmt: skip
def answer(
    data: Any, lengths: Any, ranks: Any, city: Any, source: Any, byline: Any, dates: Any, planes: Any, facets: Any,
    bounds: Any, grouped: Any, ask: Any, hot: Any, rows: Any, docs: Any, keys: Any, out: Any,
) -> int:  # fmt: skip
    """Answer a request; returns the exact total.

    `keys` receives the hits' keys, the best first; `out` (room for `FOUND` + 2 · hits + counts) whether any hit has
    copies, then the hits, behind them their id ranks, and behind these the counts. There are as many hits as articles
    match, and at most as many as there is room for in `keys`. `rows` has room for a row of each term and one more.
    """
    n = ranks.size
    terms = ask[0]
    together = ask[1] != 0
    sets = ask[2 : 2 + terms]
    lines = ask[2 + terms : 2 + 2 * terms]
    lists = ask[2 + 2 * terms : 2 + 3 * terms]
    size = (n + 63) >> 6
    most = planes.size // (PLANES * size)
    stride = n - n % STRIDE + 2 * STRIDE
    factors = ask[2 + 3 * terms : 2 + 6 * terms + FACTORS].view(np.float64)

    hot_of = np.empty(terms, np.int64)
    for t in range(terms):
        hot_of[t] = sets[t] * stride

    # the articles of each term
    own = np.empty((terms + 3) * size, np.uint64)
    kind = np.empty(terms, np.uint8)
    head = np.empty(4, np.int64)
    given_bounds = np.zeros(terms + 1, np.int64)
    for t in range(terms):
        given_bounds[t + 1] = given_bounds[t]
        if sets[t] < 0:
            open_list(data, lists[t], head)
            given_bounds[t + 1] += min(head[0], n)
    short = np.empty(given_bounds[terms], np.int32)
    tfs = np.empty(given_bounds[terms], np.int32)
    for t in range(terms):
        words = own[t * size : (t + 1) * size]
        if sets[t] >= 0:
            kind[t] = 3
            words[:] = planes[sets[t] * size : (sets[t] + 1) * size]
            continue
        kind[t] = 1
        words[:] = 0
        rows[t * stride : (t + 1) * stride] = 0
        open_list(data, lists[t], head)
        count = given_bounds[t + 1] - given_bounds[t]
        decode(data, nb.uint64(head[3]), count, head[1], -1, short, tfs, given_bounds[t])
        at = nb.uint64(t * stride)
        for i in range(nb.uint64(given_bounds[t]), nb.uint64(given_bounds[t + 1])):
            d = nb.uint64(nb.uint32(short[i]))
            if d >= nb.uint64(n):
                break
            words[d >> _6] |= _1 << (d & _63)
            rows[at + d] = min(tfs[i], 255)

    match = own[terms * size : (terms + 1) * size]
    found = own[(terms + 1) * size : (terms + 2) * size]
    some = own[(terms + 2) * size :]
    match[:] = own[:size]
    found[:] = own[:size]
    for t in range(1, terms):
        merge(own, t * size, together, match)
        if together:
            merge(own, t * size, False, found)
    total = count_ones(match)
    full = count_ones(found) if together else total
    limit = min(keys.size, total)
    out[0] = 0
    counts = out[FOUND + 2 * limit : FOUND + 2 * limit + facets[0]]
    counts[:] = 0
    if total == 0:
        return 0
    by_sets = FEW * full < n or (not together and short.size > 0)
    count = extract(match, docs) if not together and by_sets else 0

    # facets
    if facets[0] > 0:
        direct = False
        if not together and by_sets:
            direct = short.size > 0 or 2 * total < size + facets[0]
        more = count if direct else 0
        if not direct:
            for c in range(4):
                start = facets[1 + 3 * c]
                if start < 0:
                    continue
                first = True
                for t in range(terms):
                    if sets[t] < 0:
                        continue
                    at = ((c + 1) * most + sets[t]) * size
                    if first:
                        some[:] = planes[at : at + size]
                        first = False
                    else:
                        merge(planes, at, together, some)
                if first:
                    some[:] = 0
                values, begin = facets[2 + 3 * c], facets[3 + 3 * c]
                count_between(some, bounds[begin : begin + values + 1], counts[start : start + values])
            if short.size > 0:  # those in short lists alone
                some[:] = match
                for t in range(terms):
                    if sets[t] >= 0:
                        for w in range(nb.uint64(size)):
                            some[w] &= ~own[nb.uint64(t * size) + w]
                more = extract(some, docs)
        if more > 0:
            _count(city, facets[1], docs, more, counts)
            _count(source, facets[4], docs, more, counts)
            _count(byline, facets[7], docs, more, counts)
            _count(dates, facets[10], docs, more, counts)

    # the best
    row_bounds = np.arange(terms + 1)
    given_bounds[:] = 0
    scored = np.arange(terms)
    group = np.empty(terms, np.int64)
    groups = 0
    for t in range(terms):
        group[t] = groups
        mine = FACTORS + 3 * t
        for k in range(t):
            like = FACTORS + 3 * k
            if (
                lines[k] == lines[t]
                and factors[like + 1] == factors[mine + 1]
                and factors[like + 2] == factors[mine + 2]
            ):
                group[t] = group[k]
                break
        if group[t] == groups:
            groups += 1
    hits = np.empty(limit, np.int32)
    heap = np.full(limit, -np.inf, np.float32)
    noted, noted_at = np.empty(NOTED, np.int32), np.empty(NOTED, np.int32)
    noted_sums = np.empty(NOTED, np.float32)
    state = np.zeros(2, np.int64)
    slack = slack_of(factors, terms)
    best_keys = keys[:limit]
    none = np.empty(0, np.int32)
    set_bounds = np.empty(1 << terms, np.float64)
    done, chosen = np.zeros(1 << terms, np.uint8), np.empty(1 << terms, np.uint8)
    bounds_of(factors, set_bounds)
    begin = -1
    if not by_sets:  # reading all in order costs less
        spread(match, rows, nb.uint64(terms * stride))
        rows[terms * stride + 64 * size : (terms + 1) * stride] = 0
        begin = terms * stride
        count = n
    seen = 0
    while seen < total:
        if by_sets and together:
            chosen_sets = next_sets(set_bounds, heap[0] > -np.inf, nb.float64(heap[0]) - slack, done, chosen)
            if chosen_sets == 0:
                break
            of_sets(own, terms, chosen, chosen_sets, some, found)
            count = extract(found, docs)
        seen += count if begin < 0 else total
        screen(
            data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
            lists, none, none, ranks, best_keys, hits, heap, noted, noted_at, noted_sums, state, slack, docs,
            docs, begin, count, group, groups,
        )  # fmt: skip
    settle(
        data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
        lists, none, none, ranks, best_keys, hits, heap, noted, noted_at, noted_sums, state, slack,
    )  # fmt: skip
    in_page_order(best_keys, hits, ranks, limit)
    for i in range(limit):
        if grouped.size > 0 and grouped[hits[i]] >= 0:
            out[0] = 1
        out[FOUND + i] = hits[i]
        out[FOUND + limit + i] = ranks[hits[i]]
    return total
