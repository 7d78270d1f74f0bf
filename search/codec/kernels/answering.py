# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""One search on one segment in one call: which articles match, how many, their facets, and the best of them.

A request is two arrays of numbers; posting lists are read where they lie. Every posting list, or union of lists, that a
request names becomes a row (`search.codec.kernels.reading`): over all articles ("dense"), or over the candidates of a
conjunction alone ("sparse"), whichever reads less. The rest goes in blocks of `BLOCK` articles, by loops of a fixed
length, which become vector instructions.

`ask`, int64: number of rows R, wanted parts P, excluded parts X and scorers S; first and last day code (first < 0: any
day); id rank of the cursor; where the counts of city, source, byline and date begin in `counts` (−1: not wanted). Then,
one behind the other: bounds of each row's lists (R + 1) and given articles (R + 1), bounds of each part's rows
(P + X + 1), the parts' rows, each scorer's row, each scorer's line of `lengths`, the lists' places in `data`.

`factors`, float64: sort key of the cursor (inf: none), cost of a look-up and of passing over an article (in units of
reading a posting), then weight, base and slope of each scorer.

The condition comes first, and with it total and facets; only articles that meet it are scored (`best`).
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.best import AT_MOST, AT_ONCE, FACTORS, best, in_order, scores_of
from search.codec.kernels.blocks import (
    BLOCK,
    LINES,
    add,
    add_most,
    choose,
    count,
    count_both,
    forbid,
    need,
    reaching,
    sooner,
)
from search.codec.kernels.conditions import conjunction
from search.codec.kernels.postings import BLOCK as LIST_BLOCK
from search.codec.kernels.postings import open_list
from search.codec.kernels.reading import keep, worse
from search.codec.kernels.rows import dense
from search.codec.kernels.types import F64, I32, I64, U8

HEAD: Final = 11
SPARE: Final = 2
"""Rows that a request needs beside its own."""


_ARRAYS = (
    U8, I64, F64, I32, I32, LINES, U8, I32, U8, I64,
    I32, U8, I32, U8, I32, U8, I32, I32, F64, I32,
    nb.int64[::1], nb.uint8[::1], nb.int32[::1], nb.float64[::1], nb.int32[::1],
    nb.int32[::1], nb.float64[::1], nb.int64[::1],
)  # fmt: skip


