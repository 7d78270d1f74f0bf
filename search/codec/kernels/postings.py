# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The byte form of a posting list, and the loops that write it.

A list is: varint `4·df + kind`; for df > 255 a skip table, one entry for each whole block of 128 postings but the last
block (u32 last article of the block, u32 offset of the byte behind the block, counted from the end of the table); then
the blocks. A gap is the varint of `article − previous − 1` (previous starts at −1), a frequency one byte of tf, where
255 is followed by the varint of `tf − 255`. Varints are LEB128. Frequencies are exact. A block is, by kind:

- `PAIRED`: for each posting its gap and its frequency;
- `ONES`: a gap for each posting, as every tf is 1;
- `MARKED`: a bit for each posting, the first the lowest of the first byte, set where tf is not 1, and 0 behind the
  last; the frequencies of those that are set; a gap for each posting.

Most postings have a tf of 1. Where more have another one than `MARKED` is for, it would save little, and lists that are
long besides are read most: these are `PAIRED`, of which a word of eight bytes is four postings.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32, I64, U8
from search.codec.kernels.words import load_word, lowest_bit

BLOCK: Final = 128
SKIPS_FROM: Final = 256
"""Lists with at least this many postings have a skip table."""
PAIRED, ONES, MARKED = 0, 1, 2
"""Kinds of lists."""
MARKS: Final = BLOCK // 8
"""Bytes of the bits of a whole block."""
_SHARE: Final = 3
"""A list is marked when one posting in so many, or fewer, has a tf that is not 1."""

_1 = np.uint64(1)
_64 = np.uint64(64)


@compiled(nb.int64(nb.uint8[::1], nb.int64, nb.uint64))
def put_varint(out: Any, p: int, value: int) -> int:
    """Write a varint at `p`; returns the place behind it."""
    while value >= 128:
        out[p] = (value & 127) | 128
        value >>= nb.uint64(7)
        p += 1
    out[p] = value
    return p + 1


@compiled(nb.int64(nb.uint8[::1], nb.int64, nb.int64))
def _put_frequency(out: Any, p: int, f: int) -> int:
    if f < 255:
        out[p] = f
        return p + 1
    out[p] = 255
    return put_varint(out, p + 1, nb.uint64(f - 255))


@compiled(nb.int64(nb.uint8[::1], nb.int64, I32, I32, nb.int64, nb.int64))
def put_list(out: Any, p: int, docs: Any, tfs: Any, a: int, b: int) -> int:
    """Write postings `[a, b)` of ascending `docs` with `tfs` as one list at `p`; returns the place behind it."""
    df = b - a
    several = 0
    for i in range(a, b):
        several += tfs[i] != 1
    kind = PAIRED
    if several == 0:
        kind = ONES
    elif _SHARE * several <= df:
        kind = MARKED
    p = put_varint(out, p, nb.uint64(4 * df + kind))
    blocks = 0
    if df >= SKIPS_FROM:
        blocks = (df - 1) // BLOCK
    table = p
    p += 8 * blocks
    body = p
    previous = -1
    for start in range(a, b, BLOCK):
        stop = min(start + BLOCK, b)
        if kind == MARKED:
            marks = p
            p += (stop - start + 7) >> 3
            out[marks:p] = 0
            for i in range(start, stop):
                # without a jump, which would often be guessed wrong; a byte too much is written over
                f = tfs[i]
                apart = nb.int64(f != 1)
                out[marks + ((i - start) >> 3)] |= apart << ((i - start) & 7)
                if f < 255:
                    out[p] = f
                    p += apart
                else:
                    p = _put_frequency(out, p, f)
        for i in range(start, stop):
            d = docs[i]
            p = put_varint(out, p, nb.uint64(d - previous - 1))
            previous = d
            if kind == PAIRED:
                p = _put_frequency(out, p, tfs[i])
        block = (start - a) // BLOCK
        if block < blocks:
            t = table + 8 * block
            at = p - body
            for k in range(4):
                out[t + k] = (previous >> (8 * k)) & 255
                out[t + 4 + k] = (at >> (8 * k)) & 255
    return p


@compiled(nb.void(U8, nb.int64, nb.int64[::1]))
def open_list(data: Any, p: int, head: Any) -> None:
    """Read a list's head at `p` into `head`: df, its kind, start of the skip table, of the postings."""
    value = nb.int64(0)
    shift = 0
    while True:
        byte = nb.int64(data[p])
        p += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    df = value >> 2
    head[0] = df
    head[1] = value & 3
    head[2] = p
    head[3] = p + 8 * ((df - 1) // BLOCK) if df >= SKIPS_FROM else p


@nb.njit(inline="always")
def marks_of(data: Any, place: int, count: int) -> int:
    """Up to 64 of the bits of a block, from the byte at `place` on, where `count` are left; none behind the last."""
    if count >= _64:
        return load_word(data, place)
    flags = nb.uint64(0)
    for k in range((count + nb.uint64(7)) >> nb.uint64(3)):
        flags |= nb.uint64(data[place + nb.uint64(k)]) << nb.uint64(8 * k)
    return flags & ((_1 << count) - _1)


@compiled(
    nb.uint64(U8, nb.uint64, nb.int64, nb.int64, nb.int64, nb.int32[::1], nb.int32[::1], nb.int64),
)
def decode(data: Any, place: int, count: int, kind: int, d: int, docs: Any, tfs: Any, at: int) -> int:
    """Read the next `count` postings at `place`, behind article `d`, into `docs` and `tfs` from `at` on.

    They begin with a block; returns the place behind them. Places are unsigned, which need no check for negative ones,
    and varints are read in place, not by a function: both halve the time.
    """
    one = nb.uint64(1)
    stop = nb.uint64(at + count)
    if kind == PAIRED:
        for i in range(nb.uint64(at), stop):
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
    tfs[at : at + count] = 1
    for first in range(nb.uint64(at), stop, nb.uint64(BLOCK)):
        last = min(first + nb.uint64(BLOCK), stop)
        if kind == MARKED:
            marks = place
            place += (last - first + nb.uint64(7)) >> nb.uint64(3)
            for half in range(first, last, _64):
                flags = marks_of(data, marks, last - half)
                marks += nb.uint64(8)
                while flags:
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
                    tfs[half + lowest_bit(flags)] = f
                    flags &= flags - one
        for i in range(first, last):
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
            docs[i] = d
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
