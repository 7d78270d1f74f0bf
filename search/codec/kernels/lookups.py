# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Look-ups of some articles in a posting list: blocks without a wanted one are skipped by the list's table."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.postings import BLOCK, SKIPS_FROM, decode, open_list
from search.codec.kernels.types import I32, U8


@nb.njit(inline="always")
def _u32(data: Any, p: int) -> int:
    return (
        nb.int64(data[p]) | (nb.int64(data[p + 1]) << 8) | (nb.int64(data[p + 2]) << 16) | (nb.int64(data[p + 3]) << 24)
    )


@nb.njit(nb.int64(U8, nb.int64, I32, nb.int64, nb.uint8[::1], nb.int32[::1]), cache=True, nogil=True)
def look_up(data: Any, start: int, docs: Any, n: int, row: Any, exact: Any) -> int:
    """Frequency of a term in each of the ascending articles `docs[:n]`; returns how many hold it.

    It is put into `row` up to 255, and into `exact` where that is not empty; articles without the term are passed over.
    """
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    df = head[0]
    table = head[2]
    body = head[3]
    blocks = (df - 1) // BLOCK if df >= SKIPS_FROM else 0
    held = np.empty(BLOCK, np.int32)
    tfs = np.empty(BLOCK, np.int32)
    p = nb.uint64(body)
    last = nb.int64(-1)  # the last article before block `block`
    block = nb.int64(0)
    size = nb.int64(0)  # postings decoded
    at = nb.int64(0)
    found = 0
    for i in range(n):
        want = docs[i]
        if size == 0 or held[size - 1] < want:
            if size > 0:
                last = nb.int64(held[size - 1])
                block += 1
                size = 0
            if block < blocks and _u32(data, table + 8 * block) < want:
                # gallop, then bisect, to the first block whose last article is not before the wanted one
                step = 1
                low = block
                while low + step < blocks and _u32(data, table + 8 * (low + step)) < want:
                    low += step
                    step *= 2
                high = min(low + step, blocks)
                low += 1
                while low < high:
                    middle = (low + high) >> 1
                    if _u32(data, table + 8 * middle) < want:
                        low = middle + 1
                    else:
                        high = middle
                block = low
                last = _u32(data, table + 8 * (block - 1))
                p = nb.uint64(body + _u32(data, table + 8 * (block - 1) + 4))
            # the list's last block has no entry in the table, and a list without one is read block by block
            while True:
                count = min(df - block * BLOCK, BLOCK)
                if count <= 0:
                    return found
                p = decode(data, p, count, head[1], last, held, tfs, 0)
                size = count
                if held[size - 1] >= want:
                    break
                last = nb.int64(held[size - 1])
                block += 1
                size = 0
            at = 0
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


@nb.njit(nb.int64(U8, nb.int64, nb.int32), cache=True, nogil=True)
def frequency(data: Any, start: int, doc: int) -> int:
    """Frequency of a term in one article, 0 where absent."""
    docs = np.empty(1, np.int32)
    docs[0] = doc
    exact = np.zeros(1, np.int32)
    look_up(data, start, docs, 1, np.empty(1, np.uint8), exact)
    return exact[0]


@nb.njit(nb.int64(U8, nb.int64, U8), cache=True, nogil=True)
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
                count += live[docs[i]]
        d = nb.int64(docs[size - 1])
        left -= size
    return count
