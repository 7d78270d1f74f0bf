# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""One search on one segment in one call: which articles match, how many, their facets, and the best of them.

A request is two arrays of numbers; posting lists are read where they lie. Every posting list, or union of lists, that a
request names becomes a row (`search.codec.kernels.reading`): over all articles ("dense"), or over the candidates of a
conjunction alone ("sparse"), whichever reads less. The rest goes in blocks of `BLOCK` articles, by loops of a fixed
length, which become vector instructions.

`ask`, int64: number of rows R, wanted parts P, excluded parts X and scorers S; first and last day code (first < 0: any
day); id rank of the cursor; where the counts of city, source, byline and date begin (−1: not wanted), and how many
counts there are; whether bounds of rows follow (0: each row is one list). Then, one behind the other: bounds of each
row's lists (R + 1) and given articles (R + 1), where they follow; bounds of each part's rows (P + X + 1), the parts'
rows, each scorer's row, each scorer's line of `lengths`, where each row begins in `hot` (−1: nowhere), the lists'
places in `data`.

`factors`, float64: sort key of the cursor (inf: none), cost of a look-up and of passing over an article (in units of
reading a posting), then weight, base and slope of each scorer.

The condition comes first, and with it total and facets; only articles that meet it are scored (`best`).
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.best import AT_MOST, AT_ONCE, best, in_order, scores_of
from search.codec.kernels.blocks import BLOCK, CHOSEN, LINES, ONES, choose, hold, take
from search.codec.kernels.compiling import compiled
from search.codec.kernels.conditions import conjunction
from search.codec.kernels.counting import count_cells, count_docs, count_flags, put_counts
from search.codec.kernels.filtering import APART, PASSED, any_sooner, keep_by_key, passing
from search.codec.kernels.postings import BLOCK as LIST_BLOCK
from search.codec.kernels.postings import open_list
from search.codec.kernels.reading import in_page_order
from search.codec.kernels.rows import dense
from search.codec.kernels.screening import NOTED, screen, settle, slack_of
from search.codec.kernels.subsets import FEW, FLAGGED, MOST_TERMS, bounds_of, collect, mark, next_sets, told_by
from search.codec.kernels.types import F64, I32, I64, U8, U16

HEAD: Final = 13
SPARE: Final = 3
"""Rows that a request needs beside its own."""
FOUND: Final = 7
"""Numbers in `out` before the hits."""
ZEROS: Final = 16
"""Where so few counts are 0, all counts are given, with the numbers of those that are 0."""
FEWEST: Final = 256
"""Where a part has less than this share of all articles, it is not laid over all of them for its own sake."""
PAIRS, ALL, ALL_BUT = 0, 1, 2
"""How counts are given: the numbers of those that are not 0, then these counts; all; all, then the numbers of zeros."""

_ARRAYS = (
    U8, LINES, U8, I32, I32, I32, I32, I32, I32, I64, U16,
    I32, U8, U8, U8, F64,
    I64, F64, I32, I32, U8,
    nb.uint8[::1], nb.int32[::1], nb.int32[::1], nb.float64[::1], nb.float64[::1], nb.int64[::1],
)  # fmt: skip


@compiled(nb.void(nb.int64[::1], nb.int64, nb.int64[::1]))
def _give(counts: Any, at: int, out: Any) -> None:
    """Put counts into `out` from `at` on, in the shortest way; how is told in its head."""
    held = 0
    for i in range(counts.size):
        held += counts[i] != 0
    out[5] = held
    out[6] = PAIRS
    if 5 * held <= 2 * counts.size:
        k = 0
        for i in range(counts.size):
            if counts[i] != 0:
                out[at + k] = i
                out[at + held + k] = counts[i]
                k += 1
        out[0] = at + 2 * held
        return
    out[6] = ALL
    out[at : at + counts.size] = counts
    at += counts.size
    if counts.size - held <= ZEROS:
        out[6] = ALL_BUT
        for i in range(counts.size):
            if counts[i] == 0:
                out[at] = i
                at += 1
    out[0] = at


