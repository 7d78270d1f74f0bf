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

A score is the sum over scorers, in their order and in double precision, of `weight · tf / (tf + base + slope ·
length)`: BM25 as `search.query.tree` defines it, with `weight` the user's weight times idf, `base = k1·(1 − b)` and
`slope = k1·b / average length`. A block is first scored in single precision, and only articles that could reach the
page are scored exactly, so that equal articles get equal scores however they were found.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.blocks import (
    BLOCK,
    LINES,
    add,
    add_scores,
    add_scores_of,
    any_in,
    choose,
    count,
    count_both,
    forbid,
    need,
    reaching,
    sooner,
)
from search.codec.kernels.lookups import frequency
from search.codec.kernels.postings import open_list
from search.codec.kernels.reading import held, keep, worse
from search.codec.kernels.rows import candidates, dense, narrow, sparse
from search.codec.kernels.types import F64, I32, I64, U8

HEAD: Final = 11
FACTORS: Final = 3
FEW: Final = 1
"""A block with no more matches is scored exactly at once."""

_1 = np.uint64(1)
_2 = np.uint64(2)
_SLACK = 4e-6
"""More than the error of one scorer in single precision, relative to its weight: a handful of roundings of 2⁻²⁴."""


@nb.njit(
    nb.float64(nb.int64, nb.int64, U8, I64, I64, F64, LINES, U8, nb.int64, I64, I64, I64, I32, I32),
    cache=True,
    nogil=True,
    error_model="numpy",
)  # fmt: skip
def _exact(
    i: int, d: int, data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int,
    row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any,
) -> float:  # fmt: skip
    """Score of article d, which is element i of the rows."""
    total = 0.0
    for s in range(nb.uint64(scored.size)):
        r = scored[s]
        f = nb.int64(rows[nb.uint64(r * stride + i)])
        if f == 0:
            continue
        if f == 255:
            f = 0
            for k in range(row_bounds[r], row_bounds[r + 1]):
                f += frequency(data, lists[k], d)
            for k in range(given_bounds[r], given_bounds[r + 1]):
                if given[k] == d:
                    f += tfs[k]
        tf = nb.float64(f)
        own = nb.uint64(FACTORS) + nb.uint64(3) * s
        length = nb.float64(lengths[lines[s], nb.uint64(d)])
        total += factors[own] * tf / (tf + (factors[own + _1] + factors[own + _2] * length))
    return total


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
    stride = rows.size // (ask[0] + 1)
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
    spare = rows[many_rows * stride :]

    # how much there is to read, and whether to begin with the smallest part
    sizes = np.zeros(many_rows, np.int64)
    head = np.empty(4, np.int64)
    everything = 0
    for r in range(many_rows):
        for k in range(row_bounds[r], row_bounds[r + 1]):
            open_list(data, lists[k], head)
            sizes[r] += head[0]
        sizes[r] += given_bounds[r + 1] - given_bounds[r]
        everything += sizes[r]
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
        for r in range(many_rows):
            some = max(row_bounds[r + 1] - row_bounds[r], 1)
            small += min(2.0 * sizes[r] + least, factors[1] * least * some)
        whole = small >= everything + factors[2] * n

    done = np.zeros(many_rows, np.uint8)
    m = n
    if whole:
        for r in range(many_rows):
            dense(
                data, lists[row_bounds[r] : row_bounds[r + 1]],
                given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                rows[r * stride : (r + 1) * stride], n,
            )  # fmt: skip
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
            if m > 0 and needed[r] != 0 and done[r] == 0:
                sparse(
                    data, lists[row_bounds[r] : row_bounds[r + 1]],
                    given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                    docs[:m], rows[r * stride : (r + 1) * stride], spare, n, factors[1],
                )  # fmt: skip

    # blocks of articles
    filtered = city_ok.size > 0 or source_ok.size > 0 or byline_ok.size > 0 or first_day >= 0
    by_day = day_keys.size > 0
    cursor = after_key != np.inf
    limit = keys.size
    slack = 0.0
    for s in range(scorers):
        slack += _SLACK * abs(factors[FACTORS + 3 * s])
    total = 0
    size = 0
    behind = 0
    taken = 0
    held_here = np.empty(BLOCK, np.uint8)
    part_held = np.empty(BLOCK, np.uint8)
    chosen = np.empty(BLOCK + 1, np.int32)
    rough = np.empty(BLOCK, np.float32)
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
                apart_scores[taken] = _exact(
                    start + j, d, data, scored, lines, factors, lengths, rows, stride,
                    row_bounds, given_bounds, lists, given, tfs,
                )  # fmt: skip
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
        worst = keys[0] if size == limit and limit > 0 else -np.inf
        known = scorers == 0 or cursor or c <= FEW or size < limit
        if not known:
            rough[:] = 0
            for s in range(scorers):
                own = nb.uint64(scored[s] * stride + start)
                if any_in(rows, own) == 0:
                    continue
                weight = np.float32(factors[FACTORS + 3 * s])
                floor = np.float32(factors[FACTORS + 3 * s + 1])
                slope = np.float32(factors[FACTORS + 3 * s + 2])
                if whole:
                    add_scores(rough, rows, own, lengths, lines[s], base, weight, floor, slope)
                else:
                    add_scores_of(
                        rough, rows, own, lengths, lines[s], docs, base, nb.uint64(width), weight, floor, slope
                    )
            if reaching(rough, np.float32(worst - slack)) == 0:
                continue
        if not by_day and scorers == 0 and not cursor and size == limit:
            # all keys are equal: the first ranks make the page, and most articles are passed over (limit is not 0 here)
            c = nb.int64(sooner(ranks, ranks[hits[0]], base, chosen, many, whole, docs))
        for i in range(c):
            j = chosen[i]
            if not known and rough[j] + slack < worst:
                continue
            d = start + j if whole else nb.int64(docs[start + j])
            key = 0.0
            if by_day:
                key = day_keys[day[d]]
            elif scorers > 0:
                key = _exact(
                    start + j, d, data, scored, lines, factors, lengths, rows, stride,
                    row_bounds, given_bounds, lists, given, tfs,
                )  # fmt: skip
            if cursor:
                if not worse(key, ranks[d], after_key, after_rank):
                    continue
                behind += 1
            if key >= worst:
                size = keep(keys, hits, ranks, size, key, d)
                worst = keys[0] if size == limit and limit > 0 else -np.inf
    out[0] = size
    out[1] = behind if cursor else total
    out[2] = taken
    return total
