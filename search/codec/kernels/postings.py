# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The byte form of a posting list, and the loops that write it.

A list is: varint `2·df + (1 if every tf is 1)`; for df > 255 a skip table, one entry for each whole block of 128
postings but the last block (u32 last article of the block, u32 offset of the byte behind the block, counted from the
end of the table); then for each posting the varint of `article − previous − 1` (previous starts at −1) and, unless
every tf is 1, one byte of tf, where 255 is followed by a varint of `tf − 255`. Varints are LEB128. Frequencies are
exact.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32, I64, U8

BLOCK: Final = 128
SKIPS_FROM: Final = 256
"""Lists with at least this many postings have a skip table."""


@compiled(nb.int64(nb.uint8[::1], nb.int64, nb.uint64))
def put_varint(out: Any, p: int, value: int) -> int:
    """Write a varint at `p`; returns the place behind it."""
    while value >= 128:
        out[p] = (value & 127) | 128
        value >>= nb.uint64(7)
        p += 1
    out[p] = value
    return p + 1


@compiled(nb.int64(nb.uint8[::1], nb.int64, I32, I32, nb.int64, nb.int64))
def put_list(out: Any, p: int, docs: Any, tfs: Any, a: int, b: int) -> int:
    """Write postings `[a, b)` of ascending `docs` with `tfs` as one list at `p`; returns the place behind it."""
    df = b - a
    ones = 1
    for i in range(a, b):
        if tfs[i] != 1:
            ones = 0
            break
    p = put_varint(out, p, nb.uint64(2 * df + ones))
    blocks = 0
    if df >= SKIPS_FROM:
        blocks = (df - 1) // BLOCK
    table = p
    p += 8 * blocks
    body = p
    previous = -1
    for i in range(a, b):
        d = docs[i]
        p = put_varint(out, p, nb.uint64(d - previous - 1))
        previous = d
        if ones == 0:
            f = tfs[i]
            if f < 255:
                out[p] = f
                p += 1
            else:
                out[p] = 255
                p = put_varint(out, p + 1, nb.uint64(f - 255))
        done = i - a + 1
        if done % BLOCK == 0 and done // BLOCK <= blocks:
            t = table + 8 * (done // BLOCK - 1)
            at = p - body
            for k in range(4):
                out[t + k] = (d >> (8 * k)) & 255
                out[t + 4 + k] = (at >> (8 * k)) & 255
    return p


@compiled(nb.void(U8, nb.int64, nb.int64[::1]))
def open_list(data: Any, p: int, head: Any) -> None:
    """Read a list's head at `p` into `head`: df, whether every tf is 1, start of the skip table, of the postings."""
    value = nb.int64(0)
    shift = 0
    while True:
        byte = nb.int64(data[p])
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    df = value >> 1
    head[0] = df
    head[1] = value & 1
    head[2] = p
    head[3] = p + 8 * ((df - 1) // BLOCK) if df >= SKIPS_FROM else p


@compiled(
    nb.uint64(U8, nb.uint64, nb.int64, nb.int64, nb.int64, nb.int32[::1], nb.int32[::1], nb.int64),
)
def decode(data: Any, place: int, count: int, ones: int, d: int, docs: Any, tfs: Any, at: int) -> int:
    """Read the next `count` postings at `place`, behind article `d`, into `docs` and `tfs` from `at` on.

    Returns the place behind them. Places are unsigned, which need no check for negative ones, and varints are read in
    place, not by a function: both halve the time. Every reader of postings reads them by this loop.
    """
    one = nb.uint64(1)
    for i in range(nb.uint64(at), nb.uint64(at + count)):
        gap = nb.int64(data[place])
        place += one
        if gap >= 128:
            gap &= 127
            shift = 7
            while True:
                byte = nb.int64(data[place])
                place += one
                gap |= (byte & 127) << shift
                if byte < 128:
                    break
                shift += 7
        d += gap + 1
        f = nb.int64(1)
        if ones == 0:
            f = nb.int64(data[place])
            place += one
            if f == 255:
                shift = 0
                while True:
                    byte = nb.int64(data[place])
                    place += one
                    f += (byte & 127) << shift
                    if byte < 128:
                        break
                    shift += 7
        docs[i] = d
        tfs[i] = f
    return place


@compiled(nb.int64(U8, nb.int64, nb.int32[::1], nb.int32[::1], nb.int64))
def get_list(data: Any, p: int, docs: Any, tfs: Any, at: int) -> int:
    """Read the whole list at `p` into `docs` and `tfs` from `at` on; returns the number of postings."""
    head = np.empty(4, np.int64)
    open_list(data, p, head)
    decode(data, nb.uint64(head[3]), head[0], head[1], -1, docs, tfs, at)
    return head[0]


@compiled(nb.void(U8, I64, nb.int64[::1]))
def frequencies(data: Any, starts: Any, out: Any) -> None:
    """Document frequency of the lists at each of `starts` (−1: no list, 0)."""
    head = np.empty(4, np.int64)
    for i in range(starts.size):
        out[i] = 0
        if starts[i] >= 0:
            open_list(data, starts[i], head)
            out[i] = head[0]


@compiled(nb.int64(I64, I32, I32, I32, nb.uint8[::1], nb.int64[::1]))
def put_lists(pointers: Any, order: Any, docs: Any, tfs: Any, out: Any, starts: Any) -> int:
    """Write the lists `order[i]` = postings `[pointers[t], pointers[t+1])` one behind the other; returns the bytes.

    `starts` (one more than lists) receives where each begins; `out` must hold 11 bytes a posting and 16 a list.
    """
    p = 0
    for i in range(order.size):
        starts[i] = p
        t = order[i]
        p = put_list(out, p, docs, tfs, pointers[t], pointers[t + 1])
    starts[order.size] = p
    return p
