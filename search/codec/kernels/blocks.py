# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over one block of `BLOCK` articles, each of a fixed length and over few arrays: vector instructions."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.reading import STRIDE
from search.codec.kernels.types import I64, U8
from search.codec.kernels.words import load_word, store_word

BLOCK: Final = STRIDE
CHOSEN: Final = BLOCK + 8
"""Room that `choose` needs: it writes words of eight places."""
ONES: Final = np.uint64(0x0101010101010101)

_TO_BITS = np.uint64(0x0102040810204080)
_EIGHTS = np.uint64(0x0808080808080808)


def _places() -> Any:
    """For each byte of eight flags the places of those that are set, one byte each, the first the lowest; uint64."""
    return np.array(
        [
            sum(place << 8 * k for k, place in enumerate(place for place in range(8) if flags >> place & 1))
            for flags in range(256)
        ],
        np.uint64,
    )


_PLACES = _places()
_64 = np.uint64(BLOCK)
_BYTES = nb.uint8[::1]
LINES = nb.types.Array(nb.uint32, 2, "C", readonly=True)


@nb.njit(inline="always")
def places_of(flags: int) -> int:
    """Places of those of eight flags that are set, one byte each, the first the lowest."""
    return _PLACES[(flags * _TO_BITS) >> nb.uint64(56)]


@compiled(nb.uint64(U8, nb.uint64, nb.uint64, _BYTES))
def choose(held: Any, at: int, flip: int, chosen: Any) -> int:
    """Places in the block at `at` of the articles held (1), into `chosen`; returns how many.

    With `flip` `ONES` instead of 0 those that are not held (0). Eight articles at a time: their flags are made one
    byte, for which `_PLACES` has the places. `chosen` has room for `CHOSEN`.
    """
    k = nb.uint64(0)
    for word in range(nb.uint64(BLOCK // 8)):
        flags = load_word(held, at + nb.uint64(8) * word) ^ flip
        store_word(chosen, k, places_of(flags) + word * _EIGHTS)
        k += (flags * ONES) >> nb.uint64(56)
    return k


@compiled(
    nb.int64(_BYTES, U8, U8, I64, I64, I64, nb.int64, U8, nb.int64, nb.uint64),
)
def hold(
    rows: Any, hot: Any, kind: Any, row_at: Any, part_bounds: Any, part_rows: Any, wanted: int, live: Any, n: int,
    flags: int,
) -> int:  # fmt: skip
    """Flag (1) the live articles in all wanted parts and no other, from `rows[flags]` on; returns how many.

    `row_at` says where each row begins, in `hot` if its kind is 3, else in `rows`. Parts behind the first `wanted` are
    excluded. What lies behind the last article is 0.
    """
    held = np.empty(BLOCK, np.uint8)
    union = np.empty(BLOCK, np.uint8)
    total = 0
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        held[:] = 1
        for p in range(part_bounds.size - 1):
            union[:] = 0
            for k in range(part_bounds[p], part_bounds[p + 1]):
                r = part_rows[k]
                at = nb.uint64(row_at[r]) + base
                if kind[r] == 3:
                    for j in range(_64):
                        union[j] |= hot[at + j]
                else:
                    for j in range(_64):
                        union[j] |= rows[at + j]
            if p < wanted:
                for j in range(_64):
                    held[j] &= nb.uint8(union[j] != 0)
            else:
                for j in range(_64):
                    held[j] &= nb.uint8(union[j] == 0)
        if start + BLOCK > n:
            held[n - start :] = 0
        if live.size > 0:
            for j in range(nb.uint64(min(n - start, BLOCK))):
                held[j] &= live[base + j]
        some = nb.uint16(0)
        for j in range(_64):
            some = nb.uint16(some + held[j])
            rows[flags + base + j] = held[j]
        total += some
    return total


@compiled(nb.int64(_BYTES, nb.int64, nb.uint64, nb.int32[::1]))
def take(rows: Any, n: int, flags: int, docs: Any) -> int:
    """The articles of `n` whose flags, from `rows[flags]` on, are set, ascending, into `docs`; returns how many."""
    chosen = np.empty(CHOSEN, np.uint8)
    count = nb.uint64(0)
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        c = choose(rows, flags + base, nb.uint64(0), chosen)
        for i in range(c):
            docs[count + i] = base + nb.uint64(chosen[i])
        count += c
    return count
