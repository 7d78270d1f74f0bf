# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that read what others read without looking, with every bound checked: whether an index may be trusted."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import BLOCK, MARKED, ONES, PAIRED, SKIPS_FROM
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


@compiled(nb.void(U8, nb.int64, nb.int64, nb.int64, nb.int64[::1]))
def _frequency(data: Any, p: int, end: int, least: int, out: Any) -> None:
    """Place behind the frequency at `p`; −1 where it does not end before `end`, is under `least` or over 2³¹."""
    out[1] = -1
    if p < end and data[p] >= least:
        out[1] = p + 1
        if data[p] == 255:
            _varint(data, p + 1, end, out)
            if out[1] >= 0 and out[0] >= (1 << 31) - 255:
                out[1] = -1


@compiled(nb.int64(U8, nb.int64, nb.int64, nb.int64, nb.int64[::1]))
def _marked(data: Any, p: int, end: int, count: int, out: Any) -> int:
    """Place behind the marks and frequencies of a block of `count` postings at `p`; −1 where they cannot be read."""
    marks = p
    p += (count + 7) >> 3
    if p > end or (count & 7 and data[p - 1] >> (count & 7)):
        return -1
    for k in range(count):
        if (data[marks + (k >> 3)] >> (k & 7)) & 1:
            _frequency(data, p, end, 2, out)
            p = out[1]
            if p < 0:
                return -1
    return p


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
        df = out[0] >> 2
        kind = out[0] & 3
        if df < 1 or df > articles or (kind != PAIRED and kind != ONES and kind != MARKED):
            return i
        table = out[1]
        blocks = (df - 1) // BLOCK if df >= SKIPS_FROM else 0
        body = table + 8 * blocks
        if body > end:
            return i
        p = body
        d = nb.int64(-1)
        for k in range(1, df + 1):
            if kind == MARKED and k % BLOCK == 1:
                p = _marked(data, p, end, min(df - k + 1, BLOCK), out)
                if p < 0:
                    return i
            _varint(data, p, end, out)
            if out[1] < 0:
                return i
            d += out[0] + 1
            p = out[1]
            if d >= articles:
                return i
            if kind == PAIRED:
                _frequency(data, p, end, 1, out)
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
