# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that look some articles up in posting lists, and add scores to just these.

Places are unsigned and varints read in place, as in `search.codec.kernels.reading`; scores are computed by the same
formula in the same order of operations, so that an article gets the same score either way.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.postings import BLOCK, SKIPS_FROM, open_list
from search.codec.kernels.types import I32, U8, U32

_0 = np.uint64(0)
_1 = np.uint64(1)
_7 = np.uint64(7)
_127 = np.uint64(127)
_128 = np.uint64(128)
_255 = np.uint64(255)
_BEFORE_FIRST = np.uint64(0xFFFFFFFFFFFFFFFF)


@nb.njit(inline="always")
def _u32(data: Any, p: int) -> int:
    return (
        nb.int64(data[p]) | (nb.int64(data[p + 1]) << 8) | (nb.int64(data[p + 2]) << 16) | (nb.int64(data[p + 3]) << 24)
    )


@nb.njit(nb.int64(U8, nb.int64, nb.int32[::1], nb.int64, nb.int32[::1]), cache=True, nogil=True)
def lookup(data: Any, start: int, docs: Any, n: int, tfs: Any) -> int:
    """Frequency of a term in each of the ascending articles `docs[:n]`, 0 where absent; returns how many hold it.

    Blocks without a wanted article are skipped by the list's table.
    """
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    df = head[0]
    ones = head[1]
    table = head[2]
    body = head[3]
    blocks = (df - 1) // BLOCK if df >= SKIPS_FROM else 0
    p = nb.uint64(body)
    read = nb.int64(0)
    d = nb.int64(-1)
    f = nb.uint64(0)
    block = nb.int64(0)
    found = 0
    for i in range(n):
        want = nb.int64(docs[i])
        tfs[i] = 0
        if d < want and block < blocks and _u32(data, table + 8 * block) < want:
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
            if block * BLOCK > read:
                read = block * BLOCK
                d = _u32(data, table + 8 * (block - 1))
                p = nb.uint64(body + _u32(data, table + 8 * (block - 1) + 4))
        while d < want and read < df:
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
            d += nb.int64(gap) + 1
            f = _1
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
            read += 1
        if d == want:
            tfs[i] = f
            found += 1
        elif d < want:
            for j in range(i + 1, n):
                tfs[j] = 0
            break
    return found


@nb.njit(nb.void(I32, I32, nb.int64, nb.float64, U32, nb.float64, nb.float64, nb.float64[::1]), cache=True, nogil=True)
def add_scores(docs: Any, tfs: Any, n: int, weight: float, lengths: Any, base: float, slope: float, acc: Any) -> None:
    """Add a term's score to `acc[i]` for each of the articles `docs[:n]` by its frequency `tfs[i]`."""
    for i in range(n):
        if tfs[i] != 0:
            acc[i] += weight * tfs[i] / (tfs[i] + (base + slope * lengths[docs[i]]))


@nb.njit(nb.void(I32, I32, nb.int64, nb.float64, U32, nb.float64, nb.float64, nb.float64[::1]), cache=True, nogil=True)
def scatter_scores(
    docs: Any, tfs: Any, n: int, weight: float, lengths: Any, base: float, slope: float, acc: Any
) -> None:
    """Like `add_scores`, into `acc[docs[i]]`."""
    for i in range(n):
        if tfs[i] != 0:
            acc[docs[i]] += weight * tfs[i] / (tfs[i] + (base + slope * lengths[docs[i]]))


@nb.njit(nb.int64(U8, nb.int64, U8), cache=True, nogil=True)
def live_frequency(data: Any, start: int, live: Any) -> int:
    """Number of articles in the list at `start` that are not deleted."""
    head = np.empty(4, np.int64)
    open_list(data, start, head)
    p = nb.uint64(head[3])
    n = nb.uint64(live.size)
    d = _BEFORE_FIRST
    count = 0
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
        if head[1] == 0:
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
        count += live[d]
    return count
