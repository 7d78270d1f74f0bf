# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The best of the articles that meet a condition, by their scores.

A score is the sum over scorers, in their order and in double precision, of `weight · tf / (tf + base + slope ·
length)`: BM25 as `search.query.tree` defines it, with `weight` the user's weight times idf, `base = k1·(1 − b)` and
`slope = k1·b / average length`.

Some thousand articles at a time, scorers are taken one after the other, those first that tell most for the least
reading, in single precision. No scorer adds more than its weight: so articles that the scorers to come could not bring
to the page any more are dropped, and long lists are read for few ("max score": Turtle and Flood, 1995,
https://doi.org/10.1016/0306-4573(95)00020-H). Those left in the end are scored exactly, so that equal articles get
equal scores however they were found.

Arguments are those of `search.codec.kernels.answering`. `kind` says where a row has its bytes: 1 over all articles, by
their numbers; 2 at the `places` of articles; 0 nowhere yet; 3 over all articles in `hot`, which holds rows of lists
that are asked for often, from `hot_of` on. What is read here goes to the places.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.blocks import BLOCK, LINES
from search.codec.kernels.compiling import compiled
from search.codec.kernels.lookups import frequency
from search.codec.kernels.postings import BLOCK as LIST_BLOCK
from search.codec.kernels.postings import open_list
from search.codec.kernels.reading import keep, worse
from search.codec.kernels.rows import dense, read_whole, sparse
from search.codec.kernels.types import F64, I32, I64, U8

AT_ONCE: Final = 4096
"""Articles scored at a time where no list is read any more: their numbers fit into the processor's nearer caches."""
AT_MOST: Final = 32768
"""Where lists are read: the better the worst hit of the page is known, the less of them."""
FACTORS: Final = 3
"""Numbers in `factors` before those of the scorers."""
_1 = np.uint64(1)
_2 = np.uint64(2)
_BYTES = nb.uint8[::1]
_FLOATS = nb.float32[::1]
ERROR: Final = 1.2e-7
"""More than the error of one rounding in single precision, relative: 2⁻²³ = 1.19·10⁻⁷ is two."""


@compiled(nb.int64(U8, I64, I64, I64, I32, I32, nb.int64, nb.int64))
def frequency_of(
    data: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any, r: int, d: int
) -> int:  # fmt: skip
    """Frequency of a row in article d where its byte does not tell."""
    f = 0
    for k in range(row_bounds[r], row_bounds[r + 1]):
        f += frequency(data, lists[k], d)
    for k in range(given_bounds[r], given_bounds[r + 1]):
        if given[k] == d:
            f += tfs[k]
    return f


@nb.njit(inline="always")
def exact(
    i: int, d: int, data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int, kind: Any,
    hot: Any, hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any,
) -> float:  # fmt: skip
    """Score of article d at place i; in place, as passing that many arrays takes longer than scoring."""
    total = 0.0
    for s in range(nb.uint64(scored.size)):
        r = scored[s]
        if kind[r] == 3:
            f = nb.int64(hot[nb.uint64(hot_of[r] + d)])
        else:
            f = nb.int64(rows[nb.uint64(r * stride + (d if kind[r] == 1 else i))])
        if f == 0:
            continue
        if f == 255:
            f = frequency_of(data, row_bounds, given_bounds, lists, given, tfs, r, d)
        tf = nb.float64(f)
        own = nb.uint64(FACTORS) + nb.uint64(3) * s
        length = nb.float64(lengths[lines[s], nb.uint64(d)])
        total += factors[own] * tf / (tf + (factors[own + _1] + factors[own + _2] * length))
    return total


@compiled(nb.uint8(_FLOATS, U8, _FLOATS, nb.uint64, nb.float32), error_model="numpy")
def add(sums: Any, row: Any, norms: Any, m: int, weight: float) -> int:
    """Add a scorer's part of `m` scores; returns the highest of the bytes."""
    most = nb.uint8(0)
    for i in range(m):
        byte = row[i]
        most = max(most, byte)
        tf = np.float32(byte)
        sums[i] += weight * tf / (tf + norms[i])
    return most


@compiled(nb.void(_FLOATS, nb.int64, nb.float32))
def sink(heap: Any, j: int, value: float) -> None:
    """Put a value at place j of a heap with the lowest on top, or below it."""
    while True:
        child = 2 * j + 1
        if child >= heap.size:
            break
        if child + 1 < heap.size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[j] = heap[child]
        j = child
    heap[j] = value


@compiled(nb.float32(_FLOATS, nb.uint64))
def _highest(sums: Any, m: int) -> float:
    found = sums[0]
    for i in range(m):
        found = max(found, sums[i])
    return found


@compiled(nb.float32(_FLOATS, nb.int64, nb.int64))
def _least_of_best(sums: Any, m: int, limit: int) -> float:
    """The lowest of the `limit` highest of `m` sums (m ≥ limit > 0)."""
    heap = sums[:limit].copy()
    for j in range(limit // 2 - 1, -1, -1):
        sink(heap, j, heap[j])
    for start in range(limit, m, BLOCK):
        stop = min(start + BLOCK, m)
        if _highest(sums[start:stop], nb.uint64(stop - start)) <= heap[0]:
            continue
        for i in range(start, stop):
            if sums[i] > heap[0]:
                sink(heap, 0, sums[i])
    return heap[0]


@compiled(nb.int64(_FLOATS, nb.int64, nb.float32, nb.int32[::1]))
def _reaching(sums: Any, m: int, least: float, chosen: Any) -> int:
    """Places of the sums that are not below `least`, into `chosen`; how many."""
    k = nb.uint64(0)
    for i in range(nb.uint64(m)):
        chosen[k] = i
        k += nb.uint64(sums[i] >= least)
    return k


@compiled(
    nb.void(U8, _BYTES, nb.int64, _BYTES, U8, I64, I64, I64, I64, I32, I32, nb.int64, I32, I32, nb.int64, nb.float64,
            _BYTES, _BYTES),
)  # fmt: skip
def gather(
    data: Any, rows: Any, stride: int, kind: Any, hot: Any, hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any,
    given: Any, tfs: Any, r: int, docs: Any, places: Any, n: int, cost: float, row: Any, spare: Any,
) -> None:  # fmt: skip
    """A scored row's bytes of some articles, one behind the other, into `row`."""
    at = nb.uint64(r * stride)
    if kind[r] == 1:
        for i in range(nb.uint64(docs.size)):
            row[i] = rows[at + nb.uint64(nb.uint32(docs[i]))]
    elif kind[r] == 3:
        at = nb.uint64(hot_of[r])
        for i in range(nb.uint64(docs.size)):
            row[i] = hot[at + nb.uint64(nb.uint32(docs[i]))]
    elif kind[r] == 2:
        for i in range(nb.uint64(docs.size)):
            row[i] = rows[at + nb.uint64(nb.uint32(places[i]))]
    else:
        a, b = row_bounds[r], row_bounds[r + 1]
        x, y = given_bounds[r], given_bounds[r + 1]
        sparse(data, lists[a:b], given[x:y], tfs[x:y], docs, row, spare, n, cost)
        for i in range(nb.uint64(docs.size)):
            rows[at + nb.uint64(nb.uint32(places[i]))] = row[i]
        kind[r] = 2


_GIVEN = (
    U8, I64, I64, F64, LINES, _BYTES, nb.int64, _BYTES, U8, I64, I64, I64, I64, I32, I32, I32, I32, nb.int64,
)  # fmt: skip


@compiled(nb.void(*_GIVEN, nb.float64[::1]), error_model="numpy")
def scores_of(
    data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int, kind: Any,
    hot: Any, hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any, docs: Any,
    places: Any, n: int, scores: Any,
) -> None:  # fmt: skip
    """Exact scores of some articles at their places; `kind` is changed."""
    many = row_bounds.size - 1
    spare = rows[many * stride : (many + 1) * stride]
    row = rows[(many + 1) * stride : (many + 2) * stride]
    for s in range(scored.size):
        if kind[scored[s]] == 0:
            gather(
                data, rows, stride, kind, hot, hot_of, row_bounds, given_bounds, lists, given, tfs, scored[s], docs,
                places, n, factors[1], row, spare,
            )  # fmt: skip
    for i in range(docs.size):
        scores[i] = exact(
            places[i], docs[i], data, scored, lines, factors, lengths, rows, stride, kind,
            hot, hot_of, row_bounds, given_bounds, lists, given, tfs,
        )  # fmt: skip


@compiled(nb.int64(U8, I64, F64, _BYTES, I64, I64, nb.int64, nb.int64[::1], nb.int64[::1]))
def in_order(
    data: Any, lines: Any, factors: Any, kind: Any, scored_bounds: Any, lists: Any, m: int, order: Any, group: Any
) -> int:  # fmt: skip
    """Scorers in the order in which they are best taken for `m` articles; those that take away come last.

    `scored_bounds` holds the first and last list of each scorer's row, `kind` the kind of its row. `group` receives a
    number for each scorer, the same where base, slope and lengths are the same; returns how many there are.
    """
    scorers = lines.size
    price = np.empty(scorers, np.float64)
    head = np.empty(4, np.int64)
    groups = 0
    for s in range(scorers):
        own = FACTORS + 3 * s
        cost = 1.0 * m
        if kind[s] == 0:
            cost += m
            for k in range(scored_bounds[2 * s], scored_bounds[2 * s + 1]):
                open_list(data, lists[k], head)
                cost += min(head[0], factors[1] * min(m, head[0] // LIST_BLOCK + 1) + 10.0 * m)
        price[s] = cost / factors[own] if factors[own] > 0 else np.inf
        k = s
        while k > 0 and price[order[k - 1]] > price[s]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = s
        group[s] = groups
        for k in range(s):
            like = FACTORS + 3 * k
            if lines[k] == lines[s] and factors[like + 1] == factors[own + 1] and factors[like + 2] == factors[own + 2]:
                group[s] = group[k]
                break
        if group[s] == groups:
            groups += 1
    return groups


@compiled(
    nb.int64(
        *_GIVEN, nb.int64, I64, I64, nb.int32[::1], nb.int32[::1], nb.int32[::1], _FLOATS, nb.float32[:, ::1],
        I32, nb.int64, nb.float64[::1], nb.int32[::1], nb.int64, nb.int64[::1],
    ),
    error_model="numpy",
)  # fmt: skip
def best(
    data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int, kind: Any,
    hot: Any, hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any, docs: Any,
    places: Any, n: int, later: int, order: Any, group: Any, some: Any, at: Any, chosen: Any, sums: Any, norms: Any,
    ranks: Any, after_rank: int, keys: Any, hits: Any, size: int, behind: Any,
) -> int:  # fmt: skip
    """Keep the best of some ascending articles `docs` in the heap of `size` hits; how many are kept then.

    `later` more articles come in other calls. `order` and `group` are those of `in_order`. `some`, `at`, `chosen`,
    `sums` and `norms` (a line for each group) are room for as many articles, `chosen` for one more. Where there is a
    cursor all articles are scored exactly, and `behind[0]` grows by those behind it. Rows read whole change `kind`.
    """
    scorers = scored.size
    limit = keys.size
    after_key = factors[0]
    cursor = after_key != np.inf
    m = docs.size
    many = row_bounds.size - 1
    spare = rows[many * stride : (many + 1) * stride]
    row = rows[(many + 1) * stride : (many + 2) * stride]
    bounded = not cursor and (m > limit or size == limit)
    mine = kind.copy()  # what is read of these articles alone is not there for the next
    some[:m] = docs
    at[:m] = places
    left = m
    ahead = 0.0
    below = 0.0
    slack = 0.0
    for s in range(scorers):
        weight = factors[FACTORS + 3 * s]
        ahead += max(weight, 0.0)
        below += min(weight, 0.0)
        slack += abs(weight) * ERROR * 2 * (scorers + 10)
    worst = keys[0] if size == limit and limit > 0 else -np.inf
    there = np.zeros(scorers, np.uint8)
    sums[:m] = 0
    whole = ahead
    for k in range(scorers):
        s = order[k]
        r = scored[s]
        if kind[r] == 0 and read_whole(
            data, lists[row_bounds[r] : row_bounds[r + 1]], left * (m + later) // m, n, factors[1]
        ):
            dense(
                data, lists[row_bounds[r] : row_bounds[r + 1]],
                given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                rows[r * stride : (r + 1) * stride], n,
            )  # fmt: skip
            kind[r] = 1
            mine[r] = 1
        if not bounded and mine[r] != 0:
            continue
        gather(
            data, rows, stride, mine, hot, hot_of, row_bounds, given_bounds, lists, given, tfs, r, some[:left],
            at[:left], n, factors[1], row, spare,
        )  # fmt: skip
        if not bounded:
            continue
        own = FACTORS + 3 * s
        g = group[s]
        norm = norms[g]
        if there[g] == 0:
            there[g] = 1
            base = np.float32(factors[own + 1])
            slope = np.float32(factors[own + 2])
            line = nb.uint64(lines[s])
            for i in range(nb.uint64(left)):
                norm[i] = base + slope * np.float32(lengths[line, nb.uint64(nb.uint32(some[i]))])
        weight = factors[own]
        if add(sums, row, norm, nb.uint64(left), np.float32(weight)) == 255:
            for i in range(left):
                if row[i] == 255:
                    f = np.float32(frequency_of(data, row_bounds, given_bounds, lists, given, tfs, r, some[i]))
                    most = np.float32(255)
                    sums[i] += np.float32(weight) * (f / (f + norm[i]) - most / (most + norm[i]))
        ahead -= max(weight, 0.0)
        below -= min(weight, 0.0)
        least = worst
        if left > limit and ahead < whole - ahead:
            least = max(least, _least_of_best(sums, left, limit) + below)
        if least - slack - ahead > 0:
            kept = _reaching(sums, left, np.float32(least - slack - ahead), chosen)
            if kept == 0:
                return size
            if kept < left:
                for i in range(nb.uint64(kept)):
                    j = nb.uint64(nb.uint32(chosen[i]))
                    sums[i] = sums[j]
                    some[i] = some[j]
                    at[i] = at[j]
                for g in range(norms.shape[0]):
                    if there[g] != 0:
                        norm = norms[g]
                        for i in range(nb.uint64(kept)):
                            norm[i] = norm[nb.uint64(nb.uint32(chosen[i]))]
                left = kept
    for i in range(left):
        d = nb.int64(some[i])
        key = exact(
            at[i], d, data, scored, lines, factors, lengths, rows, stride, mine,
            hot, hot_of, row_bounds, given_bounds, lists, given, tfs,
        )  # fmt: skip
        if cursor:
            if not worse(key, ranks[d], after_key, after_rank):
                continue
            behind[0] += 1
        size = keep(keys, hits, ranks, size, key, d)
    return size
