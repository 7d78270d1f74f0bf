# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops for articles that say the same: signatures of texts, groups of like signatures, and counting a group once.

A signature is one-permutation MinHash (Li, Owen and Zhang 2012) over runs of `RUN` tokens: each run's hash falls into
one of `BINS` bins, whose least hash counts; empty bins borrow from others (optimal densification, Shrivastava 2017).
Of each least hash one byte is kept (b-bit MinHash, Li and König 2010). The share of equal bytes estimates the Jaccard
similarity of the sets of runs, with a standard error of .05 at .8. The last 16 bytes are a Bloom filter (Bloom 1970)
of the text's first numbers, three bits for each time one is told: a text with other numbers, such as another day's
prices, is no copy.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import F64, I32, I64, U8, U64

SIZE = 64
"""Bytes of a signature."""
BINS = 48
"""Those of them that stand for runs; the others stand for numbers."""
BITS = 3
NUMBERS = 64
"""At most so many numbers of a text are held; a table of more differs in its runs where it differs."""
RUN = 5
"""Tokens of a run."""
BANDS = 12
"""Parts of a signature's bins of which one has to be equal before two articles are compared."""
STEPS = 64
"""At most so many articles are compared with for each band."""

_1ST = np.uint64(0x9E3779B97F4A7C15)
_2ND = np.uint64(0xBF58476D1CE4E5B9)
_3RD = np.uint64(0x94D049BB133111EB)
_4TH = np.uint64(0xD6E8FEB86659FD93)
_5TH = np.uint64(0xC2B2AE3D27D4EB4F)
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
_32 = np.uint64(32)
_16, _127, _3, _7 = np.uint64(16), np.uint64(127), np.uint64(3), np.uint64(7)
_ONE = np.uint64(1)


@nb.njit(inline="always")
def _mixed(h: int) -> int:
    """Every bit of the result depends on every bit (the finalizer of splitmix64, Steele et al. 2014)."""
    h ^= h >> np.uint64(30)
    h *= _2ND
    h ^= h >> np.uint64(27)
    h *= _3RD
    return h ^ (h >> np.uint64(31))


@nb.njit(inline="always")
def _bin(h: int) -> int:
    """The bin of a hash."""
    return ((h >> _32) * nb.uint64(BINS)) >> _32


@compiled(nb.void(I32, I64, I64, I64, nb.int64, U64, nb.uint8[::1]))
def sign(tokens: Any, begins: Any, ends: Any, titles: Any, shortest: int, hashes: Any, out: Any) -> None:
    """Signatures of the texts `tokens[begins[d]:ends[d]]`, `SIZE` bytes each; 0 throughout where there is no token.

    `hashes[t]` is the hash of token t, the same in every segment; its last bit says that the token is a number. A text
    of fewer than `shortest` tokens is like those alone that have the same tokens and as many of them, `titles[d]`, in
    the title.
    """
    least = np.empty(BINS, np.uint64)
    seen = np.empty(NUMBERS, np.int32)
    for d in range(begins.size):
        if ends[d] == begins[d]:
            out[d * SIZE : (d + 1) * SIZE] = 0
            continue
        if ends[d] - begins[d] < shortest:
            h = _mixed(nb.uint64(titles[d]) * _2ND + _4TH)
            for i in range(begins[d], ends[d]):
                h = _mixed(h * _3RD + hashes[tokens[i]])
            for b in range(SIZE):
                h = _mixed(h + _1ST)
                out[d * SIZE + b] = h & np.uint64(255)
            continue
        out[d * SIZE + BINS : (d + 1) * SIZE] = 0
        held = 0
        for i in range(begins[d], ends[d]):
            token = tokens[i]
            if hashes[token] & _ONE and held < NUMBERS:
                # "6" told twice is more than "6" told once: a day may be an hour as well
                h = hashes[token]
                for j in range(held):
                    if seen[j] == token:
                        h += _5TH
                seen[held] = token
                held += 1
                h = _mixed(h)
                for _ in range(BITS):
                    bit = h & _127
                    h >>= _16
                    out[d * SIZE + BINS + (bit >> _3)] |= nb.uint8(1 << (bit & _7))
        least[:] = _EMPTY
        for i in range(begins[d], ends[d] - RUN + 1):
            h = hashes[tokens[i]] * _1ST
            h += hashes[tokens[i + 1]] * _2ND
            h += hashes[tokens[i + 2]] * _3RD
            h += hashes[tokens[i + 3]] * _4TH
            h += hashes[tokens[i + 4]] * _5TH
            h = _mixed(h)
            b = _bin(h)
            if h < least[b]:
                least[b] = h
        for b in range(BINS):
            h = least[b]
            j = nb.uint64(b)
            while h == _EMPTY:
                j = j * _1ST + _4TH
                h = least[_bin(_mixed(j))]
            out[d * SIZE + b] = _mixed(h + _5TH) & np.uint64(255)


