# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that read posting lists: matching and scoring in one pass, facets and the best hits in another.

Articles are numbered within one segment. `flags` holds one bit for each part of a condition that an article meets. A
score is `weight · tf / (tf + base + slope · length)`, with `weight` the user's weight times idf, `base = k1·(1 − b)`
and `slope = k1·b / average length`: BM25 as `search.query.tree` defines it, in double precision and in the plan's
order of terms, so that equal articles get equal scores. Article numbers past the end, which only a damaged file holds,
end a list.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.postings import open_list
from search.codec.kernels.types import F64, I32, I64, U8, U32

_0 = np.uint64(0)
_1 = np.uint64(1)
_7 = np.uint64(7)
_127 = np.uint64(127)
_128 = np.uint64(128)
_255 = np.uint64(255)
_BEFORE_FIRST = np.uint64(0xFFFFFFFFFFFFFFFF)
"""One less than article 0. All arithmetic on places is unsigned: such indices need no check for negative ones, which
halves the time of the loops. Varints are read in place, not by a function: one that returns a pair makes them three
times as slow."""


@nb.njit(nb.void(U8, I64, nb.uint16[::1], nb.uint16), cache=True, nogil=True)
def mark(data: Any, starts: Any, flags: Any, bit: int) -> None:
    """Set `bit` for every article in any of the lists at `starts`."""
    head = np.empty(4, np.int64)
    n = nb.uint64(flags.size)
    for k in range(starts.size):
        open_list(data, starts[k], head)
        p = nb.uint64(head[3])
        d = _BEFORE_FIRST
        ones = head[1]
        for _ in range(head[0]):
            gap = nb.uint64(data[p])
            p += _1
            if gap >= _128:
                gap &= _127
                shift = _7
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    gap |= (byte & _127) << shift
                    if byte < _128:
                        break
                    shift += _7
            d += gap + _1
            if ones == 0:
                f = nb.uint64(data[p])
                p += _1
                if f == _255:
                    shift = _0
                    while True:
                        byte = nb.uint64(data[p])
                        p += _1
                        f += (byte & _127) << shift
                        if byte < _128:
                            break
                        shift += _7
            if d >= n:
                break
            flags[d] |= bit


@nb.njit(
    nb.void(U8, nb.int64, nb.float64, U32, nb.float64, nb.float64, nb.float64[::1], nb.uint16[::1], nb.uint16),
    cache=True,
    nogil=True,
)
def score(
    data: Any, start: int, weight: float, lengths: Any, base: float, slope: float, acc: Any, flags: Any, bit: int
) -> None:
    """Add one term's score to `acc` and set `bit`, for every article in the list at `start`."""
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    data = data[head[3] :]
    p = _0
    n = nb.uint64(acc.size)
    d = _BEFORE_FIRST
    if head[1] == 1:
        for _ in range(head[0]):
            gap = nb.uint64(data[p])
            p += _1
            if gap >= _128:
                gap &= _127
                shift = _7
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    gap |= (byte & _127) << shift
                    if byte < _128:
                        break
                    shift += _7
            d += gap + _1
            if d >= n:
                break
            acc[d] += weight / (1.0 + (base + slope * nb.float64(lengths[d])))
            flags[d] |= bit
    else:
        for _ in range(head[0]):
            gap = nb.uint64(data[p])
            p += _1
            if gap >= _128:
                gap &= _127
                shift = _7
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    gap |= (byte & _127) << shift
                    if byte < _128:
                        break
                    shift += _7
            d += gap + _1
            f = nb.uint64(data[p])
            p += _1
            if f == _255:
                shift = _0
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    f += (byte & _127) << shift
                    if byte < _128:
                        break
                    shift += _7
            if d >= n:
                break
            tf = nb.float64(f)
            acc[d] += weight * tf / (tf + (base + slope * nb.float64(lengths[d])))
            flags[d] |= bit


@nb.njit(nb.int64(nb.uint16[::1], nb.uint16, nb.uint16, nb.int32[::1]), cache=True, nogil=True)
def gather(flags: Any, need: int, forbidden: int, out: Any) -> int:
    """Articles with all bits of `need` and none of `forbidden`, ascending, and every flag back to 0."""
    k = 0
    for d in range(nb.uint64(flags.size)):
        f = flags[d]
        if f & need == need and f & forbidden == 0:
            out[k] = d
            k += 1
        flags[d] = 0
    return k


