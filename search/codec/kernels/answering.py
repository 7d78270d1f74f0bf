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

from search.codec.kernels.best import best, scores_of
from search.codec.kernels.blocks import BLOCK, LINES, add, choose, count, count_both, forbid, need, sooner
from search.codec.kernels.postings import BLOCK as LIST_BLOCK
from search.codec.kernels.postings import open_list
from search.codec.kernels.reading import held, keep, worse
from search.codec.kernels.rows import candidates, dense, narrow, sparse
from search.codec.kernels.types import F64, I32, I64, U8

HEAD: Final = 11
SPARE: Final = 2
"""Rows that a request needs beside its own."""


_ARRAYS = (
    U8, I64, F64, I32, I32, LINES, U8, I32,
    I32, U8, I32, U8, I32, U8, I32, I32, F64, I32,
    nb.int64[::1], nb.uint8[::1], nb.int32[::1], nb.float64[::1], nb.int32[::1],
    nb.int32[::1], nb.float64[::1], nb.int64[::1],
)  # fmt: skip


@nb.njit(nb.int64(*_ARRAYS), cache=True, nogil=True, error_model="numpy")
def answer(
    data: Any, ask: Any, factors: Any, given: Any, tfs: Any, lengths: Any, live: Any, apart: Any,
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
    spare = rows[many_rows * stride : (many_rows + 1) * stride]
    kind = np.zeros(many_rows, np.uint8)  # 1: over all articles, 2: over the candidates, 0: not there

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
                small += min(sizes[r] + 0.05 * n + 1.5 * least, looked)
                everything += sizes[r]
        whole = small >= everything

    done = np.zeros(many_rows, np.uint8)
    m = n
    if whole:
        for r in range(many_rows):
            if of_condition[r] == 0:
                continue
            dense(
                data, lists[row_bounds[r] : row_bounds[r + 1]],
                given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                rows[r * stride : (r + 1) * stride], n,
            )  # fmt: skip
            kind[r] = 1
    else:
        needed = np.zeros(many_rows, np.uint8)
        for s in range(scorers):
            needed[scored[s]] = 1
        first = order[0]
        a, b = part_bounds[first], part_bounds[first + 1]
        if b - a == 1:
            r = part_rows[a]
            m = candidates(
                data, lists[row_bounds[r] : row_bounds[r + 1]],
                given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                docs, rows[r * stride : (r + 1) * stride], spare, n,
            )  # fmt: skip
            done[r] = 1
        else:
            spare[:] = 0
            for k in range(a, b):
                # rows are built on their way to their union, which is all that is wanted of them here
                r = part_rows[k]
                row = rows[r * stride : (r + 1) * stride]
                dense(
                    data, lists[row_bounds[r] : row_bounds[r + 1]],
                    given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]], row, n,
                )  # fmt: skip
                for j in range(nb.uint64(stride)):
                    spare[j] |= row[j]
            m = held(spare, n, docs)
            for k in range(a, b):
                row = rows[part_rows[k] * stride : (part_rows[k] + 1) * stride]
                for j in range(nb.uint64(m)):
                    row[j] = row[nb.uint64(nb.uint32(docs[j]))]
                done[part_rows[k]] = 1
        if live.size > 0:
            for i in range(m):
                spare[i] = live[docs[i]]
            m = narrow(docs, m, spare, True, rows, stride, done)
        union = np.empty(0, np.uint8)
        for place in range(1, wanted + excluded):
            if m == 0:
                break
            p = order[place] if place < wanted else place
            if union.size == 0:
                union = np.empty(m, np.uint8)
            union[:m] = 0
            for k in range(part_bounds[p], part_bounds[p + 1]):
                r = part_rows[k]
                row = rows[r * stride : (r + 1) * stride]
                if done[r] == 0:
                    sparse(
                        data, lists[row_bounds[r] : row_bounds[r + 1]],
                        given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                        docs[:m], row, spare, n, factors[1],
                    )  # fmt: skip
                    done[r] = needed[r]
                for j in range(nb.uint64(m)):
                    union[j] |= row[j]
            m = narrow(docs, m, union, place < wanted, rows, stride, done)
        for r in range(many_rows):
            kind[r] = 2 if done[r] != 0 else 0

    # blocks of articles
    filtered = city_ok.size > 0 or source_ok.size > 0 or byline_ok.size > 0 or first_day >= 0
    by_day = day_keys.size > 0
    cursor = after_key != np.inf
    limit = keys.size
    ranked = scorers > 0 and not by_day and (limit > 0 or cursor)
    fewer = filtered or apart.size > 0
    places = np.empty(m if (ranked or apart.size > 0) and not whole else 0, np.int32)
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
                    own = nb.uint64(part_rows[part_bounds[p]] * stride + start)
                    if p < wanted:
                        need(rows, own, held_here)
                    else:
                        forbid(rows, own, held_here)
                    continue
                part_held[:] = 0
                for k in range(part_bounds[p], part_bounds[p + 1]):
                    add(rows, nb.uint64(part_rows[k] * stride + start), part_held)
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
                for i in range(many):
                    docs[nb.uint64(left) + i] = base + nb.uint64(nb.uint32(chosen[i]))
            elif fewer:
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
    if taken > 0:
        scores_of(
            data, scored, lines, factors, lengths, rows, stride, kind.copy(), row_bounds, given_bounds, lists, given,
            tfs, apart_docs[:taken], apart_docs[:taken] if whole else apart_places[:taken], n, apart_scores,
        )  # fmt: skip
    if ranked:
        size = best(
            data, scored, lines, factors, lengths, rows, stride, kind, row_bounds, given_bounds, lists, given, tfs,
            docs[:left], docs[:left] if whole else places[:left], n, ranks, after_rank, keys, hits, out,
        )  # fmt: skip
        behind = out[1]
    out[0] = size
    out[1] = behind if cursor else total
    out[2] = taken
    return total
