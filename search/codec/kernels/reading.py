# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Rows of bytes, one an article: posting lists laid into them, articles read back out of them, the best hits kept.

Articles are numbered within one segment. A row's byte is the frequency of a term up to 254, and 255 for more; 0 says
that the article does not hold it. Article numbers past the end, which only a damaged file holds, fall on the byte
behind the last article.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import BLOCK, MARKED, MARKS, ONES, SKIPS_FROM, marks_of
from search.codec.kernels.types import I32, I64, U8
from search.codec.kernels.words import (
    BYTE,
    LOW,
    MASK,
    count_bits,
    load_half,
    load_word,
    lowest_bit,
    steps,
    steps_of_ones,
    store_word,
)

AT_ONCE: Final = 512
"""Postings decoded before they are laid into a row."""
STRIDE: Final = 256
"""Rows are a multiple of this long, and longer than there are articles by at least this much; as in
`search.codec.layout`."""

ONES_EACH: Final = np.uint64(0x0101010101010101)

_1 = np.uint64(1)
_64 = np.uint64(64)


@compiled(nb.void(U8, nb.uint64, nb.uint64, nb.uint8[::1], nb.uint64))
def _fill_marked(data: Any, p: int, left: int, row: Any, last: int) -> None:
    """What `fill` does for a list of the kind `MARKED` with `left` postings, whose table or first block is at `p`."""
    d = nb.uint64(0)
    blocks = nb.uint64(0)
    table = p
    if left >= SKIPS_FROM:
        blocks = (left - _1) // nb.uint64(BLOCK)
        p += nb.uint64(8) * blocks
    tfs = np.empty(BLOCK, np.uint8)
    begin = nb.uint64(0)
    block = nb.uint64(0)
    while left > 0 and d < last:
        some = min(left, nb.uint64(BLOCK))
        left -= some
        size = nb.uint64(0)  # of the block's gaps, as far as is known
        if block < blocks:
            behind = nb.uint64(load_half(data, table + nb.uint64(8) * block + nb.uint64(4)))
            block += _1
            size = behind - begin - nb.uint64(MARKS)
            begin = behind
        marks = p
        p += (some + nb.uint64(7)) >> nb.uint64(3)
        for half in range(nb.uint64(0), some, _64):
            for word in range(half, min(half + _64, some), nb.uint64(8)):
                store_word(tfs, word, ONES_EACH)
            flags = marks_of(data, marks, some - half)
            marks += nb.uint64(8)
            size -= count_bits(flags)
            while flags:
                f = data[p]
                p += _1
                tfs[half + lowest_bit(flags)] = f
                flags &= flags - _1
                if f == 255:
                    while data[p] >= 128:
                        p += _1
                    p += _1
        if size == BLOCK:
            for at in range(nb.uint64(0), nb.uint64(BLOCK), nb.uint64(8)):
                word = load_word(data, p)
                p += nb.uint64(8)
                own = load_word(tfs, at)
                even = (word >> nb.uint64(8)) & LOW
                far = steps_of_ones(word)
                for k in range(4):
                    lane = nb.uint64(16 * k)
                    doc = d + ((far >> lane) & MASK) - _1
                    row[min(doc, last)] = (own >> (lane + nb.uint64(8))) & BYTE
                    row[min(doc - ((even >> lane) & MASK) - _1, last)] = (own >> lane) & BYTE
                d += far >> nb.uint64(48)
            continue
        for i in range(some):
            if d >= last:
                break
            gap = nb.uint64(data[p])
            p += _1
            if gap >= 128:
                gap &= nb.uint64(127)
                shift = nb.uint64(7)
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    gap |= (byte & nb.uint64(127)) << shift
                    if byte < 128:
                        break
                    shift += nb.uint64(7)
            d += gap
            row[min(d, last)] = tfs[i]
            d += _1