@nb.njit(nb.int64(*_ARRAYS), cache=True, nogil=True, error_model="numpy")
def answer(
    data: Any, ask: Any, factors: Any, given: Any, tfs: Any, lengths: Any, live: Any, apart: Any,
    hot: Any, hot_of: Any,
    city: Any, city_ok: Any, source: Any, source_ok: Any, byline: Any, byline_ok: Any, day: Any, dates: Any,
    day_keys: Any, ranks: Any,
    counts: Any, rows: Any, docs: Any, keys: Any, hits: Any, apart_docs: Any, apart_scores: Any, out: Any,
) -> int:  # fmt: skip
    """Answer a request; returns the exact total.

    Filters: `x_ok[code]`, empty for no filter. An article that fails one filter alone still counts in that filter's own
    facet. The sort key is the score, or `day_keys[day]` where that is not empty; hits behind the cursor alone are kept,
    in a heap with the worst on top (`keys`, `hits`). Where `apart` is not empty, matching articles with `apart[d]` ≥ 0
    count nowhere, but go with their scores to `apart_docs` and `apart_scores`. `out` receives the number of hits kept,
    of matches behind the cursor, and of articles set apart.
    """
    n = ranks.size
    stride = rows.size // (ask[0] + SPARE)
    many_rows, wanted, excluded, scorers = ask[0], ask[1], ask[2], ask[3]
    first_day, last_day, after_rank = ask[4], ask[5], ask[6]
    at = HEAD
    row_bounds = ask[at : at + many_rows + 1]
    at += many_rows + 1
    given_bounds = ask[at : at + many_rows + 1]
    at += many_rows + 1
    part_bounds = ask[at : at + wanted + excluded + 1]
    at += wanted + excluded + 1
    part_rows = ask[at : at + part_bounds[wanted + excluded]]
    at += part_rows.size
    scored = ask[at : at + scorers]
    at += scorers
    lines = ask[at : at + scorers]
    lists = ask[at + scorers :]
    after_key = factors[0]
    kind = np.zeros(many_rows, np.uint8)  # where a row is, as `best` tells it
    for r in range(many_rows):
        if hot_of[r] >= 0:
            kind[r] = 3

    # how much there is to read, and whether to begin with the smallest part
    sizes = np.zeros(many_rows, np.int64)
    head = np.empty(4, np.int64)
    for r in range(many_rows):
        for k in range(row_bounds[r], row_bounds[r + 1]):
            open_list(data, lists[k], head)
            sizes[r] += head[0]
        sizes[r] += given_bounds[r + 1] - given_bounds[r]
    of_condition = np.zeros(many_rows, np.uint8)
    for k in range(part_rows.size):
        of_condition[part_rows[k]] = 1
    order = np.empty(wanted + 1, np.int64)
    part_sizes = np.zeros(wanted + 1, np.int64)
    for p in range(wanted):
        for k in range(part_bounds[p], part_bounds[p + 1]):
            part_sizes[p] += sizes[part_rows[k]]
        k = p
        while k > 0 and part_sizes[order[k - 1]] > part_sizes[p]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = p
    whole = True
    if wanted > 0:
        least = part_sizes[order[0]]
        if least == 0:
            return 0
        small = nb.float64(least)
        everything = factors[2] * n
        for r in range(many_rows):
            if of_condition[r] != 0:
                some = row_bounds[r + 1] - row_bounds[r]
                looked = factors[1] * min(some * least, sizes[r] // LIST_BLOCK + some) + 10.0 * some * least
                if hot_of[r] >= 0:
                    small += 1.5 * least
                    everything += 0.1 * n
                else:
                    small += min(sizes[r] + 0.05 * n + 1.5 * least, looked)
                    everything += sizes[r]
        whole = small >= everything

    m = n
    if whole:
        for r in range(many_rows):
            if of_condition[r] == 0 or kind[r] == 3:
                continue
            dense(
                data, lists[row_bounds[r] : row_bounds[r + 1]],
                given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                rows[r * stride : (r + 1) * stride], n,
            )  # fmt: skip
            kind[r] = 1
    else:
        m = conjunction(
            data, row_bounds, given_bounds, part_bounds, part_rows, order, wanted, excluded, scored, lists, given, tfs,
            live, hot, hot_of, rows, stride, docs, n, factors[1], kind,
        )  # fmt: skip

    # blocks of articles
    filtered = city_ok.size > 0 or source_ok.size > 0 or byline_ok.size > 0 or first_day >= 0
    by_day = day_keys.size > 0
    cursor = after_key != np.inf
    limit = keys.size
    ranked = scorers > 0 and not by_day and (limit > 0 or cursor)
    fewer = filtered or apart.size > 0
    places = np.empty(m if (ranked or apart.size > 0) and not whole else 0, np.int32)
    # room for articles that are scored, and how they are; where all rows are there, none need wait until all are found
    there = np.empty(scorers, np.uint8)
    scored_bounds = np.empty(2 * scorers, np.int64)
    streamed = ranked and whole and not cursor
    weights = 0.0
    for s in range(scorers):
        there[s] = kind[scored[s]]
        scored_bounds[2 * s] = row_bounds[scored[s]]
        scored_bounds[2 * s + 1] = row_bounds[scored[s] + 1]
        streamed = streamed and (there[s] == 1 or there[s] == 3)
        weights += max(factors[FACTORS + 3 * s], 0.0)
    unit = weights / 60000.0 * 1.0001  # sums of rounded weights stay below 2¹⁶
    order_of = np.empty(scorers, np.int64)
    group = np.empty(scorers, np.int64)
    at_once = min(m, AT_ONCE if streamed else AT_MOST) if ranked else 0
    groups = in_order(data, lines, factors, there, scored_bounds, lists, m, order_of, group) if ranked else 0
    some, at_places, few = np.empty(at_once, np.int32), np.empty(at_once, np.int32), np.empty(at_once + 1, np.int32)
    sums = np.empty(at_once, np.float32)
    norms = np.empty((groups, at_once), np.float32)
    most = np.empty(BLOCK, np.uint16)
    beyond = np.zeros(1, np.int64)
    apart_places = np.empty(m if apart.size > 0 and not whole else 0, np.int32)
    total = 0
    size = 0
    behind = 0
    taken = 0
    left = 0
    held_here = np.empty(BLOCK, np.uint8)
    part_held = np.empty(BLOCK, np.uint8)
    chosen = np.empty(BLOCK + 1, np.int32)
    for start in range(0, m, BLOCK):
        width = min(m - start, BLOCK)
        base = nb.uint64(start)
        c = 0
        if whole:
            held_here[:] = 1
            for p in range(wanted + excluded):
                if part_bounds[p + 1] - part_bounds[p] == 1:
                    r = part_rows[part_bounds[p]]
                    held_of_part = hot if kind[r] == 3 else rows
                    own = nb.uint64((hot_of[r] if kind[r] == 3 else r * stride) + start)
                    if p < wanted:
                        need(held_of_part, own, held_here)
                    else:
                        forbid(held_of_part, own, held_here)
                    continue
                part_held[:] = 0
                for k in range(part_bounds[p], part_bounds[p + 1]):
                    r = part_rows[k]
                    held_of_part = hot if kind[r] == 3 else rows
                    add(held_of_part, nb.uint64((hot_of[r] if kind[r] == 3 else r * stride) + start), part_held)
                if p < wanted:
                    need(part_held, nb.uint64(0), held_here)
                else:
                    forbid(part_held, nb.uint64(0), held_here)
            if live.size > 0:
                for j in range(nb.uint64(width)):
                    held_here[j] &= live[base + j]
            c = nb.int64(choose(held_here, nb.uint64(width), chosen))
        else:
            for j in range(width):
                chosen[j] = j
            c = width
        if c == 0:
            continue
        if apart.size > 0:
            k = 0
            for i in range(c):
                j = chosen[i]
                d = start + j if whole else nb.int64(docs[start + j])
                if apart[d] < 0:
                    chosen[k] = j
                    k += 1
                    continue
                apart_docs[taken] = d
                if not whole:
                    apart_places[taken] = start + j
                taken += 1
            c = k
        if filtered:
            k = 0
            for i in range(c):
                j = chosen[i]
                d = start + j if whole else nb.int64(docs[start + j])
                fails = 0
                which = -1
                if city_ok.size > 0 and city_ok[city[d]] == 0:
                    fails += 1
                    which = 7
                if source_ok.size > 0 and source_ok[source[d]] == 0:
                    fails += 1
                    which = 8
                if byline_ok.size > 0 and byline_ok[byline[d]] == 0:
                    fails += 1
                    which = 9
                if first_day >= 0 and (day[d] < first_day or day[d] > last_day):
                    fails += 1
                    which = 10
                if fails == 0:
                    chosen[k] = j
                    k += 1
                elif fails == 1 and ask[which] >= 0:
                    if which == 7:
                        counts[ask[7] + city[d]] += 1
                    elif which == 8:
                        counts[ask[8] + source[d]] += 1
                    elif which == 9:
                        counts[ask[9] + byline[d]] += 1
                    else:
                        counts[ask[10] + dates[d]] += 1
            c = k
        total += c
        many = nb.uint64(c)
        if ask[7] >= 0 and ask[10] >= 0:
            first, second = nb.uint64(ask[7]), nb.uint64(ask[10])
            count_both(city, dates, base, chosen, many, whole, docs, first, second, counts)
        elif ask[7] >= 0:
            count(city, base, chosen, many, whole, docs, nb.uint64(ask[7]), counts)
        elif ask[10] >= 0:
            count(dates, base, chosen, many, whole, docs, nb.uint64(ask[10]), counts)
        if ask[8] >= 0 and ask[9] >= 0:
            first, second = nb.uint64(ask[8]), nb.uint64(ask[9])
            count_both(source, byline, base, chosen, many, whole, docs, first, second, counts)
        elif ask[8] >= 0:
            count(source, base, chosen, many, whole, docs, nb.uint64(ask[8]), counts)
        elif ask[9] >= 0:
            count(byline, base, chosen, many, whole, docs, nb.uint64(ask[9]), counts)
        if limit == 0 and not cursor:
            continue
        if ranked:
            if whole:
                if streamed and size == limit and unit > 0:
                    # what the rows of a block could bring at most
                    most[:] = 0
                    for s in range(scorers):
                        weight = factors[FACTORS + 3 * s]
                        if weight > 0:
                            r = scored[s]
                            held_of_part = hot if kind[r] == 3 else rows
                            own = nb.uint64((hot_of[r] if kind[r] == 3 else r * stride) + start)
                            add_most(held_of_part, own, nb.uint16(weight / unit + 1.0), most)
                    least = max(min(keys[0] / unit * 0.9999 - 2.0, 65535.0), 0.0)
                    if fewer:
                        held_here[:] = 0
                        for i in range(c):
                            held_here[chosen[i]] = 1
                    reaching(most, nb.uint16(least), held_here)
                    many = choose(held_here, nb.uint64(width), chosen)
                for i in range(many):
                    docs[nb.uint64(left) + i] = base + nb.uint64(nb.uint32(chosen[i]))
                left += nb.int64(many)
                if streamed and left > AT_ONCE - BLOCK:
                    size = best(
                        data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds,
                        given_bounds, lists, given, tfs, docs[:left], docs[:left], n, n - start, order_of, group, some,
                        at_places, few, sums, norms, ranks, after_rank, keys, hits, size, beyond,
                    )  # fmt: skip
                    left = 0
                continue
            if fewer:
                for i in range(c):
                    docs[left + i] = docs[start + chosen[i]]
                    places[left + i] = start + chosen[i]
            else:
                for i in range(many):
                    places[base + i] = base + i
            left += c
            continue
        if not by_day and not cursor and size == limit:
            # all keys are equal: the first ranks make the page, and most articles are passed over (limit is not 0 here)
            c = nb.int64(sooner(ranks, ranks[hits[0]], base, chosen, many, whole, docs))
        worst = keys[0] if size == limit and limit > 0 else -np.inf
        for i in range(c):
            d = start + chosen[i] if whole else nb.int64(docs[start + chosen[i]])
            key = day_keys[day[d]] if by_day else 0.0
            if cursor:
                if not worse(key, ranks[d], after_key, after_rank):
                    continue
                behind += 1
            if key >= worst:
                size = keep(keys, hits, ranks, size, key, d)
                worst = keys[0] if size == limit and limit > 0 else -np.inf
    at_docs = docs if whole else places
    if taken > 0:
        at_apart = apart_docs if whole else apart_places
        scores_of(
            data, scored, lines, factors, lengths, rows, stride, kind.copy(), hot, hot_of, row_bounds, given_bounds,
            lists, given, tfs, apart_docs[:taken], at_apart[:taken], n, apart_scores,
        )  # fmt: skip
    if ranked:
        for start in range(0, left, max(at_once, 1)):
            stop = min(start + at_once, left)
            size = best(
                data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
                lists, given, tfs, docs[start:stop], at_docs[start:stop], n, left - stop, order_of, group, some,
                at_places, few, sums, norms, ranks, after_rank, keys, hits, size, beyond,
            )  # fmt: skip
        behind = beyond[0]
    out[0] = size
    out[1] = behind if cursor else total
    out[2] = taken
    return total