@nb.njit(inline="always")
def _worse(key: float, rank: int, other_key: float, other_rank: int) -> bool:
    return key < other_key or (key == other_key and rank > other_rank)


@nb.njit(
    nb.int64(
        I32, nb.int64, nb.uint16[::1], nb.uint16, nb.uint16, nb.float64[::1],
        U8, I32, U8, I32, U8, I32, U8, I32, nb.int64, nb.int64,
        nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.int64[::1],
        F64, I32, nb.float64, nb.int64, nb.float64[::1], nb.int32[::1], nb.int64[::1],
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def finish(
    docs: Any, n: int, flags: Any, need: int, forbidden: int, acc: Any,
    live: Any, city: Any, city_ok: Any, source: Any, source_ok: Any, byline: Any, byline_ok: Any,
    day: Any, first_day: int, last_day: int,
    city_counts: Any, source_counts: Any, byline_counts: Any, day_counts: Any,
    day_keys: Any, ranks: Any, after_key: float, after_rank: int, keys: Any, hits: Any, sizes: Any,
) -> int:  # fmt: skip
    """Count, fill the facets and keep the best; returns the exact total.

    Candidates are `docs[:n]` with scores `acc[i]`, or, when n < 0, every article whose flags have all of `need` and
    none of `forbidden`, with scores `acc[d]`; flags and scores read this way are set back to 0.
    Filters: `x_ok[code]`, empty for no filter; day codes in `[first_day, last_day]`, `first_day` < 0 for no filter.
    An article that fails one filter alone still counts in that filter's own facet. Counts of size 0 are not wanted.
    The sort key is the score, or `day_keys[day]` when that is not empty. Only articles behind (`after_key`,
    `after_rank`) are kept. `keys` and `hits` are a heap with the worst on top; `sizes[0]` of them are in use, and
    `sizes[1]` counts the matches behind the cursor.
    """
    total = 0
    size = sizes[0]
    behind = sizes[1]
    limit = keys.size
    dense = n < 0
    by_day = day_keys.size > 0
    last = flags.size if dense else n
    for i in range(nb.uint64(last)):
        d = i
        if dense:
            f = flags[i]
            key = acc[i]
            flags[i] = 0
            acc[i] = 0.0
            if f & need != need or f & forbidden != 0:
                continue
        else:
            d = nb.uint64(docs[i])
            key = acc[i]
        if live.size > 0 and live[d] == 0:
            continue
        fails = 0
        which = 0
        if city_ok.size > 0 and city_ok[city[d]] == 0:
            fails += 1
            which = 1
        if source_ok.size > 0 and source_ok[source[d]] == 0:
            fails += 1
            which = 2
        if byline_ok.size > 0 and byline_ok[byline[d]] == 0:
            fails += 1
            which = 3
        if first_day >= 0 and (day[d] < first_day or day[d] > last_day):
            fails += 1
            which = 4
        if fails > 1:
            continue
        if city_counts.size > 0 and (fails == 0 or which == 1):
            city_counts[city[d]] += 1
        if source_counts.size > 0 and (fails == 0 or which == 2):
            source_counts[source[d]] += 1
        if byline_counts.size > 0 and (fails == 0 or which == 3):
            byline_counts[byline[d]] += 1
        if day_counts.size > 0 and (fails == 0 or which == 4):
            day_counts[day[d]] += 1
        if fails != 0:
            continue
        total += 1
        if by_day:
            key = day_keys[day[d]]
        rank = nb.int64(ranks[d])
        if not _worse(key, rank, after_key, after_rank):
            continue
        behind += 1
        if limit == 0:
            continue
        if size < limit:
            j = size
            size += 1
            while j > 0:
                parent = (j - 1) >> 1
                if not _worse(key, rank, keys[parent], ranks[hits[parent]]):
                    break
                keys[j] = keys[parent]
                hits[j] = hits[parent]
                j = parent
            keys[j] = key
            hits[j] = d
        elif _worse(keys[0], ranks[hits[0]], key, rank):
            j = 0
            while True:
                child = 2 * j + 1
                if child >= limit:
                    break
                if child + 1 < limit and _worse(
                    keys[child + 1], ranks[hits[child + 1]], keys[child], ranks[hits[child]]
                ):
                    child += 1
                if not _worse(keys[child], ranks[hits[child]], key, rank):
                    break
                keys[j] = keys[child]
                hits[j] = hits[child]
                j = child
            keys[j] = key
            hits[j] = d
    sizes[0] = size
    sizes[1] = behind
    return total