@compiled(nb.void(U8, I32, nb.int64, nb.int64, nb.int32[::1]))
def lead(signatures: Any, runs: Any, keys: int, need: int, out: Any) -> None:
    """For each article the first one it is a copy of, or itself: `out[a]`.

    Articles come in the order in which they count as first. `runs[b * n + a]` numbers the articles with the same bytes
    in band b, from 0 to `keys`, −1 where a has no like there. An article is a copy of the one with most equal bytes
    among those that are no copies themselves, when at least `need` bytes are equal and the numbers of one are all in
    the other: chains do not form.
    """
    n = out.size
    heads = np.full(keys, -1, np.int32)
    following = np.full(BANDS * n, -1, np.int32)
    seen = np.full(n, -1, np.int32)
    for a in range(n):
        best = -1
        most = need - 1
        for b in range(BANDS):
            run = runs[b * n + a]
            if run < 0:
                continue
            other = heads[run]
            steps = 0
            while other >= 0 and steps < STEPS:
                if seen[other] != a:
                    seen[other] = a
                    equal = 0
                    for i in range(BINS):
                        equal += signatures[a * SIZE + i] == signatures[other * SIZE + i]
                    more = fewer = False
                    for i in range(BINS, SIZE):
                        mine, its = signatures[a * SIZE + i], signatures[other * SIZE + i]
                        more |= (mine & ~its) != 0
                        fewer |= (its & ~mine) != 0
                    if more and fewer:
                        equal = 0
                    if equal > most or (equal == most and best >= 0 and other < best):
                        most = equal
                        best = other
                other = following[b * n + other]
                steps += 1
        if best >= 0:
            out[a] = best
            continue
        out[a] = a
        for b in range(BANDS):
            run = runs[b * n + a]
            if run >= 0:
                following[b * n + a] = heads[run]
                heads[run] = a


@nb.njit(inline="always")
def _count(counts: Any, last: Any, code: int, group: int) -> None:
    if last[code] != group:
        last[code] = group
        counts[code] += 1


@compiled(
    nb.int64(
        I32, F64, I32, I32, I32, U8, I32, U8, I32, U8, I32, I32, I32, nb.int64, nb.int64, I32,
        nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.int64[::1], nb.int32[::1],
    ),
)  # fmt: skip
def once(
    rows: Any, keys: Any, group: Any, rank: Any,
    city: Any, city_ok: Any, source: Any, source_ok: Any, byline: Any, byline_ok: Any,
    day: Any, month: Any, year: Any, first_day: int, last_day: int, city_shown: Any,
    city_counts: Any, source_counts: Any, byline_counts: Any, day_counts: Any, month_counts: Any, year_counts: Any,
    best: Any,
) -> int:  # fmt: skip
    """Count each group once; returns how many groups pass every filter, the first of each in `best`.

    `rows` are the matching articles, ascending, those of a group together; all other columns go by row. Filters and
    counts are as in `reading.finish`, but that a value counts once for each group that has it.
    """
    last_city = np.full(city_counts.size, -1, np.int32)
    last_source = np.full(source_counts.size, -1, np.int32)
    last_byline = np.full(byline_counts.size, -1, np.int32)
    last_day_of = np.full(day_counts.size, -1, np.int32)
    last_month = np.full(month_counts.size, -1, np.int32)
    last_year = np.full(year_counts.size, -1, np.int32)
    found = 0
    current = -1
    for i in range(rows.size):
        r = rows[i]
        g = group[r]
        fails = 0
        which = 0
        if city_ok.size > 0 and city_ok[city[r]] == 0:
            fails += 1
            which = 1
        if source_ok.size > 0 and source_ok[source[r]] == 0:
            fails += 1
            which = 2
        if byline_ok.size > 0 and byline_ok[byline[r]] == 0:
            fails += 1
            which = 3
        if first_day >= 0 and (day[r] < first_day or day[r] > last_day):
            fails += 1
            which = 4
        if fails > 1:
            continue
        if city_counts.size > 0 and (fails == 0 or which == 1):
            _count(city_counts, last_city, city_shown[r], g)
        if source_counts.size > 0 and (fails == 0 or which == 2):
            _count(source_counts, last_source, source[r], g)
        if byline_counts.size > 0 and (fails == 0 or which == 3):
            _count(byline_counts, last_byline, byline[r], g)
        if fails == 0 or which == 4:
            if day_counts.size > 0:
                _count(day_counts, last_day_of, day[r], g)
            if month_counts.size > 0:
                _count(month_counts, last_month, month[r], g)
            if year_counts.size > 0:
                _count(year_counts, last_year, year[r], g)
        if fails != 0:
            continue
        if g != current:
            current = g
            best[found] = r
            found += 1
        else:
            b = best[found - 1]
            if keys[r] > keys[b] or (keys[r] == keys[b] and rank[r] < rank[b]):
                best[found - 1] = r
    return found
