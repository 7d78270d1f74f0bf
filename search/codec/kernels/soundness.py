# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that read what others read without looking, with every bound checked: whether an index may be trusted."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import BLOCK, SKIPS_FROM
from search.codec.kernels.types import I64, U8


@compiled(nb.void(U8, nb.int64, nb.int64, nb.int64[::1]))
def _varint(data: Any, p: int, end: int, out: Any) -> None:
    """Value and place behind the varint at `p`; place −1 where it does not end before `end` or is over 2³¹."""
    value = nb.int64(0)
    shift = 0
    out[1] = -1
    while p < end and shift <= 35:
        byte = nb.int64(data[p])
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            if value < (1 << 33):
                out[0] = value
                out[1] = p
            return
        shift += 7


@nb.njit(inline="always")
def _u32(data: Any, p: int) -> int:
    return (
        nb.int64(data[p]) | (nb.int64(data[p + 1]) << 8) | (nb.int64(data[p + 2]) << 16) | (nb.int64(data[p + 3]) << 24)
    )


@compiled(nb.int64(U8, I64, nb.int64))
def unsound_list(data: Any, starts: Any, articles: int) -> int:
    """Number of the first posting list that cannot be read as one of `articles` articles, −1 where all can.

    List i takes exactly the bytes `[starts[i], starts[i + 1])`; articles ascend; the skip table says what is there.
    """
    out = np.empty(2, np.int64)
    for i in range(starts.size - 1):
        end = starts[i + 1]
        if starts[i] < 0 or starts[i] >= end or end > data.size:
            return i
        _varint(data, starts[i], end, out)
        if out[1] < 0:
            return i
        df = out[0] >> 1
        ones = out[0] & 1
        if df < 1 or df > articles:
            return i
        table = out[1]
        blocks = (df - 1) // BLOCK if df >= SKIPS_FROM else 0
        body = table + 8 * blocks
        if body > end:
            return i
        p = body
        d = nb.int64(-1)
        for k in range(1, df + 1):
            _varint(data, p, end, out)
            if out[1] < 0:
                return i
            d += out[0] + 1
            p = out[1]
            if d >= articles:
                return i
            if ones == 0:
                if p >= end:
                    return i
                f = data[p]
                p += 1
                if f == 0:
                    return i
                if f == 255:
                    _varint(data, p, end, out)
                    if out[1] < 0:
                        return i
                    p = out[1]
            if k % BLOCK == 0 and k // BLOCK <= blocks:
                t = table + 8 * (k // BLOCK - 1)
                if _u32(data, t) != d or _u32(data, t + 4) != p - body:
                    return i
        if p != end:
            return i
    return -1