@compiled(nb.int64(*_ARRAYS), error_model="numpy")
def answer(
    data: Any, lengths: Any, live: Any, ranks: Any, city: Any, source: Any, byline: Any, day: Any, dates: Any,
    totals: Any, cells: Any,
    apart: Any, city_ok: Any, source_ok: Any, byline_ok: Any, day_keys: Any,
    ask: Any, factors: Any, given: Any, tfs: Any, hot: Any,
    rows: Any, docs: Any, apart_docs: Any, apart_scores: Any, keys: Any, out: Any,
) -> int:  # fmt: skip
    """Answer a request; returns the exact total.

    Filters: `x_ok[code]`, empty for no filter. An article that fails one filter alone still counts in that filter's own
    facet. The sort key is the score, or `day_keys[day]` where that is not empty; hits behind the cursor alone are kept.
    Where `apart` is not empty, matching articles with `apart[d]` ≥ 0 count nowhere, but go with their scores to
    `apart_docs` and `apart_scores`. `totals`, as long as `counts` or empty: the counts of all articles. `cells`: city
    and date in one code, as `count_cells` takes it, or empty.

    `keys` receives the hits' keys, the best first; `out` (room for `FOUND` + 2 · as many + counts + `ZEROS`) how many
    of its numbers are used, the number of hits, of matches behind the cursor, of articles set apart, of rows that had
    to be laid over all articles for the condition, of counts that are not 0, and how counts are given; then the hits,
    behind them their id ranks, and behind these the counts.
    """
    n = ranks.size
    stride = rows.size // (ask[0] + SPARE)
    many_rows, wanted, excluded, scorers = ask[0], ask[1], ask[2], ask[3]
    first_day, after_rank = ask[4], ask[6]
    at = HEAD
    if ask[12] != 0:
        row_bounds = ask[at : at + many_rows + 1]
        at += many_rows + 1
        given_bounds = ask[at : at + many_rows + 1]
        at += many_rows + 1
    else:
        row_bounds = np.arange(many_rows + 1)
        given_bounds = np.zeros(many_rows + 1, np.int64)
    part_bounds = ask[at : at + wanted + excluded + 1]
    at += wanted + excluded + 1
    part_rows = ask[at : at + part_bounds[wanted + excluded]]
    at += part_rows.size
    scored = ask[at : at + scorers]
    at += scorers
    lines = ask[at : at + scorers]
    at += scorers
    hot_of = ask[at : at + many_rows]
    lists = ask[at + many_rows :]
    out[:FOUND] = 0
    out[0] = FOUND
    hits = np.empty(keys.size, np.int32)
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
        # no list is looked up for one part: its union is laid over all articles anyway
        whole = small >= everything or (wanted == 1 and excluded == 0 and part_bounds[1] > 1 and FEWEST * least > n)

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
            out[4] += 1
    else:
        m = conjunction(
            data, row_bounds, given_bounds, part_bounds, part_rows, order, wanted, excluded, scored, lists, given, tfs,
            live, hot, hot_of, rows, stride, docs, n, factors[1], kind,
        )  # fmt: skip

    # what is left of them, counted
    filtered = city_ok.size > 0 or source_ok.size > 0 or byline_ok.size > 0 or first_day >= 0
    fewer = filtered or apart.size > 0
    cursor = after_key != np.inf
    limit = keys.size
    ranked = scorers > 0 and day_keys.size == 0 and (limit > 0 or cursor)
    at_most = m if fewer and not whole else BLOCK
    some_docs = np.empty(BLOCK, np.int32)
    passed = np.empty(at_most, np.uint8)
    chosen = np.empty(CHOSEN, np.uint8)
    places = np.empty(0 if whole else m, np.int32)
    apart_places = np.empty(m if apart.size > 0 and not whole else 0, np.int32)
    counts = np.zeros(ask[11], np.int64)
    some_counts = np.zeros(2 * counts.size, np.int32)
    flags = nb.uint64((many_rows + 2) * stride)
    none = nb.uint64(0)
    row_at = np.empty(many_rows, np.int64)
    for r in range(many_rows):
        row_at[r] = hot_of[r] if kind[r] == 3 else r * stride
    total = m
    taken = 0
    rest = False
    few_terms = ranked and not cursor and scorers <= MOST_TERMS
    marks = nb.uint64(many_rows * stride)
    told = told_by(part_bounds, part_rows, scored, wanted) if whole and few_terms and live.size == 0 else FLAGGED
    marked = np.zeros(2, np.int64)
    if whole:
        if told == FLAGGED:
            total = hold(rows, hot, kind, row_at, part_bounds, part_rows, wanted, live, n, flags)
        else:
            mark(rows, hot, kind, row_at, scored, n, flags, marks, told, marked)
            total = marked[0]
        if fewer:
            total = 0
            for start in range(0, n, BLOCK):
                base = nb.uint64(start)
                c = choose(rows, flags + base, none, chosen)
                for i in range(c):
                    some_docs[i] = base + nb.uint64(chosen[i])
                total += passing(
                    some_docs[: nb.int64(c)], ask, city, city_ok, source, source_ok, byline, byline_ok, day, dates,
                    apart, passed, counts,
                )  # fmt: skip
                for i in range(c):
                    rows[flags + base + nb.uint64(chosen[i])] = passed[i] == PASSED
                    if passed[i] == APART:
                        apart_docs[taken] = some_docs[i]
                        taken += 1
        if counts.size > 0:
            rest = totals.size > 0 and 2 * total > n  # fewer articles are left than match
            flip = ONES if rest else none
            of_city = (ask[8] if ask[8] >= 0 else ask[9] if ask[9] >= 0 else ask[10]) - ask[7]
            of_date = counts.size - ask[10]
            if cells.size > 0 and 4 * (n - total if rest else total) > of_city * of_date:
                count_cells(cells, of_city, ask[7], of_date, ask[10], rows, flags, n, flip, some_counts)
            else:
                count_flags(city, ask[7], dates, ask[10], rows, flags, n, flip, some_counts)
            count_flags(source, ask[8], byline, ask[9], rows, flags, n, flip, some_counts)
    else:
        if fewer:
            total = passing(
                docs[:m], ask, city, city_ok, source, source_ok, byline, byline_ok, day, dates, apart, passed, counts
            )
            k = 0
            for i in range(m):
                if passed[i] == PASSED:
                    docs[k] = docs[i]
                    places[k] = i
                    k += 1
                elif passed[i] == APART:
                    apart_docs[taken] = docs[i]
                    apart_places[taken] = i
                    taken += 1
        else:
            for i in range(m):
                places[i] = i
        if counts.size > 0:
            count_docs(city, ask[7], dates, ask[10], docs, nb.uint64(total), some_counts)
            count_docs(source, ask[8], byline, ask[9], docs, nb.uint64(total), some_counts)
    put_counts(some_counts, totals, rest, counts)
    size = 0
    beyond = np.zeros(1, np.int64)
    if not ranked and (limit > 0 or cursor):
        alike = day_keys.size == 0 and not cursor
        if whole:
            for start in range(0, n, BLOCK):
                base = nb.uint64(start)
                if alike and size == limit:  # which most blocks cannot change any more
                    width = nb.uint64(min(n - start, BLOCK))
                    if not any_sooner(rows, flags, ranks, base, width, ranks[hits[0]]):
                        continue
                c = choose(rows, flags + base, none, chosen)
                for i in range(c):
                    some_docs[i] = base + nb.uint64(chosen[i])
                size = keep_by_key(
                    some_docs[: nb.int64(c)], day, day_keys, ranks, after_key, after_rank, keys, hits, size, beyond
                )
        else:
            size = keep_by_key(docs[:total], day, day_keys, ranks, after_key, after_rank, keys, hits, size, beyond)
    if taken > 0:
        at_apart = apart_docs if whole else apart_places
        scores_of(
            data, scored, lines, factors, lengths, rows, stride, kind.copy(), hot, hot_of, row_bounds, given_bounds,
            lists, given, tfs, apart_docs[:taken], at_apart[:taken], n, apart_scores,
        )  # fmt: skip
    if ranked and total > 0:
        there = np.empty(scorers, np.uint8)
        ready = True  # all that is scored is there: no list is to be read any more
        scored_bounds = np.empty(2 * scorers, np.int64)
        for s in range(scorers):
            there[s] = kind[scored[s]]
            scored_bounds[2 * s] = row_bounds[scored[s]]
            scored_bounds[2 * s + 1] = row_bounds[scored[s] + 1]
            ready = ready and there[s] != 0
        order_of = np.empty(scorers, np.int64)
        group = np.empty(scorers, np.int64)
        groups = in_order(data, lines, factors, there, scored_bounds, lists, total, order_of, group)
        if ready and not cursor:
            heap = np.full(limit, -np.inf, np.float32)
            noted, noted_at = np.empty(NOTED, np.int32), np.empty(NOTED, np.int32)
            noted_sums = np.empty(NOTED, np.float32)
            state = np.zeros(2, np.int64)
            slack = slack_of(factors, scorers)
            by_sets = whole and few_terms
            bounds = np.empty(1 << scorers if by_sets else 0, np.float64)
            done, sets = np.zeros(bounds.size, np.uint8), np.empty(bounds.size, np.uint8)
            if by_sets:
                if told == FLAGGED or fewer:
                    mark(rows, hot, kind, row_at, scored, n, flags, marks, FLAGGED, marked)
                by_sets = FEW * marked[1] < n  # else reading all in order costs less
                bounds_of(factors, bounds)
            at_docs = docs if whole else places
            seen = 0
            while seen < total:
                begin = nb.int64(flags) if whole else -1
                many = n if whole else total
                some_seen = total
                if by_sets:
                    count = next_sets(bounds, heap[0] > -np.inf, nb.float64(heap[0]) - slack, done, sets)
                    if count == 0:
                        break
                    many = collect(rows, marks, n, sets, count, docs)
                    begin, some_seen = -1, many
                seen += some_seen
                screen(
                    data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
                    lists, given, tfs, ranks, keys, hits, heap, noted, noted_at, noted_sums, state, slack, docs,
                    at_docs, begin, many, group, groups,
                )  # fmt: skip
            settle(
                data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
                lists, given, tfs, ranks, keys, hits, heap, noted, noted_at, noted_sums, state, slack,
            )  # fmt: skip
            size = state[1]
        else:
            at_once = min(m, AT_ONCE if ready else AT_MOST)
            some, at_places = np.empty(at_once, np.int32), np.empty(at_once, np.int32)
            few = np.empty(at_once + 1, np.int32)
            sums = np.empty(at_once, np.float32)
            norms = np.empty((groups, at_once), np.float32)
            at_docs = docs if whole else places
            if whole:
                take(rows, n, flags, docs)
            for start in range(0, total, at_once):
                stop = min(start + at_once, total)
                size = best(
                    data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds, given_bounds,
                    lists, given, tfs, docs[start:stop], at_docs[start:stop], n, total - stop, order_of, group, some,
                    at_places, few, sums, norms, ranks, after_rank, keys, hits, size, beyond,
                )  # fmt: skip
    in_page_order(keys, hits, ranks, size)
    for i in range(size):
        out[FOUND + i] = hits[i]
        out[FOUND + size + i] = ranks[hits[i]]
    out[0] = FOUND + 2 * size
    out[1] = size
    out[2] = beyond[0] if cursor else total
    out[3] = taken
    if counts.size > 0:
        _give(counts, FOUND + 2 * size, out)
    return total
