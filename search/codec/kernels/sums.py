# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Checksums of blocks: fast enough (some ten bytes a nanosecond) to verify whatever is read the first time it is read.

Four lanes of the round of xxHash64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md), one word each in
turn, mixed at the end with the block's number and length. Each step is a bijection of a lane, so no single damaged word
goes unseen, whatever its bits. Against damage, not against forgery.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I64, U8, U64

BLOCK_BYTES: Final = 1 << 14
"""As in `search.codec.container`, which must not bring numba in when it is imported."""
_WORDS: Final = BLOCK_BYTES // 8

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_31 = np.uint64(31)
_33 = np.uint64(33)
_29 = np.uint64(29)
_8 = np.uint64(8)


@nb.njit(inline="always")
def _round(lane: int, word: int) -> int:
    lane += word * _P2
    lane = (lane << _31) | (lane >> _33)
    return lane * _P1


@compiled(nb.uint64(U64, nb.int64, nb.int64, U8, nb.int64))
def _sum(words: Any, low: int, high: int, tail: Any, number: int) -> int:
    """Sum of block `number`: the words `[low, high)` and, behind them, up to 7 bytes."""
    a = _P1
    b = _P2
    c = _P3
    d = nb.uint64(number) * _P1
    i = nb.uint64(low)
    stop = nb.uint64(high)
    four = nb.uint64(4)
    one = nb.uint64(1)
    while i + four <= stop:
        a = _round(a, words[i])
        b = _round(b, words[i + one])
        c = _round(c, words[i + nb.uint64(2)])
        d = _round(d, words[i + nb.uint64(3)])
        i += four
    while i < stop:
        a = _round(a, words[i])
        i += one
    last = nb.uint64(0)
    for j in range(tail.size):
        last = (last << _8) | nb.uint64(tail[j])
    b = _round(b, last)
    c = _round(c, nb.uint64(8 * (high - low) + tail.size))
    found = a
    for lane in (b, c, d):
        found = _round(found ^ (found >> _29), lane)
    return found ^ (found >> _33)


@compiled(nb.void(U64, U8, nb.int64, nb.uint64[::1]))
def block_sums(words: Any, tail: Any, first: int, out: Any) -> None:
    """Sums of consecutive blocks, the first with the number `first`; `tail` are the bytes behind the last word."""
    nothing = tail[:0]
    for k in range(out.size):
        high = min((k + 1) * _WORDS, words.size)
        out[k] = _sum(words, k * _WORDS, high, tail if k == out.size - 1 else nothing, first + k)


@compiled(nb.int64(U64, U8, U64, nb.uint8[::1], I64, I64))
def verify(words: Any, tail: Any, sums: Any, seen: Any, begins: Any, ends: Any) -> int:
    """Verify the blocks that hold the bytes `[begins[i], ends[i])` of a section, each once.

    `seen` (one byte a block) is 1 where a block was verified; returns the number of the first damaged block, or −1.
    Ranges that leave the section count as damage of its last block.
    """
    nothing = tail[:0]
    size = 8 * words.size + tail.size
    for i in range(begins.size):
        if begins[i] >= ends[i]:
            continue
        if begins[i] < 0 or ends[i] > size:
            return max(sums.size - 1, 0)
        for k in range(begins[i] // BLOCK_BYTES, (ends[i] - 1) // BLOCK_BYTES + 1):
            if seen[k] == 0:
                high = min((k + 1) * _WORDS, words.size)
                if _sum(words, k * _WORDS, high, tail if k == sums.size - 1 else nothing, k) != sums[k]:
                    return k
                seen[k] = 1
    return -1