@compiled(nb.void(U8, nb.int64, nb.uint8[::1], nb.int64))
def fill(data: Any, start: int, row: Any, n: int) -> None:
    """Lay the list at `start` into a row of `n` articles; the row is longer, and stays 0 behind them.

    Postings go from the list to the row without a stop between, which `postings.decode` would be; those of a block in
    which all gaps and frequencies are of one byte by words of eight bytes.
    """
    value = nb.uint64(0)
    shift = nb.uint64(0)
    p = nb.uint64(start)
    while True:
        byte = nb.uint64(data[p])
        p += _1
        value |= (byte & nb.uint64(127)) << shift
        if byte < 128:
            break
        shift += nb.uint64(7)
    kind = value & nb.uint64(3)
    left = value >> nb.uint64(2)
    last = nb.uint64(n)
    if kind == MARKED:
        _fill_marked(data, p, left, row, last)
        row[n] = 0
        return
    d = nb.uint64(0)  # one behind the last article
    blocks = nb.uint64(0)
    table = p
    if left >= SKIPS_FROM:
        blocks = (left - _1) // nb.uint64(BLOCK)
        p += nb.uint64(8) * blocks
    short = nb.uint64(BLOCK) if kind == ONES else nb.uint64(2 * BLOCK)
    begin = nb.uint64(0)
    block = nb.uint64(0)
    while left > 0 and d < last:
        some = left
        if block < blocks:
            some = nb.uint64(BLOCK)
            behind = nb.uint64(load_half(data, table + nb.uint64(8) * block + nb.uint64(4)))
            block += _1
            size = behind - begin
            begin = behind
            if size == short:
                left -= some
                stop = p + short
                if kind == ONES:
                    while p < stop:
                        word = load_word(data, p)
                        p += nb.uint64(8)
                        even = (word >> nb.uint64(8)) & LOW
                        far = steps_of_ones(word)
                        for k in range(4):
                            lane = nb.uint64(16 * k)
                            doc = d + ((far >> lane) & MASK) - _1
                            row[min(doc, last)] = 1
                            row[min(doc - ((even >> lane) & MASK) - _1, last)] = 1
                        d += far >> nb.uint64(48)
                else:
                    while p < stop:
                        word = load_word(data, p)
                        p += nb.uint64(8)
                        far = steps(word)
                        for k in range(4):
                            lane = nb.uint64(16 * k)
                            doc = d + ((far >> lane) & MASK) - _1
                            row[min(doc, last)] = (word >> (lane + nb.uint64(8))) & BYTE
                        d += far >> nb.uint64(48)
                continue
        left -= some
        while some > 0 and d < last:
            some -= _1
            gap = nb.uint64(data[p])
            p += _1
            if gap >= 128:
                gap &= nb.uint64(127)
                shift = nb.uint64(7)
                while True:
                    byte = nb.uint64(data[p])
                    p += _1
                    gap |= (byte & nb.uint64(127)) << shift
                    if byte < 128:
                        break
                    shift += nb.uint64(7)
            d += gap
            f = nb.uint8(1)
            if kind != ONES:
                f = data[p]
                p += _1
                if f == 255:
                    while data[p] >= 128:
                        p += _1
                    p += _1
            row[min(d, last)] = f
            d += _1
    row[n] = 0


@compiled(nb.void(U8, I64, nb.uint8[::1], nb.int64))
def fill_all(data: Any, starts: Any, row: Any, n: int) -> None:
    """Lay several lists into one row."""
    for k in range(starts.size):
        fill(data, starts[k], row, n)


@compiled(nb.int64(nb.uint8[::1], nb.int64, nb.int32[::1]))
def held(row: Any, n: int, out: Any) -> int:
    """Articles of a row that are not 0, ascending, into `out` (with room for one more); returns how many."""
    k = nb.uint64(0)
    i = nb.uint64(0)
    size = nb.uint64(n)
    block = nb.uint64(STRIDE)
    while i < size:
        any_held = nb.uint8(0)
        for j in range(block):
            any_held |= row[i + j]
        if any_held != 0:
            for j in range(min(block, size - i)):
                out[k] = i + j
                k += nb.uint64(row[i + j] != 0)
        i += block
    return k


@nb.njit(inline="always")
def worse(key: float, rank: int, other_key: float, other_rank: int) -> bool:
    """Whether a hit comes after another one."""
    return key < other_key or (key == other_key and rank > other_rank)


@compiled(nb.int64(nb.float64[::1], nb.int32[::1], I32, nb.int64, nb.float64, nb.int32))
def keep(keys: Any, hits: Any, ranks: Any, size: int, key: float, d: int) -> int:
    """Keep a hit if it is among the best `keys.size`; returns how many are kept.

    `keys` and `hits` are a heap with the worst on top; `ranks` order articles with equal keys.
    """
    limit = keys.size
    rank = ranks[d]
    if size < limit:
        j = size
        while j > 0:
            parent = (j - 1) >> 1
            if not worse(key, rank, keys[parent], ranks[hits[parent]]):
                break
            keys[j] = keys[parent]
            hits[j] = hits[parent]
            j = parent
        keys[j] = key
        hits[j] = d
        return size + 1
    if limit > 0 and worse(keys[0], ranks[hits[0]], key, rank):
        j = 0
        while True:
            child = 2 * j + 1
            if child >= limit:
                break
            if child + 1 < limit and worse(keys[child + 1], ranks[hits[child + 1]], keys[child], ranks[hits[child]]):
                child += 1
            if not worse(keys[child], ranks[hits[child]], key, rank):
                break
            keys[j] = keys[child]
            hits[j] = hits[child]
            j = child
        keys[j] = key
        hits[j] = d
    return size


@compiled(nb.void(nb.float64[::1], nb.int32[::1], I32, nb.int64))
def in_page_order(keys: Any, hits: Any, ranks: Any, size: int) -> None:
    """Put the heap that `keep` made in order, the best first."""
    for last in range(size - 1, 0, -1):
        # the worst goes behind the heap, which then has its last hit on top until that sinks
        key, d = keys[last], hits[last]
        keys[last], hits[last] = keys[0], hits[0]
        rank = ranks[d]
        j = 0
        while True:
            child = 2 * j + 1
            if child >= last:
                break
            if child + 1 < last and worse(keys[child + 1], ranks[hits[child + 1]], keys[child], ranks[hits[child]]):
                child += 1
            if not worse(keys[child], ranks[hits[child]], key, rank):
                break
            keys[j] = keys[child]
            hits[j] = hits[child]
            j = child
        keys[j] = key
        hits[j] = d
