# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Look-ups of some articles in a posting list: blocks without a wanted one are skipped by the list's table."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import BLOCK, MARKED, MARKS, PAIRED, SKIPS_FROM, decode, open_list
from search.codec.kernels.types import I32, U8
from search.codec.kernels.words import (
    BYTE,
    LANES,
    LOW,
    count_bits,
    lane_of,
    load_half,
    load_word,
    lowest_bit,
    steps,
    steps_of_ones,
)

_1 = np.uint64(1)
_3 = np.uint64(3)
_64 = np.uint64(64)


@nb.njit(inline="always")
def _entry(data: Any, table: int, block: int) -> int:
    return load_half(data, table + nb.uint64(8) * nb.uint64(block))


@nb.njit(inline="always")
def _behind(data: Any, table: int, block: int) -> int:
    return load_half(data, table + nb.uint64(8) * nb.uint64(block) + nb.uint64(4))


@compiled(nb.int64(U8, nb.int64, I32, nb.int64, nb.uint8[::1], nb.int32[::1]))
def look_up(data: Any, start: int, docs: Any, n: int, row: Any, exact: Any) -> int:
    """Frequency of a term in each of the ascending articles `docs[:n]`; returns how many hold it.

    It is put into `row` up to 255, and into `exact` where that is not empty; articles without the term are passed over.
    Blocks in which all gaps and frequencies are of one byte are not decoded, but walked through four or eight postings
    at a time.
    """
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    df = head[0]
    table = nb.uint64(head[2])
    body = head[3]
    blocks = (df - 1) // BLOCK if df >= SKIPS_FROM else 0
    kind = head[1]
    each = BLOCK // 4 if kind == PAIRED else BLOCK // 8
    low_marks = nb.uint64(0)  # in a block walked through: which of its postings have a frequency of their own
    high_marks = nb.uint64(0)
    own = nb.uint64(0)  # and where these begin
    held = np.empty(BLOCK, np.int32)
    tfs = np.empty(BLOCK, np.int32)
    block = nb.int64(-1)
    until = nb.int64(-1)  # the last article of block `block`
    p = nb.uint64(body)
    d = nb.uint64(0)  # in a block walked through: one behind the last article passed
    words = 0  # and its words left
    size = nb.int64(0)  # in a block decoded: its postings
    at = nb.int64(0)
    found = 0
    for i in range(n):
        want = nb.int64(docs[i])
        if until < want:
            block += 1
            if block < blocks and nb.int64(_entry(data, table, block)) < want:
                # gallop, then bisect, to the first block whose last article is not before the wanted one
                step = 1
                low = block
                while low + step < blocks and nb.int64(_entry(data, table, low + step)) < want:
                    low += step
                    step *= 2
                high = min(low + step, blocks)
                low += 1
                while low < high:
                    middle = (low + high) >> 1
                    if nb.int64(_entry(data, table, middle)) < want:
                        low = middle + 1
                    else:
                        high = middle
                block = low
            begin = nb.int64(0)
            last = nb.int64(-1)
            if 0 < block <= blocks:
                last = nb.int64(_entry(data, table, block - 1))
                begin = nb.int64(_behind(data, table, block - 1))
            elif block > blocks:
                # a list without a table, or the postings behind the last block that has an entry
                begin = nb.int64(p) - body
                last = until
            count = min(df - block * BLOCK, BLOCK)
            p = nb.uint64(body + begin)
            words = 0
            size = 0
            short = nb.int64(8 * each)
            if block < blocks:
                if kind == MARKED:
                    low_marks = load_word(data, p)
                    high_marks = load_word(data, p + nb.uint64(8))
                    own = p + nb.uint64(MARKS)
                    marked = count_bits(low_marks) + count_bits(high_marks)
                    short += MARKS + nb.int64(marked)
                if nb.int64(_behind(data, table, block)) - begin == short:
                    until = nb.int64(_entry(data, table, block))
                    d = nb.uint64(last + 1)
                    words = each
                    if kind == MARKED:
                        p = own + marked
            if words == 0:
                while True:
                    if count <= 0:
                        return found
                    p = decode(data, p, count, kind, last, held, tfs, 0)
                    size = count
                    until = nb.int64(held[size - 1])
                    if until >= want:
                        break
                    last = until
                    block += 1
                    count = min(df - block * BLOCK, BLOCK)
                at = 0
        if size == 0:
            goal = nb.uint64(want + 1)
            word = load_word(data, p)
            far = steps(word) if kind == PAIRED else steps_of_ones(word)
            while words > 1 and d + (far >> nb.uint64(48)) < goal:
                d += far >> nb.uint64(48)
                p += nb.uint64(8)
                words -= 1
                word = load_word(data, p)
                far = steps(word) if kind == PAIRED else steps_of_ones(word)
            f = nb.uint64(0)
            hit = lane_of(far, goal - d)
            if kind == PAIRED:
                if hit:
                    f = (word >> (lowest_bit(hit) - nb.uint64(7))) & BYTE
            else:
                even = lane_of(far - ((word >> nb.uint64(8)) & LOW) - LANES, goal - d)
                f = nb.uint64((hit | even) != 0)
                if f and kind == MARKED:
                    place = nb.uint64(8 * (each - words))
                    place += (lowest_bit(hit) >> _3) | _1 if hit else lowest_bit(even) >> _3 & ~_1
                    before = nb.uint64(0)
                    marks = low_marks
                    if place >= _64:
                        before = count_bits(low_marks)
                        marks = high_marks
                        place -= _64
                    if (marks >> place) & _1:
                        before += count_bits(marks & ((_1 << place) - _1))
                        f = nb.uint64(data[own + before])
            if f:
                row[i] = f
                if exact.size > 0:
                    exact[i] = f
                found += 1
            continue
        # halve, without a jump that could be guessed wrong, to the last decoded article not behind the wanted one
        low = at
        left = size - at
        while left > 1:
            half = left >> 1
            low = low + half if held[low + half] <= want else low
            left -= half
        at = low
        if held[at] == want:
            row[i] = min(tfs[at], 255)
            if exact.size > 0:
                exact[i] = tfs[at]
            found += 1
    return found


@compiled(nb.int64(U8, nb.int64, nb.int32))
def frequency(data: Any, start: int, doc: int) -> int:
    """Frequency of a term in one article, 0 where absent."""
    docs = np.empty(1, np.int32)
    docs[0] = doc
    exact = np.zeros(1, np.int32)
    look_up(data, start, docs, 1, np.empty(1, np.uint8), exact)
    return exact[0]


@compiled(nb.int64(U8, nb.int64, U8))
def live_frequency(data: Any, start: int, live: Any) -> int:
    """Number of articles in the list at `start` that are not deleted."""
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    docs = np.empty(BLOCK, np.int32)
    tfs = np.empty(BLOCK, np.int32)
    p = nb.uint64(head[3])
    d = nb.int64(-1)
    left = head[0]
    count = 0
    while left > 0:
        size = min(left, BLOCK)
        p = decode(data, p, size, head[1], d, docs, tfs, 0)
        for i in range(size):
            if nb.uint32(docs[i]) < nb.uint32(live.size):
                count += nb.int64(live[docs[i]])
        d = nb.int64(docs[size - 1])
        left -= size
    return count
